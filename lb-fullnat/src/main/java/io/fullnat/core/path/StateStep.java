// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.LAST_SEEN;
import static io.fullnat.core.connection.ConnectionLayout.STATE;

import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.connection.StateTable;
import io.fullnat.core.connection.TcpMoves;
import io.fullnat.core.open.AnswerTiming;
import io.fullnat.core.open.ConnectionLife;
import io.fullnat.core.open.FlowContext;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.stack.StackContext;

/// Moves the state of a connection on by a packet that is sent. For one worker.
final class StateStep {
    private final FlowContext context;
    private final ConnectionLife life;
    private final StackContext stack;
    private final AnswerTiming timing;
    private final Family family;

    StateStep(FlowContext context, Family family) {
        this.context = context;
        life = context.life();
        stack = context.stack();
        timing = context.timing();
        this.family = family;
    }

    /// Moves it on by a packet with the numbers that the real server sends and receives.
    ///
    /// @return the second to note in the flow: the present one, unless the packet does not let the
    ///   connection's idle time begin anew
    int step(long flow, int direction, long ip) {
        long entry = ConnectionLayout.entryOf(flow, direction);
        ConnectionState state = ConnectionState.of(Memory.getByte(flow + STATE));
        boolean counts =
                family.isTcp(ip)
                        ? segment(entry, state, direction, ip)
                        : datagram(flow, entry, state, direction);
        return counts ? stack.nowSeconds() : Memory.getInt(flow + LAST_SEEN);
    }

    private boolean datagram(long flow, long entry, ConnectionState state, int direction) {
        ConnectionState next =
                StateTable.afterDatagram(ConnectionLayout.tracking(entry), direction, state);
        if (next != state) {
            life.move(entry, state, next);
        }
        return !ConnectionLayout.isRouted(entry) || !context.quicTuples().isOfStranger(flow);
    }

    private boolean segment(long entry, ConnectionState state, int direction, long ip) {
        long l4 = family.transport(ip);
        boolean watched = TcpMoves.isWatched(entry);
        boolean doubtful = watched && TcpMoves.isDoubtful(entry);
        boolean silent = state == ConnectionState.SYN_RECV && !TcpMoves.isAnswered(entry);
        int asked = silent ? AnswerTiming.askedMicros(entry) : 0;
        int flags = Tcp.flags(l4);
        int sequence = Tcp.sequence(l4);
        int length = family.transportLength(ip) - Tcp.headerLength(l4);
        ConnectionState next =
                StateTable.afterSegment(
                        entry, direction, flags, sequence, Tcp.acknowledgement(l4), length);
        if (asked != 0 && TcpMoves.isAnswered(entry)) {
            timing.shaken(entry, asked);
        }
        if (next != state || doubtful) {
            life.move(entry, state, next);
        } else {
            if (watched || TcpMoves.isWatched(entry)) {
                TcpMoves.watch(entry, state);
            }
            if (state == ConnectionState.SYN_RECV && direction == INBOUND) {
                life.repeated(entry);
            }
        }
        return next != state
                || !state.isOver()
                || StateTable.restarts(entry, direction, flags, sequence + length);
    }

    /// The second to note in the flow of a packet of which nothing is known but that it belongs to
    /// its connection.
    int seen(long flow) {
        boolean over = ConnectionState.of(Memory.getByte(flow + STATE)).isOver();
        return over ? Memory.getInt(flow + LAST_SEEN) : stack.nowSeconds();
    }
}
