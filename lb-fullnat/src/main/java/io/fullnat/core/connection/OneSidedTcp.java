// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.connection;

import static io.fullnat.core.connection.ConnectionState.CLOSE;
import static io.fullnat.core.connection.ConnectionState.ESTABLISHED;
import static io.fullnat.core.connection.ConnectionState.FIN_WAIT;
import static io.fullnat.core.connection.ConnectionState.SYN_RECV;
import static io.fullnat.core.connection.ConnectionState.TIME_WAIT;

/// What a client's TCP segment does to a connection whose server answers past the balancer: the
/// states are those of LVS for such connections. Nothing that the server says is known, so nothing
/// can be compared with it, as [TcpMoves] does. Instead a client that goes on shows that what was
/// taken for its end was none.
///
/// ```
///              SYN          FIN          RST     ACK
/// SYN_RECV     SYN_RECV     TIME_WAIT    CLOSE   ESTABLISHED
/// ESTABLISHED  ESTABLISHED  FIN_WAIT     CLOSE   ESTABLISHED
/// FIN_WAIT     SYN_RECV     FIN_WAIT     CLOSE   FIN_WAIT
/// TIME_WAIT    SYN_RECV     TIME_WAIT    CLOSE   TIME_WAIT
/// CLOSE        SYN_RECV     FIN_WAIT     CLOSE   ESTABLISHED
/// ```
///
/// Of several flags the leftmost counts, but RST before all; a segment with none changes nothing. A
/// SYN on a connection that lives changes nothing: its server answers.
final class OneSidedTcp {
    private static final int FIN = 1;
    private static final int SYN = 2;
    private static final int RST = 4;
    private static final int ACK = 16;

    private OneSidedTcp() {}

    /// The state after a segment.
    ///
    /// @param state the present state, of TCP
    /// @param flags the flags octet of the segment's header
    /// @return the next one
    static ConnectionState next(ConnectionState state, int flags) {
        if ((flags & RST) != 0) {
            return CLOSE;
        }
        if ((flags & SYN) != 0) {
            return state == ESTABLISHED ? ESTABLISHED : SYN_RECV;
        }
        if ((flags & FIN) != 0) {
            return switch (state) {
                case ESTABLISHED, FIN_WAIT, CLOSE -> FIN_WAIT;
                default -> TIME_WAIT;
            };
        }
        if ((flags & ACK) != 0) {
            return switch (state) {
                case SYN_RECV, CLOSE -> ESTABLISHED;
                default -> state;
            };
        }
        return state;
    }

    /// The flags that are an event in a state.
    static int events(ConnectionState state) {
        int events = 0;
        for (int flag : new int[] {SYN, FIN, RST, ACK}) {
            events |= next(state, flag) == state ? 0 : flag;
        }
        return events;
    }
}
