// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.connection;

import static io.fullnat.core.connection.ConnectionLayout.ACKNOWLEDGED;
import static io.fullnat.core.connection.ConnectionLayout.FLOW_LENGTH;
import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;

import io.fullnat.api.io.Memory;
import io.fullnat.core.memory.Region;

/// Whether TCP segments lie in the window of their receiver, of connections of which somebody wants
/// to know: how far each end has sent and the largest window that it has offered, beside the
/// entries, which have no room for it.
///
/// A segment fits if it ends no further from what its receiver has acknowledged than twice the
/// largest window, before or behind, and acknowledges nothing that was not sent, and nothing too
/// old (RFC 9293 §3.10.7.4, RFC 5961 §5.2). Twice, as segments may overtake each other: what is
/// dropped is surely wrong, not perhaps. Numbers are those that the real server knows.
///
/// Handshakes are not judged, but what does not fit theirs is not noted either: a stranger's SYN or
/// acknowledgement does not make segments of the ends look wrong.
///
/// Address space for all entries; pages only where connections are looked at. **Thread-safety:**
/// none; the table's thread uses it.
public final class TcpWindows implements AutoCloseable {
    private static final int FIN = 1;
    private static final int SYN = 2;
    private static final int RST = 4;
    private static final int ACK = 16;

    // Of a flow: how far its sender has sent, and the largest window that it has offered.
    private static final int END = 0;
    private static final int WINDOW = 4;
    private static final int LENGTH = 8;

    // Of the entry's third line, a byte for each direction: the scale that its SYN offered and one,
    // and whether anything of it was seen.
    private static final int SCALES = 0;
    private static final int SEEN = 2;

    /// From a flow's address to that of its part: a cache line has 8 bytes.
    private static final int SHIFT = 3;

    /// The farthest that makes a difference: the largest window (RFC 7323 §2.3).
    private static final long FARTHEST = 1L << 30;

    private static final int UNSCALED = 65_535;

    private final Region region;
    private final long origin;

    /// @param firstFlow where the entries begin
    /// @param length bytes of all entries
    TcpWindows(long firstFlow, long length) {
        region = Region.reserve((length >>> SHIFT) + LENGTH, "windows of TCP");
        origin = region.address() - (firstFlow >>> SHIFT);
    }

    private long at(long flow) {
        return origin + (flow >>> SHIFT);
    }

    /// Begins to look at a connection.
    ///
    /// @param entry of a connection that begins, or begins anew
    public void begin(long entry) {
        Memory.putLong(at(entry), 0);
        Memory.putLong(at(entry + FLOW_LENGTH), 0);
        Memory.putLong(at(entry + 2 * FLOW_LENGTH), 0);
    }

    /// Looks at a segment before the connection's state knows it, and notes what it says if it
    /// fits.
    ///
    /// @param entry of the connection
    /// @param direction of the segment
    /// @param flags of its header
    /// @param sequence its number, as the real server knows it
    /// @param acknowledgement the same of what it acknowledges
    /// @param length of its payload
    /// @param window as its header says
    /// @param scale of the option that stands in a SYN; -1 if there is none
    /// @return false if it does not fit
    public boolean fits(
            long entry,
            int direction,
            int flags,
            int sequence,
            int acknowledgement,
            int length,
            int window,
            int scale) {
        int end = sequence + length + ((flags & FIN) != 0 ? 1 : 0);
        ConnectionState state = ConnectionState.of(Memory.getByte(entry + ConnectionLayout.STATE));
        if ((flags & SYN) != 0) {
            if (isHeeded(entry, direction, flags, acknowledgement, state)) {
                noteSyn(entry, direction, end + 1, window, scale);
            }
            return true;
        }
        int other = INBOUND + OUTBOUND - direction;
        if (state == ConnectionState.CLOSE || state == ConnectionState.SYN_RECV) {
            boolean near =
                    state == ConnectionState.CLOSE
                            ? isNear(entry, other, end)
                            : continues(entry, direction, other, end);
            if (near
                    && (flags & (ACK | RST)) == ACK
                    && acknowledges(entry, direction, other, acknowledgement)) {
                note(entry, direction, end, window);
            }
            return true;
        }
        if (!isNear(entry, other, end)
                || ((flags & (ACK | RST)) == ACK
                        && !acknowledges(entry, direction, other, acknowledgement))) {
            return false;
        }
        if ((flags & RST) == 0) {
            note(entry, direction, end, window);
        }
        return true;
    }

    /// Whether a segment with a SYN belongs to a handshake, as far as its connection's state will
    /// take it for one. On a connection that lives it says nothing. Makes room for what begins.
    private boolean isHeeded(
            long entry, int direction, int flags, int acknowledgement, ConnectionState state) {
        if ((flags & (FIN | RST)) != 0) {
            return false;
        }
        boolean answers = (flags & ACK) != 0;
        if (direction == INBOUND && !answers && TcpMoves.isOver(entry)) {
            begin(entry);
            return true;
        }
        if (state != ConnectionState.SYN_RECV) {
            return false;
        }
        if (!answers) {
            return !TcpMoves.isAnswered(entry);
        }
        if (direction == INBOUND || !TcpMoves.answers(entry, acknowledgement)) {
            return false;
        }
        hear(entry, acknowledgement);
        return true;
    }

    /// What the server has received of a SYN that it answers, a client has sent.
    private void hear(long entry, int acknowledgement) {
        long at = at(entry) + END;
        if (isSeen(entry, INBOUND) && acknowledgement - Memory.getInt(at) > 0) {
            Memory.putInt(at, acknowledgement);
        }
    }

    /// Whether a segment lies beside the SYN of its sender, in a handshake of which both were seen.
    private boolean continues(long entry, int direction, int other, int end) {
        int known = Memory.getInt(at(entry + (long) direction * FLOW_LENGTH) + END);
        return TcpMoves.isAnswered(entry)
                && isSeen(entry, direction)
                && Math.abs((long) (end - known)) <= reach(entry, other);
    }

    private void noteSyn(long entry, int direction, int end, int window, int scale) {
        Memory.putByte(
                at(entry + 2 * FLOW_LENGTH) + SCALES + direction,
                scale < 0 ? 0 : Math.min(scale, SequenceShifts.MAX_WINDOW_SHIFT) + 1);
        put(entry, direction, end, window);
        Memory.putByte(at(entry + 2 * FLOW_LENGTH) + SEEN + direction, 1);
    }

    private void note(long entry, int direction, int end, int window) {
        long at = at(entry + (long) direction * FLOW_LENGTH);
        int further = isSeen(entry, direction) ? Memory.getInt(at + END) : end;
        int most = Math.max(Memory.getInt(at + WINDOW), window << scale(entry, direction));
        put(entry, direction, end - further > 0 ? end : further, most);
        Memory.putByte(at(entry + 2 * FLOW_LENGTH) + SEEN + direction, 1);
    }

    private void put(long entry, int direction, int end, int window) {
        long at = at(entry + (long) direction * FLOW_LENGTH);
        Memory.putInt(at + END, end);
        Memory.putInt(at + WINDOW, window);
    }

    private boolean isSeen(long entry, int direction) {
        return Memory.getByte(at(entry + 2 * FLOW_LENGTH) + SEEN + direction) != 0;
    }

    /// Windows are scaled if both SYNs say so (RFC 7323 §2.2).
    private int scale(long entry, int direction) {
        long scales = at(entry + 2 * FLOW_LENGTH) + SCALES;
        boolean both = Memory.getByte(scales) != 0 && Memory.getByte(scales + 1) != 0;
        return both ? Memory.getByte(scales + direction) - 1 : 0;
    }

    /// How far from what an end has acknowledged segments to it may lie.
    private long reach(long entry, int receiver) {
        int window = Memory.getInt(at(entry + (long) receiver * FLOW_LENGTH) + WINDOW);
        return Math.min(2L * Math.max(window, UNSCALED), FARTHEST);
    }

    private boolean isNear(long entry, int receiver, int end) {
        int expected = Memory.getNetworkInt(entry + (long) receiver * FLOW_LENGTH + ACKNOWLEDGED);
        return !isSeen(entry, receiver)
                || expected == 0
                || Math.abs((long) (end - expected)) <= reach(entry, receiver);
    }

    /// What is put into the stream on its way is acknowledged before it is known here.
    private boolean acknowledges(long entry, int direction, int other, int acknowledgement) {
        int beyond = acknowledgement - Memory.getInt(at(entry + (long) other * FLOW_LENGTH) + END);
        int put =
                ConnectionLayout.isShifted(entry) || ConnectionLayout.isModified(entry)
                        ? UNSCALED
                        : 0;
        return !isSeen(entry, other)
                || (beyond <= put && -(long) beyond <= reach(entry, direction));
    }

    @Override
    public void close() {
        region.close();
    }
}
