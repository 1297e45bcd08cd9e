// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.packet;

import io.fullnat.api.io.Memory;

/// An IPv6 header (RFC 8200 §3), viewed in place at the address of its first byte.
///
/// ```
///   0     4              12                    32
///  +-----+--------------+---------------------+      bits of the first word
///  |  6  | traffic class|  flow label         |
///  +-----+--------------+---------------------+
///   0          4                6             7           8            24               40
///  +----------+----------------+-------------+-----------+------------+----------------+--------
///  | as above | payload length | next header | hop limit |   source   |  destination   | payload
///  +----------+----------------+-------------+-----------+------------+----------------+--------
/// ```
///
/// **The contract:** once [#isWellFormed(long, int)] has said yes, all named bytes lie within the
/// packet and no accessor can fail. Addresses are two numbers, as [Memory#getNetworkLong(long)]
/// gives them. Where the transport header is, [Ipv6Chain] says. Stateless, so thread-safe.
public final class Ipv6 {
    /// Bytes of the header, without extension headers.
    public static final int HEADER_LENGTH = 40;

    /// From the header to its two addresses of 16 bytes each.
    public static final int ADDRESSES_OFFSET = 8;

    /// The smallest MTU that a link can have (RFC 8200 §5).
    public static final int MIN_MTU = 1280;

    /// Next header: hop-by-hop options (RFC 8200 §4.3).
    public static final int NEXT_HEADER_HOP_BY_HOP = 0;

    /// Next header: routing (RFC 8200 §4.4).
    public static final int NEXT_HEADER_ROUTING = 43;

    /// Next header: fragment (RFC 8200 §4.5).
    public static final int NEXT_HEADER_FRAGMENT = 44;

    /// Next header: ICMPv6 (RFC 4443).
    public static final int NEXT_HEADER_ICMP = 58;

    /// Next header: nothing follows (RFC 8200 §4.7).
    public static final int NEXT_HEADER_NONE = 59;

    /// Next header: options for the destination (RFC 8200 §4.6).
    public static final int NEXT_HEADER_DESTINATION = 60;

    /// The hop limit of what hosts send, as IPv4's.
    public static final int DEFAULT_HOP_LIMIT = 64;

    /// The hop limit that no packet of another link can have (RFC 4861 §11.2, RFC 5082).
    public static final int MAX_HOP_LIMIT = 255;

    private static final int VERSION_6 = 0x6000_0000;
    private static final int PAYLOAD_LENGTH_OFFSET = 4;
    static final int NEXT_HEADER_OFFSET = 6;
    private static final int HOP_LIMIT_OFFSET = 7;
    private static final int SOURCE_OFFSET = 8;
    private static final int DESTINATION_OFFSET = 24;
    private static final int FLOW_LABEL_MASK = 0xF_FFFF;

    private Ipv6() {}

    /// The gate: whether the header is one of IPv6 and it and the payload lie within the bytes that
    /// are there. Looks at no extension header.
    ///
    /// @param ip address of the header
    /// @param available bytes that may be read from there
    /// @return true if the packet may be handed to the accessors
    public static boolean isWellFormed(long ip, int available) {
        return available >= HEADER_LENGTH
                && version(ip) == 6
                && HEADER_LENGTH + payloadLength(ip) <= available;
    }

    /// The version of the protocol.
    ///
    /// @param ip address of the header
    /// @return 6 for IPv6
    public static int version(long ip) {
        return Memory.getUnsignedByte(ip) >>> 4;
    }

    /// Differentiated services and congestion bits (RFC 2474, RFC 3168).
    ///
    /// @param ip address of the header
    /// @return 0 to 255
    public static int trafficClass(long ip) {
        return Memory.getNetworkShort(ip) >>> 4 & 0xFF;
    }

    /// Sets differentiated services and congestion bits.
    ///
    /// @param ip address of the header
    /// @param value 0 to 255
    public static void trafficClass(long ip, int value) {
        Memory.putNetworkShort(ip, (Memory.getNetworkShort(ip) & 0xF00F) | (value << 4));
    }

    /// Sets the label of the packet's flow (RFC 6437).
    ///
    /// @param ip address of the header
    /// @param label 20 bits
    public static void flowLabel(long ip, int label) {
        Memory.putNetworkInt(ip, (Memory.getNetworkInt(ip) & ~FLOW_LABEL_MASK) | label);
    }

    /// The length of what follows the header, extension headers included.
    ///
    /// @param ip address of the header
    /// @return bytes, 0 to 65535
    public static int payloadLength(long ip) {
        return Memory.getNetworkShort(ip + PAYLOAD_LENGTH_OFFSET);
    }

    /// Sets the length of what follows the header.
    ///
    /// @param ip address of the header
    /// @param length bytes, 0 to 65535
    public static void payloadLength(long ip, int length) {
        Memory.putNetworkShort(ip + PAYLOAD_LENGTH_OFFSET, length);
    }

    /// The length of header and payload.
    ///
    /// @param ip address of the header
    /// @return bytes, 40 to 65575
    public static int totalLength(long ip) {
        return HEADER_LENGTH + payloadLength(ip);
    }

    /// What follows the header: an extension header or the transport's.
    ///
    /// @param ip address of the header
    /// @return a protocol number, 0 to 255
    public static int nextHeader(long ip) {
        return Memory.getUnsignedByte(ip + NEXT_HEADER_OFFSET);
    }

    /// Sets what follows the header.
    ///
    /// @param ip address of the header
    /// @param protocol a protocol number, 0 to 255
    public static void nextHeader(long ip, int protocol) {
        Memory.putByte(ip + NEXT_HEADER_OFFSET, protocol);
    }

    /// How many more hops the packet may make.
    ///
    /// @param ip address of the header
    /// @return 0 to 255
    public static int hopLimit(long ip) {
        return Memory.getUnsignedByte(ip + HOP_LIMIT_OFFSET);
    }

    /// Sets how many more hops the packet may make.
    ///
    /// @param ip address of the header
    /// @param hops 0 to 255
    public static void hopLimit(long ip, int hops) {
        Memory.putByte(ip + HOP_LIMIT_OFFSET, hops);
    }

    /// The first half of the address that sent the packet.
    ///
    /// @param ip address of the header
    /// @return 64 bits
    public static long sourceHigh(long ip) {
        return Memory.getNetworkLong(ip + SOURCE_OFFSET);
    }

    /// The last half of the address that sent the packet.
    ///
    /// @param ip address of the header
    /// @return 64 bits
    public static long sourceLow(long ip) {
        return Memory.getNetworkLong(ip + SOURCE_OFFSET + 8);
    }

    /// Sets the address that sends the packet.
    ///
    /// @param ip address of the header
    /// @param high first half of the address
    /// @param low last half
    public static void source(long ip, long high, long low) {
        Memory.putNetworkLong(ip + SOURCE_OFFSET, high);
        Memory.putNetworkLong(ip + SOURCE_OFFSET + 8, low);
    }

    /// The first half of the address that the packet is for.
    ///
    /// @param ip address of the header
    /// @return 64 bits
    public static long destinationHigh(long ip) {
        return Memory.getNetworkLong(ip + DESTINATION_OFFSET);
    }

    /// The last half of the address that the packet is for.
    ///
    /// @param ip address of the header
    /// @return 64 bits
    public static long destinationLow(long ip) {
        return Memory.getNetworkLong(ip + DESTINATION_OFFSET + 8);
    }

    /// Sets the address that the packet is for.
    ///
    /// @param ip address of the header
    /// @param high first half of the address
    /// @param low last half
    public static void destination(long ip, long high, long low) {
        Memory.putNetworkLong(ip + DESTINATION_OFFSET, high);
        Memory.putNetworkLong(ip + DESTINATION_OFFSET + 8, low);
    }

    /// Writes a whole header with traffic class and flow label 0.
    ///
    /// @param ip address of the header
    /// @param payloadLength bytes behind the header
    /// @param hopLimit 1 to 255
    /// @param nextHeader what follows: a protocol number
    /// @param sourceHigh first half of the source
    /// @param sourceLow last half
    /// @param destinationHigh first half of the destination
    /// @param destinationLow last half
    public static void writeHeader(
            long ip,
            int payloadLength,
            int hopLimit,
            int nextHeader,
            long sourceHigh,
            long sourceLow,
            long destinationHigh,
            long destinationLow) {
        Memory.putNetworkInt(ip, VERSION_6);
        payloadLength(ip, payloadLength);
        nextHeader(ip, nextHeader);
        hopLimit(ip, hopLimit);
        source(ip, sourceHigh, sourceLow);
        destination(ip, destinationHigh, destinationLow);
    }
}
