// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

/// The states of a TCP connection (RFC 9293 §3.3.2), without LISTEN.
public enum TcpState {
    /// A SYN is to be or was sent.
    SYN_SENT,
    /// A SYN came and was answered.
    SYN_RECEIVED,
    /// Data flows.
    ESTABLISHED,
    /// This end is closing and its FIN is not acknowledged.
    FIN_WAIT_1,
    /// This end's FIN is acknowledged; the peer may still send.
    FIN_WAIT_2,
    /// Both ends are closing and this end's FIN is not acknowledged.
    CLOSING,
    /// Both ends have closed; late segments of the peer are still answered.
    TIME_WAIT,
    /// The peer has closed; this end may still send.
    CLOSE_WAIT,
    /// The peer has closed, and this end's FIN is not acknowledged.
    LAST_ACK,
    /// The connection is no more.
    CLOSED;

    /// What follows when this end's FIN is sent, be it again.
    TcpState afterOwnFin() {
        return switch (this) {
            case ESTABLISHED -> FIN_WAIT_1;
            case CLOSE_WAIT -> LAST_ACK;
            default -> this;
        };
    }

    /// What follows when the peer's FIN has come. The application is told of it in FIN_WAIT_2,
    /// before TIME_WAIT.
    TcpState afterFinOfPeer() {
        return switch (this) {
            case ESTABLISHED -> CLOSE_WAIT;
            case FIN_WAIT_1 -> CLOSING;
            case FIN_WAIT_2 -> FIN_WAIT_2;
            default -> throw new IllegalStateException("FIN received in " + this);
        };
    }
}
