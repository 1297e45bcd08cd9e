// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.connection;

import static io.fullnat.core.connection.ConnectionState.UDP_NONE;
import static io.fullnat.core.connection.ConnectionState.UDP_NORMAL;
import static io.fullnat.core.connection.ConnectionState.UDP_ONEWAY;
import static io.fullnat.core.connection.ConnectionState.UDP_STREAM;

import io.fullnat.api.io.Memory;

/// Which packets are an event in a state, that is more than a packet to be translated: the one
/// question that the fast path asks of a connection. And what a packet does to its state.
///
/// Each protocol has two tables, which have numbers: [#TWO_SIDED] for connections of which both
/// directions pass here, [#ONE_SIDED] for those whose server answers past the balancer. A
/// connection's forwarding mode chooses, and the entry keeps the number
/// ([ConnectionLayout#tracking]). For TCP the tables are [TcpMoves] and [OneSidedTcp].
public final class StateTable {
    private static final int FIN = 1;
    private static final int SYN = 2;
    private static final int RST = 4;
    private static final int ACK = 16;

    /// An event that every packet is. As a flag it is CWR (RFC 3168), which no state heeds.
    static final int ALWAYS = 128;

    /// Of a flow whose packets leave in the other family: beside the fast loop, which [#ALWAYS]
    /// keeps them out of, they are told by it. As a flag it is ECE.
    static final int ACROSS = 64;

    /// Of a flow whose packets' sequence numbers are moved: in the same way. As a flag it is PSH.
    static final int SHIFTED = 8;

    /// In the other bits of such flows: an event that every packet is. As a flag it is URG, which
    /// no state heeds.
    private static final int ALWAYS_BESIDE = 32;

    private static final int EVENTS_BESIDE = ALWAYS_BESIDE | ACK | RST | SYN | FIN;

    /// Both directions of the connection are seen.
    public static final int TWO_SIDED = 0;

    /// Only packets from the client are seen.
    public static final int ONE_SIDED = 1;

    private static final int TABLES = 2;
    private static final int STATES = 16;

    /// By number of the table above direction above state: the state and, above it, its events.
    private static final short[] STATE_AND_EVENTS = statesAndEvents();

    private StateTable() {}

    /// The state after a datagram. Of one that is seen from one side nobody knows whether it was
    /// answered.
    ///
    /// @param table its number
    /// @param direction [ConnectionLayout#INBOUND] or [ConnectionLayout#OUTBOUND]
    /// @param state the present state, of UDP
    /// @return the next one
    public static ConnectionState afterDatagram(int table, int direction, ConnectionState state) {
        if (table == ONE_SIDED) {
            return state == UDP_NONE ? UDP_ONEWAY : state;
        }
        if (direction == ConnectionLayout.OUTBOUND) {
            return state == UDP_NONE || state == UDP_ONEWAY ? UDP_NORMAL : state;
        }
        if (state == UDP_NONE) {
            return UDP_ONEWAY;
        }
        return state == UDP_NORMAL ? UDP_STREAM : state;
    }

    /// The state after a TCP segment.
    ///
    /// @param entry its connection
    /// @param direction [ConnectionLayout#INBOUND] or [ConnectionLayout#OUTBOUND]
    /// @param flags the flags octet of its header
    /// @param sequence its sequence number
    /// @param acknowledgement its acknowledgement number
    /// @param length of its payload in bytes
    /// @return the state that the connection is to move to; its idle time may be another one even
    ///   if the state is the same
    public static ConnectionState afterSegment(
            long entry, int direction, int flags, int sequence, int acknowledgement, int length) {
        return ConnectionLayout.tracking(entry) == ONE_SIDED
                ? OneSidedTcp.next(state(entry), flags)
                : TcpMoves.next(entry, direction, flags, sequence, acknowledgement, length);
    }

    /// What a connection whose idle time is over turns out to be: the same state if it ends.
    ///
    /// @param entry the connection, of any protocol
    /// @return the state
    public static ConnectionState afterIdleTime(long entry) {
        return ConnectionLayout.tracking(entry) == ONE_SIDED
                ? state(entry)
                : TcpMoves.afterIdleTime(entry);
    }

    /// Whether a TCP segment that leaves the state of a connection as it is lets its idle time
    /// begin anew.
    ///
    /// @param entry its connection, whose state knows the segment
    /// @param direction of the segment
    /// @param flags the flags octet of its header
    /// @param end its sequence number and its payload's length
    /// @return false if it is none of what is expected of a connection that is over
    public static boolean restarts(long entry, int direction, int flags, int end) {
        return ConnectionLayout.tracking(entry) == ONE_SIDED
                || TcpMoves.restarts(entry, direction, flags, end);
    }

    private static ConnectionState state(long entry) {
        return ConnectionState.of(Memory.getByte(entry + ConnectionLayout.STATE));
    }

    /// Writes a state with its events into both flows of an entry.
    static void write(long entry, ConnectionState state) {
        int table = ConnectionLayout.tracking(entry);
        long out = entry + ConnectionLayout.FLOW_LENGTH;
        Memory.putShort(
                entry + ConnectionLayout.STATE,
                stateAndEvents(table, ConnectionLayout.INBOUND, state));
        Memory.putShort(
                out + ConnectionLayout.STATE,
                stateAndEvents(table, ConnectionLayout.OUTBOUND, state));
    }

    /// A state with its events, as they stand in a flow.
    ///
    /// @param table its number
    /// @param direction of the flow
    /// @param state the state
    /// @return the two bytes at [ConnectionLayout#STATE]
    static short stateAndEvents(int table, int direction, ConnectionState state) {
        return STATE_AND_EVENTS[index(table, direction, state)];
    }

    private static int index(int table, int direction, ConnectionState state) {
        return (2 * table + direction) * STATES + state.ordinal();
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

    /// What stands for events in a flow whose packets are handled beside the fast loop.
    ///
    /// @param events as they would stand in another flow
    /// @param why [#ACROSS], [#SHIFTED] or both
    /// @return of which [#isQuiet] is true for no packet
    static int beside(int events, int why) {
        int always = (events & ALWAYS) == 0 ? 0 : ALWAYS_BESIDE;
        return events | always | ALWAYS | why;
    }

    /// Whether a flow's packets are handled beside the fast loop, all of them: they leave in the
    /// other family, or their numbers are moved.
    ///
    /// @param events the byte of a flow at [ConnectionLayout#EVENTS]
    /// @return false for all other flows
    public static boolean isBeside(int events) {
        return (events & (ACROSS | SHIFTED)) != 0;
    }

    /// Whether a flow's packets leave in the other family.
    ///
    /// @param events the byte of a flow at [ConnectionLayout#EVENTS]
    /// @return false for all flows of one family
    public static boolean isAcross(int events) {
        return (events & ACROSS) != 0;
    }

    /// Whether the sequence numbers of a flow's packets are moved.
    ///
    /// @param events the byte of a flow at [ConnectionLayout#EVENTS]
    /// @return true if [SequenceShifts] knows by how much
    public static boolean isShifted(int events) {
        return (events & SHIFTED) != 0;
    }

    /// Whether the sequence numbers of a flow's packets are moved, which stay in their family.
    ///
    /// @param events the byte of a flow at [ConnectionLayout#EVENTS]
    /// @return false for all other flows
    public static boolean isMovedAlone(int events) {
        return (events & (ACROSS | SHIFTED)) == SHIFTED;
    }

    /// [#isMovedAlone] and [#isQuietBeside] in one.
    ///
    /// @param events the byte of a flow at [ConnectionLayout#EVENTS]
    /// @param tcpFlags the flags octet of the TCP header
    /// @return true if there is nothing to do but to move a segment's numbers and to translate it
    public static boolean isQuietMoved(int events, int tcpFlags) {
        int watched = ((tcpFlags | ALWAYS_BESIDE) & EVENTS_BESIDE) | ACROSS | SHIFTED;
        return ((events ^ SHIFTED) & watched) == 0;
    }

    /// [#isQuietBeside] of a flow that leaves in the other family, with its own numbers.
    ///
    /// @param events the byte of a flow at [ConnectionLayout#EVENTS]
    /// @param tcpFlags the flags octet of the TCP header; anything for UDP
    /// @return false for all other flows too
    public static boolean isQuietAcross(int events, int tcpFlags) {
        int watched = ((tcpFlags | ALWAYS_BESIDE) & EVENTS_BESIDE) | ACROSS | SHIFTED;
        return ((events ^ ACROSS) & watched) == 0;
    }

    /// The same with numbers that are moved.
    ///
    /// @param events the byte of a flow at [ConnectionLayout#EVENTS]
    /// @param tcpFlags the flags octet of the TCP header
    /// @return false for all other flows too
    public static boolean isQuietMovedAcross(int events, int tcpFlags) {
        int watched = ((tcpFlags | ALWAYS_BESIDE) & EVENTS_BESIDE) | ACROSS | SHIFTED;
        return ((events ^ (ACROSS | SHIFTED)) & watched) == 0;
    }

    /// As [#isQuiet], of a flow that [#isBeside] is true for.
    ///
    /// @param events the byte of a flow at [ConnectionLayout#EVENTS]
    /// @param tcpFlags the flags octet of the TCP header; anything for UDP
    /// @return true if there is nothing to do but to translate it
    public static boolean isQuietBeside(int events, int tcpFlags) {
        return ((tcpFlags | ALWAYS_BESIDE) & events & EVENTS_BESIDE) == 0;
    }

    private static short[] statesAndEvents() {
        short[] words = new short[2 * TABLES * STATES];
        for (int table = 0; table < TABLES; table++) {
            for (int direction = 0; direction < 2; direction++) {
                for (ConnectionState state : ConnectionState.values()) {
                    words[index(table, direction, state)] =
                            (short) (events(table, direction, state) << 8 | state.ordinal());
                }
            }
        }
        return words;
    }

    private static int events(int table, int direction, ConnectionState state) {
        if (state.compareTo(UDP_NONE) >= 0) {
            return afterDatagram(table, direction, state) == state ? 0 : ALWAYS;
        }
        if (table == ONE_SIDED) {
            return OneSidedTcp.events(state);
        }
        return switch (state) {
            case ESTABLISHED, FIN_WAIT, CLOSE_WAIT -> SYN | FIN | RST;
            // Of what is over each is looked at, for hardly any restarts the idle time.
            default -> SYN | FIN | RST | ACK;
        };
    }
}
