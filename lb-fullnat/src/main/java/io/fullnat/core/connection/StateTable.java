// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.connection;

import static io.fullnat.core.connection.ConnectionState.UDP_NONE;
import static io.fullnat.core.connection.ConnectionState.UDP_NORMAL;
import static io.fullnat.core.connection.ConnectionState.UDP_ONEWAY;
import static io.fullnat.core.connection.ConnectionState.UDP_STREAM;

import io.fullnat.api.io.Memory;

/// Which packets are an event in a state, that is more than a packet to be translated: the one
/// question that the fast path asks of a connection. And what a datagram does to its state; for TCP
/// that is [TcpMoves].
public final class StateTable {
    private static final int FIN = 1;
    private static final int SYN = 2;
    private static final int RST = 4;
    private static final int ACK = 16;

    /// An event that every packet is. As a flag it is CWR (RFC 3168), which no state heeds.
    static final int ALWAYS = 128;

    private static final int STATES = 16;

    /// By direction above state: the state and, above it, its events.
    private static final short[] STATE_AND_EVENTS = statesAndEvents();

    private StateTable() {}

    /// The state after a datagram.
    ///
    /// @param direction [ConnectionLayout#INBOUND] or [ConnectionLayout#OUTBOUND]
    /// @param state the present state, of UDP
    /// @return the next one
    public static ConnectionState afterDatagram(int direction, ConnectionState state) {
        boolean inbound = direction == ConnectionLayout.INBOUND;
        return switch (state) {
            case UDP_NONE -> inbound ? UDP_ONEWAY : UDP_NORMAL;
            case UDP_ONEWAY -> inbound ? UDP_ONEWAY : UDP_NORMAL;
            case UDP_NORMAL -> inbound ? UDP_STREAM : UDP_NORMAL;
            default -> state;
        };
    }

    /// Writes a state with its events into both flows of an entry.
    static void write(long entry, ConnectionState state) {
        long out = entry + ConnectionLayout.FLOW_LENGTH;
        Memory.putShort(
                entry + ConnectionLayout.STATE, stateAndEvents(ConnectionLayout.INBOUND, state));
        Memory.putShort(
                out + ConnectionLayout.STATE, stateAndEvents(ConnectionLayout.OUTBOUND, state));
    }

    /// A state with its events, as they stand in a flow.
    ///
    /// @param direction of the flow
    /// @param state the state
    /// @return the two bytes at [ConnectionLayout#STATE]
    static short stateAndEvents(int direction, ConnectionState state) {
        return STATE_AND_EVENTS[direction << 4 | state.ordinal()];
    }

    /// Whether a packet leaves its connection's state as it is and cannot begin another connection,
    /// as a SYN could. Who looks closer at one that is not quiet may find that nothing changes.
    ///
    /// @param events the byte of a flow at [ConnectionLayout#EVENTS]
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
            return afterDatagram(direction, state) == state ? 0 : ALWAYS;
        }
        return switch (state) {
            case ESTABLISHED, FIN_WAIT, CLOSE_WAIT, TIME_WAIT, LAST_ACK -> SYN | FIN | RST;
            default -> SYN | FIN | RST | ACK;
        };
    }
}
