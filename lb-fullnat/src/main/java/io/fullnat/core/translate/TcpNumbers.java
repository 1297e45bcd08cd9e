// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.translate;

import static io.fullnat.core.connection.ConnectionLayout.ACKNOWLEDGED;
import static io.fullnat.core.connection.ConnectionLayout.INBOUND;

import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.MovedFlow;
import io.fullnat.core.connection.SequenceShifts;
import io.fullnat.core.packet.Checksum;
import io.fullnat.core.packet.Tcp;

/// Moves the numbers of a TCP segment where it lies: its sequence number, what it acknowledges, the
/// edges of its selective acknowledgements (RFC 2018 §3), its timestamp and the echo of another
/// (RFC 7323 §3.2), the scale of its window. The checksum is corrected by what has changed (RFC
/// 1624), so what came damaged leaves damaged. Numbers wrap. Options may stand anywhere; behind one
/// that is malformed nothing is changed. Stateless.
public final class TcpNumbers {
    private static final int SEQUENCE_OFFSET = 4;
    private static final int ACKNOWLEDGEMENT_OFFSET = 8;
    private static final int LENGTH_OFFSET = 12;
    private static final int FLAGS_OFFSET = 13;
    private static final int WINDOW_OFFSET = 14;
    private static final int CHECKSUM_OFFSET = 16;
    private static final int SACK = 5;
    private static final int NUMBER = 4;

    /// What almost every segment has that has options: padding and timestamps, in 12 bytes.
    private static final int TIMESTAMPS_ONLY = 0x0A08_0101;

    private static final int WITH_TIMESTAMPS = 32;
    private static final int STAMPS_OFFSET = 24;

    // Of the word with length and flags, as it is loaded.
    private static final int LENGTH_MASK = 0xF0;
    private static final int NO_OPTIONS = 0x50;
    private static final int TWELVE_BYTES = 0x80;
    private static final int ACKNOWLEDGES = Tcp.ACK << 8;

    private static final long LOWER = 0xFFFF_FFFFL;

    /// More than what all changes of a segment can add up to.
    private static final long ENOUGH = 0xFFFFL << 20;

    private TcpNumbers() {}

    /// Moves a segment's numbers. What it acknowledges and echoes stays if it does not say that it
    /// acknowledges; its window if it has a SYN.
    ///
    /// @param l4 address of its whole header
    /// @param numbers in the lower half what to add to the sequence number, in the upper half what
    ///   to add to acknowledgements
    /// @param stamps the same for the timestamp and the echo of one
    /// @param window by how many bits its window is shifted, as in [SequenceShifts#scaled]
    public static void move(long l4, long numbers, long stamps, int window) {
        int flags = Tcp.flags(l4);
        boolean acknowledges = (flags & Tcp.ACK) != 0;
        int more = acknowledges ? upper(numbers) : 0;
        long stamped = acknowledges ? stamps : stamps & LOWER;
        long delta = add(l4 + SEQUENCE_OFFSET, (int) numbers);
        if (more != 0) {
            delta += add(l4 + ACKNOWLEDGEMENT_OFFSET, more);
        }
        delta += moveOptions(l4, more, stamped);
        if (window != 0 && (flags & Tcp.SYN) == 0) {
            delta += scale(l4, window);
        }
        correct(l4, delta);
    }

    /// Whether a segment is one of those that [#moveNear] knows: it acknowledges, and has no
    /// options, or timestamps behind two bytes of padding and nothing else.
    ///
    /// @param l4 address of its whole header
    /// @return true for almost all of a connection that loses nothing
    public static boolean isCommon(long l4) {
        int word = Memory.getInt(l4 + LENGTH_OFFSET);
        int length = word & LENGTH_MASK;
        return (word & ACKNOWLEDGES) != 0
                && (length == NO_OPTIONS
                        || (length == TWELVE_BYTES
                                && Memory.getInt(l4 + Tcp.MIN_HEADER_LENGTH) == TIMESTAMPS_ONLY));
    }

    /// Moves the numbers of a segment without SYN that [#isCommon], corrects its checksum by that
    /// and by what else is changed of it, all in one, and notes what it acknowledges: in numbers
    /// that the real server knows.
    ///
    /// @param flow of the segment, which is not far
    /// @param l4 its header
    /// @param kind of the flow
    /// @param direction of the flow
    /// @param more by what else the checksum is to be corrected
    static void moveNear(long flow, long l4, int kind, int direction, int more) {
        int sent = Memory.getInt(l4 + ACKNOWLEDGEMENT_OFFSET);
        long place = l4 + (kind & MovedFlow.ACKNOWLEDGEMENT);
        long less = moveOne(place + SEQUENCE_OFFSET, MovedFlow.number(flow)) - more;
        int known = direction == INBOUND ? Memory.getInt(l4 + ACKNOWLEDGEMENT_OFFSET) : sent;
        Memory.putInt(flow + ACKNOWLEDGED, known);
        if (MovedFlow.hasMore(kind)) {
            if (MovedFlow.isStamped(kind) && hasOptions(l4)) {
                less += moveOne(place + STAMPS_OFFSET, MovedFlow.stamp(flow));
            }
            int window = MovedFlow.window(kind);
            less -= window == 0 ? 0 : scale(l4, window);
        }
        long sum = l4 + CHECKSUM_OFFSET;
        Memory.putShort(sum, folded(Memory.getUnsignedShort(sum) + less));
    }

    private static boolean hasOptions(long l4) {
        return (Memory.getByte(l4 + LENGTH_OFFSET) & LENGTH_MASK) != NO_OPTIONS;
    }

    /// @return what the number has become less
    private static long moveOne(long at, int more) {
        int before = Memory.getInt(at);
        int after = Integer.reverseBytes(Integer.reverseBytes(before) + more);
        Memory.putInt(at, after);
        return (before & LOWER) - (after & LOWER);
    }

    /// The same for a segment of a flow that is far.
    ///
    /// @param flow of the segment
    /// @param l4 its header
    /// @param at where its connection's numbers lie
    /// @param direction of the flow
    /// @param more by what else the checksum is to be corrected
    static void moveFar(long flow, long l4, long at, int direction, int more) {
        long before = Memory.getLong(l4 + SEQUENCE_OFFSET);
        long after = moved(before, SequenceShifts.ownAndOther(at, direction));
        Memory.putLong(l4 + SEQUENCE_OFFSET, after);
        long known = direction == INBOUND ? after : before;
        Memory.putInt(flow + ACKNOWLEDGED, (int) (known >>> Integer.SIZE));
        long less = less(before, after) - more;
        if (SequenceShifts.more(at) != 0) {
            less += moveMore(l4, at, direction);
        }
        long sum = l4 + CHECKSUM_OFFSET;
        Memory.putShort(sum, folded(Memory.getUnsignedShort(sum) + less));
    }

    private static long moveMore(long l4, long at, int direction) {
        long less = 0;
        if (hasOptions(l4)) {
            long before = Memory.getLong(l4 + STAMPS_OFFSET);
            long after = moved(before, SequenceShifts.stampsOwnAndOther(at, direction));
            Memory.putLong(l4 + STAMPS_OFFSET, after);
            less = less(before, after);
        }
        int window = SequenceShifts.window(at, direction);
        return window == 0 ? less : less - scale(l4, window);
    }

    /// Two numbers that follow each other are one word: one load, one store.
    private static long moved(long both, long ownAndOther) {
        long numbers = Long.reverseBytes(both);
        long first = (numbers + (ownAndOther & ~LOWER)) & ~LOWER;
        return Long.reverseBytes(first | ((numbers - ownAndOther) & LOWER));
    }

    private static long less(long before, long after) {
        return (before & LOWER)
                - (after & LOWER)
                + (before >>> Integer.SIZE)
                - (after >>> Integer.SIZE);
    }

    /// Folds a number of some 36 bits to 16, so that it stays the same modulo 65,535. It is made
    /// negative before: so what is nothing becomes 0 and not 65,535, as in a checksum that is
    /// summed up.
    private static int folded(long number) {
        long folded = number - ENOUGH;
        folded = (folded & 0xFFFF) + (folded >> 16);
        folded = (folded & 0xFFFF) + (folded >> 16);
        return (int) (folded + (folded >> 16));
    }

    /// The same for what an ICMP error quotes of a segment, as far as that goes. A window stays as
    /// it was sent: what it was before cannot be known, and nobody asks for it.
    ///
    /// @param l4 address of the quoted header
    /// @param available bytes of it, 8 or more
    /// @param numbers as above
    /// @param stamps as above
    public static void moveQuoted(long l4, int available, long numbers, long stamps) {
        long delta = add(l4 + SEQUENCE_OFFSET, (int) numbers);
        boolean acknowledges = available > FLAGS_OFFSET && (Tcp.flags(l4) & Tcp.ACK) != 0;
        int more = acknowledges ? upper(numbers) : 0;
        if (more != 0) {
            delta += add(l4 + ACKNOWLEDGEMENT_OFFSET, more);
        }
        if (available > FLAGS_OFFSET && available >= Tcp.headerLength(l4)) {
            delta += moveOptions(l4, more, acknowledges ? stamps : stamps & LOWER);
        }
        if (available >= CHECKSUM_OFFSET + 2) {
            correct(l4, delta);
        }
    }

    private static int upper(long both) {
        return (int) (both >>> Integer.SIZE);
    }

    private static void correct(long l4, long delta) {
        long at = l4 + CHECKSUM_OFFSET;
        Memory.putShort(at, Checksum.apply(Memory.getUnsignedShort(at), delta));
    }

    private static long add(long at, int more) {
        int before = Memory.getInt(at);
        int after = Integer.reverseBytes(Integer.reverseBytes(before) + more);
        Memory.putInt(at, after);
        return Checksum.delta(before, after);
    }

    private static long scale(long l4, int bits) {
        short before = Memory.getShort(l4 + WINDOW_OFFSET);
        int window = SequenceShifts.scaled(Short.reverseBytes(before) & 0xFFFF, bits);
        short after = Short.reverseBytes((short) window);
        Memory.putShort(l4 + WINDOW_OFFSET, after);
        return (~before & 0xFFFFL) + (after & 0xFFFFL);
    }

    private static long moveOptions(long l4, int more, long stamps) {
        int end = Tcp.headerLength(l4);
        if ((more == 0 && stamps == 0) || end == Tcp.MIN_HEADER_LENGTH) {
            return 0;
        }
        if (end == WITH_TIMESTAMPS
                && Memory.getInt(l4 + Tcp.MIN_HEADER_LENGTH) == TIMESTAMPS_ONLY) {
            return stamps == 0 ? 0 : stamp(l4, Tcp.MIN_HEADER_LENGTH + 4, stamps);
        }
        long delta = 0;
        int at = TcpOptions.next(l4, Tcp.MIN_HEADER_LENGTH);
        while (at != 0) {
            int kind = Memory.getUnsignedByte(l4 + at);
            int length = TcpOptions.length(l4, at);
            if (kind == SACK && more != 0) {
                delta += moveEdges(l4, at + 2, at + length, more);
            } else if (kind == Tcp.OPTION_TIMESTAMPS
                    && length == Tcp.TIMESTAMPS_LENGTH
                    && stamps != 0) {
                delta += stamp(l4, at + 2, stamps);
            }
            at = TcpOptions.next(l4, at + length);
        }
        return delta;
    }

    private static long stamp(long l4, int at, long stamps) {
        return placed(at, add(l4 + at, (int) stamps) + add(l4 + at + NUMBER, upper(stamps)));
    }

    private static long moveEdges(long l4, int from, int end, int more) {
        long delta = 0;
        for (int at = from; at + 2 * NUMBER <= end; at += 2 * NUMBER) {
            delta += add(l4 + at, more) + add(l4 + at + NUMBER, more);
        }
        return placed(from, delta);
    }

    /// Of numbers that lie at an odd place the bytes count the other way round (RFC 1071 §2(B)).
    private static long placed(int at, long delta) {
        return (at & 1) == 0 ? delta : Short.reverseBytes((short) Checksum.fold(delta)) & 0xFFFF;
    }
}
