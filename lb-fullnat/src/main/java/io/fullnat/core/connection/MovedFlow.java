// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.connection;

import static io.fullnat.core.connection.ConnectionLayout.BYTES;
import static io.fullnat.core.connection.ConnectionLayout.PACKETS;
import static io.fullnat.core.connection.ConnectionLayout.TRAFFIC;

import io.fullnat.api.io.Memory;

/// How the flow of a connection lies in memory whose TCP numbers are moved ([SequenceShifts]): as
/// any other, but that it says what most of its segments need to have moved, so that they touch no
/// other line. It has room for that because it counts in one word of four bytes, from which packets
/// and bytes are taken over before it is full.
///
/// ```
///  +32    |hop |dL4 |traffic |kd|                    |   what is moved, above the counters' place
///  +48    |counted |ackn.  | number | stamp  |
/// ```
///
/// The *kind*, 0 in a flow whose numbers are not moved:
///
/// ```
///    7      3   2   1   0
///  | window | A | T | 1 |   by how many bits its window is shifted, -16 for a far one
/// ```
///
/// One number is added, to what is acknowledged if A is set, else to the sequence number; and if T
/// is set another one, in the same place of timestamps: to the echo of one, or to the timestamp. A
/// connection of which both ends' sequence numbers are moved, or the client's timestamps, is *far*:
/// what is moved of it is found beside the entries alone.
///
/// Stateless; for the table's thread.
public final class MovedFlow {
    /// Set in a kind if what is acknowledged is moved: by so many bytes it lies behind the sequence
    /// number, and so does the echo behind the timestamp.
    public static final int ACKNOWLEDGEMENT = 4;

    static final int KIND = TRAFFIC + 3;
    static final int COUNTED = PACKETS;
    static final int NUMBER = BYTES;
    static final int STAMP = BYTES + Integer.BYTES;

    private static final int MOVED = 1;
    private static final int STAMPED = 2;
    private static final int WINDOW_SHIFT = 3;
    private static final int FAR = -16 << WINDOW_SHIFT | MOVED;
    private static final int MORE = ~(MOVED | ACKNOWLEDGEMENT);

    private static final int BYTES_BITS = 23;
    private static final int ONE_PACKET = 1 << BYTES_BITS;
    private static final int BYTES_MASK = ONE_PACKET - 1;

    /// Either count has come half-way to its end: there is room for any packet before.
    private static final int FULL = 1 << 31 | 1 << (BYTES_BITS - 1);

    private MovedFlow() {}

    /// What is moved of a flow's segments.
    ///
    /// @param flow of a connection in use
    /// @return its kind
    public static int kind(long flow) {
        return Memory.getByte(flow + KIND);
    }

    /// Whether numbers of a flow's segments are moved.
    ///
    /// @param flow of a connection in use, or of a copy
    /// @return false if it counts in the words of all flows
    static boolean is(long flow) {
        return Memory.getByte(flow + KIND) != 0;
    }

    /// Whether what is moved is not in the flow.
    ///
    /// @param kind of a flow whose numbers are moved
    /// @return false for almost all
    public static boolean isFar(int kind) {
        return kind == FAR;
    }

    /// Whether anything else is moved than the one number.
    ///
    /// @param kind of a flow that is not far
    /// @return false if timestamps and window stay as they are
    public static boolean hasMore(int kind) {
        return (kind & MORE) != 0;
    }

    /// Whether a timestamp or an echo is moved.
    ///
    /// @param kind of a flow that is not far
    /// @return true if [#stamp] is to be added
    public static boolean isStamped(int kind) {
        return (kind & STAMPED) != 0;
    }

    /// By how many bits the window is shifted.
    ///
    /// @param kind of a flow that is not far
    /// @return as [SequenceShifts#window(long)]
    public static int window(int kind) {
        return kind >> WINDOW_SHIFT;
    }

    /// What is added to a number.
    ///
    /// @param flow that is not far
    /// @return a number that wraps
    public static int number(long flow) {
        return Memory.getInt(flow + NUMBER);
    }

    /// What is added to a timestamp or an echo.
    ///
    /// @param flow that is not far
    /// @return a number that wraps
    public static int stamp(long flow) {
        return Memory.getInt(flow + STAMP);
    }

    /// Writes what is moved of a flow.
    ///
    /// @param acknowledgement whether of what it acknowledges and echoes, else of its own
    /// @param number what is added
    /// @param stamp what is added to timestamps
    /// @param window by how many bits its window is shifted
    static void near(long flow, boolean acknowledgement, int number, int stamp, int window) {
        Memory.putInt(flow + NUMBER, number);
        Memory.putInt(flow + STAMP, stamp);
        Memory.putByte(
                flow + KIND,
                window << WINDOW_SHIFT
                        | (acknowledgement ? ACKNOWLEDGEMENT : 0)
                        | (stamp != 0 ? STAMPED : 0)
                        | MOVED);
    }

    /// Writes that what is moved of a flow is found elsewhere.
    static void far(long flow) {
        Memory.putByte(flow + KIND, FAR);
    }

    /// Writes that nothing is moved; the counts of all flows are to be written.
    static void none(long flow) {
        Memory.putByte(flow + KIND, 0);
    }

    /// Counts a packet.
    ///
    /// @return the word of counts; if it [#isFull] they are to be taken over before the next packet
    static int count(long flow, int totalLength) {
        int counted = Memory.getInt(flow + COUNTED) + ONE_PACKET + totalLength;
        Memory.putInt(flow + COUNTED, counted);
        return counted;
    }

    /// Whether counts are to be taken over.
    static boolean isFull(int counted) {
        return (counted & FULL) != 0;
    }

    static int packets(int counted) {
        return counted >>> BYTES_BITS;
    }

    static int bytes(int counted) {
        return counted & BYTES_MASK;
    }
}
