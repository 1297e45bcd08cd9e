// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.translate;

import static io.fullnat.core.connection.ConnectionLayout.NEW_ADDRESSES;
import static io.fullnat.core.connection.ConnectionLayout.NEW_PORTS;

import io.fullnat.api.io.Memory;
import io.fullnat.core.packet.Checksum;
import io.fullnat.core.packet.Icmp;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Udp;

/// What an ICMP error about a translated packet must say to who sent that packet: the error quotes
/// the packet as it left, its sender knows it as it came (RFC 5508 §4.2).
public final class IcmpRewrite {
    private static final int QUOTED_PORTS = 8;

    private IcmpRewrite() {}

    /// Whether a quotation can be translated: the beginning of a TCP or UDP packet, not a later
    /// fragment, with its ports.
    ///
    /// @param quoted where it begins
    /// @param available bytes of it
    /// @return false if there is too little of it
    public static boolean isTranslatable(long quoted, int available) {
        if (available < Ipv4.MIN_HEADER_LENGTH || Ipv4.version(quoted) != 4) {
            return false;
        }
        int header = Ipv4.headerLength(quoted);
        int protocol = Ipv4.protocol(quoted);
        return header >= Ipv4.MIN_HEADER_LENGTH
                && header + QUOTED_PORTS <= available
                && Ipv4.fragmentOffset(quoted) == 0
                && (protocol == Ipv4.PROTOCOL_TCP || protocol == Ipv4.PROTOCOL_UDP);
    }

    /// Rewrites the quoted packet as its sender sent it, with the reverse of its translation.
    ///
    /// @param quoted its IP header
    /// @param l4 its TCP or UDP header
    /// @param available bytes of that and what follows which are quoted
    /// @param flow of the direction that the error belongs to
    public static void quoted(long quoted, long l4, int available, long flow) {
        long addresses = Long.rotateLeft(Memory.getLong(flow + NEW_ADDRESSES), 32);
        int ports = Integer.rotateLeft(Memory.getInt(flow + NEW_PORTS), 16);
        long addressesAt = quoted + Rewrite.ADDRESSES_OFFSET;
        long addressDelta = delta(Memory.getLong(addressesAt), addresses);
        long portDelta = Checksum.delta(Memory.getInt(l4), ports);
        int headerSum = Memory.getUnsignedShort(quoted + 10);
        Memory.putLong(addressesAt, addresses);
        Memory.putShort(quoted + 10, Checksum.apply(headerSum, addressDelta));
        Memory.putInt(l4, ports);
        boolean tcp = Ipv4.protocol(quoted) == Ipv4.PROTOCOL_TCP;
        int sumOffset = tcp ? 16 : 6;
        if (sumOffset + 2 > available) {
            return;
        }
        int sum = Memory.getUnsignedShort(l4 + sumOffset);
        if (tcp || sum != Udp.NO_CHECKSUM) {
            int corrected = Checksum.apply(sum, addressDelta + portDelta);
            Memory.putShort(l4 + sumOffset, tcp ? corrected : Checksum.avoidZero(corrected));
        }
    }

    private static long delta(long before, long after) {
        return Checksum.delta((int) before, (int) after)
                + Checksum.delta((int) (before >>> 32), (int) (after >>> 32));
    }

    /// Rewrites the IP header of the error itself, and both checksums.
    ///
    /// @param ip the header
    /// @param flow of the direction that the error belongs to
    public static void outer(long ip, long flow) {
        Memory.putLong(ip + Rewrite.ADDRESSES_OFFSET, Memory.getLong(flow + NEW_ADDRESSES));
        Ipv4.timeToLive(ip, Ipv4.timeToLive(ip) - 1);
        Ipv4.checksum(ip, Checksum.ipv4Header(ip));
        Icmp.checksum(Ipv4.payload(ip), Checksum.icmp(ip));
    }
}
