package io.fullnat.core.connection;

/// States of a connection with the idle time after which it ends in each: DPVS's names and
/// defaults. TCP and UDP share one numbering, so that one table serves both.
public enum ConnectionState {
    /// TCP: nothing seen yet.
    TCP_NONE("TCP_NONE", 2),
    /// TCP: handshake done.
    ESTABLISHED("TCP_EST", 90),
    /// TCP: the real server sent a SYN.
    SYN_SENT("SYN_SENT", 3),
    /// TCP: the client sent a SYN.
    SYN_RECV("SYN_RECV", 30),
    /// TCP: the real server closed first.
    FIN_WAIT("FIN_WAIT", 7),
    /// TCP: both sides closed.
    TIME_WAIT("TIME_WAIT", 7),
    /// TCP: reset.
    CLOSE("TCP_CLOSE", 3),
    /// TCP: the client closed first.
    CLOSE_WAIT("CLOSE_WAIT", 7),
    /// TCP: waiting for the last acknowledgement.
    LAST_ACK("LAST_ACK", 7),
    /// TCP: passive open.
    LISTEN("LISTEN", 120),
    /// TCP: SYN/ACK sent.
    SYNACK("SYNACK", 30),
    /// UDP: nothing seen yet.
    UDP_NONE("UDP_NONE", 2),
    /// UDP: the client sent, the real server has not answered.
    UDP_ONEWAY("UDP_ONEWAY", 300),
    /// UDP: the real server answered.
    UDP_NORMAL("UDP_NORM", 300);

    private static final ConnectionState[] ALL = values();

    private final String shortName;
    private final int defaultTimeoutSeconds;

    ConnectionState(String shortName, int defaultTimeoutSeconds) {
        this.shortName = shortName;
        this.defaultTimeoutSeconds = defaultTimeoutSeconds;
    }

    /// The state of an ordinal, as a record holds it.
    ///
    /// @param ordinal 0 to 13
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

    /// The idle time after which a connection in this state ends.
    ///
    /// @return seconds
    public int defaultTimeoutSeconds() {
        return defaultTimeoutSeconds;
    }

    /// Whether both sides have spoken: such connections count as active, and are not given up for
    /// new ones when the table is full.
    ///
    /// @return true for `ESTABLISHED` and `UDP_NORMAL`
    public boolean isActive() {
        return this == ESTABLISHED || this == UDP_NORMAL;
    }

    /// Whether the other side has not confirmed the connection yet.
    ///
    /// @return true for half-open connections
    public boolean isUnreplied() {
        return switch (this) {
            case TCP_NONE, SYN_SENT, SYN_RECV, SYNACK, UDP_NONE, UDP_ONEWAY -> true;
            default -> false;
        };
    }

    /// Whether nothing but late segments is to come: both sides have closed, or one has reset. Such
    /// a connection stays only so that its local port is not given again too early.
    ///
    /// @return true for `TIME_WAIT`, `LAST_ACK` and `CLOSE`
    public boolean isOver() {
        return this == TIME_WAIT || this == LAST_ACK || this == CLOSE;
    }

    /// Whether a service's own idle timeout replaces the default.
    ///
    /// @return true for `ESTABLISHED` and the UDP states
    public boolean takesServiceTimeout() {
        return switch (this) {
            case ESTABLISHED, UDP_NONE, UDP_ONEWAY, UDP_NORMAL -> true;
            default -> false;
        };
    }
}
