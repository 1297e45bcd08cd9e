// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.capture;

import io.fullnat.api.io.Memory;
import io.fullnat.core.packet.Ethernet;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Ipv6;
import io.fullnat.core.packet.Vlan;

/// Addresses, protocol and ports of a frame: what [FlowPattern]s compare. Allocates nothing; for
/// one thread.
public final class PacketKeys {
    private static final int MAX_EXTENSIONS = 8;
    private static final int NO_PORT = -1;
    private static final long MIX = 0x9E37_79B9_7F4A_7C15L;

    private long sourceHigh;
    private long sourceLow;
    private long destinationHigh;
    private long destinationLow;
    private int protocol;
    private int sourcePort;
    private int destinationPort;

    /// Keys of no packet yet.
    public PacketKeys() {}

    /// Reads a frame's.
    ///
    /// @param frame the native address of its first byte
    /// @param length its length
    /// @return false if it has no whole IP header
    public boolean read(long frame, int length) {
        sourcePort = NO_PORT;
        destinationPort = NO_PORT;
        int at = Ethernet.HEADER_LENGTH;
        if (length < at + Vlan.TAG_LENGTH) {
            return false;
        }
        int type = Ethernet.type(frame);
        if (type == Ethernet.TYPE_VLAN) {
            type = Vlan.type(frame);
            at += Vlan.TAG_LENGTH;
        }
        if (type == Ethernet.TYPE_IPV4) {
            return ipv4(frame + at, length - at);
        }
        return type == Ethernet.TYPE_IPV6 && ipv6(frame + at, length - at);
    }

    private boolean ipv4(long ip, int left) {
        if (left < Ipv4.MIN_HEADER_LENGTH) {
            return false;
        }
        sourceHigh = 0;
        destinationHigh = 0;
        sourceLow = Ipv4.sourceLow(ip);
        destinationLow = Ipv4.destinationLow(ip);
        protocol = Ipv4.protocol(ip);
        if (Ipv4.fragmentOffset(ip) == 0) {
            ports(ip + Ipv4.headerLength(ip), left - Ipv4.headerLength(ip));
        }
        return true;
    }

    private boolean ipv6(long ip, int left) {
        if (left < Ipv6.HEADER_LENGTH) {
            return false;
        }
        sourceHigh = Ipv6.sourceHigh(ip);
        sourceLow = Ipv6.sourceLow(ip);
        destinationHigh = Ipv6.destinationHigh(ip);
        destinationLow = Ipv6.destinationLow(ip);
        protocol = Ipv6.nextHeader(ip);
        int at = Ipv6.HEADER_LENGTH;
        for (int i = 0; i < MAX_EXTENSIONS && at + 8 <= left; i++) {
            int header = protocol;
            if (header == Ipv6.NEXT_HEADER_FRAGMENT) {
                boolean later = (Memory.getNetworkShort(ip + at + 2) & 0xFFF8) != 0;
                protocol = Memory.getUnsignedByte(ip + at);
                at += 8;
                if (later) {
                    return true;
                }
            } else if (header == Ipv6.NEXT_HEADER_HOP_BY_HOP
                    || header == Ipv6.NEXT_HEADER_ROUTING
                    || header == Ipv6.NEXT_HEADER_DESTINATION) {
                protocol = Memory.getUnsignedByte(ip + at);
                at += (Memory.getUnsignedByte(ip + at + 1) + 1) * 8;
            } else {
                break;
            }
        }
        ports(ip + at, left - at);
        return true;
    }

    private void ports(long l4, int left) {
        boolean has = protocol == Ipv4.PROTOCOL_TCP || protocol == Ipv4.PROTOCOL_UDP;
        if (has && left >= 4) {
            sourcePort = Memory.getNetworkShort(l4);
            destinationPort = Memory.getNetworkShort(l4 + 2);
        }
    }

    long sourceHigh() {
        return sourceHigh;
    }

    long sourceLow() {
        return sourceLow;
    }

    long destinationHigh() {
        return destinationHigh;
    }

    long destinationLow() {
        return destinationLow;
    }

    int protocol() {
        return protocol;
    }

    int sourcePort() {
        return sourcePort;
    }

    int destinationPort() {
        return destinationPort;
    }

    /// Whether it has ports.
    ///
    /// @return false for later fragments and other protocols
    public boolean hasPorts() {
        return sourcePort != NO_PORT;
    }

    /// Whether the packet is one that a pattern means.
    ///
    /// @param pattern asked of what was read last
    /// @return true if both ends are, one way round
    public boolean matches(FlowPattern pattern) {
        return pattern.matches(this);
    }

    /// A number of the flow, the same for packets of both directions.
    ///
    /// @return one of 2^64: two flows may have the same, but hardly do
    public long flow() {
        long source = hash(sourceHigh, sourceLow, sourcePort);
        long destination = hash(destinationHigh, destinationLow, destinationPort);
        return (source + destination) * MIX ^ protocol;
    }

    private static long hash(long high, long low, int port) {
        long hash = (high ^ MIX) * MIX;
        hash = ((hash ^ hash >>> 32) + low) * MIX;
        hash = ((hash ^ hash >>> 29) + port) * MIX;
        return hash ^ hash >>> 32;
    }
}
