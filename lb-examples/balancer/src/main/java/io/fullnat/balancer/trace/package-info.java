// SPDX-License-Identifier: Apache-2.0
/// One packet through a copy of the running balancer, in memory.
package io.fullnat.balancer.trace;
