// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.connection.ConnectionLayout.DIRECTION;
import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.LOCAL;
import static io.fullnat.core.connection.ConnectionLayout.TRAFFIC;

import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.api.service.Admission;
import io.fullnat.api.service.ServicePolicy.Refusal;
import io.fullnat.core.connection.ConnectionKey;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.ConnectionTable;
import io.fullnat.core.connection.TcpMoves;
import io.fullnat.core.localport.PortPartition;
import io.fullnat.core.open.ConnectionOpener;
import io.fullnat.core.open.FlowContext;
import io.fullnat.core.packet.Checksum;
import io.fullnat.core.packet.Ethernet;
import io.fullnat.core.packet.Icmp;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.packet.Udp;
import io.fullnat.core.packet.Vlan;
import io.fullnat.core.service.ServiceEntry;
import io.fullnat.core.service.TrafficTable;
import io.fullnat.core.stack.ArpStack;
import io.fullnat.core.stack.Device;
import io.fullnat.core.stack.Frame;
import io.fullnat.core.stack.IcmpAnswers;
import io.fullnat.core.stack.Neighbourhood;
import io.fullnat.core.stack.NetworkView;
import io.fullnat.core.stack.StackContext;
import io.fullnat.core.translate.Rewrite;
import org.jspecify.annotations.Nullable;

/// The whole way of one packet, from its first byte, trusting nothing: all that is not a plain
/// packet of a connection. Each method returns how the packet ended, and the packet is counted and
/// its buffer freed here, once; or null when the buffer has gone its way and is, or will be,
/// counted there. And what a plain packet's connection needs before the [FastPath] can go on with
/// it.
public final class SlowPath {
    /// Instead of a flow: the packet has come to its end.
    static final long ENDED = 0;

    /// Instead of a flow: the packet takes the whole way.
    static final long DIVERTED = -1;

    private final StackContext stack;
    private final FlowContext context;
    private final ConnectionTable table;
    private final ArpStack arp;
    private final IcmpAnswers answers;
    private final Rejection rejection;
    private final ConnectionOpener opener;
    private final Forwarder forwarder;
    private final IcmpTranslator translator;
    private final Peers peers;
    private final Arrivals arrivals;
    private final Frame received = new Frame();
    private final Frame resumed = new Frame();
    private Frame frame = received;

    /// The slow path of one worker.
    ///
    /// @param context the worker's connections
    /// @param neighbours the worker's stack
    /// @param peers the other workers
    /// @param unusedPorts what a client hears that sends to a port without a service
    /// @param admission asked who may connect; null if nobody is asked
    public SlowPath(
            FlowContext context,
            Neighbourhood neighbours,
            Peers peers,
            Refusal unusedPorts,
            @Nullable Admission admission) {
        this.stack = context.stack();
        this.context = context;
        table = context.table();
        this.peers = peers;
        arp = neighbours.arp();
        answers = neighbours.answers();
        rejection = new Rejection(answers, unusedPorts);
        opener = new ConnectionOpener(context, neighbours, admission);
        arrivals = new Arrivals(context);
        forwarder = new Forwarder(context, neighbours, arrivals);
        translator = new IcmpTranslator(context, forwarder, peers, arrivals);
    }

    /// Handles one packet.
    ///
    /// @param buffer its handle, used up
    /// @param data its first byte
    /// @param length its length
    /// @param flags of its [PacketBurst]
    /// @param port where it came in
    /// @param hopsDone how many workers have looked for its connection before
    public void process(long buffer, long data, int length, int flags, int port, int hopsDone) {
        frame.set(buffer, data, length, port);
        Outcome outcome;
        try {
            outcome = receive(flags, hopsDone);
        } catch (Throwable fault) {
            outcome = Outcome.FAULT;
            report(fault);
        }
        end(buffer, outcome);
    }

    private void end(long buffer, @Nullable Outcome outcome) {
        if (outcome != null) {
            stack.counters().count(outcome);
            free(buffer);
        }
    }

    /// A pool that throws must not cost the packets behind in the burst.
    private void free(long buffer) {
        try {
            stack.pool().free(buffer);
        } catch (Throwable fault) {
            stack.counters().faults().report("giving a buffer back", fault);
        }
    }

    /// Makes a packet whose headers are plain and right ready to be translated by a flow: opens its
    /// connection, looks its route up, moves its state on, as is needed. The packet itself is not
    /// changed.
    ///
    /// @param buffer its handle, used up if the packet ends here
    /// @param data its first byte
    /// @param length its length
    /// @param port where it came in
    /// @param ip its IP header
    /// @param hash of its key
    /// @param known its connection's flow, or 0
    /// @return the flow; [#ENDED]; or [#DIVERTED] if it is to be handled by [#process]
    long prepare(long buffer, long data, int length, int port, long ip, long hash, long known) {
        try {
            long flow = known == 0 ? find(ip, hash) : known;
            boolean tagged = Ethernet.type(data) == Ethernet.TYPE_VLAN;
            int device = stack.view().deviceOf(port, tagged ? Vlan.id(data) : 0);
            if (flow == 0) {
                flow = connect(buffer, data, length, port, device, ip, hash);
                if (flow == ENDED) {
                    return ENDED;
                }
            } else if (isFirst(ip) && isOver(flow)) {
                return DIVERTED;
            }
            return forwarder.resolve(flow, ip, device) ? flow : DIVERTED;
        } catch (Throwable fault) {
            report(fault);
            return ended(buffer, Outcome.FAULT);
        }
    }

    private long ended(long buffer, @Nullable Outcome outcome) {
        end(buffer, outcome);
        return ENDED;
    }

    /// Opens the connection of a plain packet that has none; its flow, or [#ENDED].
    private long connect(
            long buffer, long data, int length, int port, int device, long ip, long hash) {
        if (device == NetworkView.NONE) {
            return ended(buffer, Outcome.UNKNOWN_VLAN);
        }
        Outcome astray = arrivals.refusal(Ipv4.source(ip), device);
        if (astray != null) {
            return ended(buffer, astray);
        }
        ServiceEntry service = service(ip);
        Outcome refusal = null;
        if (service != null && mayOpen(ip)) {
            refusal = opener.open(ip, hash, service, device);
            if (refusal == null) {
                return opener.flow();
            }
        }
        frame.set(buffer, data, length, port);
        frame.link(device, (int) (ip - data));
        if (service == null || refusal == null) {
            return ended(buffer, noSession(service, 0));
        }
        rejection.unserved(frame, service, refusal);
        return ended(buffer, refusal);
    }

    private void report(Throwable fault) {
        stack.counters().faults().report("handling a packet", fault);
    }

    private @Nullable Outcome receive(int flags, int hopsDone) {
        if (frame.length() < Ethernet.HEADER_LENGTH) {
            return Outcome.TRUNCATED;
        }
        int type = Ethernet.type(frame.l2());
        int vlan = 0;
        int headerLength = Ethernet.HEADER_LENGTH;
        if (type == Ethernet.TYPE_VLAN) {
            headerLength += Vlan.TAG_LENGTH;
            if (frame.length() < headerLength) {
                return Outcome.TRUNCATED;
            }
            vlan = Vlan.id(frame.l2());
            type = Vlan.type(frame.l2());
        }
        int device = stack.view().deviceOf(frame.port(), vlan);
        if (device == NetworkView.NONE) {
            return Outcome.UNKNOWN_VLAN;
        }
        frame.link(device, headerLength);
        boolean group = Ethernet.isGroup(frame.l2());
        if (!group && !isOurs(stack.view().device(device))) {
            return Outcome.OTHER_HOST;
        }
        return switch (type) {
            case Ethernet.TYPE_ARP -> {
                arp.receive(frame);
                yield null;
            }
            case Ethernet.TYPE_IPV4 -> group ? Outcome.OTHER_HOST : ipv4(flags, hopsDone);
            default -> Outcome.UNKNOWN_ETHERTYPE;
        };
    }

    private boolean isOurs(Device device) {
        return Ethernet.destination(frame.l2()) == device.mac();
    }

    private @Nullable Outcome ipv4(int flags, int hopsDone) {
        long ip = frame.l3();
        int available = frame.l3Length();
        if (available < Ipv4.MIN_HEADER_LENGTH) {
            return Outcome.TRUNCATED;
        }
        int headerLength = Ipv4.headerLength(ip);
        int totalLength = Ipv4.totalLength(ip);
        if (Ipv4.version(ip) != 4
                || headerLength < Ipv4.MIN_HEADER_LENGTH
                || totalLength < headerLength) {
            return Outcome.MALFORMED;
        }
        if (totalLength > available) {
            return Outcome.TRUNCATED;
        }
        boolean bad =
                (flags & PacketBurst.IP_CHECKSUM_GOOD) == 0
                        && ((flags & PacketBurst.IP_CHECKSUM_BAD) != 0
                                || !Checksum.isIpv4HeaderValid(ip));
        if (bad) {
            return Outcome.BAD_IP_CHECKSUM;
        }
        Outcome astray = arrivals.refusal(Ipv4.source(ip), frame.device());
        if (astray != null) {
            return astray;
        }
        if (Ipv4.isFragment(ip)) {
            return Outcome.FRAGMENT;
        }
        return switch (Ipv4.protocol(ip)) {
            case Ipv4.PROTOCOL_TCP -> tcp(hopsDone);
            case Ipv4.PROTOCOL_UDP -> udp(hopsDone);
            case Ipv4.PROTOCOL_ICMP -> icmp(hopsDone);
            default -> unknownProtocol();
        };
    }

    private Outcome unknownProtocol() {
        int destination = Ipv4.destination(frame.l3());
        if (arrivals.isHere(destination, frame.device()) || isRoutedToUs(destination)) {
            rejection.unknownProtocol(frame);
        }
        return Outcome.UNKNOWN_PROTOCOL;
    }

    private @Nullable Outcome tcp(int hopsDone) {
        long ip = frame.l3();
        long l4 = Ipv4.payload(ip);
        int available = Ipv4.payloadLength(ip);
        if (available < Tcp.MIN_HEADER_LENGTH) {
            return Outcome.TRUNCATED;
        }
        if (!Tcp.isWellFormed(l4, available)) {
            return Outcome.MALFORMED;
        }
        return transport(hopsDone);
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

    private @Nullable Outcome udp(int hopsDone) {
        long ip = frame.l3();
        int available = Ipv4.payloadLength(ip);
        if (available < Udp.HEADER_LENGTH) {
            return Outcome.TRUNCATED;
        }
        if (!Udp.isWellFormed(Ipv4.payload(ip), available)) {
            return Outcome.MALFORMED;
        }
        return transport(hopsDone);
    }

    private @Nullable Outcome transport(int hopsDone) {
        long ip = frame.l3();
        long hash = table.hash(Memory.getLong(ip + Rewrite.ADDRESSES_OFFSET), key(ip));
        long flow = find(ip, hash);
        boolean mayGoOn = Ipv4.timeToLive(ip) > 1;
        if (flow != 0 && !(mayGoOn && isReplaced(flow, ip))) {
            return forwarder.forward(frame, flow);
        }
        ServiceEntry service = service(ip);
        if (service == null || !mayOpen(ip)) {
            return noSession(service, hopsDone);
        }
        if (!mayGoOn) { // no state for a packet that ends here
            rejection.timeExceeded(frame, service);
            return Outcome.TTL_EXPIRED;
        }
        Outcome refusal = opener.open(ip, hash, service, frame.device());
        if (refusal == null) {
            return forwarder.forward(frame, opener.flow());
        }
        rejection.unserved(frame, service, refusal);
        return refusal;
    }

    private long find(long ip, long hash) {
        return table.find(hash, Memory.getLong(ip + Rewrite.ADDRESSES_OFFSET), key(ip));
    }

    private static long key(long ip) {
        return ConnectionKey.portsAndProtocol(Memory.getInt(Ipv4.payload(ip)), Ipv4.protocol(ip));
    }

    /// A SYN on a connection that is over begins a new one under the same tuple. It goes the same
    /// way, unless its real server or its local address takes no connections any more, or the
    /// application is to be asked whether it may connect.
    private boolean isReplaced(long flow, long ip) {
        if (!isFirst(ip) || Memory.getByte(flow + DIRECTION) != INBOUND || !isOver(flow)) {
            return false;
        }
        ServiceEntry service = service(ip);
        long entry = ConnectionLayout.entryOf(flow, INBOUND);
        if (service != null
                && !opener.asksAdmission()
                && service.takesConnections(TrafficTable.slot(Memory.getInt(flow + TRAFFIC)))
                && service.hasLocal(Memory.getInt(entry + LOCAL))) {
            return false;
        }
        context.life().end(entry);
        return true;
    }

    private static boolean isOver(long flow) {
        return TcpMoves.isOver(ConnectionLayout.entryOf(flow, Memory.getByte(flow + DIRECTION)));
    }

    private @Nullable ServiceEntry service(long ip) {
        int port = Tcp.destinationPort(Ipv4.payload(ip));
        return context.services().find(Ipv4.destination(ip), port, Ipv4.protocol(ip));
    }

    /// Ends a packet that has no connection and opens none.
    private @Nullable Outcome noSession(@Nullable ServiceEntry service, int hopsDone) {
        long ip = frame.l3();
        if (service != null) {
            rejection.noConnection(frame, service.service().key().endpoint().port());
            return Outcome.NO_CONNECTION;
        }
        int destination = Ipv4.destination(ip);
        int port = Tcp.destinationPort(Ipv4.payload(ip));
        boolean local = stack.view().isLocalAddress(destination);
        if (local && !arrivals.isOfServer(frame)) {
            return Outcome.NOT_LOCAL;
        }
        if (local && PortPartition.isLocalPort(port)) {
            int owner =
                    context.returnPath(destination)
                            .owner(
                                    Memory.getLong(ip + Rewrite.ADDRESSES_OFFSET),
                                    Memory.getInt(Ipv4.payload(ip)));
            if (owner != peers.self() && hopsDone == 0) {
                peers.handOver(owner, frame, 0);
                return null;
            }
            rejection.noConnection(frame, 0);
            return Outcome.NO_CONNECTION;
        }
        if (stack.view().isOwn(destination) || context.services().isVirtualAddress(destination)) {
            rejection.unusedPort(frame);
            return Outcome.NO_SERVICE;
        }
        return Outcome.NOT_LOCAL;
    }

    private @Nullable Outcome icmp(int hopsDone) {
        long ip = frame.l3();
        if (Ipv4.payloadLength(ip) < Icmp.HEADER_LENGTH) {
            return Outcome.TRUNCATED;
        }
        if (!Checksum.isIcmpValid(ip)) {
            return Outcome.BAD_ICMP_CHECKSUM;
        }
        int type = Icmp.type(Ipv4.payload(ip));
        int destination = Ipv4.destination(ip);
        boolean here = arrivals.isHere(destination, frame.device());
        if (type == Icmp.TYPE_ECHO_REQUEST && here) {
            answers.echoReply(frame);
            return null;
        }
        if (Icmp.isTranslated(type, Icmp.code(Ipv4.payload(ip)))) {
            Outcome outcome = translator.translate(frame, hopsDone);
            if (outcome != Outcome.ICMP_IGNORED) {
                return outcome;
            }
        }
        boolean ours = here || isRoutedToUs(destination);
        return ours ? Outcome.ICMP_IGNORED : Outcome.NOT_LOCAL;
    }

    /// A virtual address need not be an interface address: routers may know that it is here.
    private boolean isRoutedToUs(int address) {
        return context.services().isVirtualAddress(address) && !stack.view().isOwn(address);
    }

    /// Handles a packet again that waited for a neighbour, from its start.
    ///
    /// @param buffer its handle, used up
    /// @param data its first byte
    /// @param length its length
    /// @param port where it came in
    public void resume(long buffer, long data, int length, int port) {
        // Called from within the handling of the ARP packet that ends the wait. The waiting packet
        // passed the checksum test before, and hand-over, if any, was settled.
        frame = resumed;
        process(buffer, data, length, PacketBurst.IP_CHECKSUM_GOOD, port, peers.count());
        frame = received;
    }

    /// Ends a packet whose next hop does not answer.
    ///
    /// @param buffer its handle, used up
    /// @param data its first byte
    /// @param length its length
    /// @param port where it came in
    public void giveUp(long buffer, long data, int length, int port) {
        frame.set(buffer, data, length, port);
        boolean tagged = Ethernet.type(data) == Ethernet.TYPE_VLAN;
        int device = stack.view().deviceOf(port, tagged ? Vlan.id(data) : 0);
        try {
            if (device != NetworkView.NONE) {
                frame.link(device, Ethernet.HEADER_LENGTH + (tagged ? Vlan.TAG_LENGTH : 0));
                answers.errorToPeer(
                        frame, Icmp.TYPE_DESTINATION_UNREACHABLE, Icmp.CODE_HOST_UNREACHABLE, 0);
            }
        } catch (Throwable fault) {
            report(fault);
        }
        end(buffer, Outcome.NEIGHBOUR_UNREACHABLE);
    }
}
