// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.device;

/// How fast packets were received.
///
/// @param packetsPerSecond of wall time
/// @param cpuNs processor time of the forwarding thread for each packet
record Rate(double packetsPerSecond, double cpuNs) {}
