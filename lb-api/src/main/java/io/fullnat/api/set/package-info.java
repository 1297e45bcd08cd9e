// SPDX-License-Identifier: Apache-2.0
/// Sets of addresses, networks, ports and what is made of them, named for the whole balancer:
/// services admit clients by them or keep them out ([io.fullnat.api.service.AccessRule]), however
/// many entries they have. They are made and changed by transactions
/// ([io.fullnat.api.control.Change.CreateSet] and its like).
package io.fullnat.api.set;
