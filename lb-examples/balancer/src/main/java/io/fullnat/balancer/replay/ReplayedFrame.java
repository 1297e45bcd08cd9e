// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.replay;

import io.fullnat.balancer.pcap.CapturedPacket;

/// A captured frame and the port that it passed.
///
/// @param port by number, from 0
/// @param packet as captured
record ReplayedFrame(int port, CapturedPacket packet) {}
