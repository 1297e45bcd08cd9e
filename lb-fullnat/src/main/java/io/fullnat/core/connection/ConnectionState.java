// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.connection;

import io.fullnat.api.service.TimedState;

/// States of a connection: DPVS's names. TCP and UDP share one numbering, so that one table serves
/// both. [TimedState] has the idle times; states without one are never left as they are.
public enum ConnectionState {
    /// TCP: nothing seen yet.
    TCP_NONE("TCP_NONE", TimedState.SYN_RECV),
    /// TCP: handshake done.
    ESTABLISHED("TCP_EST", TimedState.ESTABLISHED),
    /// TCP: the real server sent a SYN.
    SYN_SENT("SYN_SENT", TimedState.SYN_RECV),
    /// TCP: the client sent a SYN.
    SYN_RECV("SYN_RECV", TimedState.SYN_RECV),
    /// TCP: the real server closed first.
    FIN_WAIT("FIN_WAIT", TimedState.FIN_WAIT),
    /// TCP: both sides closed.
    TIME_WAIT("TIME_WAIT", TimedState.TIME_WAIT),
    /// TCP: reset.
    CLOSE("TCP_CLOSE", TimedState.CLOSE),
    /// TCP: the client closed first.
    CLOSE_WAIT("CLOSE_WAIT", TimedState.CLOSE_WAIT),
    /// TCP: waiting for the last acknowledgement.
    LAST_ACK("LAST_ACK", TimedState.LAST_ACK),
    /// TCP: passive open.
    LISTEN("LISTEN", TimedState.SYN_RECV),
    /// TCP: SYN/ACK sent.
    SYNACK("SYNACK", TimedState.SYN_RECV),
    /// UDP: nothing seen yet.
    UDP_NONE("UDP_NONE", TimedState.UDP_ONEWAY),
    /// UDP: the client sent, the real server has not answered.
    UDP_ONEWAY("UDP_ONEWAY", TimedState.UDP_ONEWAY),
    /// UDP: the real server answered, the client has sent nothing since.
    UDP_NORMAL("UDP_NORM", TimedState.UDP_NORMAL),
    /// UDP: the client went on after an answer, so this is more than a question and its answer.
    UDP_STREAM("UDP_NORM", TimedState.UDP_STREAM);

    private static final ConnectionState[] ALL = values();

    // A bit for each state: asked of each packet that is more than translated.
    private static final int ACTIVE = bits(ESTABLISHED, UDP_NORMAL, UDP_STREAM);
    private static final int UNREPLIED =
            bits(TCP_NONE, SYN_SENT, SYN_RECV, SYNACK, UDP_NONE, UDP_ONEWAY);
    private static final int OVER = bits(TIME_WAIT, LAST_ACK, CLOSE);

    private final String shortName;
    private final TimedState timed;

    ConnectionState(String shortName, TimedState timed) {
        this.shortName = shortName;
        this.timed = timed;
    }

    /// The state of an ordinal, as an entry holds it.
    ///
    /// @param ordinal 0 to 14
    /// @return the state
    public static ConnectionState of(int ordinal) {
        return ALL[ordinal];
    }

    /// The name that connection listings show.
    ///
    /// @return at most ten characters
    public String shortName() {
        return shortName;
    }

    /// Whose idle time holds.
    ///
    /// @return the state as configuration knows it
    public TimedState timed() {
        return timed;
    }

    /// Whether both sides have spoken and neither has closed: such connections count as active.
    ///
    /// @return true for `ESTABLISHED`, `UDP_NORMAL` and `UDP_STREAM`
    public boolean isActive() {
        return isAmong(ACTIVE);
    }

    /// Whether the other side has not confirmed the connection yet.
    ///
    /// @return true for half-open connections
    public boolean isUnreplied() {
        return isAmong(UNREPLIED);
    }

    /// Whether nothing but late segments is to come: both sides have closed, or one has reset. Such
    /// a connection stays only so that its local port is not given again too early.
    ///
    /// @return true for `TIME_WAIT`, `LAST_ACK` and `CLOSE`
    public boolean isOver() {
        return isAmong(OVER);
    }

    private boolean isAmong(int states) {
        return (states >>> ordinal() & 1) != 0;
    }

    private static int bits(ConnectionState... states) {
        int bits = 0;
        for (ConnectionState state : states) {
            bits |= 1 << state.ordinal();
        }
        return bits;
    }
}
