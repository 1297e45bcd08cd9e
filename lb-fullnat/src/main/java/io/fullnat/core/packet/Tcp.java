// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.packet;

import io.fullnat.api.io.Memory;

/// A TCP header (RFC 9293 §3.1), viewed in place at the address of its first byte.
///
/// ```
///   0             2             4             8                 12   13      14
///  +-------------+-------------+-------------+-----------------+----+-------+---------+
///  | source port | dest. port  |  sequence   | acknowledgement |len | flags | window  |
///  +-------------+-------------+-------------+-----------------+----+-------+---------+
///   16           18         20           4 * len
///  +------------+----------+------------+------
///  |  checksum  |  urgent  | options ...| data
///  +------------+----------+------------+------
/// ```
///
/// **The contract:** once [#isWellFormed(long, int)] has said yes, no accessor can fail. Sequence
/// numbers are 32-bit words that wrap: compare their differences. Stateless, so thread-safe.
public final class Tcp {
    /// Bytes of a header without options.
    public static final int MIN_HEADER_LENGTH = 20;

    /// Bytes of the longest header.
    public static final int MAX_HEADER_LENGTH = 60;

    /// No more data from the sender.
    public static final int FIN = 0x01;

    /// Synchronise sequence numbers: a connection is to be opened.
    public static final int SYN = 0x02;

    /// The connection is no more.
    public static final int RST = 0x04;

    /// Hand the data to the application at once.
    public static final int PSH = 0x08;

    /// The acknowledgement field counts.
    public static final int ACK = 0x10;

    /// The urgent pointer counts.
    public static final int URG = 0x20;

    /// Option kind: end of the option list.
    public static final int OPTION_END = 0;

    /// Option kind: one byte of padding.
    public static final int OPTION_NO_OPERATION = 1;

    /// Option kind: the largest segment that the sender of a SYN accepts.
    public static final int OPTION_MAXIMUM_SEGMENT_SIZE = 2;

    /// Option kind: by how many bits the windows of a SYN's sender are shifted (RFC 7323 §2.2).
    public static final int OPTION_WINDOW_SCALE = 3;

    /// Bytes of that option.
    public static final int WINDOW_SCALE_LENGTH = 3;

    /// The largest shift; a larger one means this (RFC 7323 §2.3).
    public static final int MAX_WINDOW_SCALE = 14;

    /// Option kind: the sender's timestamp, and the one that it echoes (RFC 7323 §3.2).
    public static final int OPTION_TIMESTAMPS = 8;

    /// Bytes of that option.
    public static final int TIMESTAMPS_LENGTH = 10;

    private static final int SOURCE_PORT_OFFSET = 0;
    private static final int DESTINATION_PORT_OFFSET = 2;
    private static final int SEQUENCE_OFFSET = 4;
    private static final int ACKNOWLEDGEMENT_OFFSET = 8;
    private static final int LENGTH_OFFSET = 12;
    private static final int FLAGS_OFFSET = 13;
    private static final int WINDOW_OFFSET = 14;
    static final int CHECKSUM_OFFSET = 16;
    private static final int URGENT_OFFSET = 18;

    private Tcp() {}

    /// The gate: whether the header lies within the bytes that are there.
    ///
    /// @param l4 address of the header
    /// @param available bytes of IP payload from there
    /// @return true if the segment may be handed to the accessors
    public static boolean isWellFormed(long l4, int available) {
        if (available < MIN_HEADER_LENGTH) {
            return false;
        }
        int headerLength = headerLength(l4);
        return headerLength >= MIN_HEADER_LENGTH && headerLength <= available;
    }

    /// The port of the sender.
    ///
    /// @param l4 address of the header
    /// @return 0 to 65535
    public static int sourcePort(long l4) {
        return Memory.getNetworkShort(l4 + SOURCE_PORT_OFFSET);
    }

    /// Sets the port of the sender.
    ///
    /// @param l4 address of the header
    /// @param port 0 to 65535
    public static void sourcePort(long l4, int port) {
        Memory.putNetworkShort(l4 + SOURCE_PORT_OFFSET, port);
    }

    /// The port of the receiver.
    ///
    /// @param l4 address of the header
    /// @return 0 to 65535
    public static int destinationPort(long l4) {
        return Memory.getNetworkShort(l4 + DESTINATION_PORT_OFFSET);
    }

    /// Sets the port of the receiver.
    ///
    /// @param l4 address of the header
    /// @param port 0 to 65535
    public static void destinationPort(long l4, int port) {
        Memory.putNetworkShort(l4 + DESTINATION_PORT_OFFSET, port);
    }

    /// The number of the segment's first byte; of the SYN itself if that flag is set.
    ///
    /// @param l4 address of the header
    /// @return a 32-bit word that wraps
    public static int sequence(long l4) {
        return Memory.getNetworkInt(l4 + SEQUENCE_OFFSET);
    }

    /// Sets the number of the segment's first byte.
    ///
    /// @param l4 address of the header
    /// @param sequence a 32-bit word
    public static void sequence(long l4, int sequence) {
        Memory.putNetworkInt(l4 + SEQUENCE_OFFSET, sequence);
    }

    /// The number that the sender expects next, if [#ACK] is set.
    ///
    /// @param l4 address of the header
    /// @return a 32-bit word that wraps
    public static int acknowledgement(long l4) {
        return Memory.getNetworkInt(l4 + ACKNOWLEDGEMENT_OFFSET);
    }

    /// Sets the number that the sender expects next.
    ///
    /// @param l4 address of the header
    /// @param acknowledgement a 32-bit word
    public static void acknowledgement(long l4, int acknowledgement) {
        Memory.putNetworkInt(l4 + ACKNOWLEDGEMENT_OFFSET, acknowledgement);
    }

    /// The length of the header with its options.
    ///
    /// @param l4 address of the header
    /// @return bytes, 20 to 60
    public static int headerLength(long l4) {
        return (Memory.getUnsignedByte(l4 + LENGTH_OFFSET) >>> 4) << 2;
    }

    /// Sets the length of the header and clears the reserved bits beside it.
    ///
    /// @param l4 address of the header
    /// @param length bytes, a multiple of 4, 20 to 60
    public static void headerLength(long l4, int length) {
        Memory.putByte(l4 + LENGTH_OFFSET, length << 2);
    }

    /// The flags, congestion bits included.
    ///
    /// @param l4 address of the header
    /// @return a combination of [#FIN] … [#URG], 0x40 (ECE) and 0x80 (CWR)
    public static int flags(long l4) {
        return Memory.getUnsignedByte(l4 + FLAGS_OFFSET);
    }

    /// Sets the flags.
    ///
    /// @param l4 address of the header
    /// @param flags a combination of [#FIN] … [#URG], 0x40 (ECE) and 0x80 (CWR)
    public static void flags(long l4, int flags) {
        Memory.putByte(l4 + FLAGS_OFFSET, flags);
    }

    /// How many bytes the sender is ready to receive, unscaled.
    ///
    /// @param l4 address of the header
    /// @return 0 to 65535
    public static int window(long l4) {
        return Memory.getNetworkShort(l4 + WINDOW_OFFSET);
    }

    /// Sets how many bytes the sender is ready to receive.
    ///
    /// @param l4 address of the header
    /// @param window 0 to 65535
    public static void window(long l4, int window) {
        Memory.putNetworkShort(l4 + WINDOW_OFFSET, window);
    }

    /// The checksum over pseudo header, header and data.
    ///
    /// @param l4 address of the header
    /// @return 0 to 65535
    public static int checksum(long l4) {
        return Memory.getNetworkShort(l4 + CHECKSUM_OFFSET);
    }

    /// Sets the checksum.
    ///
    /// @param l4 address of the header
    /// @param checksum 0 to 65535
    public static void checksum(long l4, int checksum) {
        Memory.putNetworkShort(l4 + CHECKSUM_OFFSET, checksum);
    }

    /// Where urgent data ends, if [#URG] is set.
    ///
    /// @param l4 address of the header
    /// @return offset from the sequence number, 0 to 65535
    public static int urgentPointer(long l4) {
        return Memory.getNetworkShort(l4 + URGENT_OFFSET);
    }

    /// Sets where urgent data ends.
    ///
    /// @param l4 address of the header
    /// @param pointer offset from the sequence number, 0 to 65535
    public static void urgentPointer(long l4, int pointer) {
        Memory.putNetworkShort(l4 + URGENT_OFFSET, pointer);
    }

    /// Writes a whole header without options but for the checksum, which is left 0: it needs the IP
    /// header and the data, see [Checksum#transport(long)].
    ///
    /// @param l4 address of the header
    /// @param sourcePort 0 to 65535
    /// @param destinationPort 0 to 65535
    /// @param sequence a 32-bit word
    /// @param acknowledgement a 32-bit word, 0 without [#ACK]
    /// @param flags a combination of [#FIN] … [#URG]
    /// @param window 0 to 65535
    public static void writeHeader(
            long l4,
            int sourcePort,
            int destinationPort,
            int sequence,
            int acknowledgement,
            int flags,
            int window) {
        sourcePort(l4, sourcePort);
        destinationPort(l4, destinationPort);
        sequence(l4, sequence);
        acknowledgement(l4, acknowledgement);
        headerLength(l4, MIN_HEADER_LENGTH);
        flags(l4, flags);
        window(l4, window);
        checksum(l4, 0);
        urgentPointer(l4, 0);
    }
}
