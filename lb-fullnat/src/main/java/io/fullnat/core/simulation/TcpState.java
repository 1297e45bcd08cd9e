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
    CLOSED
}
