// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.connection;

import static io.fullnat.core.connection.ConnectionLayout.ACKNOWLEDGED;
import static io.fullnat.core.connection.ConnectionLayout.EVENTS;
import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.IN_END;
import static io.fullnat.core.connection.ConnectionLayout.LINE_LENGTH;
import static io.fullnat.core.connection.ConnectionLayout.MARKS;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;
import static io.fullnat.core.connection.ConnectionLayout.OUT_END;
import static io.fullnat.core.connection.ConnectionLayout.STATE;
import static io.fullnat.core.connection.ConnectionState.CLOSE;
import static io.fullnat.core.connection.ConnectionState.CLOSE_WAIT;
import static io.fullnat.core.connection.ConnectionState.ESTABLISHED;
import static io.fullnat.core.connection.ConnectionState.FIN_WAIT;
import static io.fullnat.core.connection.ConnectionState.LAST_ACK;
import static io.fullnat.core.connection.ConnectionState.SYN_RECV;
import static io.fullnat.core.connection.ConnectionState.TIME_WAIT;

import io.fullnat.api.io.Memory;

/// What a TCP segment does to its connection's state. The states are those of LVS, but a segment
/// must fit what the ends have said before: addresses and ports of a connection can be guessed, its
/// sequence numbers cannot. Every segment is sent on, whether it fits or not: its receiver judges
/// for itself (RFC 5961), and what it then does shows who was right.
///
/// The fast path stores each direction's latest acknowledgement number, which is what the other
/// end's next sequence number is compared with.
///
/// - **Handshake:** the client must acknowledge the SYN-ACK that the server sent; else who makes up
///   a SYN and an ACK would hold an established connection.
/// - **RST** counts if its sequence number is what the other end expects, or at most 65,535 beyond,
///   for data may be under way that the reset followed. If the other end goes on nevertheless, as
///   it does with a challenge (RFC 5961 §3.2), so does the connection: with the idle time of one
///   half closed, for the packet may have crossed the reset, until the reset's supposed sender
///   speaks.
/// - **FIN** is believed for the moment; its end is noted. When the idle time is over, it holds if
///   the other end's last acknowledgement is exactly its end, or if the other end has not been
///   heard since. Else the connection goes back to what it was.
/// - **SYN** begins a connection anew when the old one is over. One that is half closed lives: the
///   server answers by itself, a client that has forgotten the connection resets it then and tries
///   again (RFC 5961 §4.2).
public final class TcpMoves {
    private static final int FIN = 1;
    private static final int SYN = 2;
    private static final int RST = 4;
    private static final int ACK = 16;

    /// How far beyond what was acknowledged a sequence number may be. More than an end has under
    /// way without an acknowledgement on its way back, which a real reset answers by another one
    /// that fits exactly.
    private static final int WINDOW = 65_535;

    // Marks. Those of two directions: of the client's, shifted by the direction for the server's.

    /// The server's SYN-ACK was seen.
    private static final int ANSWERED = 1;

    /// The handshake was completed.
    private static final int OPENED = 2;

    /// A direction has sent a FIN.
    private static final int CLOSED = 4;

    /// A direction has spoken since the other's FIN.
    private static final int HEARD = 16;

    /// A direction has sent a reset that fits.
    private static final int RESET = 64;

    private TcpMoves() {}

    /// Begins a connection by its client's SYN.
    ///
    /// @param record the connection
    /// @param sequence of the SYN
    /// @return its first state
    public static ConnectionState begin(long record, int sequence) {
        Memory.putByte(record + MARKS, 0);
        Memory.putInt(record + IN_END, sequence + 1);
        return SYN_RECV;
    }

    /// Takes notice of a segment.
    ///
    /// @param record its connection
    /// @param direction [ConnectionLayout#INBOUND] or [ConnectionLayout#OUTBOUND]
    /// @param flags the flags octet of its header
    /// @param sequence its sequence number
    /// @param acknowledgement its acknowledgement number
    /// @param length of its payload in bytes
    /// @return the state that the connection is to move to; its idle time may be another one even
    ///   if the state is the same
    public static ConnectionState next(
            long record, int direction, int flags, int sequence, int acknowledgement, int length) {
        ConnectionState state = ConnectionState.of(Memory.getByte(record + STATE));
        if ((flags & RST) != 0) {
            return reset(record, state, direction, flags, sequence, acknowledgement);
        }
        if ((flags & SYN) != 0) {
            return syn(record, state, direction, flags, sequence, acknowledgement);
        }
        if ((flags & ACK) == 0) {
            return state; // honest ends send none without it
        }
        if (state == SYN_RECV) {
            if (!completes(record, direction, acknowledgement)) {
                return state;
            }
            mark(record, OPENED);
            state = ESTABLISHED;
        } else if (state == CLOSE) {
            if (!has(record, OPENED)) {
                return state;
            }
            state = beforeReset(record);
        }
        unmark(record, RESET << direction);
        if (has(record, CLOSED << other(direction))) {
            mark(record, HEARD << direction);
        }
        Memory.putNetworkInt(line(record, direction) + ACKNOWLEDGED, acknowledgement);
        return (flags & FIN) == 0 ? state : fin(record, state, direction, sequence + length + 1);
    }

    private static boolean completes(long record, int direction, int acknowledgement) {
        return has(record, ANSWERED)
                && (direction == OUTBOUND || fits(acknowledgement, end(record, OUTBOUND)));
    }

    private static ConnectionState fin(long record, ConnectionState state, int direction, int end) {
        if (!has(record, CLOSED << direction)) {
            unmark(record, HEARD << other(direction));
        }
        if (!isConfirmed(record, direction)) {
            Memory.putInt(record + (direction == INBOUND ? IN_END : OUT_END), end);
            mark(record, CLOSED << direction);
        }
        return switch (state) {
            case ESTABLISHED -> direction == INBOUND ? CLOSE_WAIT : FIN_WAIT;
            case FIN_WAIT -> direction == INBOUND ? TIME_WAIT : FIN_WAIT;
            // A server that knows of the client's FIN keeps nothing after its own.
            case CLOSE_WAIT ->
                    direction == INBOUND
                            ? CLOSE_WAIT
                            : isConfirmed(record, INBOUND) ? LAST_ACK : TIME_WAIT;
            default -> state;
        };
    }

    private static ConnectionState syn(
            long record,
            ConnectionState state,
            int direction,
            int flags,
            int sequence,
            int acknowledgement) {
        if (direction == INBOUND && (flags & (ACK | FIN)) == 0) {
            if (isOver(record)) {
                return begin(record, sequence);
            }
            if (state == SYN_RECV && !has(record, ANSWERED)) {
                Memory.putInt(record + IN_END, sequence + 1);
            }
        } else if (direction == OUTBOUND && (flags & ACK) != 0 && state == SYN_RECV) {
            Memory.putInt(record + OUT_END, sequence + 1);
            Memory.putNetworkInt(line(record, OUTBOUND) + ACKNOWLEDGED, acknowledgement);
            mark(record, ANSWERED);
        }
        return state;
    }

    private static ConnectionState reset(
            long record,
            ConnectionState state,
            int direction,
            int flags,
            int sequence,
            int acknowledgement) {
        boolean fits =
                switch (state) {
                    case SYN_RECV ->
                            fitsHandshake(record, direction, flags, sequence, acknowledgement);
                    case ESTABLISHED, FIN_WAIT, CLOSE_WAIT ->
                            fits(sequence, acknowledged(record, other(direction)));
                    // Both sides are done, and a server may heed no reset any more (RFC 1337).
                    default -> false;
                };
        if (!fits) {
            return state;
        }
        mark(record, RESET << direction);
        return CLOSE;
    }

    private static boolean fitsHandshake(
            long record, int direction, int flags, int sequence, int acknowledgement) {
        if (direction == INBOUND) {
            return fits(sequence, end(record, INBOUND));
        }
        return (flags & ACK) != 0
                ? fits(acknowledgement, end(record, INBOUND))
                : has(record, ANSWERED) && fits(sequence, end(record, OUTBOUND));
    }

    /// What a connection whose idle time is over turns out to be: the same state if it ends.
    ///
    /// @param record the connection
    /// @return the state
    public static ConnectionState afterIdleTime(long record) {
        ConnectionState state = ConnectionState.of(Memory.getByte(record + STATE));
        return switch (state) {
            case FIN_WAIT, CLOSE_WAIT, TIME_WAIT, LAST_ACK -> {
                boolean in = isClosed(record, INBOUND);
                boolean out = isClosed(record, OUTBOUND);
                if (in && out) {
                    yield state;
                }
                forgetFin(record, INBOUND, in);
                forgetFin(record, OUTBOUND, out);
                yield in ? CLOSE_WAIT : out ? FIN_WAIT : ESTABLISHED;
            }
            default -> state;
        };
    }

    private static void forgetFin(long record, int direction, boolean holds) {
        if (!holds) {
            unmark(record, CLOSED << direction);
        }
    }

    /// The state of an open connection without the reset that was seen.
    private static ConnectionState beforeReset(long record) {
        boolean in = has(record, CLOSED << INBOUND);
        boolean out = has(record, CLOSED << OUTBOUND);
        return in && out ? TIME_WAIT : in ? CLOSE_WAIT : out ? FIN_WAIT : ESTABLISHED;
    }

    /// Whether nothing more is expected of a connection, so that it may begin anew or give way.
    ///
    /// @param record a TCP connection
    /// @return true if it was reset, or both sides have closed
    public static boolean isOver(long record) {
        return switch (ConnectionState.of(Memory.getByte(record + STATE))) {
            case CLOSE -> true;
            case TIME_WAIT, LAST_ACK ->
                    !isDisproved(record, INBOUND) && !isDisproved(record, OUTBOUND);
            default -> false;
        };
    }

    /// Whether a connection lives though one of its sides was reset, as it seems.
    ///
    /// @param record a connection
    /// @return true until the side that sent the reset is heard again
    public static boolean isDoubtful(long record) {
        return has(record, RESET << INBOUND | RESET << OUTBOUND);
    }

    /// Whether a direction's FIN holds: the other end has acknowledged it and nothing behind it, or
    /// is not there to do so.
    private static boolean isClosed(long record, int direction) {
        return has(record, CLOSED << direction) && !isDisproved(record, direction);
    }

    private static boolean isDisproved(long record, int direction) {
        return has(record, CLOSED << direction)
                && !isConfirmed(record, direction)
                && has(record, HEARD << other(direction));
    }

    private static boolean isConfirmed(long record, int direction) {
        return has(record, CLOSED << direction)
                && acknowledged(record, other(direction)) == end(record, direction);
    }

    /// Writes which packets are events in a state into both lines. Where the next packet of a
    /// direction will tell whether a FIN or a reset was real, every packet is one.
    ///
    /// @param record the connection
    /// @param state its state
    public static void watch(long record, ConnectionState state) {
        StateTable.write(record, state);
        int marks = Memory.getUnsignedByte(record + MARKS);
        if (marks > (ANSWERED | OPENED)) {
            watch(record, INBOUND, marks);
            watch(record, OUTBOUND, marks);
        }
    }

    private static void watch(long record, int direction, int marks) {
        boolean silent =
                (marks & CLOSED << other(direction)) != 0 && (marks & HEARD << direction) == 0;
        if (silent || (marks & RESET << direction) != 0) {
            long at = line(record, direction) + EVENTS;
            Memory.putByte(at, Memory.getByte(at) | StateTable.ALWAYS);
        }
    }

    private static boolean fits(int number, int expected) {
        return Integer.compareUnsigned(number - expected, WINDOW) <= 0;
    }

    private static int other(int direction) {
        return direction ^ 1;
    }

    private static long line(long record, int direction) {
        return record + (long) direction * LINE_LENGTH;
    }

    private static int acknowledged(long record, int direction) {
        return Memory.getNetworkInt(line(record, direction) + ACKNOWLEDGED);
    }

    private static int end(long record, int direction) {
        return Memory.getInt(record + (direction == INBOUND ? IN_END : OUT_END));
    }

    private static boolean has(long record, int marks) {
        return (Memory.getByte(record + MARKS) & marks) != 0;
    }

    private static void mark(long record, int marks) {
        Memory.putByte(record + MARKS, Memory.getByte(record + MARKS) | marks);
    }

    private static void unmark(long record, int marks) {
        Memory.putByte(record + MARKS, Memory.getByte(record + MARKS) & ~marks);
    }
}
