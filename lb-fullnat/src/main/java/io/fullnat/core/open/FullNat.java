// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import static io.fullnat.core.connection.ConnectionLayout.ALLOCATOR;
import static io.fullnat.core.connection.ConnectionLayout.DIRECTION;
import static io.fullnat.core.connection.ConnectionLayout.FLOW_LENGTH;
import static io.fullnat.core.connection.ConnectionLayout.GENERATION;
import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.LOCAL;
import static io.fullnat.core.connection.ConnectionLayout.NEW_ADDRESSES;
import static io.fullnat.core.connection.ConnectionLayout.NEW_WIDE_ADDRESSES;
import static io.fullnat.core.connection.ConnectionLayout.NEXT_HOP;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;

import io.fullnat.api.IpAddress;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionKey;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.connection.ConnectionTable;
import io.fullnat.core.connection.FlowKey;
import io.fullnat.core.connection.StateTable;
import io.fullnat.core.localport.LocalPorts;
import io.fullnat.core.localport.PortAllocator;
import io.fullnat.core.localport.ReturnPath;
import io.fullnat.core.service.LocalEntry;
import io.fullnat.core.service.ServerEntry;
import io.fullnat.core.service.ServiceEntry;
import io.fullnat.core.service.TrafficTable;
import io.fullnat.core.stack.NetworkView;
import io.fullnat.core.stack.StackContext;
import org.jspecify.annotations.Nullable;

/// FullNAT: the real server sees a local address and port as its client, so that its answers come
/// back here. Two flows, each of which writes both addresses and both ports; towards the server by
/// the adjacency of the server's route, back by that of the client's. The local port is given back
/// at the end. Client and real server may be of different families: the local address has the
/// server's ([WideFlows]).
final class FullNat extends ForwardingMode implements AutoCloseable {
    /// What connections keep.
    static final int NUMBER = 0;

    /// Local addresses tried for one connection, when those before have no port left.
    private static final int MAX_LOCAL_TRIES = 16;

    /// Local addresses that are looked at in vain for one connection, until one is found that is
    /// ours alone; twice, if those that are found have no port left.
    private static final int MAX_LOOKS = 256;

    private static final int NONE_READY = -1;

    /// Connections.
    private static final int TWO_BURSTS = 128;

    private static final long LOW_32 = 0xFFFF_FFFFL;

    private static final int NEW_WIDE_DESTINATION = NEW_WIDE_ADDRESSES + 16;

    private final FlowContext context;
    private final StackContext stack;
    private final ConnectionTable table;
    private final LocalPorts ports;
    private final ConnectionLife life;
    private final TrafficTable traffic;
    private final ServerAdjacency adjacency;
    private final WideFlows wide;
    private long opened;
    private @Nullable NetworkView seenView;
    private int views;

    /// Local addresses that were not ours, of the connection that is being opened.
    private int looks;

    FullNat(FlowContext context, ServerAdjacency adjacency) {
        super(NUMBER);
        this.context = context;
        stack = context.stack();
        table = context.table();
        ports = context.ports();
        life = context.life();
        traffic = context.traffic();
        this.adjacency = adjacency;
        wide = new WideFlows(table);
    }

    @Override
    int tracking() {
        return StateTable.TWO_SIDED;
    }

    /// Tries the server's local addresses in turn; first those that have ports left, then those
    /// where another connection may have to give way.
    @Override
    @Nullable Outcome open(FirstPacket packet, ServiceEntry service, ServerEntry server) {
        int locals = server.localCount();
        if (locals == 0) {
            return Outcome.NO_LOCAL_ADDRESS;
        }
        int hop = adjacency.routed(server);
        if (hop < 0) {
            return hop == ServerAdjacency.NO_ROUTE
                    ? Outcome.NO_ROUTE
                    : Outcome.NEIGHBOUR_TABLE_FULL;
        }
        int protocol = packet.protocolNumber();
        int serverPort = server.port(packet.destinationPortWord());
        int tries = Math.min(MAX_LOCAL_TRIES, locals);
        boolean someReady = false;
        looks = 0;
        for (int i = 0; i < tries; i++) {
            int local = nextReady(server);
            if (local == NONE_READY) {
                break;
            }
            someReady = true;
            PortAllocator allocator = server.allocator(local);
            if (!ports.isPressed(allocator)) {
                LocalEntry address = server.local(local);
                int port = choose(server, serverPort, address, allocator, protocol);
                if (port != LocalPorts.NONE) {
                    ports.expect(server.allocatorAfter(turns(service, server)));
                    return open(packet, service, server, local, address, allocator, port, hop);
                }
            }
        }
        if (!someReady) {
            return Outcome.LOCAL_ADDRESS_NOT_READY;
        }
        looks = 0;
        for (int i = 0; i < tries; i++) {
            int local = nextReady(server);
            if (local == NONE_READY) {
                break;
            }
            PortAllocator allocator = server.allocator(local);
            LocalEntry address = server.local(local);
            int port =
                    ports.isPressed(allocator)
                            ? reclaim(server, serverPort, address, allocator, protocol)
                            : choose(server, serverPort, address, allocator, protocol);
            if (port != LocalPorts.NONE) {
                return open(packet, service, server, local, address, allocator, port, hop);
            }
            long counters = traffic.local(address.slot());
            Memory.addLong(counters + TrafficTable.LOCAL_MISSES, 1);
        }
        return Outcome.NO_LOCAL_PORT;
    }

    /// How many turns of a server come round in two bursts, as often as it had its turn lately:
    /// what is loaded earlier has left the cache again by then. Two at least: one that is drawn may
    /// be so twice in a burst, before anything is loaded.
    private static int turns(ServiceEntry service, ServerEntry server) {
        int between = server.turn(service.turn());
        int log2 = Integer.SIZE - 1 - Integer.numberOfLeadingZeros(between);
        return Math.max(2, TWO_BURSTS >>> log2);
    }

    /// The next local address in turn of which it is known that it is ours alone: answers to
    /// another one would go to another station, or nowhere (RFC 4862 §5.4).
    private int nextReady(ServerEntry server) {
        int local = server.nextLocal();
        if (!server.isIpv6()) {
            return local;
        }
        long stamp = stamp();
        return server.hasOwnLocals(stamp) ? local : nextReady(server, local, stamp);
    }

    private int nextReady(ServerEntry server, int first, long stamp) {
        int most = Math.min(MAX_LOOKS, server.localCount());
        int local = first;
        while (!isReady(server.local(local))) {
            server.noOwnLocal();
            looks++;
            if (looks >= most) {
                return NONE_READY;
            }
            local = server.nextLocal();
        }
        server.ownLocal(stamp);
        return local;
    }

    /// Stays the same as long as addresses and what is known of them do.
    private long stamp() {
        NetworkView view = stack.view();
        if (view != seenView) {
            seenView = view;
            views++;
        }
        return (long) views << Integer.SIZE | (context.addressStates().changes() & LOW_32);
    }

    private boolean isReady(LocalEntry local) {
        int device = stack.view().ownDevice(local.high(), local.low());
        return context.addressStates().isValid(device, local.high(), local.low());
    }

    private int choose(
            ServerEntry server,
            int serverPort,
            LocalEntry local,
            PortAllocator allocator,
            int protocol) {
        if (server.isIpv6()) {
            FlowKey answers = wide.answers(server, serverPort, local, protocol);
            return ports.choose(allocator, answers, path(local));
        }
        long addresses = WideFlows.pair(server.address(), local.address());
        return ports.choose(allocator, addresses, serverPort, protocol, path(local));
    }

    private int reclaim(
            ServerEntry server,
            int serverPort,
            LocalEntry local,
            PortAllocator allocator,
            int protocol) {
        FlowKey answers = wide.answers(server, serverPort, local, protocol);
        return ports.reclaim(allocator, answers, path(local));
    }

    private ReturnPath path(LocalEntry local) {
        return ports.areShared()
                ? context.returnPath(local.high(), local.low())
                : LocalPorts.ALL_OURS;
    }

    private @Nullable Outcome open(
            FirstPacket packet,
            ServiceEntry service,
            ServerEntry server,
            int index,
            LocalEntry local,
            PortAllocator allocator,
            int port,
            int hop) {
        long entry;
        if (packet.isIpv6() || server.isIpv6()) {
            entry = openWide(packet, service, server, local, port);
        } else { // written out here: the compiler inlines calls only so deep
            int protocol = packet.protocolNumber();
            long inAddresses = packet.addresses();
            int inPorts = packet.ports();
            long outAddresses = WideFlows.pair(server.address(), local.address());
            int serverPort = server.port(packet.destinationPortWord());
            int outPorts = LocalPorts.ports(serverPort, port);
            entry =
                    table.open(
                            packet.hash(),
                            inAddresses,
                            ConnectionKey.portsAndProtocol(inPorts, protocol),
                            ports.chosenHash(),
                            outAddresses,
                            ConnectionKey.portsAndProtocol(outPorts, protocol),
                            service.slot());
            if (entry != 0) {
                TranslatedFlow.write(
                        entry,
                        INBOUND,
                        inAddresses,
                        inPorts,
                        outAddresses,
                        outPorts,
                        server.slot());
                TranslatedFlow.write(
                        entry + FLOW_LENGTH,
                        OUTBOUND,
                        outAddresses,
                        outPorts,
                        inAddresses,
                        inPorts,
                        server.slot());
            }
        }
        if (entry == 0) {
            ports.release(allocator, port);
            return Outcome.TABLE_FULL;
        }
        Memory.putShort(entry + NEXT_HOP, hop);
        Memory.putInt(entry + GENERATION, stack.generation(packet.device()));
        // The route of answers is looked up when there are any.
        Memory.putInt(entry + FLOW_LENGTH + GENERATION, stack.due(server.nextHopDevice()));
        Memory.putInt(entry + ALLOCATOR, server.allocatorId(index));
        Memory.putInt(entry + LOCAL, local.slot());
        countLocal(traffic.local(local.slot()), allocator);
        opened = entry;
        boolean alone = service.isOnePacket();
        life.begin(entry, packet, service, this);
        if (alone) {
            table.unindex(entry);
        }
        return null;
    }

    private long openWide(
            FirstPacket packet,
            ServiceEntry service,
            ServerEntry server,
            LocalEntry local,
            int port) {
        long hash = ports.chosenHash();
        long entry = wide.open(packet, server, local, port, hash, service.slot());
        if (entry != 0) {
            WideFlows.write(entry, server.slot());
        }
        return entry;
    }

    private static void countLocal(long local, PortAllocator allocator) {
        long connections = Memory.getLong(local + TrafficTable.LOCAL_CONNECTIONS) + 1;
        Memory.putLong(local + TrafficTable.LOCAL_CONNECTIONS, connections);
        if (connections > Memory.getLong(local + TrafficTable.LOCAL_HIGH_WATER)) {
            Memory.putLong(local + TrafficTable.LOCAL_HIGH_WATER, connections);
        }
        if (allocator.usedHere() > Memory.getLong(local + TrafficTable.LOCAL_FULLEST)) {
            Memory.putLong(local + TrafficTable.LOCAL_FULLEST, allocator.usedHere());
        }
    }

    @Override
    long opened() {
        return opened;
    }

    @Override
    public long destinationHigh(long flow) {
        return writesIpv6(flow) ? Memory.getNetworkLong(flow + NEW_WIDE_DESTINATION) : 0;
    }

    @Override
    public long destinationLow(long flow) {
        return writesIpv6(flow)
                ? Memory.getNetworkLong(flow + NEW_WIDE_DESTINATION + Long.BYTES)
                : IpAddress.mapped(Memory.getNetworkInt(flow + NEW_ADDRESSES + 4));
    }

    /// Whether packets of a flow leave as IPv6: they become the reverse of the other key.
    private static boolean writesIpv6(long flow) {
        int direction = Memory.getByte(flow + DIRECTION);
        long entry = ConnectionLayout.entryOf(flow, direction);
        return ConnectionLayout.hasWideKey(entry, INBOUND + OUTBOUND - direction);
    }

    @Override
    public boolean mayBeginAnew(long entry, ServiceEntry service) {
        return service.hasLocal(Memory.getInt(entry + LOCAL));
    }

    @Override
    void moved(long entry, ConnectionState state) {
        if (ports.remembersStates()) {
            ports.moved(allocator(entry), localPort(entry), state);
        }
    }

    @Override
    void gaveWay(long entry) {
        Memory.addLong(localCounters(entry) + TrafficTable.LOCAL_GAVE_WAY, 1);
    }

    @Override
    long prefetch(long entry) {
        return ports.prefetch(allocator(entry), localPort(entry));
    }

    @Override
    void release(long entry) {
        TrafficTable.end(localCounters(entry) + TrafficTable.LOCAL_CONNECTIONS);
        PortAllocator allocator = allocator(entry);
        if (allocator.isWhole()) {
            ports.release(allocator, localPort(entry), wide.answers(entry));
        } else {
            ports.release(allocator, localPort(entry));
        }
    }

    private PortAllocator allocator(long entry) {
        return context.allocator(Memory.getInt(entry + ALLOCATOR));
    }

    private static int localPort(long entry) {
        return ConnectionKey.outboundDestinationPort(entry);
    }

    private long localCounters(long entry) {
        return traffic.local(Memory.getInt(entry + LOCAL));
    }

    @Override
    public void close() {
        wide.close();
    }
}
