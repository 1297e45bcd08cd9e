package io.fullnat.core.connection;

import static io.fullnat.core.connection.ConnectionState.CLOSE;
import static io.fullnat.core.connection.ConnectionState.CLOSE_WAIT;
import static io.fullnat.core.connection.ConnectionState.ESTABLISHED;
import static io.fullnat.core.connection.ConnectionState.FIN_WAIT;
import static io.fullnat.core.connection.ConnectionState.LAST_ACK;
import static io.fullnat.core.connection.ConnectionState.LISTEN;
import static io.fullnat.core.connection.ConnectionState.SYN_RECV;
import static io.fullnat.core.connection.ConnectionState.SYN_SENT;
import static io.fullnat.core.connection.ConnectionState.TIME_WAIT;
import static io.fullnat.core.connection.ConnectionState.UDP_NONE;
import static io.fullnat.core.connection.ConnectionState.UDP_NORMAL;
import static io.fullnat.core.connection.ConnectionState.UDP_ONEWAY;

/// The next state of a connection: one look-up in a table of 2 KiB by direction, TCP flags and
/// present state.
///
/// The TCP events are, first that applies, RST, SYN, FIN, ACK. A segment with none of them, which
/// no honest peer sends, changes nothing. UDP states have no use for flags.
public final class StateTable {
    private static final int FIN = 1;
    private static final int SYN = 2;
    private static final int RST = 4;
    private static final int ACK = 16;

    /// An event that every packet is. As a flag it is CWR (RFC 3168), which no state heeds.
    private static final int ALWAYS = 128;

    private static final int FLAGS = 64;
    private static final int STATES = 16;

    /// Rows: from the client. Columns: old state in the order of [ConnectionState].
    private static final ConnectionState[][] INBOUND = {
        {
            SYN_RECV,
            ESTABLISHED,
            ESTABLISHED,
            SYN_RECV,
            SYN_RECV,
            SYN_RECV,
            SYN_RECV,
            SYN_RECV,
            SYN_RECV,
            SYN_RECV,
            SYN_RECV
        },
        {
            CLOSE,
            CLOSE_WAIT,
            SYN_SENT,
            TIME_WAIT,
            TIME_WAIT,
            TIME_WAIT,
            CLOSE,
            CLOSE_WAIT,
            LAST_ACK,
            LISTEN,
            TIME_WAIT
        },
        {
            CLOSE,
            ESTABLISHED,
            SYN_SENT,
            ESTABLISHED,
            FIN_WAIT,
            TIME_WAIT,
            CLOSE,
            CLOSE_WAIT,
            CLOSE,
            LISTEN,
            ESTABLISHED
        },
        {CLOSE, CLOSE, CLOSE, SYN_RECV, CLOSE, CLOSE, CLOSE, CLOSE, LAST_ACK, LISTEN, SYN_RECV},
    };

    /// Rows: from the real server.
    private static final ConnectionState[][] OUTBOUND = {
        {
            SYN_SENT,
            ESTABLISHED,
            SYN_SENT,
            SYN_RECV,
            SYN_SENT,
            SYN_SENT,
            SYN_SENT,
            SYN_SENT,
            SYN_SENT,
            LISTEN,
            SYN_RECV
        },
        {
            TIME_WAIT, FIN_WAIT, SYN_SENT, TIME_WAIT, FIN_WAIT, TIME_WAIT, CLOSE, TIME_WAIT,
            LAST_ACK, LISTEN, TIME_WAIT
        },
        {
            ESTABLISHED,
            ESTABLISHED,
            SYN_SENT,
            ESTABLISHED,
            FIN_WAIT,
            TIME_WAIT,
            CLOSE,
            CLOSE_WAIT,
            LAST_ACK,
            ESTABLISHED,
            ESTABLISHED
        },
        {CLOSE, CLOSE, SYN_SENT, CLOSE, CLOSE, TIME_WAIT, CLOSE, CLOSE, CLOSE, CLOSE, CLOSE},
    };

    private static final byte[] NEXT = build();

    /// By direction above state: the state and, above it, its events.
    private static final short[] STATE_AND_EVENTS = statesAndEvents();

    private StateTable() {}

    /// The state after a packet.
    ///
    /// @param direction [ConnectionLayout#INBOUND] or [ConnectionLayout#OUTBOUND]
    /// @param tcpFlags the flags octet of the TCP header; anything for UDP
    /// @param state the ordinal of the present state
    /// @return the ordinal of the next one
    public static int next(int direction, int tcpFlags, int state) {
        return NEXT[(direction & 1) << 10 | (tcpFlags & 63) << 4 | (state & 15)];
    }

    /// A state with its events, as they stand in a line.
    ///
    /// @param direction of the line
    /// @param state the state
    /// @return the two bytes at [ConnectionLayout#STATE]
    static short stateAndEvents(int direction, ConnectionState state) {
        return STATE_AND_EVENTS[direction << 4 | state.ordinal()];
    }

    /// Whether a packet leaves its connection's state as it is and cannot begin another connection,
    /// as a SYN could. A segment with two flags, of which the one that does not count is an event,
    /// is not taken for quiet though it is: whoever looks closer finds that out.
    ///
    /// @param events the byte of a line at [ConnectionLayout#EVENTS]
    /// @param tcpFlags the flags octet of the TCP header; anything for UDP
    /// @return true if there is nothing to do but to translate it
    public static boolean isQuiet(int events, int tcpFlags) {
        return ((tcpFlags | ALWAYS) & events) == 0;
    }

    private static short[] statesAndEvents() {
        short[] words = new short[2 * STATES];
        for (int direction = 0; direction < 2; direction++) {
            for (ConnectionState state : ConnectionState.values()) {
                int at = direction << 4 | state.ordinal();
                words[at] = (short) (events(direction, state) << 8 | state.ordinal());
            }
        }
        return words;
    }

    private static int events(int direction, ConnectionState state) {
        if (state.compareTo(UDP_NONE) >= 0) {
            return next(direction, 0, state.ordinal()) == state.ordinal() ? 0 : ALWAYS;
        }
        int events = SYN;
        for (int flag : new int[] {FIN, RST, ACK}) {
            if (next(direction, flag, state.ordinal()) != state.ordinal()) {
                events |= flag;
            }
        }
        return events;
    }

    private static byte[] build() {
        byte[] table = new byte[2 * FLAGS * STATES];
        for (int direction = 0; direction < 2; direction++) {
            ConnectionState[][] rows = direction == ConnectionLayout.INBOUND ? INBOUND : OUTBOUND;
            for (int flags = 0; flags < FLAGS; flags++) {
                for (ConnectionState state : ConnectionState.values()) {
                    int at = direction << 10 | flags << 4 | state.ordinal();
                    table[at] = (byte) next(direction, rows, flags, state).ordinal();
                }
            }
        }
        return table;
    }

    private static ConnectionState next(
            int direction, ConnectionState[][] rows, int flags, ConnectionState state) {
        if (state.compareTo(UDP_NONE) >= 0) {
            if (direction == ConnectionLayout.OUTBOUND) {
                return UDP_NORMAL;
            }
            return state == UDP_NONE ? UDP_ONEWAY : state;
        }
        if ((flags & RST) != 0) {
            return rows[3][state.ordinal()];
        }
        if ((flags & SYN) != 0) {
            return rows[0][state.ordinal()];
        }
        if ((flags & FIN) != 0) {
            return rows[1][state.ordinal()];
        }
        return (flags & ACK) != 0 ? rows[2][state.ordinal()] : state;
    }
}
