// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.packet;

import io.fullnat.api.io.Memory;

/// A UDP header (RFC 768), viewed in place at the address of its first byte.
///
/// ```
///   0             2             4          6            8
///  +-------------+-------------+----------+------------+------
///  | source port | dest. port  |  length  |  checksum  | data
///  +-------------+-------------+----------+------------+------
/// ```
///
/// **The contract:** once [#isWellFormed(long, int)] has said yes, no accessor can fail. Stateless,
/// so thread-safe.
public final class Udp {
    /// Bytes of the header.
    public static final int HEADER_LENGTH = 8;

    /// The checksum of a datagram whose sender computed none.
    public static final int NO_CHECKSUM = 0;

    private static final int SOURCE_PORT_OFFSET = 0;
    private static final int DESTINATION_PORT_OFFSET = 2;
    private static final int LENGTH_OFFSET = 4;
    static final int CHECKSUM_OFFSET = 6;

    private Udp() {}

    /// The gate: whether header and data lie within the bytes that are there. IP payload behind the
    /// datagram is allowed (RFC 9868).
    ///
    /// @param l4 address of the header
    /// @param available bytes of IP payload from there
    /// @return true if the datagram may be handed to the accessors
    public static boolean isWellFormed(long l4, int available) {
        if (available < HEADER_LENGTH) {
            return false;
        }
        int length = length(l4);
        return length >= HEADER_LENGTH && length <= available;
    }

    /// The port of the sender; 0 if it wants no answer.
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

    /// The length of header and data.
    ///
    /// @param l4 address of the header
    /// @return bytes, 8 to 65535
    public static int length(long l4) {
        return Memory.getNetworkShort(l4 + LENGTH_OFFSET);
    }

    /// Sets the length of header and data.
    ///
    /// @param l4 address of the header
    /// @param length bytes, 8 to 65535
    public static void length(long l4, int length) {
        Memory.putNetworkShort(l4 + LENGTH_OFFSET, length);
    }

    /// The checksum over pseudo header, header and data.
    ///
    /// @param l4 address of the header
    /// @return 1 to 65535, or [#NO_CHECKSUM]
    public static int checksum(long l4) {
        return Memory.getNetworkShort(l4 + CHECKSUM_OFFSET);
    }

    /// Sets the checksum.
    ///
    /// @param l4 address of the header
    /// @param checksum 1 to 65535, or [#NO_CHECKSUM]
    public static void checksum(long l4, int checksum) {
        Memory.putNetworkShort(l4 + CHECKSUM_OFFSET, checksum);
    }

    /// Writes a whole header but for the checksum, which is left [#NO_CHECKSUM]: it needs the IP
    /// header and the data, see [Checksum#transport(long)].
    ///
    /// @param l4 address of the header
    /// @param sourcePort 0 to 65535
    /// @param destinationPort 0 to 65535
    /// @param length bytes of header and data
    public static void writeHeader(long l4, int sourcePort, int destinationPort, int length) {
        sourcePort(l4, sourcePort);
        destinationPort(l4, destinationPort);
        length(l4, length);
        checksum(l4, NO_CHECKSUM);
    }
}
