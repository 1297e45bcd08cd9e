// SPDX-License-Identifier: Apache-2.0
/// Live captures: what the command asks of a running balancer, and how the answer comes to it.
package io.fullnat.balancer.capture;
