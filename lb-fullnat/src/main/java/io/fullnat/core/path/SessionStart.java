// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.connection.ConnectionLayout.DIRECTION;
import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.TRAFFIC;

import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionKey;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.ConnectionTable;
import io.fullnat.core.connection.TcpMoves;
import io.fullnat.core.open.ConnectionOpener;
import io.fullnat.core.open.FlowContext;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.service.ServiceEntry;
import io.fullnat.core.service.TrafficTable;
import io.fullnat.core.stack.Frame;
import io.fullnat.core.translate.Rewrite;
import org.jspecify.annotations.Nullable;

/// Where a connection begins: the one way from a packet that has none to its flow, or to its end.
/// Asked by the whole slow path and for packets that the fast path lets prepare, of packets with
/// right headers from a source that they can have. For the worker's thread.
final class SessionStart {
    private final FlowContext context;
    private final ConnectionTable table;
    private final ConnectionOpener opener;
    private final Rejection rejection;
    private final NoSession noSession;
    private @Nullable Outcome ended;

    SessionStart(
            FlowContext context,
            ConnectionOpener opener,
            Rejection rejection,
            NoSession noSession) {
        this.context = context;
        table = context.table();
        this.opener = opener;
        this.rejection = rejection;
        this.noSession = noSession;
    }

    /// The hash of a packet's key.
    long hash(long ip) {
        return table.hash(Memory.getLong(ip + Rewrite.ADDRESSES_OFFSET), key(ip));
    }

    /// The flow of a packet.
    ///
    /// @param ip its IP header
    /// @param hash of its key
    /// @return the flow, or 0
    long find(long ip, long hash) {
        return table.find(hash, Memory.getLong(ip + Rewrite.ADDRESSES_OFFSET), key(ip));
    }

    private static long key(long ip) {
        return ConnectionKey.portsAndProtocol(Memory.getInt(Ipv4.payload(ip)), Ipv4.protocol(ip));
    }

    /// Opens the connection of a packet that has none, or ends the packet.
    ///
    /// @param frame the packet, with its device
    /// @param hash of its key
    /// @param hopsDone how many workers have looked for its connection before
    /// @return the flow, or 0: then [#ended()] says how the packet ended
    long open(Frame frame, long hash, int hopsDone) {
        long ip = frame.l3();
        ServiceEntry service = service(ip);
        if (service == null || !mayOpen(ip)) {
            ended = noSession.end(frame, service, hopsDone);
            return 0;
        }
        if (Ipv4.timeToLive(ip) <= 1) { // no state for a packet that ends here
            rejection.timeExceeded(frame, service);
            ended = Outcome.TTL_EXPIRED;
            return 0;
        }
        ended = opener.open(ip, hash, service, frame.device());
        if (ended == null) {
            return opener.flow();
        }
        rejection.unserved(frame, service, ended);
        return 0;
    }

    /// How the packet ended for which there is no flow.
    ///
    /// @return null if its buffer has gone its way
    @Nullable Outcome ended() {
        return ended;
    }

    /// Whether a packet asks for a new connection under the tuple of one that is over.
    static boolean asksAnew(long flow, long ip) {
        return isFirst(ip)
                && TcpMoves.isOver(
                        ConnectionLayout.entryOf(flow, Memory.getByte(flow + DIRECTION)));
    }

    /// A SYN on a connection that is over begins a new one under the same tuple. It goes on by the
    /// same entry, unless its real server or its local address takes no connections any more, or
    /// the application is to be asked whether it may connect: the old connection ends here then.
    boolean isReplaced(long flow, long ip) {
        if (Ipv4.timeToLive(ip) <= 1
                || Memory.getByte(flow + DIRECTION) != INBOUND
                || !asksAnew(flow, ip)) {
            return false;
        }
        ServiceEntry service = service(ip);
        long entry = ConnectionLayout.entryOf(flow, INBOUND);
        if (service != null
                && !opener.asksAdmission()
                && service.takesConnections(TrafficTable.slot(Memory.getInt(flow + TRAFFIC)))
                && context.modes().of(entry).mayBeginAnew(entry, service)) {
            return false;
        }
        context.life().end(entry);
        return true;
    }

    /// Whether a packet can open a connection.
    private static boolean mayOpen(long ip) {
        return Ipv4.protocol(ip) == Ipv4.PROTOCOL_UDP || isFirst(ip);
    }

    /// Whether it is a TCP segment that asks for a new connection.
    private static boolean isFirst(long ip) {
        int flags = Tcp.SYN | Tcp.ACK | Tcp.FIN | Tcp.RST;
        return Ipv4.protocol(ip) == Ipv4.PROTOCOL_TCP
                && (Tcp.flags(Ipv4.payload(ip)) & flags) == Tcp.SYN;
    }

    private @Nullable ServiceEntry service(long ip) {
        int port = Tcp.destinationPort(Ipv4.payload(ip));
        return context.services().find(0, Ipv4.destinationLow(ip), port, Ipv4.protocol(ip));
    }
}
