// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import io.fullnat.core.packet.Checksum;
import io.fullnat.core.packet.Icmpv6;
import io.fullnat.core.packet.Ipv6;
import io.fullnat.core.packet.NeighbourDiscovery;

/// Writes whole packets of neighbour discovery: with hop limit 255 and one option.
final class NdMessages {
    /// Bytes of a packet.
    static final int LENGTH =
            Ipv6.HEADER_LENGTH + NeighbourDiscovery.LENGTH + NeighbourDiscovery.OPTION_LENGTH;

    private static final int MESSAGE = LENGTH - Ipv6.HEADER_LENGTH;

    private NdMessages() {}

    /// Writes the IPv6 header; the message comes next.
    static void header(
            long ip, long sourceHigh, long sourceLow, long destinationHigh, long destinationLow) {
        Ipv6.writeHeader(
                ip,
                MESSAGE,
                Ipv6.MAX_HOP_LIMIT,
                Ipv6.NEXT_HEADER_ICMP,
                sourceHigh,
                sourceLow,
                destinationHigh,
                destinationLow);
    }

    /// Writes a solicitation behind a header.
    static void solicitation(long ip, long targetHigh, long targetLow, int option, long value) {
        NeighbourDiscovery.writeSolicitation(ip + Ipv6.HEADER_LENGTH, targetHigh, targetLow);
        finish(ip, option, value);
    }

    /// Writes an advertisement behind a header.
    static void advertisement(long ip, int flags, long targetHigh, long targetLow, long mac) {
        long icmp = ip + Ipv6.HEADER_LENGTH;
        NeighbourDiscovery.writeAdvertisement(icmp, flags, targetHigh, targetLow);
        finish(ip, NeighbourDiscovery.OPTION_TARGET_LINK_ADDRESS, mac);
    }

    private static void finish(long ip, int option, long value) {
        long icmp = ip + Ipv6.HEADER_LENGTH;
        NeighbourDiscovery.writeOption(icmp + NeighbourDiscovery.LENGTH, option, value);
        int checksum = Checksum.transport6(ip, Ipv6.NEXT_HEADER_ICMP, icmp, MESSAGE);
        Icmpv6.checksum(icmp, checksum);
    }
}
