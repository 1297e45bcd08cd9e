// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.memoryio;

import io.fullnat.core.packet.Ethernet;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.packet.Vlan;

/// Spreads flows as a NIC does: by a hash of addresses and ports of whole TCP and UDP packets over
/// IPv4, tagged or not. All else arrives on queue 0.
///
/// The hash takes no care that both directions of a flow meet, for real NICs don't either.
/// Stateless, so thread-safe.
public final class FlowHash implements QueueChooser {
    /// Bytes of both ports.
    private static final int PORTS_LENGTH = 4;

    /// A chooser; all are the same.
    public FlowHash() {}

    @Override
    public int choose(long l2, int length, int queueCount) {
        long ip = withPorts(l2, length);
        if (ip == 0) {
            return 0;
        }
        long l4 = Ipv4.payload(ip);
        int hash =
                hash(
                        Ipv4.source(ip),
                        Ipv4.destination(ip),
                        Tcp.sourcePort(l4),
                        Tcp.destinationPort(l4));
        return Integer.remainderUnsigned(hash, queueCount);
    }

    /// The hash of a packet's addresses and ports, as they stand in the packet.
    ///
    /// @param source IPv4 address in host order
    /// @param destination IPv4 address in host order
    /// @param sourcePort 0 to 65535
    /// @param destinationPort 0 to 65535
    /// @return 32 well mixed bits; the queue is their unsigned remainder
    public static int hash(int source, int destination, int sourcePort, int destinationPort) {
        long addresses = (long) source << 32 | (destination & 0xFFFF_FFFFL);
        long ports = (long) sourcePort << 16 | destinationPort;
        long mixed = (addresses ^ ports * 0x9E37_79B9_7F4A_7C15L) * 0xBF58_476D_1CE4_E5B9L;
        mixed = (mixed ^ mixed >>> 31) * 0x94D0_49BB_1331_11EBL;
        return (int) (mixed >>> 32);
    }

    /// The IP header of a frame whose addresses and ports can be hashed, else 0.
    static long withPorts(long l2, int length) {
        int headerLength = Ethernet.HEADER_LENGTH;
        int type = Ethernet.type(l2);
        if (type == Ethernet.TYPE_VLAN && length >= Ethernet.HEADER_LENGTH + Vlan.TAG_LENGTH) {
            headerLength += Vlan.TAG_LENGTH;
            type = Vlan.type(l2);
        }
        long ip = l2 + headerLength;
        boolean hashed =
                type == Ethernet.TYPE_IPV4
                        && Ipv4.isWellFormed(ip, length - headerLength)
                        && !Ipv4.isFragment(ip)
                        && hasPorts(ip);
        return hashed ? ip : 0;
    }

    private static boolean hasPorts(long ip) {
        int protocol = Ipv4.protocol(ip);
        return (protocol == Ipv4.PROTOCOL_TCP || protocol == Ipv4.PROTOCOL_UDP)
                && Ipv4.payloadLength(ip) >= PORTS_LENGTH;
    }
}
