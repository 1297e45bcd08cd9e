// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.translate;

import io.fullnat.api.io.Memory;
import io.fullnat.core.packet.Checksum;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Ipv6;
import io.fullnat.core.packet.Tcp;

/// Puts TCP options (RFC 9293 §3.1) into a packet where it lies, changes them and takes them out:
/// the headers move, the payload stays. Both checksums are corrected by what has changed, so that a
/// packet that came damaged leaves damaged.
///
/// All packets are well-formed IPv4 or IPv6 with TCP, not fragments; where the TCP header is, the
/// caller knows. Stateless.
public final class TcpOptions {
    private static final int UNIT = 4;
    private static final int IPV4_LENGTH = 2;
    private static final int IPV6_LENGTH = 4;

    private TcpOptions() {}

    /// How many bytes of options there is room for.
    ///
    /// @param l4 address of the TCP header
    /// @return 0 to 40
    public static int room(long l4) {
        return Tcp.MAX_HEADER_LENGTH - Tcp.headerLength(l4);
    }

    /// Where an option stands first.
    ///
    /// @param l4 address of the TCP header
    /// @param kind of the option, 2 to 255
    /// @return bytes from the TCP header on, or 0 if it is not there, or behind something malformed
    public static int find(long l4, int kind) {
        return find(l4, Tcp.MIN_HEADER_LENGTH, kind);
    }

    /// Where an option stands next.
    ///
    /// @param l4 address of the TCP header
    /// @param from where an option begins, in bytes from the TCP header on
    /// @param kind of the option, 2 to 255
    /// @return bytes from the TCP header on, or 0 if it is not there, or behind something malformed
    public static int find(long l4, int from, int kind) {
        int at = next(l4, from);
        while (at != 0 && Memory.getUnsignedByte(l4 + at) != kind) {
            at = next(l4, at + length(l4, at));
        }
        return at;
    }

    /// Where the next option stands that is not a single byte, whichever it is.
    ///
    /// @param l4 address of the TCP header
    /// @param from where an option begins, in bytes from the TCP header on
    /// @return bytes from the TCP header on, with the whole option within it; 0 if there is none,
    ///   or it is malformed
    public static int next(long l4, int from) {
        int end = Tcp.headerLength(l4);
        int at = from;
        while (at < end) {
            int found = Memory.getUnsignedByte(l4 + at);
            if (found == Tcp.OPTION_END) {
                return 0;
            }
            if (found != Tcp.OPTION_NO_OPERATION) {
                return lengthAt(l4, at, end) == 0 ? 0 : at;
            }
            at++;
        }
        return 0;
    }

    /// The length of an option that is not a single byte.
    ///
    /// @param l4 address of the TCP header
    /// @param at where it stands, as found
    /// @return 2 to 40
    public static int length(long l4, int at) {
        return Memory.getUnsignedByte(l4 + at + 1);
    }

    /// @return 0 if it is malformed
    private static int lengthAt(long l4, int at, int end) {
        int length = at + 1 < end ? Memory.getUnsignedByte(l4 + at + 1) : 0;
        return length < 2 || length > end - at ? 0 : length;
    }

    /// Where the timestamps stand: the first option of that kind whose length is right.
    ///
    /// @param l4 address of the TCP header
    /// @return bytes from the TCP header on, with ten bytes behind; 0 if there is none
    public static int timestamps(long l4) {
        return findSized(l4, Tcp.OPTION_TIMESTAMPS, Tcp.TIMESTAMPS_LENGTH);
    }

    /// By how many bits a SYN says that the windows of its sender are shifted: by the first option
    /// of that kind whose length is right.
    ///
    /// @param l4 address of the TCP header
    /// @return 0 to 14, or -1 if it has none
    public static int windowScale(long l4) {
        int at = findSized(l4, Tcp.OPTION_WINDOW_SCALE, Tcp.WINDOW_SCALE_LENGTH);
        return at == 0 ? -1 : Math.min(Memory.getUnsignedByte(l4 + at + 2), Tcp.MAX_WINDOW_SCALE);
    }

    private static int findSized(long l4, int kind, int length) {
        int at = find(l4, kind);
        while (at != 0 && length(l4, at) != length) {
            at = find(l4, at + length(l4, at), kind);
        }
        return at;
    }

    /// Puts options in front of those that are there.
    ///
    /// @param ip address of the IP header, with room in front
    /// @param l4 address of the TCP header
    /// @param options address of their bytes
    /// @param length of them, a multiple of four, at most [#room(long)]
    /// @return where the IP header begins now
    public static long insert(long ip, long l4, long options, int length) {
        requireWords(length);
        if (length > room(l4)) {
            throw new IllegalArgumentException(length + " bytes, room for " + room(l4));
        }
        long before = sum(ip, l4);
        long moved = ip - length;
        int front = (int) (l4 - ip) + Tcp.MIN_HEADER_LENGTH;
        Memory.copy(ip, moved, front);
        Memory.copy(options, moved + front, length);
        resize(moved, l4 - length, length, before);
        return moved;
    }

    /// Takes bytes of options out.
    ///
    /// @param ip address of the IP header
    /// @param l4 address of the TCP header
    /// @param offset of the first byte, from the TCP header on
    /// @param length of them, a multiple of four, within the header
    /// @return where the IP header begins now
    public static long remove(long ip, long l4, int offset, int length) {
        requireWords(length);
        int header = Tcp.headerLength(l4);
        if (offset < Tcp.MIN_HEADER_LENGTH || offset + length > header) {
            throw new IllegalArgumentException(
                    length + " bytes at " + offset + " of a header of " + header);
        }
        long before = sum(ip, l4);
        long moved = ip + length;
        Memory.copy(ip, moved, (int) (l4 - ip) + offset);
        resize(moved, l4 + length, -length, before);
        return moved;
    }

    /// Replaces bytes of options by padding.
    ///
    /// @param l4 address of the TCP header
    /// @param offset of the first byte, from the TCP header on
    /// @param length of them, within the header
    public static void blank(long l4, int offset, int length) {
        long before = headerSum(l4);
        for (int i = 0; i < length; i++) {
            Memory.putByte(l4 + offset + i, Tcp.OPTION_NO_OPERATION);
        }
        correct(l4, before, headerSum(l4));
    }

    /// Writes a number of two bytes into an option.
    ///
    /// @param l4 address of the TCP header
    /// @param offset of its first byte, from the TCP header on
    /// @param value 0 to 65535
    public static void write(long l4, int offset, int value) {
        long before = headerSum(l4);
        Memory.putNetworkShort(l4 + offset, value);
        correct(l4, before, headerSum(l4));
    }

    /// Moves options together, so that those that pad others, and what follows the last, make room.
    /// No option is lost. Options that are malformed stay as they are.
    ///
    /// @param ip address of the IP header
    /// @param l4 address of the TCP header
    /// @return where the IP header begins now
    public static long pack(long ip, long l4) {
        int header = Tcp.headerLength(l4);
        int kept = keptLength(l4, header);
        int length = kept + UNIT - 1 & -UNIT;
        int surplus = header - Tcp.MIN_HEADER_LENGTH - length;
        if (kept < 0 || surplus == 0) {
            return ip;
        }
        long before = headerSum(l4);
        int to = Tcp.MIN_HEADER_LENGTH;
        for (int at = to; to < Tcp.MIN_HEADER_LENGTH + kept; ) {
            if (Memory.getUnsignedByte(l4 + at) == Tcp.OPTION_NO_OPERATION) {
                at++;
                continue;
            }
            int option = length(l4, at);
            Memory.copy(l4 + at, l4 + to, option);
            at += option;
            to += option;
        }
        Memory.zero(l4 + to, header - to);
        correct(l4, before, headerSum(l4));
        return remove(ip, l4, Tcp.MIN_HEADER_LENGTH + length, surplus);
    }

    /// @return bytes of all options without padding, or -1 if they are malformed
    private static int keptLength(long l4, int header) {
        int kept = 0;
        int at = Tcp.MIN_HEADER_LENGTH;
        while (at < header && Memory.getUnsignedByte(l4 + at) != Tcp.OPTION_END) {
            if (Memory.getUnsignedByte(l4 + at) == Tcp.OPTION_NO_OPERATION) {
                at++;
                continue;
            }
            int length = lengthAt(l4, at, header);
            if (length == 0) {
                return -1;
            }
            kept += length;
            at += length;
        }
        return kept;
    }

    private static void requireWords(int length) {
        if (length <= 0 || length % UNIT != 0) {
            throw new IllegalArgumentException(length + " is not a multiple of " + UNIT);
        }
    }

    private static boolean isIpv6(long ip) {
        return Ipv6.version(ip) == 6;
    }

    /// What the TCP checksum covers and a change of options changes: header and length. Of the
    /// latter only how it changes counts, so it may include IP headers.
    private static long sum(long ip, long l4) {
        int total = isIpv6(ip) ? Ipv6.totalLength(ip) : Ipv4.totalLength(ip);
        return headerSum(l4) + total;
    }

    private static long headerSum(long l4) {
        return Checksum.sum(l4, Tcp.headerLength(l4));
    }

    /// Corrects the checksum of TCP by sums of what has changed. If that is a part of both sums it
    /// cancels itself out.
    ///
    /// @param l4 address of the TCP header
    /// @param before sum of what was there
    /// @param after sum of what is there now
    public static void correct(long l4, long before, long after) {
        long delta = (~Checksum.fold(before) & 0xFFFF) + after;
        Tcp.checksum(l4, Checksum.apply(Tcp.checksum(l4), delta));
    }

    /// Notes in an IP header that its packet has more bytes, or fewer.
    ///
    /// @param ip address of the IP header
    /// @param more bytes, negative for fewer
    public static void lengthen(long ip, int more) {
        if (isIpv6(ip)) {
            Memory.putNetworkShort(ip + IPV6_LENGTH, Ipv6.payloadLength(ip) + more);
            return;
        }
        int total = Ipv4.totalLength(ip);
        Ipv4.checksum(ip, Checksum.update(Ipv4.checksum(ip), total, total + more));
        Memory.putNetworkShort(ip + IPV4_LENGTH, total + more);
    }

    private static void resize(long ip, long l4, int more, long sumBefore) {
        lengthen(ip, more);
        Tcp.headerLength(l4, Tcp.headerLength(l4) + more);
        correct(l4, sumBefore, sum(ip, l4));
    }
}
