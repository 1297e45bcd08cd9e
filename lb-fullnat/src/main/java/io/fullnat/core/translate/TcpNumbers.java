// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.translate;

import io.fullnat.api.io.Memory;
import io.fullnat.core.packet.Checksum;
import io.fullnat.core.packet.Tcp;

/// Moves the sequence number of a TCP segment, what it acknowledges, and the edges of its selective
/// acknowledgements (RFC 2018 §3), where it lies. The checksum is corrected by what has changed
/// (RFC 1624), so what came damaged leaves damaged. Numbers wrap. Stateless.
public final class TcpNumbers {
    private static final int SEQUENCE_OFFSET = 4;
    private static final int ACKNOWLEDGEMENT_OFFSET = 8;
    private static final int FLAGS_OFFSET = 13;
    private static final int CHECKSUM_OFFSET = 16;
    private static final int SACK = 5;
    private static final int EDGE = 4;

    /// What almost every segment has that has options: padding and timestamps, in 12 bytes.
    private static final int TIMESTAMPS_ONLY = 0x0A08_0101;

    private static final int WITH_TIMESTAMPS = 32;

    private TcpNumbers() {}

    /// Moves a segment's numbers. What it acknowledges stays if it does not say that it does.
    ///
    /// @param l4 address of its whole header
    /// @param shift in the lower half what to add to the sequence number, in the upper half what to
    ///   add to acknowledgements
    public static void move(long l4, long shift) {
        long delta = add(l4 + SEQUENCE_OFFSET, (int) shift);
        int more = (int) (shift >>> Integer.SIZE);
        if (more != 0 && (Tcp.flags(l4) & Tcp.ACK) != 0) {
            delta += add(l4 + ACKNOWLEDGEMENT_OFFSET, more);
            delta += moveEdges(l4, more);
        }
        correct(l4, delta);
    }

    /// The same for what an ICMP error quotes of a segment, as far as that goes.
    ///
    /// @param l4 address of the quoted header
    /// @param available bytes of it, 8 or more
    /// @param shift as above
    public static void moveQuoted(long l4, int available, long shift) {
        long delta = add(l4 + SEQUENCE_OFFSET, (int) shift);
        int more = (int) (shift >>> Integer.SIZE);
        if (available > FLAGS_OFFSET && (Tcp.flags(l4) & Tcp.ACK) != 0) {
            delta += add(l4 + ACKNOWLEDGEMENT_OFFSET, more);
            if (available >= Tcp.headerLength(l4)) {
                delta += moveEdges(l4, more);
            }
        }
        if (available >= CHECKSUM_OFFSET + 2) {
            correct(l4, delta);
        }
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

    private static long moveEdges(long l4, int more) {
        int end = Tcp.headerLength(l4);
        if (end == Tcp.MIN_HEADER_LENGTH
                || (end == WITH_TIMESTAMPS
                        && Memory.getInt(l4 + Tcp.MIN_HEADER_LENGTH) == TIMESTAMPS_ONLY)) {
            return 0;
        }
        long delta = 0;
        int at = TcpOptions.find(l4, SACK);
        while (at != 0) {
            int next = at + Memory.getUnsignedByte(l4 + at + 1);
            delta += moveEdges(l4, at + 2, next, more);
            at = TcpOptions.find(l4, next, SACK);
        }
        return delta;
    }

    /// Of edges that lie at an odd place the bytes count the other way round (RFC 1071 §2(B)).
    private static long moveEdges(long l4, int from, int end, int more) {
        long delta = 0;
        for (int at = from; at + 2 * EDGE <= end; at += 2 * EDGE) {
            delta += add(l4 + at, more) + add(l4 + at + EDGE, more);
        }
        if ((from & 1) == 0) {
            return delta;
        }
        int folded = Checksum.fold(delta);
        return Short.reverseBytes((short) folded) & 0xFFFF;
    }
}
