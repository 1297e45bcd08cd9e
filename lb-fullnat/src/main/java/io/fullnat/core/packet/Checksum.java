// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.packet;

import io.fullnat.api.io.Memory;

/// The Internet checksum (RFC 1071) and its correction (RFC 1624).
///
/// A *sum* is a one's-complement sum of 16-bit words in network order, not yet folded to 16 bits:
/// sums are added with `+`, up to 2^31 of them. A *checksum* is the folded and inverted sum, as the
/// header's field holds it, in host order.
///
/// Stateless, so thread-safe. The caller knows that the named bytes lie within the packet, as
/// [Ipv4#isWellFormed(long, int)] and its like make sure.
public final class Checksum {
    private static final long LOW_32 = 0xFFFF_FFFFL;

    private Checksum() {}

    /// The sum over some bytes. An odd last byte counts as if a zero byte followed.
    ///
    /// Reads eight bytes at a time, in the machine's order: the sum of swapped words is the swapped
    /// sum (RFC 1071 §2(B)), so one swap at the end is enough.
    ///
    /// @param address the first byte
    /// @param length bytes, less than 2^31
    /// @return the sum, 0 to 0xFFFF
    public static long sum(long address, int length) {
        long sum = 0;
        long at = address;
        long end = address + (length & ~7);
        for (; at < end; at += 8) {
            long word = Memory.getLong(at);
            sum += (word & LOW_32) + (word >>> 32);
        }
        if ((length & 4) != 0) {
            sum += Memory.getInt(at) & LOW_32;
            at += 4;
        }
        if ((length & 2) != 0) {
            sum += Memory.getUnsignedShort(at);
            at += 2;
        }
        if ((length & 1) != 0) {
            sum += Memory.getUnsignedByte(at);
        }
        return Short.reverseBytes((short) fold(sum)) & 0xFFFFL;
    }

    /// Folds a sum to 16 bits.
    ///
    /// @param sum any sum, taken as an unsigned number
    /// @return 0 to 65535; 0 only if the sum is 0
    public static int fold(long sum) {
        long folded = (sum & LOW_32) + (sum >>> 32);
        folded = (folded & 0xFFFF) + (folded >>> 16);
        folded = (folded & 0xFFFF) + (folded >>> 16);
        return (int) ((folded & 0xFFFF) + (folded >>> 16));
    }

    /// The checksum of some bytes.
    ///
    /// @param address the first byte
    /// @param length bytes
    /// @return 0 to 65535
    public static int internet(long address, int length) {
        return invert(sum(address, length));
    }

    /// What the checksum of an IPv4 header has to be, whatever its field holds.
    ///
    /// @param ip address of the header
    /// @return 0 to 65535
    public static int ipv4Header(long ip) {
        return without(ip, Ipv4.headerLength(ip), Ipv4.CHECKSUM_OFFSET, 0);
    }

    /// Whether the checksum of an IPv4 header is right.
    ///
    /// @param ip address of the header
    /// @return true if it is
    public static boolean isIpv4HeaderValid(long ip) {
        return sum(ip, Ipv4.headerLength(ip)) == 0xFFFF;
    }

    /// What the checksum of a TCP segment or UDP datagram has to be, whatever its field holds.
    ///
    /// For UDP a result of 0 is turned into 0xFFFF, since 0 means "none" (RFC 768).
    ///
    /// @param ip address of the IPv4 header of a whole packet of protocol TCP or UDP
    /// @return 0 to 65535
    public static int transport(long ip) {
        long l4 = Ipv4.payload(ip);
        if (Ipv4.protocol(ip) == Ipv4.PROTOCOL_UDP) {
            int length = Udp.length(l4);
            return avoidZero(without(l4, length, Udp.CHECKSUM_OFFSET, pseudoHeader(ip, length)));
        }
        int length = Ipv4.payloadLength(ip);
        return without(l4, length, Tcp.CHECKSUM_OFFSET, pseudoHeader(ip, length));
    }

    /// Whether the checksum of a TCP segment or UDP datagram is right; a datagram without one is.
    ///
    /// @param ip address of the IPv4 header of a whole packet of protocol TCP or UDP
    /// @return true if it is
    public static boolean isTransportValid(long ip) {
        long l4 = Ipv4.payload(ip);
        boolean udp = Ipv4.protocol(ip) == Ipv4.PROTOCOL_UDP;
        if (udp && Udp.checksum(l4) == Udp.NO_CHECKSUM) {
            return true;
        }
        int length = udp ? Udp.length(l4) : Ipv4.payloadLength(ip);
        return fold(pseudoHeader(ip, length) + sum(l4, length)) == 0xFFFF;
    }

    /// What the checksum of an ICMP message has to be, whatever its field holds.
    ///
    /// @param ip address of the IPv4 header of a whole packet of protocol ICMP
    /// @return 0 to 65535
    public static int icmp(long ip) {
        return without(Ipv4.payload(ip), Ipv4.payloadLength(ip), Icmp.CHECKSUM_OFFSET, 0);
    }

    /// Whether the checksum of an ICMP message is right.
    ///
    /// @param ip address of the IPv4 header of a whole packet of protocol ICMP
    /// @return true if it is
    public static boolean isIcmpValid(long ip) {
        return sum(Ipv4.payload(ip), Ipv4.payloadLength(ip)) == 0xFFFF;
    }

    /// The sum over the pseudo header of TCP and UDP (RFC 9293 §3.1): addresses, protocol, length.
    ///
    /// @param ip address of the IPv4 header
    /// @param transportLength bytes of transport header and data
    /// @return a sum
    public static long pseudoHeader(long ip, int transportLength) {
        return (Ipv4.source(ip) & LOW_32)
                + (Ipv4.destination(ip) & LOW_32)
                + Ipv4.protocol(ip)
                + transportLength;
    }

    /// The sum over the pseudo header of IPv6 (RFC 8200 §8.1): addresses, length, protocol.
    ///
    /// @param ip address of the IPv6 header, whose destination is the final one
    /// @param protocol of the transport header, behind all extension headers
    /// @param transportLength bytes of transport header and data
    /// @return a sum
    public static long pseudoHeader6(long ip, int protocol, int transportLength) {
        return sum(ip + Ipv6.ADDRESSES_OFFSET, 32) + protocol + transportLength;
    }

    /// What the checksum of a TCP segment, UDP datagram or ICMPv6 message in a packet of IPv6 has
    /// to be, whatever its field holds.
    ///
    /// @param ip address of the IPv6 header
    /// @param protocol TCP, UDP or ICMPv6
    /// @param l4 address of the transport header
    /// @param length bytes of IP payload from there; a UDP datagram may be shorter
    /// @return 0 to 65535; for UDP never 0 (RFC 8200 §8.1)
    public static int transport6(long ip, int protocol, long l4, int length) {
        boolean udp = protocol == Ipv4.PROTOCOL_UDP;
        int covered = udp ? Udp.length(l4) : length;
        int checksum =
                without(l4, covered, fieldOf(protocol), pseudoHeader6(ip, protocol, covered));
        return udp ? avoidZero(checksum) : checksum;
    }

    /// Whether the checksum of a TCP segment, UDP datagram or ICMPv6 message in a packet of IPv6 is
    /// right. A datagram without one is not (RFC 8200 §8.1).
    ///
    /// @param ip address of the IPv6 header
    /// @param protocol TCP, UDP or ICMPv6
    /// @param l4 address of the transport header
    /// @param length bytes of IP payload from there; a UDP datagram may be shorter
    /// @return true if it is
    public static boolean isTransport6Valid(long ip, int protocol, long l4, int length) {
        boolean udp = protocol == Ipv4.PROTOCOL_UDP;
        if (udp && Udp.checksum(l4) == Udp.NO_CHECKSUM) {
            return false;
        }
        int covered = udp ? Udp.length(l4) : length;
        return fold(pseudoHeader6(ip, protocol, covered) + sum(l4, covered)) == 0xFFFF;
    }

    private static int fieldOf(int protocol) {
        return switch (protocol) {
            case Ipv4.PROTOCOL_TCP -> Tcp.CHECKSUM_OFFSET;
            case Ipv4.PROTOCOL_UDP -> Udp.CHECKSUM_OFFSET;
            default -> Icmpv6.CHECKSUM_OFFSET;
        };
    }

    /// Corrects a checksum for one changed 16-bit word (RFC 1624 equation 3).
    ///
    /// @param checksum as the header's field holds it
    /// @param oldWord what the word was, 0 to 65535
    /// @param newWord what it is now, 0 to 65535
    /// @return the new checksum
    public static int update(int checksum, int oldWord, int newWord) {
        return apply(checksum, (~oldWord & 0xFFFF) + newWord);
    }

    /// The sum that turns one 32-bit value into another: `~before + after`. Deltas are added; a
    /// header's many changes are then one [#apply(int, long)].
    ///
    /// @param before what the value was
    /// @param after what it is now
    /// @return a sum
    public static long delta(int before, int after) {
        return (~before & LOW_32) + (after & LOW_32);
    }

    /// The sum that turns one 64-bit value into another, as [#delta(int, int)] does: half an IPv6
    /// address.
    ///
    /// @param before what the value was
    /// @param after what it is now
    /// @return a sum
    public static long wideDelta(long before, long after) {
        return delta((int) (before >>> 32), (int) (after >>> 32))
                + delta((int) before, (int) after);
    }

    /// Corrects a checksum by the sum of all changes (RFC 1624 equation 3).
    ///
    /// @param checksum as the header's field holds it
    /// @param delta a sum
    /// @return the new checksum
    public static int apply(int checksum, long delta) {
        return invert((~checksum & 0xFFFF) + delta);
    }

    /// What a UDP header must hold in place of a computed 0, which would mean "no checksum".
    ///
    /// @param checksum 0 to 65535
    /// @return 1 to 65535
    public static int avoidZero(int checksum) {
        return checksum == Udp.NO_CHECKSUM ? 0xFFFF : checksum;
    }

    /// The checksum over `length` bytes and an initial sum, with the checksum's own field left out.
    private static int without(long start, int length, int fieldOffset, long initial) {
        int behind = fieldOffset + 2;
        return invert(initial + sum(start, fieldOffset) + sum(start + behind, length - behind));
    }

    private static int invert(long sum) {
        return ~fold(sum) & 0xFFFF;
    }
}
