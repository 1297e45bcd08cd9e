// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import static io.fullnat.core.connection.ConnectionLayout.ALLOCATOR;
import static io.fullnat.core.connection.ConnectionLayout.FLOW_LENGTH;
import static io.fullnat.core.connection.ConnectionLayout.GENERATION;
import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.LOCAL;
import static io.fullnat.core.connection.ConnectionLayout.NEW_ADDRESSES;
import static io.fullnat.core.connection.ConnectionLayout.NEXT_HOP;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;

import io.fullnat.api.IpAddress;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionKey;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.connection.ConnectionTable;
import io.fullnat.core.connection.StateTable;
import io.fullnat.core.localport.LocalPorts;
import io.fullnat.core.localport.PortAllocator;
import io.fullnat.core.localport.ReturnPath;
import io.fullnat.core.service.LocalEntry;
import io.fullnat.core.service.ServerEntry;
import io.fullnat.core.service.ServiceEntry;
import io.fullnat.core.service.TrafficTable;
import io.fullnat.core.stack.StackContext;
import org.jspecify.annotations.Nullable;

/// FullNAT: the real server sees a local address and port as its client, so that its answers come
/// back here. Two flows, each of which writes both addresses and both ports; towards the server by
/// the adjacency of the server's route, back by that of the client's. The local port is given back
/// at the end.
final class FullNat extends ForwardingMode {
    /// What connections keep.
    static final int NUMBER = 0;

    /// Local addresses tried for one connection, when those before have no port left.
    private static final int MAX_LOCAL_TRIES = 16;

    private final FlowContext context;
    private final StackContext stack;
    private final ConnectionTable table;
    private final LocalPorts ports;
    private final ConnectionLife life;
    private final TrafficTable traffic;
    private final ServerAdjacency adjacency;
    private long opened;

    FullNat(FlowContext context, ServerAdjacency adjacency) {
        super(NUMBER);
        this.context = context;
        stack = context.stack();
        table = context.table();
        ports = context.ports();
        life = context.life();
        traffic = context.traffic();
        this.adjacency = adjacency;
    }

    @Override
    int tracking() {
        return StateTable.TWO_SIDED;
    }

    /// Tries the local addresses in turn; first those that have ports left, then those where
    /// another connection may have to give way.
    @Override
    @Nullable Outcome open(FirstPacket packet, ServiceEntry service, ServerEntry server) {
        if (service.localCount() == 0) {
            return Outcome.NO_LOCAL_ADDRESS;
        }
        int hop = adjacency.routed(server);
        if (hop < 0) {
            return hop == ServerAdjacency.NO_ROUTE
                    ? Outcome.NO_ROUTE
                    : Outcome.NEIGHBOUR_TABLE_FULL;
        }
        int tries = Math.min(MAX_LOCAL_TRIES, service.localCount());
        for (int i = 0; i < tries; i++) {
            int allocator = server.nextLocal();
            if (!ports.isPressed(server.allocator(allocator))) {
                LocalEntry local = service.local(allocator);
                int port = choose(server, allocator, local.address(), packet.protocolNumber());
                if (port != LocalPorts.NONE) {
                    return open(packet, service, server, allocator, local, port, hop);
                }
            }
        }
        for (int i = 0; i < tries; i++) {
            int allocator = server.nextLocal();
            LocalEntry local = service.local(allocator);
            int port = choose(server, allocator, local.address(), packet.protocolNumber());
            if (port != LocalPorts.NONE) {
                return open(packet, service, server, allocator, local, port, hop);
            }
            Memory.addLong(traffic.local(local.slot()) + TrafficTable.LOCAL_MISSES, 1);
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
                ? context.returnPath(0, IpAddress.mapped(Integer.reverseBytes(localAddress)))
                : LocalPorts.ALL_OURS;
    }

    private @Nullable Outcome open(
            FirstPacket packet,
            ServiceEntry service,
            ServerEntry server,
            int allocator,
            LocalEntry local,
            int port,
            int hop) {
        int number = packet.protocolNumber();
        long inAddresses = packet.addresses();
        int inPorts = packet.ports();
        long outAddresses = pair(server.address(), local.address());
        int outPorts = LocalPorts.ports(server.port(), port);
        long entry =
                table.open(
                        packet.hash(),
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
        int generation = stack.generation(packet.device());
        Memory.putShort(entry + NEXT_HOP, hop);
        Memory.putInt(entry + GENERATION, generation);
        TranslatedFlow.write(entry, INBOUND, outAddresses, outPorts, server.slot());
        long out = entry + FLOW_LENGTH;
        Memory.putInt(out + GENERATION, ~generation); // its route is looked up when it is used
        TranslatedFlow.write(out, OUTBOUND, inAddresses, inPorts, server.slot());
        Memory.putInt(entry + ALLOCATOR, server.allocatorId(allocator));
        Memory.putInt(entry + LOCAL, local.slot());
        life.begin(entry, packet, this);
        countLocal(traffic.local(local.slot()), server.allocator(allocator));
        opened = entry;
        return null;
    }

    private static void countLocal(long local, PortAllocator allocator) {
        long connections = Memory.getLong(local + TrafficTable.LOCAL_CONNECTIONS) + 1;
        Memory.putLong(local + TrafficTable.LOCAL_CONNECTIONS, connections);
        if (connections > Memory.getLong(local + TrafficTable.LOCAL_HIGH_WATER)) {
            Memory.putLong(local + TrafficTable.LOCAL_HIGH_WATER, connections);
        }
        if (allocator.used() > Memory.getLong(local + TrafficTable.LOCAL_FULLEST)) {
            Memory.putLong(local + TrafficTable.LOCAL_FULLEST, allocator.used());
        }
    }

    /// Source and destination as they lie in a packet.
    private static long pair(int source, int destination) {
        return (source & 0xFFFF_FFFFL) | ((long) destination << 32);
    }

    @Override
    long opened() {
        return opened;
    }

    @Override
    public long destinationHigh(long flow) {
        return 0;
    }

    @Override
    public long destinationLow(long flow) {
        return IpAddress.mapped(Memory.getNetworkInt(flow + NEW_ADDRESSES + 4));
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
        ports.release(allocator(entry), localPort(entry));
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
}
