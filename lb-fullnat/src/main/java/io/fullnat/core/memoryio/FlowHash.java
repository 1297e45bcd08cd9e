// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.memoryio;

import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Ipv6;
import io.fullnat.core.packet.Tcp;

/// Spreads flows as a NIC does: by a hash of addresses and ports of whole TCP and UDP packets over
/// IPv4 or IPv6, tagged or not. All else arrives on queue 0, as does what has extension headers.
///
/// The hash takes no care that both directions of a flow meet, for real NICs don't either.
/// Stateless, so thread-safe.
public final class FlowHash implements QueueChooser {
    private static final long FIRST = 0x9E37_79B9_7F4A_7C15L;
    private static final long SECOND = 0xBF58_476D_1CE4_E5B9L;

    /// A chooser; all are the same.
    public FlowHash() {}

    @Override
    public int choose(long l2, int length, int queueCount) {
        long ip = HashedHeaders.ip(l2, length);
        if (ip == 0) {
            return 0;
        }
        long l4 = HashedHeaders.transport(ip);
        int ports = Tcp.sourcePort(l4) << 16 | Tcp.destinationPort(l4);
        int hash =
                HashedHeaders.isIpv6(ip)
                        ? hash(
                                Ipv6.sourceHigh(ip),
                                Ipv6.sourceLow(ip),
                                Ipv6.destinationHigh(ip),
                                Ipv6.destinationLow(ip),
                                ports)
                        : hash(Ipv4.source(ip), Ipv4.destination(ip), ports >>> 16, (char) ports);
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
        long mixed = (addresses ^ ports * FIRST) * SECOND;
        mixed = (mixed ^ mixed >>> 31) * 0x94D0_49BB_1331_11EBL;
        return (int) (mixed >>> 32);
    }

    /// The hash of a packet's addresses and ports over IPv6, as numbers.
    private static int hash(
            long sourceHigh, long sourceLow, long destinationHigh, long destinationLow, int ports) {
        long source = (sourceHigh * FIRST ^ sourceLow) * SECOND;
        long mixed = ((source ^ source >>> 29 ^ destinationHigh) * FIRST ^ destinationLow) * SECOND;
        return hash((int) (mixed >>> 32), (int) mixed, ports >>> 16, (char) ports);
    }
}
