// SPDX-License-Identifier: Apache-2.0
/// A running balancer: its start, reload, export and audit log.
package io.fullnat.balancer.run;
