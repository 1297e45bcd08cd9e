// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.packet;

import io.fullnat.api.IpAddress;
import io.fullnat.api.io.Memory;

/// An IPv4 header (RFC 791 §3.1), viewed in place at the address of its first byte.
///
/// ```
///   0     1     2              4                6              8     9     10
///  +-----+-----+--------------+----------------+--------------+-----+-----+----------+
///  |4|IHL| TOS | total length | identification | flags+offset | TTL | prot| checksum |
///  +-----+-----+--------------+----------------+--------------+-----+-----+----------+
///   12              16             20             4 * IHL
///  +---------------+--------------+--------------+--------
///  |    source     | destination  | options, pad | payload
///  +---------------+--------------+--------------+--------
/// ```
///
/// **The contract:** once [#isWellFormed(long, int)] has said yes, all named bytes lie within the
/// packet and no accessor can fail. Addresses are numbers in host order. Stateless, so thread-safe.
public final class Ipv4 {
    /// Bytes of a header without options.
    public static final int MIN_HEADER_LENGTH = 20;

    /// Bytes of the longest header.
    public static final int MAX_HEADER_LENGTH = 60;

    /// Protocol number of ICMP (RFC 792).
    public static final int PROTOCOL_ICMP = 1;

    /// Protocol number of TCP (RFC 9293).
    public static final int PROTOCOL_TCP = 6;

    /// Protocol number of UDP (RFC 768).
    public static final int PROTOCOL_UDP = 17;

    /// In [#flagsAndFragment(long)]: a router must not fragment the packet.
    public static final int FLAG_DONT_FRAGMENT = 0x4000;

    /// In [#flagsAndFragment(long)]: this is not the packet's last fragment.
    public static final int FLAG_MORE_FRAGMENTS = 0x2000;

    /// The time to live that RFC 1700 recommends to senders.
    public static final int DEFAULT_TIME_TO_LIVE = 64;

    private static final int TYPE_OF_SERVICE_OFFSET = 1;
    private static final int TOTAL_LENGTH_OFFSET = 2;
    private static final int IDENTIFICATION_OFFSET = 4;
    private static final int FRAGMENT_OFFSET = 6;
    private static final int TIME_TO_LIVE_OFFSET = 8;
    private static final int PROTOCOL_OFFSET = 9;
    static final int CHECKSUM_OFFSET = 10;
    static final int SOURCE_OFFSET = 12;
    private static final int DESTINATION_OFFSET = 16;

    private static final int FRAGMENT_OFFSET_MASK = 0x1FFF;
    private static final int VERSION_4_NO_OPTIONS = 0x45;

    private Ipv4() {}

    /// The gate: whether the header is one of IPv4 and it and the packet's total length lie within
    /// the bytes that are there. Looks at no checksum.
    ///
    /// @param ip address of the header
    /// @param available bytes that may be read from there
    /// @return true if the packet may be handed to the accessors
    public static boolean isWellFormed(long ip, int available) {
        if (available < MIN_HEADER_LENGTH || version(ip) != 4) {
            return false;
        }
        int headerLength = headerLength(ip);
        int totalLength = totalLength(ip);
        return headerLength >= MIN_HEADER_LENGTH
                && totalLength >= headerLength
                && totalLength <= available;
    }

    /// The version of the protocol.
    ///
    /// @param ip address of the header
    /// @return 4 for IPv4
    public static int version(long ip) {
        return Memory.getUnsignedByte(ip) >>> 4;
    }

    /// The length of the header with its options.
    ///
    /// @param ip address of the header
    /// @return bytes, 20 to 60
    public static int headerLength(long ip) {
        return (Memory.getByte(ip) & 0x0F) << 2;
    }

    /// Sets version 4 and the length of the header.
    ///
    /// @param ip address of the header
    /// @param length bytes, a multiple of 4, 20 to 60
    public static void headerLength(long ip, int length) {
        Memory.putByte(ip, 0x40 | length >>> 2);
    }

    /// Differentiated services and congestion bits (RFC 2474, RFC 3168).
    ///
    /// @param ip address of the header
    /// @return 0 to 255
    public static int typeOfService(long ip) {
        return Memory.getUnsignedByte(ip + TYPE_OF_SERVICE_OFFSET);
    }

    /// Sets differentiated services and congestion bits.
    ///
    /// @param ip address of the header
    /// @param value 0 to 255
    public static void typeOfService(long ip, int value) {
        Memory.putByte(ip + TYPE_OF_SERVICE_OFFSET, value);
    }

    /// The length of header and payload.
    ///
    /// @param ip address of the header
    /// @return bytes, 0 to 65535
    public static int totalLength(long ip) {
        return Memory.getNetworkShort(ip + TOTAL_LENGTH_OFFSET);
    }

    /// Sets the length of header and payload.
    ///
    /// @param ip address of the header
    /// @param length bytes, 0 to 65535
    public static void totalLength(long ip, int length) {
        Memory.putNetworkShort(ip + TOTAL_LENGTH_OFFSET, length);
    }

    /// The length of what follows the header.
    ///
    /// @param ip address of a well-formed header
    /// @return bytes
    public static int payloadLength(long ip) {
        return totalLength(ip) - headerLength(ip);
    }

    /// The address of what follows the header.
    ///
    /// @param ip address of a well-formed header
    /// @return where the transport header starts
    public static long payload(long ip) {
        return ip + headerLength(ip);
    }

    /// What the fragments of one packet have in common.
    ///
    /// @param ip address of the header
    /// @return 0 to 65535
    public static int identification(long ip) {
        return Memory.getNetworkShort(ip + IDENTIFICATION_OFFSET);
    }

    /// Sets what the fragments of one packet have in common.
    ///
    /// @param ip address of the header
    /// @param value 0 to 65535
    public static void identification(long ip, int value) {
        Memory.putNetworkShort(ip + IDENTIFICATION_OFFSET, value);
    }

    /// The three flags and the fragment offset as one number.
    ///
    /// @param ip address of the header
    /// @return flags in the highest three bits, the offset in units of 8 bytes in the others
    public static int flagsAndFragment(long ip) {
        return Memory.getNetworkShort(ip + FRAGMENT_OFFSET);
    }

    /// Sets the three flags and the fragment offset.
    ///
    /// @param ip address of the header
    /// @param value flags in the highest three bits, the offset in units of 8 bytes in the others
    public static void flagsAndFragment(long ip, int value) {
        Memory.putNetworkShort(ip + FRAGMENT_OFFSET, value);
    }

    /// Whether the packet is a part of a larger one, its first and last part included.
    ///
    /// @param ip address of the header
    /// @return true if more fragments follow or the offset is not 0
    public static boolean isFragment(long ip) {
        return (flagsAndFragment(ip) & (FLAG_MORE_FRAGMENTS | FRAGMENT_OFFSET_MASK)) != 0;
    }

    /// Whether routers must not fragment the packet.
    ///
    /// @param ip address of the header
    /// @return the flag DF
    public static boolean dontFragment(long ip) {
        return (flagsAndFragment(ip) & FLAG_DONT_FRAGMENT) != 0;
    }

    /// Where in the whole packet's payload this fragment's payload belongs.
    ///
    /// @param ip address of the header
    /// @return bytes, a multiple of 8
    public static int fragmentOffset(long ip) {
        return (flagsAndFragment(ip) & FRAGMENT_OFFSET_MASK) << 3;
    }

    /// How many more hops the packet may make.
    ///
    /// @param ip address of the header
    /// @return 0 to 255
    public static int timeToLive(long ip) {
        return Memory.getUnsignedByte(ip + TIME_TO_LIVE_OFFSET);
    }

    /// Sets how many more hops the packet may make.
    ///
    /// @param ip address of the header
    /// @param hops 0 to 255
    public static void timeToLive(long ip, int hops) {
        Memory.putByte(ip + TIME_TO_LIVE_OFFSET, hops);
    }

    /// What the payload is.
    ///
    /// @param ip address of the header
    /// @return a protocol number, 0 to 255
    public static int protocol(long ip) {
        return Memory.getUnsignedByte(ip + PROTOCOL_OFFSET);
    }

    /// Sets what the payload is.
    ///
    /// @param ip address of the header
    /// @param protocol a protocol number, 0 to 255
    public static void protocol(long ip, int protocol) {
        Memory.putByte(ip + PROTOCOL_OFFSET, protocol);
    }

    /// The checksum over the header.
    ///
    /// @param ip address of the header
    /// @return 0 to 65535
    public static int checksum(long ip) {
        return Memory.getNetworkShort(ip + CHECKSUM_OFFSET);
    }

    /// Sets the checksum over the header.
    ///
    /// @param ip address of the header
    /// @param checksum 0 to 65535
    public static void checksum(long ip, int checksum) {
        Memory.putNetworkShort(ip + CHECKSUM_OFFSET, checksum);
    }

    /// Who sent the packet.
    ///
    /// @param ip address of the header
    /// @return an IPv4 address in host order
    public static int source(long ip) {
        return Memory.getNetworkInt(ip + SOURCE_OFFSET);
    }

    /// Who sent the packet, as the last half of a mapped address ([IpAddress#low()]); the first
    /// half is 0.
    ///
    /// @param ip address of the header
    /// @return 64 bits
    public static long sourceLow(long ip) {
        return IpAddress.mapped(source(ip));
    }

    /// Sets who sent the packet.
    ///
    /// @param ip address of the header
    /// @param address an IPv4 address in host order
    public static void source(long ip, int address) {
        Memory.putNetworkInt(ip + SOURCE_OFFSET, address);
    }

    /// For whom the packet is.
    ///
    /// @param ip address of the header
    /// @return an IPv4 address in host order
    public static int destination(long ip) {
        return Memory.getNetworkInt(ip + DESTINATION_OFFSET);
    }

    /// For whom the packet is, as the last half of a mapped address; the first half is 0.
    ///
    /// @param ip address of the header
    /// @return 64 bits
    public static long destinationLow(long ip) {
        return IpAddress.mapped(destination(ip));
    }

    /// Sets for whom the packet is.
    ///
    /// @param ip address of the header
    /// @param address an IPv4 address in host order
    public static void destination(long ip, int address) {
        Memory.putNetworkInt(ip + DESTINATION_OFFSET, address);
    }

    /// Writes a whole header without options, its checksum included: not a fragment, not to be
    /// fragmented, so identification 0 (RFC 6864 §4.1).
    ///
    /// @param ip address of the header
    /// @param totalLength bytes of header and payload
    /// @param timeToLive 1 to 255
    /// @param protocol a protocol number
    /// @param source an IPv4 address in host order
    /// @param destination an IPv4 address in host order
    public static void writeHeader(
            long ip, int totalLength, int timeToLive, int protocol, int source, int destination) {
        Memory.putByte(ip, VERSION_4_NO_OPTIONS);
        typeOfService(ip, 0);
        totalLength(ip, totalLength);
        identification(ip, 0);
        flagsAndFragment(ip, FLAG_DONT_FRAGMENT);
        timeToLive(ip, timeToLive);
        protocol(ip, protocol);
        source(ip, source);
        destination(ip, destination);
        checksum(ip, Checksum.ipv4Header(ip));
    }
}
