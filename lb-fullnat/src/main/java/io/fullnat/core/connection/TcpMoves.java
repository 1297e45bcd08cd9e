// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.connection;

import static io.fullnat.core.connection.ConnectionLayout.ACKNOWLEDGED;
import static io.fullnat.core.connection.ConnectionLayout.EVENTS;
import static io.fullnat.core.connection.ConnectionLayout.FLOW_LENGTH;
import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.IN_END;
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
/// - **Handshake:** the server's SYN-ACK must acknowledge the client's SYN, the first or the
///   latest, and the client the SYN-ACK; else who makes up a SYN and an ACK would hold an
///   established connection. Both may send their SYN at once: then the client's SYN-ACK
///   acknowledges the server's SYN.
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
///   again (RFC 5961 §4.2). A server in TIME-WAIT may want a higher number than it has seen: see
///   [#mayFollow].
/// - **What is over** is kept for its idle time, which nothing restarts but a FIN that is sent
///   again ([#restarts]).
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

    /// The server has sent a SYN of its own, before its SYN-ACK. Before the handshake is done
    /// nobody has sent a FIN, so it is the same bit.
    private static final int CROSSED = CLOSED << OUTBOUND;

    /// A direction has spoken since the other's FIN.
    private static final int HEARD = 16;

    /// A direction has sent a reset that fits.
    private static final int RESET = 64;

    private TcpMoves() {}

    /// Begins a connection by its client's SYN.
    ///
    /// @param entry the connection
    /// @param sequence of the SYN
    /// @return its first state
    public static ConnectionState begin(long entry, int sequence) {
        Memory.putByte(entry + MARKS, 0);
        Memory.putInt(entry + IN_END, sequence + 1);
        Memory.putNetworkInt(flow(entry, INBOUND) + ACKNOWLEDGED, 0);
        Memory.putNetworkInt(flow(entry, OUTBOUND) + ACKNOWLEDGED, 0);
        return SYN_RECV;
    }

    /// Notes when a real server was asked for a connection: as long as it has not answered.
    ///
    /// @param entry a connection in its first state
    /// @param nowSeconds the worker's second
    public static void asked(long entry, int nowSeconds) {
        Memory.putInt(entry + OUT_END, nowSeconds);
    }

    /// When the real server was asked.
    ///
    /// @param entry a connection of which [#isAnswered] is false
    /// @return the worker's second
    public static int askedSeconds(long entry) {
        return Memory.getInt(entry + OUT_END);
    }

    /// Whether the real server has answered the SYN by one of its own: true from its SYN-ACK on.
    public static boolean isAnswered(long entry) {
        return has(entry, ANSWERED);
    }

    /// Whether a SYN-ACK of the real server acknowledges the client's SYN.
    ///
    /// @param entry a connection in its first state
    /// @param acknowledgement of the SYN-ACK
    /// @return false if the state takes no notice of it
    public static boolean answers(long entry, int acknowledgement) {
        return fits(acknowledgement, end(entry, INBOUND)) || answersAnother(entry, acknowledgement);
    }

    /// Whether it acknowledges the SYN that came last instead. That may be of a client that has
    /// forgotten its first one, or a stranger's: the server says who is heard. Until then the field
    /// for what the client has acknowledged is free, and holds the end of that SYN.
    private static boolean answersAnother(long entry, int acknowledgement) {
        int another = acknowledged(entry, INBOUND);
        return another != 0 && !has(entry, ANSWERED) && fits(acknowledgement, another);
    }

    /// Whether the real server has answered the SYN by a reset.
    ///
    /// @param entry a connection
    /// @return false if it has answered by a SYN-ACK before, or was not heard
    public static boolean isRefused(long entry) {
        return has(entry, RESET << OUTBOUND) && !has(entry, ANSWERED);
    }

    /// Takes notice of a segment.
    ///
    /// @param entry its connection
    /// @param direction [ConnectionLayout#INBOUND] or [ConnectionLayout#OUTBOUND]
    /// @param flags the flags octet of its header
    /// @param sequence its sequence number
    /// @param acknowledgement its acknowledgement number
    /// @param length of its payload in bytes
    /// @return the state that the connection is to move to; its idle time may be another one even
    ///   if the state is the same
    public static ConnectionState next(
            long entry, int direction, int flags, int sequence, int acknowledgement, int length) {
        ConnectionState state = ConnectionState.of(Memory.getByte(entry + STATE));
        if ((flags & RST) != 0) {
            return reset(entry, state, direction, flags, sequence, acknowledgement);
        }
        if ((flags & SYN) != 0) {
            return syn(entry, state, direction, flags, sequence, acknowledgement);
        }
        if ((flags & ACK) == 0) {
            return state; // honest ends send none without it
        }
        if (state == SYN_RECV) {
            if (!completes(entry, direction, acknowledgement)) {
                return state;
            }
            open(entry);
            state = ESTABLISHED;
        } else if (state == CLOSE) {
            if (!has(entry, OPENED)) {
                return state;
            }
            state = beforeReset(entry);
        }
        unmark(entry, RESET << direction);
        if (has(entry, CLOSED << other(direction))) {
            mark(entry, HEARD << direction);
        }
        Memory.putNetworkInt(flow(entry, direction) + ACKNOWLEDGED, acknowledgement);
        return (flags & FIN) == 0 ? state : fin(entry, state, direction, sequence + length + 1);
    }

    private static void open(long entry) {
        unmark(entry, CROSSED);
        mark(entry, OPENED);
    }

    private static boolean completes(long entry, int direction, int acknowledgement) {
        return has(entry, ANSWERED) && fits(acknowledgement, end(entry, other(direction)));
    }

    private static ConnectionState fin(long entry, ConnectionState state, int direction, int end) {
        if (!has(entry, CLOSED << direction)) {
            unmark(entry, HEARD << other(direction));
        }
        if (!isConfirmed(entry, direction)) {
            Memory.putInt(entry + (direction == INBOUND ? IN_END : OUT_END), end);
            mark(entry, CLOSED << direction);
        }
        return switch (state) {
            case ESTABLISHED -> direction == INBOUND ? CLOSE_WAIT : FIN_WAIT;
            case FIN_WAIT -> direction == INBOUND ? TIME_WAIT : FIN_WAIT;
            // A server that knows of the client's FIN keeps nothing after its own.
            case CLOSE_WAIT ->
                    direction == INBOUND
                            ? CLOSE_WAIT
                            : isConfirmed(entry, INBOUND) ? LAST_ACK : TIME_WAIT;
            default -> state;
        };
    }

    private static ConnectionState syn(
            long entry,
            ConnectionState state,
            int direction,
            int flags,
            int sequence,
            int acknowledgement) {
        if (direction == INBOUND && (flags & (ACK | FIN)) == 0) {
            if (isOver(entry)) {
                return begin(entry, sequence);
            }
            if (state == SYN_RECV && !has(entry, ANSWERED)) {
                Memory.putNetworkInt(flow(entry, INBOUND) + ACKNOWLEDGED, sequence + 1);
            }
            return state;
        }
        return state == SYN_RECV
                ? answer(entry, direction, flags, sequence, acknowledgement)
                : state;
    }

    /// A SYN of the server, or a SYN-ACK of either end, during the handshake.
    private static ConnectionState answer(
            long entry, int direction, int flags, int sequence, int acknowledgement) {
        if (direction == INBOUND) {
            return crosses(entry, flags, acknowledgement);
        }
        if ((flags & ACK) == 0) {
            if (!has(entry, ANSWERED) && (flags & FIN) == 0) {
                Memory.putInt(entry + OUT_END, sequence + 1);
                mark(entry, CROSSED);
            }
        } else if (answers(entry, acknowledgement)) {
            if (!fits(acknowledgement, end(entry, INBOUND))) {
                Memory.putInt(entry + IN_END, acknowledged(entry, INBOUND));
            }
            Memory.putNetworkInt(flow(entry, INBOUND) + ACKNOWLEDGED, 0);
            Memory.putInt(entry + OUT_END, sequence + 1);
            Memory.putNetworkInt(flow(entry, OUTBOUND) + ACKNOWLEDGED, acknowledgement);
            mark(entry, ANSWERED);
        }
        return SYN_RECV;
    }

    /// The client's SYN-ACK, if the server has sent a SYN of its own, is what else its ACK is.
    private static ConnectionState crosses(long entry, int flags, int acknowledgement) {
        if (!has(entry, CROSSED)
                || (flags & (ACK | FIN)) != ACK
                || acknowledgement != end(entry, OUTBOUND)) {
            return SYN_RECV;
        }
        Memory.putNetworkInt(flow(entry, INBOUND) + ACKNOWLEDGED, acknowledgement);
        Memory.putNetworkInt(flow(entry, OUTBOUND) + ACKNOWLEDGED, end(entry, INBOUND));
        open(entry);
        mark(entry, ANSWERED);
        return ESTABLISHED;
    }

    private static ConnectionState reset(
            long entry,
            ConnectionState state,
            int direction,
            int flags,
            int sequence,
            int acknowledgement) {
        boolean fits =
                switch (state) {
                    case SYN_RECV ->
                            fitsHandshake(entry, direction, flags, sequence, acknowledgement);
                    case ESTABLISHED, FIN_WAIT, CLOSE_WAIT ->
                            fits(sequence, acknowledged(entry, other(direction)));
                    // Both sides are done, and a server may heed no reset any more (RFC 1337).
                    default -> false;
                };
        if (!fits) {
            return state;
        }
        mark(entry, RESET << direction);
        return CLOSE;
    }

    private static boolean fitsHandshake(
            long entry, int direction, int flags, int sequence, int acknowledgement) {
        if (direction == INBOUND) {
            return fits(sequence, end(entry, INBOUND));
        }
        return (flags & ACK) != 0
                ? answers(entry, acknowledgement)
                : has(entry, ANSWERED) && fits(sequence, end(entry, OUTBOUND));
    }

    /// What a connection whose idle time is over turns out to be: the same state if it ends.
    ///
    /// @param entry the connection
    /// @return the state
    public static ConnectionState afterIdleTime(long entry) {
        ConnectionState state = ConnectionState.of(Memory.getByte(entry + STATE));
        return switch (state) {
            case FIN_WAIT, CLOSE_WAIT, TIME_WAIT, LAST_ACK -> {
                boolean in = isClosed(entry, INBOUND);
                boolean out = isClosed(entry, OUTBOUND);
                if (in && out) {
                    yield state;
                }
                forgetFin(entry, INBOUND, in);
                forgetFin(entry, OUTBOUND, out);
                yield in ? CLOSE_WAIT : out ? FIN_WAIT : ESTABLISHED;
            }
            default -> state;
        };
    }

    private static void forgetFin(long entry, int direction, boolean holds) {
        if (!holds) {
            unmark(entry, CLOSED << direction);
        }
    }

    /// The state of an open connection without the reset that was seen.
    private static ConnectionState beforeReset(long entry) {
        boolean in = has(entry, CLOSED << INBOUND);
        boolean out = has(entry, CLOSED << OUTBOUND);
        return in && out ? TIME_WAIT : in ? CLOSE_WAIT : out ? FIN_WAIT : ESTABLISHED;
    }

    /// Whether nothing more is expected of a connection, so that it may begin anew or give way.
    ///
    /// @param entry a TCP connection
    /// @return true if it was reset, or both sides have closed
    public static boolean isOver(long entry) {
        ConnectionState state = ConnectionState.of(Memory.getByte(entry + STATE));
        return state.isOver()
                && (state == CLOSE
                        || (!isDisproved(entry, INBOUND) && !isDisproved(entry, OUTBOUND)));
    }

    /// Whether a connection that is over may begin anew with a SYN under the same local port. A
    /// server that has closed first keeps the port in TIME-WAIT, and takes a SYN only if its number
    /// is higher than what it has received (RFC 9293 §3.10.7.4, RFC 6191).
    ///
    /// @param entry a TCP connection that is over
    /// @param sequence of the SYN, as the server would get it
    /// @return false if the server may not take it, but would take it from another port
    public static boolean mayFollow(long entry, int sequence) {
        return Memory.getByte(entry + STATE) != TIME_WAIT.ordinal()
                || ConnectionLayout.tracking(entry) == StateTable.ONE_SIDED
                || sequence - acknowledged(entry, OUTBOUND) > 0;
    }

    /// Whether a segment that leaves the state as it is lets the idle time begin anew.
    ///
    /// @param entry its connection, whose state knows the segment
    /// @param direction of the segment
    /// @param flags the flags octet of its header
    /// @param end its sequence number and its payload's length
    /// @return false if the connection is over, unless it is a FIN that is sent again
    public static boolean restarts(long entry, int direction, int flags, int end) {
        return !isOver(entry)
                || ((flags & (FIN | SYN | RST)) == FIN
                        && has(entry, CLOSED << direction)
                        && end(entry, direction) == end + 1);
    }

    /// Whether a connection lives though one of its sides was reset, as it seems: true until that
    /// side is heard again.
    public static boolean isDoubtful(long entry) {
        return has(entry, RESET << INBOUND | RESET << OUTBOUND);
    }

    /// Whether a direction's FIN holds: the other end has acknowledged it and nothing behind it, or
    /// is not there to do so.
    private static boolean isClosed(long entry, int direction) {
        return has(entry, CLOSED << direction) && !isDisproved(entry, direction);
    }

    private static boolean isDisproved(long entry, int direction) {
        return has(entry, CLOSED << direction)
                && !isConfirmed(entry, direction)
                && has(entry, HEARD << other(direction));
    }

    private static boolean isConfirmed(long entry, int direction) {
        return has(entry, CLOSED << direction)
                && acknowledged(entry, other(direction)) == end(entry, direction);
    }

    /// Whether what both ends have said lately may make each packet an event. Before and after a
    /// packet it is false of most: then [#watch] need not be called if the state stays.
    public static boolean isWatched(long entry) {
        return Memory.getUnsignedByte(entry + MARKS) > (ANSWERED | OPENED);
    }

    /// Writes which packets are events in a state into both flows. Where the next packet of a
    /// direction will tell whether a FIN or a reset was real, every packet is one. So is each
    /// packet of a connection that has a packet modifier, is metered or compared with windows, or
    /// for whose client the balancer shakes hands, and each of a client whose datagrams may name
    /// another server. Flows of a connection of both families say so besides, and so do those whose
    /// sequence numbers are moved.
    ///
    /// @param entry the connection
    /// @param state its state
    public static void watch(long entry, ConnectionState state) {
        StateTable.write(entry, state);
        if (ConnectionLayout.isNeverPlain(entry)) {
            watchNeverPlain(entry);
            return;
        }
        watchMarks(entry);
    }

    private static void watchNeverPlain(long entry) {
        if (ConnectionLayout.isModified(entry)
                || ConnectionLayout.mayBeKeptBack(entry)
                || ConnectionLayout.isPending(entry)) {
            watchAll(entry, INBOUND);
            watchAll(entry, OUTBOUND);
        } else if (ConnectionLayout.isRouted(entry)) {
            watchAll(entry, INBOUND);
        } else {
            watchMarks(entry);
        }
        int why =
                (ConnectionLayout.isCrossFamily(entry) ? StateTable.ACROSS : 0)
                        | (ConnectionLayout.isShifted(entry) ? StateTable.SHIFTED : 0);
        if (why != 0) {
            watchBeside(flow(entry, INBOUND) + EVENTS, why);
            watchBeside(flow(entry, OUTBOUND) + EVENTS, why);
        }
    }

    private static void watchBeside(long at, int why) {
        Memory.putByte(at, StateTable.beside(Memory.getByte(at), why));
    }

    private static void watchMarks(long entry) {
        int marks = Memory.getUnsignedByte(entry + MARKS);
        if (marks > (ANSWERED | OPENED)) {
            watch(entry, INBOUND, marks);
            watch(entry, OUTBOUND, marks);
        }
    }

    private static void watch(long entry, int direction, int marks) {
        boolean silent =
                (marks & CLOSED << other(direction)) != 0 && (marks & HEARD << direction) == 0;
        if (silent || (marks & RESET << direction) != 0) {
            watchAll(entry, direction);
        }
    }

    private static void watchAll(long entry, int direction) {
        long at = flow(entry, direction) + EVENTS;
        Memory.putByte(at, Memory.getByte(at) | StateTable.ALWAYS);
    }

    private static boolean fits(int number, int expected) {
        return Integer.compareUnsigned(number - expected, WINDOW) <= 0;
    }

    private static int other(int direction) {
        return direction ^ 1;
    }

    private static long flow(long entry, int direction) {
        return entry + (long) direction * FLOW_LENGTH;
    }

    private static int acknowledged(long entry, int direction) {
        return Memory.getNetworkInt(flow(entry, direction) + ACKNOWLEDGED);
    }

    private static int end(long entry, int direction) {
        return Memory.getInt(entry + (direction == INBOUND ? IN_END : OUT_END));
    }

    private static boolean has(long entry, int marks) {
        return (Memory.getByte(entry + MARKS) & marks) != 0;
    }

    private static void mark(long entry, int marks) {
        Memory.putByte(entry + MARKS, Memory.getByte(entry + MARKS) | marks);
    }

    private static void unmark(long entry, int marks) {
        Memory.putByte(entry + MARKS, Memory.getByte(entry + MARKS) & ~marks);
    }
}
