// SPDX-License-Identifier: Apache-2.0
/// Persistence: which client goes to which real server, known to all workers.
package io.fullnat.core.persistence;
