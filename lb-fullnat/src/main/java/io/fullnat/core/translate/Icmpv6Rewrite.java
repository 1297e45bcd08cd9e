// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.translate;

import static io.fullnat.core.connection.ConnectionLayout.NEW_PORTS;
import static io.fullnat.core.connection.ConnectionLayout.NEW_WIDE_ADDRESSES;

import io.fullnat.api.io.Memory;
import io.fullnat.core.packet.Checksum;
import io.fullnat.core.packet.Icmpv6;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Ipv6;

/// What an ICMPv6 error (RFC 4443 §3) about a translated packet must say to who sent that packet,
/// as [IcmpRewrite] does for ICMP. Neither the MTU of "packet too big" nor the pointer of a
/// "parameter problem" changes, since translation moves no header.
public final class Icmpv6Rewrite {
    private static final int TCP_SUM_OFFSET = 16;
    private static final int UDP_SUM_OFFSET = 6;
    private static final int HALF = 16;

    private Icmpv6Rewrite() {}

    /// Rewrites the quoted packet as its sender sent it, with the reverse of its translation.
    ///
    /// @param quoted its IP header
    /// @param l4 its TCP or UDP header
    /// @param protocol of that
    /// @param available bytes of that and what follows which are quoted, 4 or more
    /// @param flow of the direction that the error belongs to, whose keys are both of IPv6
    public static void quoted(long quoted, long l4, int protocol, int available, long flow) {
        long addresses = quoted + Ipv6.ADDRESSES_OFFSET;
        long written = flow + NEW_WIDE_ADDRESSES;
        int ports = Integer.rotateLeft(Memory.getInt(flow + NEW_PORTS), 16);
        long delta =
                Checksum.delta(Memory.getInt(l4), ports)
                        + difference(addresses, written + HALF)
                        + difference(addresses + HALF, written);
        Memory.copy(written + HALF, addresses, HALF);
        Memory.copy(written, addresses + HALF, HALF);
        Memory.putInt(l4, ports);
        boolean tcp = protocol == Ipv4.PROTOCOL_TCP;
        int sumOffset = tcp ? TCP_SUM_OFFSET : UDP_SUM_OFFSET;
        if (sumOffset + 2 <= available) {
            int corrected = Checksum.apply(Memory.getUnsignedShort(l4 + sumOffset), delta);
            Memory.putShort(l4 + sumOffset, tcp ? corrected : Checksum.avoidZero(corrected));
        }
    }

    /// What the sum over an address changes by.
    private static long difference(long before, long after) {
        return Checksum.wideDelta(Memory.getLong(before), Memory.getLong(after))
                + Checksum.wideDelta(Memory.getLong(before + 8), Memory.getLong(after + 8));
    }

    /// Rewrites the IP header of the error itself, and its checksum.
    ///
    /// @param ip the header
    /// @param icmp the message behind it
    /// @param length of the message
    /// @param flow of the direction that the error belongs to
    public static void outer(long ip, long icmp, int length, long flow) {
        Ipv6Rewrite.startHeader(flow, ip);
        Icmpv6.checksum(icmp, Checksum.transport6(ip, Ipv6.NEXT_HEADER_ICMP, icmp, length));
    }
}
