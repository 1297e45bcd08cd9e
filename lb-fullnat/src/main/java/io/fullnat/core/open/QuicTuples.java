// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import static io.fullnat.core.connection.ConnectionLayout.ACKNOWLEDGED;
import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.LAST_SEEN;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.connection.TcpMoves;
import io.fullnat.core.packet.Udp;
import io.fullnat.core.quic.QuicId;
import io.fullnat.core.quic.QuicRouter;
import io.fullnat.core.service.ServiceEntry;
import io.fullnat.core.service.TrafficTable;
import io.fullnat.core.stack.StackContext;
import org.jspecify.annotations.Nullable;

/// Clients of QUIC that move to a tuple which is that of another connection: a NAT gives a port
/// away that another client had, while the balancer still knows that one. The id of their datagrams
/// names another server then than the connection has.
///
/// Connections of services that route by ids are marked when they begin, so that each datagram of
/// their clients is an event and leaves the fast loop; others are asked nothing. Of an id that is
/// encrypted a print is kept in the flow, in place of what TCP alone has there, so that it is
/// decrypted once and not for each datagram.
///
/// A tuple is given to another connection when its own client has been silent for a while: or
/// somebody who sends under a client's address could end its connection by any id. Until then, and
/// while the named server takes nobody, those datagrams go the way of the tuple, as they would
/// without an id, and do not count as a sign of life. And only if the connection's own ids have
/// named its server: one that writes none may have ids that name another one by chance. For the
/// worker's thread.
public final class QuicTuples {
    /// Seconds, by whole ones: the time is at least one less.
    static final int SILENCE = 2;

    /// In place of a print: no datagram of the client has named the connection's server.
    private static final int NOT_NAMED = 0;

    private final FlowContext context;
    private final StackContext stack;
    private final QuicId id = new QuicId();

    /// Whose datagram was looked at last, if it was another connection's.
    private long strangerAt;

    QuicTuples(FlowContext context) {
        this.context = context;
        stack = context.stack();
    }

    /// Marks a connection that has begun, if its service routes by ids. A first datagram that names
    /// its server counts as any other that does: so who has taken a tuple by an id under a client's
    /// address can lose it to the client likewise.
    ///
    /// @param first the id of the datagram that has opened it
    void begin(long entry, ServiceEntry service, QuicId first) {
        QuicRouter router = service.quic();
        if (router == null) {
            return;
        }
        boolean named =
                first.length() != 0
                        && !first.mayBeOfClient()
                        && isOf(entry, service, router.find(first));
        ConnectionLayout.routed(entry, true);
        Memory.putInt(entry + ACKNOWLEDGED, named ? router.print(first) : NOT_NAMED);
        watch(entry);
    }

    private static boolean isOf(long flow, ServiceEntry service, int server) {
        return server != QuicRouter.NONE
                && service.server(server).slot()
                        == TrafficTable.slot(ConnectionLayout.traffic(flow));
    }

    private static void watch(long entry) {
        TcpMoves.watch(entry, ConnectionState.of(Memory.getByte(entry + ConnectionLayout.STATE)));
    }

    /// Whether a datagram of a client is that of another connection, to which the tuple is to be
    /// given.
    ///
    /// @param flow inbound, of a connection that is marked
    /// @param l4 its UDP header, which is right
    /// @param service to which it goes
    /// @return true if the connection is to end, and another one to begin with this datagram
    public boolean isTaken(long flow, long l4, @Nullable ServiceEntry service) {
        strangerAt = 0;
        QuicRouter router = service == null ? null : service.quic();
        if (service == null || router == null) {
            long entry = ConnectionLayout.entryOf(flow, INBOUND);
            ConnectionLayout.routed(entry, false);
            watch(entry);
            return false;
        }
        id.read(l4 + Udp.HEADER_LENGTH, Udp.length(l4) - Udp.HEADER_LENGTH);
        if (id.length() == 0 || id.mayBeOfClient()) {
            return false;
        }
        int known = Memory.getInt(flow + ACKNOWLEDGED);
        int print = router.print(id);
        if (print == known && print != QuicRouter.READ_AS_FAST) {
            return false;
        }
        int server = router.find(id);
        if (server == QuicRouter.NONE) {
            return false;
        }
        if (isOf(flow, service, server)) {
            Memory.putInt(flow + ACKNOWLEDGED, print);
            return false;
        }
        if (known == NOT_NAMED) {
            return false;
        }
        if (stack.nowSeconds() - Memory.getInt(flow + LAST_SEEN) < SILENCE
                || !service.takesNamed(server, false)) {
            strangerAt = flow;
            return false;
        }
        return true;
    }

    /// Ends the connection of a tuple that is taken.
    ///
    /// @param flow inbound
    public void take(long flow) {
        stack.counters().count(Counter.QUIC_TUPLES_TAKEN);
        context.life().end(ConnectionLayout.entryOf(flow, INBOUND));
    }

    /// Whether the datagram that was looked at last is that of another connection than the flow it
    /// goes by.
    ///
    /// @param flow of a datagram that is sent
    /// @return false for any other flow
    public boolean isOfStranger(long flow) {
        return strangerAt == flow;
    }
}
