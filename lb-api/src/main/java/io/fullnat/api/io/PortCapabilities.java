// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.io;

/// What a port can do for its user. A port reports only what works; a user who asks for more than
/// that is refused when the port is opened.
///
/// @param maxQueues the most receive and transmit queue pairs
/// @param receiveIpChecksum the device checks IPv4 header checksums and says so in
///   [PacketBurst#verdict(int)]
/// @param transmitIpChecksum the device can write IPv4 header checksums
/// @param transmitTcpChecksum the device can write TCP checksums
/// @param transmitUdpChecksum the device can write UDP checksums
/// @param receiveSideScaling the device spreads flows over its receive queues by itself
/// @param maxMtu the largest MTU that can be set, bytes of IP packet
public record PortCapabilities(
        int maxQueues,
        boolean receiveIpChecksum,
        boolean transmitIpChecksum,
        boolean transmitTcpChecksum,
        boolean transmitUdpChecksum,
        boolean receiveSideScaling,
        int maxMtu) {}
