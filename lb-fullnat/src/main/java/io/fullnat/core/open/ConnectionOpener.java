// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import static io.fullnat.core.connection.ConnectionLayout.ALLOCATOR;
import static io.fullnat.core.connection.ConnectionLayout.FLOW_LENGTH;
import static io.fullnat.core.connection.ConnectionLayout.GENERATION;
import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.LOCAL;
import static io.fullnat.core.connection.ConnectionLayout.NEW_ADDRESSES;
import static io.fullnat.core.connection.ConnectionLayout.NEW_PORTS;
import static io.fullnat.core.connection.ConnectionLayout.NEXT_HOP;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;
import static io.fullnat.core.connection.ConnectionLayout.TRAFFIC;

import io.fullnat.api.Protocol;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.api.service.Admission;
import io.fullnat.api.service.ConnectionRequest;
import io.fullnat.api.service.Scheduler;
import io.fullnat.core.connection.ConnectionKey;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.connection.ConnectionTable;
import io.fullnat.core.connection.TcpMoves;
import io.fullnat.core.localport.LocalPorts;
import io.fullnat.core.localport.PortAllocator;
import io.fullnat.core.localport.ReturnPath;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.service.LocalEntry;
import io.fullnat.core.service.ServerEntry;
import io.fullnat.core.service.ServiceEntry;
import io.fullnat.core.service.TrafficTable;
import io.fullnat.core.stack.AdjacencyTable;
import io.fullnat.core.stack.Neighbourhood;
import io.fullnat.core.stack.Neighbours;
import io.fullnat.core.stack.RouteTable;
import io.fullnat.core.stack.StackContext;
import io.fullnat.core.translate.Rewrite;
import org.jspecify.annotations.Nullable;

/// Opens the connection of a first packet: real server, local address, port, entry.
public final class ConnectionOpener implements ConnectionRequest {
    /// Local addresses tried for one connection, when those before have no port left.
    private static final int MAX_LOCAL_TRIES = 16;

    /// Instead of a next hop, beside [AdjacencyTable#NONE].
    private static final int NO_ROUTE = -2;

    // Each object on the way to what is needed costs a load and the collector's barrier: they are
    // kept, not asked for.
    private final FlowContext context;
    private final StackContext stack;
    private final ConnectionTable table;
    private final LocalPorts ports;
    private final ConnectionLife life;
    private final Neighbours neighbours;
    private final AdjacencyTable adjacencies;
    private final @Nullable Admission admission;
    private Protocol protocol = Protocol.TCP;
    private int clientAddress;
    private int clientPort;
    private long flow;

    /// @param admission asked who may connect; null if nobody is asked
    public ConnectionOpener(
            FlowContext context, Neighbourhood neighbourhood, @Nullable Admission admission) {
        this.context = context;
        this.admission = admission;
        stack = context.stack();
        table = context.table();
        ports = context.ports();
        life = context.life();
        neighbours = neighbourhood.arp().neighbours();
        adjacencies = neighbourhood.adjacencies();
    }

    /// Opens a connection for a well-formed packet to a service; [#flow()] is its inbound flow
    /// then. Returns why not otherwise.
    ///
    /// @param ip the packet's IP header
    /// @param hash of its key
    /// @param service to which it goes
    /// @param device by which it came
    public @Nullable Outcome open(long ip, long hash, ServiceEntry service, int device) {
        long l4 = Ipv4.payload(ip);
        int number = Ipv4.protocol(ip);
        protocol = number == Ipv4.PROTOCOL_TCP ? Protocol.TCP : Protocol.UDP;
        clientAddress = Ipv4.source(ip);
        clientPort = Tcp.sourcePort(l4);
        if (!service.admits(clientAddress)) {
            return Outcome.ACCESS_DENIED;
        }
        if (admission != null && !admits(admission, service)) {
            return Outcome.ACCESS_DENIED;
        }
        int chosen = select(service);
        if (chosen == Scheduler.NONE) {
            return Outcome.NO_REAL_SERVER;
        }
        if (service.localCount() == 0) {
            return Outcome.NO_LOCAL_ADDRESS;
        }
        ServerEntry server = service.server(chosen);
        int hop = nextHop(server);
        if (hop < 0) {
            return hop == NO_ROUTE ? Outcome.NO_ROUTE : Outcome.NEIGHBOUR_TABLE_FULL;
        }
        return open(ip, hash, service, server, hop, device);
    }

    /// Tries the local addresses in turn; first those that have ports left, then those where
    /// another connection may have to give way.
    private @Nullable Outcome open(
            long ip, long hash, ServiceEntry service, ServerEntry server, int hop, int device) {
        int tries = Math.min(MAX_LOCAL_TRIES, service.localCount());
        for (int i = 0; i < tries; i++) {
            int allocator = server.nextLocal();
            if (!ports.isPressed(server.allocator(allocator))) {
                LocalEntry local = service.local(allocator);
                int port = choose(server, allocator, local.address(), Ipv4.protocol(ip));
                if (port != LocalPorts.NONE) {
                    return open(ip, hash, service, server, allocator, local, port, hop, device);
                }
            }
        }
        for (int i = 0; i < tries; i++) {
            int allocator = server.nextLocal();
            LocalEntry local = service.local(allocator);
            int port = choose(server, allocator, local.address(), Ipv4.protocol(ip));
            if (port != LocalPorts.NONE) {
                return open(ip, hash, service, server, allocator, local, port, hop, device);
            }
            long counters = context.traffic().local(local.slot());
            Memory.addLong(counters + TrafficTable.LOCAL_MISSES, 1);
        }
        return Outcome.NO_LOCAL_PORT;
    }

    private int choose(ServerEntry server, int allocator, int localAddress, int number) {
        PortAllocator ofPair = server.allocator(allocator);
        long addresses = pair(server.address(), localAddress);
        ReturnPath path = path(localAddress);
        return ports.isPressed(ofPair)
                ? ports.reclaim(ofPair, addresses, server.port(), number, path)
                : ports.choose(ofPair, addresses, server.port(), number, path);
    }

    private ReturnPath path(int localAddress) {
        return ports.areShared()
                ? context.returnPath(Integer.reverseBytes(localAddress))
                : LocalPorts.ALL_OURS;
    }

    private int nextHop(ServerEntry server) {
        if (server.hasNextHop(stack.generation()) && adjacencies.isInUse(server.nextHop())) {
            return server.nextHop();
        }
        int address = Integer.reverseBytes(server.address());
        RouteTable.Hop route = stack.view().routes().find(address);
        if (route == null) {
            return NO_ROUTE;
        }
        int hop = neighbours.nextHopOfServer(route, address);
        if (hop != AdjacencyTable.NONE) {
            context.answerDevices().add(route.device());
            adjacencies.refer(hop);
            server.nextHop(hop, stack.generation());
        }
        return hop;
    }

    /// Whether the application decides who may connect.
    public boolean asksAdmission() {
        return admission != null;
    }

    /// An admission that throws lets nobody in.
    private boolean admits(Admission asked, ServiceEntry service) {
        try {
            return asked.admits(service.service().key(), this);
        } catch (Throwable fault) {
            stack.counters().faults().report("the admission to " + service.service().key(), fault);
            return false;
        }
    }

    private int select(ServiceEntry service) {
        try {
            return service.select(this);
        } catch (Throwable fault) {
            stack.counters()
                    .faults()
                    .report(
                            "the scheduler \""
                                    + service.service().scheduler()
                                    + "\" of "
                                    + service.service().key(),
                            fault);
            return Scheduler.NONE;
        }
    }

    private @Nullable Outcome open(
            long ip,
            long hash,
            ServiceEntry service,
            ServerEntry server,
            int allocator,
            LocalEntry local,
            int port,
            int hop,
            int device) {
        long l4 = Ipv4.payload(ip);
        int number = Ipv4.protocol(ip);
        long inAddresses = Memory.getLong(ip + Rewrite.ADDRESSES_OFFSET);
        int inPorts = Memory.getInt(l4);
        long outAddresses = pair(server.address(), local.address());
        int outPorts = LocalPorts.ports(server.port(), port);
        long entry =
                table.open(
                        hash,
                        inAddresses,
                        ConnectionKey.portsAndProtocol(inPorts, number),
                        ports.chosenHash(),
                        outAddresses,
                        ConnectionKey.portsAndProtocol(outPorts, number),
                        service.slot());
        if (entry == 0) {
            ports.release(server.allocator(allocator), port);
            return Outcome.TABLE_FULL;
        }
        int generation = stack.generation(device);
        long in = entry;
        Memory.putLong(in + NEW_ADDRESSES, Long.rotateLeft(outAddresses, 32));
        Memory.putInt(in + NEW_PORTS, Integer.rotateLeft(outPorts, 16));
        Memory.putInt(in + TRAFFIC, TrafficTable.offset(server.slot(), INBOUND));
        Memory.putShort(in + NEXT_HOP, hop);
        Memory.putInt(in + GENERATION, generation);
        Rewrite.prepare(in);
        long out = entry + FLOW_LENGTH;
        Memory.putLong(out + NEW_ADDRESSES, Long.rotateLeft(inAddresses, 32));
        Memory.putInt(out + NEW_PORTS, Integer.rotateLeft(inPorts, 16));
        Memory.putInt(out + TRAFFIC, TrafficTable.offset(server.slot(), OUTBOUND));
        Memory.putInt(out + GENERATION, ~generation); // its route is looked up when it is used
        Rewrite.prepare(out);
        Memory.putInt(entry + ALLOCATOR, server.allocatorId(allocator));
        Memory.putInt(entry + LOCAL, local.slot());
        ConnectionState first =
                number == Ipv4.PROTOCOL_TCP
                        ? TcpMoves.begin(entry, Tcp.sequence(l4))
                        : ConnectionState.UDP_ONEWAY;
        life.begin(entry, first, server.allocator(allocator));
        flow = entry;
        return null;
    }

    /// Source and destination as they lie in a packet.
    private static long pair(int source, int destination) {
        return (source & 0xFFFF_FFFFL) | ((long) destination << 32);
    }

    /// The inbound flow of the connection just opened.
    public long flow() {
        return flow;
    }

    @Override
    public Protocol protocol() {
        return protocol;
    }

    @Override
    public long clientAddressHigh() {
        return 0;
    }

    @Override
    public long clientAddressLow() {
        return clientAddress & 0xFFFF_FFFFL;
    }

    @Override
    public int clientPort() {
        return clientPort;
    }
}
