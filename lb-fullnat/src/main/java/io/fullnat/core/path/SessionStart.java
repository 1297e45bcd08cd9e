// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.connection.ConnectionLayout.DIRECTION;
import static io.fullnat.core.connection.ConnectionLayout.INBOUND;

import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.TcpMoves;
import io.fullnat.core.open.ConnectionOpener;
import io.fullnat.core.open.FlowContext;
import io.fullnat.core.open.Modifiers;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.service.ServiceEntry;
import io.fullnat.core.service.TrafficTable;
import io.fullnat.core.stack.Frame;
import org.jspecify.annotations.Nullable;

/// Where a connection begins: the one way from a packet that has none to its flow, or to its end.
/// Asked by the whole slow path and for packets that the fast path lets prepare, of packets with
/// right headers from a source that they can have. For the worker's thread.
final class SessionStart {
    private final FlowContext context;
    private final Family family;
    private final ConnectionOpener opener;
    private final Rejection rejection;
    private final NoSession noSession;
    private final DatagramFlows datagrams;
    private final SynProxyInput proxy;
    private @Nullable Outcome ended;

    SessionStart(
            FlowContext context,
            Family family,
            ConnectionOpener opener,
            Rejection rejection,
            NoSession noSession,
            DatagramFlows datagrams,
            SynProxyInput proxy) {
        this.context = context;
        this.family = family;
        this.opener = opener;
        this.rejection = rejection;
        this.noSession = noSession;
        this.datagrams = datagrams;
        this.proxy = proxy;
    }

    /// Opens the connection of a packet that has none, or ends the packet.
    ///
    /// @param frame the packet, with its device
    /// @param hash of its key
    /// @param hopsDone how many workers have looked for its connection before
    /// @return the flow, or 0: then [#ended()] says how the packet ended
    long open(Frame frame, long hash, int hopsDone) {
        long ip = frame.l3();
        long kept = datagrams.take(family, frame.buffer(), ip);
        if (kept != 0) {
            return kept;
        }
        ServiceEntry service = service(ip);
        if (service != null && !service.isPlain() && proxy.mayAcknowledge(service, ip)) {
            return refused(service, proxy.acknowledge(frame, hash, service));
        }
        if (service == null || !mayOpen(ip)) {
            ended = noSession.end(frame, service, hopsDone);
            return 0;
        }
        if (family.hopLimit(ip) <= 1) { // no state for a packet that ends here
            rejection.timeExceeded(frame, service);
            return refused(service, Outcome.TTL_EXPIRED);
        }
        if (!service.isPlain() && endsHere(frame, hash, service)) {
            return refused(service, ended);
        }
        Outcome refusal = family.open(opener, ip, hash, service, frame.device());
        if (refusal == null) {
            return opener.flow();
        }
        rejection.unserved(frame, service, refusal);
        return refused(service, refusal);
    }

    /// A packet of a service opens no connection here.
    ///
    /// @param outcome how it ended; null if its buffer has gone its way
    /// @return no flow
    private long refused(ServiceEntry service, @Nullable Outcome outcome) {
        ended = outcome;
        if (outcome != null) {
            refused(service.slot(), outcome);
        }
        return 0;
    }

    /// Counts a packet for its service, if that has refused it.
    ///
    /// @param slot the service's
    /// @param outcome how it ended
    void refused(int slot, Outcome outcome) {
        context.traffic().refusals().count(slot, outcome);
    }

    /// Whether a packet ends that could open a connection: it is too much, and who floods is told
    /// nothing, or it is answered here.
    private boolean endsHere(Frame frame, long hash, ServiceEntry service) {
        long ip = frame.l3();
        ended = context.trafficLimits().refusal(service, family.totalLength(ip));
        if (ended != null) {
            return true;
        }
        if (!proxy.answers(service, ip)) {
            return false;
        }
        ended = proxy.answer(frame, hash, service);
        return true;
    }

    /// A packet that opened a connection goes another way, on which it finds this one again; if it
    /// cannot, it opens another one there.
    void divert(long buffer, long flow) {
        if (!datagrams.keep(buffer, flow)) {
            giveUp(flow);
        }
    }

    /// A packet that opened a connection has come to its end: nobody would find the connection that
    /// is that of the one datagram.
    void giveUp(long flow) {
        long entry = ConnectionLayout.entryOf(flow, INBOUND);
        if (ConnectionLayout.isUnindexed(entry)) {
            context.life().end(entry);
        }
    }

    /// How the packet ended for which there is no flow.
    ///
    /// @return null if its buffer has gone its way
    @Nullable Outcome ended() {
        return ended;
    }

    /// Whether a packet asks for a new connection under the tuple of one that is over.
    static boolean asksAnew(Family family, long flow, long ip) {
        return family.isFirst(ip)
                && TcpMoves.isOver(
                        ConnectionLayout.entryOf(flow, Memory.getByte(flow + DIRECTION)));
    }

    /// A SYN on a connection that is over begins a new one under the same tuple. It goes on by the
    /// same entry, unless its real server or its local address takes no connections any more, the
    /// server may still wait for the end of the former one, the application is to be asked whether
    /// it may connect, a template may lead to another server, the service limits how many begin a
    /// second, or there is no room for what tells its client: the old connection ends here then.
    boolean isReplaced(long flow, long ip) {
        if (family.hopLimit(ip) > 1 && isTaken(flow, ip)) {
            context.quicTuples().take(flow);
            return true;
        }
        if (family.hopLimit(ip) <= 1
                || Memory.getByte(flow + DIRECTION) != INBOUND
                || !asksAnew(family, flow, ip)) {
            return false;
        }
        ServiceEntry service = service(ip);
        long entry = ConnectionLayout.entryOf(flow, INBOUND);
        if (service != null
                && !opener.asksAdmission()
                && service.templates() == null
                && !service.limitsRate()
                && isTold(entry, service)
                && TcpMoves.mayFollow(entry, number(entry, service, ip))
                && service.takesConnections(TrafficTable.slot(ConnectionLayout.traffic(flow)))
                && context.modes().of(entry).mayBeginAnew(entry, service)) {
            return false;
        }
        context.life().end(entry);
        return true;
    }

    /// Whether a packet of a known tuple is that of another connection of QUIC.
    boolean isTaken(long flow, long ip) {
        return Memory.getByte(flow + DIRECTION) == INBOUND
                && ConnectionLayout.isRouted(ConnectionLayout.entryOf(flow, INBOUND))
                && context.quicTuples().isTaken(flow, family.transport(ip), service(ip));
    }

    private int number(long entry, ServiceEntry service, long ip) {
        return context.syns().number(entry, service, Tcp.sequence(family.transport(ip)));
    }

    /// Whether there is a modifier for a connection that begins anew, if it is not to begin
    /// without.
    private boolean isTold(long entry, ServiceEntry service) {
        Modifiers modifiers = context.modifiers();
        return modifiers == null
                || ConnectionLayout.isModified(entry)
                || modifiers.hasRoom(service);
    }

    /// Whether a packet can open a connection.
    private boolean mayOpen(long ip) {
        return !family.isTcp(ip) || family.isFirst(ip);
    }

    private @Nullable ServiceEntry service(long ip) {
        return context.services()
                .find(
                        family.destinationHigh(ip),
                        family.destinationLow(ip),
                        family.destinationPort(ip),
                        family.protocol(ip));
    }
}
