// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import io.fullnat.api.io.Memory;
import io.fullnat.core.packet.Ipv4;

/// Which packets of IPv4 the fast path can read without another look. Stateless.
final class PlainIpv4 {
    private static final int MIN_TCP = 40;
    private static final int MIN_UDP = 28;

    /// Of an IP header's first eight bytes: version and header length, "more fragments" and offset.
    private static final long MASK = 0xFF3F_0000_0000_00FFL;

    /// Version 4, no options, no fragment.
    private static final long PLAIN = 0x45;

    private PlainIpv4() {}

    /// Whether every header of a packet of TCP or UDP lies within it and is without options, and it
    /// may be sent on. After that no access to them can fail.
    ///
    /// @param ip its first byte
    /// @param available bytes from there, 28 or more
    static boolean is(long ip, int available) {
        int total = Ipv4.totalLength(ip);
        return (Memory.getLong(ip) & MASK) == PLAIN
                && total <= available
                && Ipv4.timeToLive(ip) > 1
                && isTransportWhole(ip, total);
    }

    private static boolean isTransportWhole(long ip, int total) {
        int protocol = Ipv4.protocol(ip);
        if (protocol == Ipv4.PROTOCOL_TCP) {
            int header = Memory.getUnsignedByte(ip + Ipv4.MIN_HEADER_LENGTH + 12) >>> 4 << 2;
            return total >= MIN_TCP && header >= 20 && header <= total - Ipv4.MIN_HEADER_LENGTH;
        }
        int length = Memory.getNetworkShort(ip + Ipv4.MIN_HEADER_LENGTH + 4);
        return protocol == Ipv4.PROTOCOL_UDP
                && total >= MIN_UDP
                && length >= 8
                && length <= total - Ipv4.MIN_HEADER_LENGTH;
    }

    /// Whether the checksum of such a header is right. The sum over 20 bytes in three loads; that
    /// of a right one is all ones.
    ///
    /// @param ip its first byte
    static boolean isSumRight(long ip) {
        long a = Memory.getLong(ip);
        long b = Memory.getLong(ip + 8);
        long sum =
                (a & 0xFFFF_FFFFL)
                        + (a >>> 32)
                        + (b & 0xFFFF_FFFFL)
                        + (b >>> 32)
                        + (Memory.getInt(ip + 16) & 0xFFFF_FFFFL);
        sum = (sum & 0xFFFF) + (sum >>> 16 & 0xFFFF) + (sum >>> 32);
        return (sum & 0xFFFF) + (sum >>> 16) == 0xFFFF;
    }
}
