// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.connection.EndListener;
import io.fullnat.core.connection.StateTable;
import io.fullnat.core.connection.TcpMoves;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.service.ServerNotices;
import io.fullnat.core.service.ServiceEntry;
import io.fullnat.core.service.ServiceMap;
import io.fullnat.core.service.StateTimeouts;
import io.fullnat.core.service.TrafficTable;
import io.fullnat.core.stack.StackContext;
import io.fullnat.core.transmit.WorkerCounters;

/// What happens besides, when a connection begins, changes its state or ends: counters of its real
/// server, its idle time, and what its [ForwardingMode] gives back.
public final class ConnectionLife implements EndListener {
    /// As long as DPVS awaits an answer to a SYN.
    private static final int PATIENCE_SECONDS = 3;

    private final FlowContext context;
    private final StackContext stack;
    private final TrafficTable traffic;
    private final WorkerCounters counters;
    private final long created;
    private final ServerNotices notices;
    private StateTimeouts timeouts = StateTimeouts.DEFAULT;
    private boolean templates;

    ConnectionLife(FlowContext context) {
        this.context = context;
        stack = context.stack();
        traffic = context.traffic();
        notices = traffic.notices();
        counters = stack.counters();
        created = counters.at(Counter.CONNECTIONS_CREATED);
    }

    /// Does as the services want that are in force from now on.
    void services(ServiceMap services) {
        timeouts = services.timeouts();
        templates = services.hasTemplates();
    }

    /// Begins a connection whose entry is filled.
    ///
    /// @param entry of the connection
    /// @param packet its first one
    /// @param service to which it goes
    /// @param mode its own
    void begin(long entry, FirstPacket packet, ServiceEntry service, ForwardingMode mode) {
        int now = stack.nowSeconds();
        ConnectionLayout.handling(entry, mode.number(), mode.tracking());
        if (!service.isPlain()) {
            context.trafficLimits().begin(entry);
            context.windowCheck().begin(entry);
        }
        ConnectionState state =
                packet.protocolNumber() == Ipv4.PROTOCOL_TCP
                        ? TcpMoves.begin(entry, packet.sequence())
                        : ConnectionState.UDP_ONEWAY;
        asked(entry, state, now);
        long server = serverCounters(entry);
        Memory.addLong(server + TrafficTable.CONNECTIONS, 1);
        Memory.addLong(server + activity(state), 1);
        Memory.addLong(server + TrafficTable.LIVE, 1);
        Memory.addLong(created, 1);
        context.table().start(entry, state, timeoutSeconds(entry, state), now);
    }

    /// Moves a connection to another state.
    public void move(long entry, ConnectionState state) {
        move(entry, state(entry), state);
    }

    /// The same where it is known which state it is in.
    ///
    /// @param before the present state
    /// @param state the next one
    public void move(long entry, ConnectionState before, ConnectionState state) {
        int now = stack.nowSeconds();
        context.table().move(entry, state, timeoutSeconds(entry, state), now);
        mode(entry).moved(entry, state);
        if (before.isUnreplied() != state.isUnreplied()) {
            context.limits().moved(entry, state.isUnreplied());
        }
        if (before != state) {
            notice(entry, before, state, now);
            if (templates) {
                context.stickiness().moved(entry, state);
            }
        }
        if (before.isActive() != state.isActive()) {
            long server = serverCounters(entry);
            Memory.addLong(server + activity(before), -1);
            Memory.addLong(server + activity(state), 1);
        }
    }

    /// From when on an answer to a SYN is awaited.
    private static void asked(long entry, ConnectionState state, int now) {
        if (state == ConnectionState.SYN_RECV) {
            TcpMoves.asked(entry, now);
        }
    }

    /// What a move says of the real server.
    private void notice(long entry, ConnectionState before, ConnectionState state, int nowSeconds) {
        if (before.isUnreplied()) {
            boolean refused = state == ConnectionState.CLOSE && TcpMoves.isRefused(entry);
            if (state.isActive()) {
                notices.answered(slot(entry));
            } else if (refused) {
                notices.failed(slot(entry), nowSeconds);
            }
            if (ConnectionLayout.isAwaited(entry)) {
                endTiming(entry, state.isActive(), refused);
            }
            if (before == ConnectionState.SYN_RECV && !TcpMoves.isAnswered(entry)) {
                AnswerTiming.clear(entry);
            }
        }
        asked(entry, state, nowSeconds);
    }

    private void endTiming(long entry, boolean answered, boolean refused) {
        if (answered) {
            context.timing().answered(entry);
        } else if (refused) {
            context.timing().failed(entry);
        } else {
            context.timing().forget(entry);
        }
    }

    /// A client has repeated the SYN that began its connection: after a while that says of the real
    /// server that it does not answer.
    public void repeated(long entry) {
        if (ConnectionLayout.tracking(entry) == StateTable.TWO_SIDED
                && !TcpMoves.isAnswered(entry)) {
            int asked = TcpMoves.askedSeconds(entry);
            if (stack.nowSeconds() - asked >= PATIENCE_SECONDS) {
                notices.failed(slot(entry), asked);
            }
        }
    }

    /// Ends a connection whose real server has not answered the balancer's own SYNs.
    public void unanswered(long entry) {
        unanswered(entry, state(entry));
        counters.count(Counter.CONNECTIONS_EXPIRED);
        end(entry);
    }

    /// An ICMP error says that the real server cannot be reached. Of TCP that counts while nothing
    /// was heard of it; afterwards the connection's ends know better (RFC 5461).
    public void unreachable(long entry) {
        boolean tcp = Memory.getByte(entry + ConnectionLayout.PROTOCOL) == Ipv4.PROTOCOL_TCP;
        if (!tcp || (state(entry) == ConnectionState.SYN_RECV && !TcpMoves.isAnswered(entry))) {
            notices.failed(slot(entry), stack.nowSeconds());
        }
    }

    private void expired(long entry, ConnectionState state) {
        if (state.isUnreplied()) {
            unanswered(entry, state);
        } else if (context.services().endRules().resetsOnExpiry(owner(entry))) {
            context.resets().tell(entry);
        }
    }

    /// A connection ends by time-out that nobody has answered.
    private void unanswered(long entry, ConnectionState state) {
        if (ConnectionLayout.tracking(entry) == StateTable.ONE_SIDED) {
            return; // nobody would know
        }
        if (state == ConnectionState.UDP_ONEWAY) {
            notices.silent(slot(entry), Memory.getInt(entry + ConnectionLayout.CREATED));
        } else if (state == ConnectionState.SYN_RECV && !TcpMoves.isAnswered(entry)) {
            notices.failed(slot(entry), TcpMoves.askedSeconds(entry));
            context.timing().failed(entry);
        }
    }

    private static ConnectionState state(long entry) {
        return ConnectionState.of(Memory.getByte(entry + ConnectionLayout.STATE));
    }

    private static int owner(long entry) {
        return Memory.getInt(entry + ConnectionLayout.OWNER);
    }

    private static int slot(long entry) {
        return TrafficTable.slot(ConnectionLayout.traffic(entry));
    }

    @Override
    public void idle(long entry) {
        ConnectionState before = state(entry);
        ConnectionState after = StateTable.afterIdleTime(entry);
        if (after != before) {
            move(entry, before, after);
        }
    }

    /// Ends a connection at once.
    public void end(long entry) {
        release(entry);
        context.table().remove(entry);
    }

    /// Ends a half-open connection so that a new one of its service can begin.
    void giveWayHalfOpen(long entry) {
        counters.count(Counter.HALF_OPEN_GAVE_WAY);
        context.table().shares().gaveWay(owner(entry));
        end(entry);
    }

    /// Ends a connection that a command or a change of the state does away with, and tells its ends
    /// if its service wants that.
    void purge(long entry) {
        if (context.services().endRules().resets(owner(entry))) {
            context.resets().tell(entry);
        }
        end(entry);
    }

    /// Ends a connection so that a new one can have its port.
    void giveWay(long entry) {
        mode(entry).gaveWay(entry);
        counters.count(Counter.PORTS_RECLAIMED);
        end(entry);
    }

    @Override
    public void ended(long entry, boolean evicted) {
        ConnectionState state = state(entry);
        if (!evicted) {
            expired(entry, state);
        }
        release(entry);
        counters.count(evicted ? Counter.CONNECTIONS_EVICTED : Counter.CONNECTIONS_EXPIRED);
    }

    @Override
    public long prefetch(long entry) {
        return mode(entry).prefetch(entry);
    }

    private void release(long entry) {
        if (ConnectionLayout.isPending(entry)) {
            context.handshakes().ended(entry);
        }
        if (ConnectionLayout.isModified(entry)) {
            endModifier(entry);
        }
        context.timing().forget(entry);
        context.limits().ended(entry);
        ConnectionState state = ConnectionState.of(Memory.getByte(entry + ConnectionLayout.STATE));
        long server = serverCounters(entry);
        Memory.addLong(server + activity(state), -1);
        TrafficTable.end(server + TrafficTable.LIVE);
        mode(entry).release(entry);
    }

    private void endModifier(long entry) {
        Modifiers modifiers = context.modifiers();
        if (modifiers != null) {
            try {
                modifiers.end(entry);
            } catch (Throwable fault) {
                counters.faults().report("ending a packet modifier", fault);
            }
        }
    }

    private ForwardingMode mode(long entry) {
        return context.modes().of(entry);
    }

    /// How long a connection may be idle in a state.
    int timeoutSeconds(long entry, ConnectionState state) {
        int owner = owner(entry);
        int seconds = timeouts.seconds(owner, state);
        return state == ConnectionState.ESTABLISHED && TcpMoves.isDoubtful(entry)
                ? Math.min(seconds, timeouts.seconds(owner, ConnectionState.FIN_WAIT))
                : seconds;
    }

    private static int activity(ConnectionState state) {
        return state.isActive() ? TrafficTable.ACTIVE : TrafficTable.INACTIVE;
    }

    private long serverCounters(long entry) {
        return traffic.at(ConnectionLayout.traffic(entry));
    }
}
