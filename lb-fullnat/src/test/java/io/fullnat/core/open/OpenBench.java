// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Clock;
import io.fullnat.api.IpAddress;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.api.network.NeighbourSettings;
import io.fullnat.api.network.ReversePath;
import io.fullnat.api.service.ClientNetworks;
import io.fullnat.api.service.CookieSecrets;
import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.connection.ConnectionKey;
import io.fullnat.core.limit.Limits;
import io.fullnat.core.limit.ServerLimit;
import io.fullnat.core.limit.SynProxyStates;
import io.fullnat.core.localport.PortAllocator;
import io.fullnat.core.localport.ReturnPaths;
import io.fullnat.core.memory.Region;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.memoryio.PortSettings;
import io.fullnat.core.service.EndRules;
import io.fullnat.core.service.HealthWords;
import io.fullnat.core.service.LocalEntry;
import io.fullnat.core.service.ServerEntry;
import io.fullnat.core.service.ServiceEntry;
import io.fullnat.core.service.ServiceMap;
import io.fullnat.core.service.StateTimeouts;
import io.fullnat.core.service.TrafficTable;
import io.fullnat.core.stack.AddressStates;
import io.fullnat.core.stack.AdjacencyTable;
import io.fullnat.core.stack.AnswerLimits;
import io.fullnat.core.stack.ArpStack;
import io.fullnat.core.stack.Device;
import io.fullnat.core.stack.HeldFrames;
import io.fullnat.core.stack.IcmpAnswers;
import io.fullnat.core.stack.Icmpv6Answers;
import io.fullnat.core.stack.ListenerVersions;
import io.fullnat.core.stack.NeighbourStack;
import io.fullnat.core.stack.Neighbourhood;
import io.fullnat.core.stack.NetworkView;
import io.fullnat.core.stack.RouteTable;
import io.fullnat.core.stack.StackContext;
import io.fullnat.core.stack.ValidAddresses;
import io.fullnat.core.transmit.LinkGate;
import io.fullnat.core.transmit.TestCounters;
import io.fullnat.core.transmit.Transmitter;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Where connections of either family, and of both, are opened without a packet path: one worker's
/// context over a network on which everything is on the link, with a service that has servers and
/// local addresses of both families.
public final class OpenBench implements AutoCloseable {
    /// SYN proxies of one service, switched off.
    static SynProxyStates noProxies() {
        return new SynProxyStates(FlowContext.MAX_SERVICES, CookieSecrets.random(), Clock.system());
    }

    public static final int TCP = 6;
    public static final int UDP = 17;
    static final int SERVER_PORT = Short.reverseBytes((short) 8080) & 0xFFFF;

    /// Slots: those of servers and of local addresses of IPv4 and of IPv6.
    static final int IPV4 = 0;

    static final int IPV6 = 1;

    private static final long SITE = 0x2001_0DB8_0000_0001L;
    private static final long CLIENTS = 0x2001_0DB8_0000_00C1L;

    /// Families of the client's packets and of the real server's.
    public enum Families {
        IPV4(false, false),
        IPV6(true, true),
        IPV6_TO_IPV4(true, false),
        IPV4_TO_IPV6(false, true);

        final boolean in;
        final boolean out;

        Families(boolean in, boolean out) {
            this.in = in;
            this.out = out;
        }
    }

    public final FlowContext context;
    final PortAllocator[] allocators =
            IntStream.range(0, 2).mapToObj(i -> new PortAllocator()).toArray(PortAllocator[]::new);
    public final TrafficTable traffic = new TrafficTable(2, 2, 1);
    final Limits limits;
    private final LocalEntry[] ours = {
        LocalEntry.of(0, IpAddress.mapped(0x0A00_0164), IPV4), LocalEntry.of(SITE, 0x64, IPV6)
    };
    final ServerEntry[] servers;
    public final ServiceEntry service;

    /// Of both servers, by slot.
    public final HealthWords health = new HealthWords(2, 1);

    /// The server that the scheduler chooses.
    public int chosen = Scheduler.NONE;

    /// Gets packets that have waited for a neighbour that has answered.
    public HeldFrames.Receiver resumed = (buffer, data, length, port) -> {};

    /// Gets those whose neighbour has not.
    public HeldFrames.Receiver givenUp = (buffer, data, length, port) -> {};

    final FirstPacket packet = new FirstPacket();
    public final AdjacencyTable adjacencies = new AdjacencyTable();
    public final NeighbourStack links;
    public final Neighbourhood neighbourhood;
    public final InMemoryIo io;
    private final TestCounters counters = new TestCounters();

    /// A packet behind room for its link header.
    private final Region header = Region.allocate(4L * Region.CACHE_LINE, "a test's packet");

    public OpenBench(long seed, int connections) {
        this(seed, connections, 0, PortSettings.of("lan", "02:00:00:00:00:02"));
    }

    /// One of as many workers as the port has queues.
    public OpenBench(long seed, int connections, int self, PortSettings near) {
        io =
                InMemoryIo.builder()
                        .buffers(64)
                        .wire(near, PortSettings.of("far", "02:00:00:00:00:0f"))
                        .open();
        Transmitter transmitter =
                new Transmitter(
                        "lan",
                        io.wire("lan").near().queue(0),
                        io.buffers(),
                        counters.counters,
                        new LinkGate(),
                        256);
        Device device = new Device(0, "lan", 0, 0, 2, 1500, ReversePath.OFF);
        List<NetworkView.Own> owned = List.of(new NetworkView.Own(SITE, 0x64, 128, 0, true));
        NetworkView view =
                new NetworkView(
                        List.of(device),
                        Set.of(0),
                        owned,
                        new RouteTable(
                                List.of(
                                        everywhere(0, 0, 0),
                                        everywhere(0, IpAddress.mapped(0), 96))),
                        List.of(),
                        1);
        StackContext stack =
                new StackContext(
                        1, io.buffers(), new Transmitter[] {transmitter}, counters.counters, view);
        AddressStates states = ValidAddresses.of(owned);
        links =
                new NeighbourStack(
                        stack,
                        adjacencies,
                        states,
                        new ListenerVersions(),
                        (how, at, high, low, mac) -> {},
                        (what, at, high, low, before, now) -> {},
                        new Waiters(),
                        NeighbourSettings.DEFAULT,
                        true);
        AnswerLimits answers = new AnswerLimits(stack, seed);
        limits = new Limits(1, 2, connections, ClientNetworks.DEFAULT, seed, noProxies());
        neighbourhood =
                new Neighbourhood(
                        adjacencies,
                        links.arp(),
                        new IcmpAnswers(stack, answers),
                        links.discovery(),
                        new Icmpv6Answers(stack, states, answers));
        context =
                new FlowContext(
                        stack,
                        neighbourhood,
                        states,
                        new ReturnPaths(List.of(io.wire("lan").near()), near.queues()),
                        self,
                        connections,
                        seed,
                        traffic,
                        limits);
        servers =
                new ServerEntry[] {
                    server(0, IpAddress.mapped(0x0A00_010B), IPV4, ours[IPV4]),
                    server(SITE, 0x0B, IPV6, ours[IPV6])
                };
        service = service(0, VirtualService.of(ServiceKey.tcp("192.0.2.1", 80)), ours);
        serve(service);
    }

    /// Has all own addresses of IPv6 be ours alone.
    public void acceptAddresses() {
        ValidAddresses.accept(context.addressStates(), context.stack().view().ipv6());
    }

    /// Puts one service in force, instead of those that are.
    void serve(ServiceEntry entry) {
        context.services(
                new ServiceMap(List.of(entry), StateTimeouts.DEFAULT, EndRules.DEFAULT),
                allocators,
                List.of(entry));
    }

    /// Has the service wanted otherwise from now on.
    ///
    /// @return as it is then
    public ServiceEntry serve(VirtualService wanted) {
        ServiceEntry entry = service(0, wanted, ours);
        serve(entry);
        return entry;
    }

    /// Has all services be gone, whose connections go on.
    public void serveNothing() {
        context.services(ServiceMap.EMPTY, allocators, List.of());
    }

    /// Has all its local addresses removed as well.
    ///
    /// @return as it is then
    public ServiceEntry serveWithoutLocals(VirtualService wanted) {
        ServiceEntry entry = service(0, wanted);
        serve(entry);
        return entry;
    }

    private static RouteTable.Entry everywhere(long high, long low, int length) {
        return new RouteTable.Entry(high, low, length, RouteTable.Hop.onLink(0));
    }

    /// The same service without local addresses, as one of another slot and policy.
    ServiceEntry service(int slot, ServicePolicy policy) {
        return service(slot, service.service().withPolicy(policy));
    }

    /// A service with a scheduler and servers of its own.
    ServiceEntry service(
            int slot, VirtualService wanted, Scheduler scheduler, ServerEntry... itsServers) {
        return new ServiceEntry(
                wanted,
                slot,
                scheduler,
                itsServers,
                null,
                ours,
                new TrafficTable[] {traffic},
                health,
                null);
    }

    private ServiceEntry service(int slot, VirtualService wanted, LocalEntry... locals) {
        return new ServiceEntry(
                wanted,
                slot,
                (request, loads) -> chosen,
                servers,
                null,
                locals,
                new TrafficTable[] {traffic},
                health,
                null);
    }

    /// The service after its local addresses were removed.
    ServiceEntry serviceWithoutLocals() {
        return service(0, service.service());
    }

    private ServerEntry server(long high, long low, int slot, LocalEntry... locals) {
        return new ServerEntry(
                high,
                low,
                SERVER_PORT,
                1,
                slot,
                locals,
                locals.length == 0 ? new PortAllocator[0] : new PortAllocator[] {allocators[slot]},
                new int[] {slot},
                0,
                null);
    }

    /// The server of IPv6 with many local addresses, of which one in so many is known to be ours
    /// alone.
    ServerEntry serverWithFewReady(int locals, int oneIn) {
        LocalEntry[] all = new LocalEntry[locals];
        PortAllocator[] ports = new PortAllocator[locals];
        for (int i = 0; i < locals; i++) {
            all[i] = LocalEntry.of(SITE, i % oneIn == 0 ? 0x64 : 0x1_0000 + i, IPV6);
            ports[i] = allocators[IPV6];
        }
        int[] ids = new int[locals];
        Arrays.fill(ids, IPV6);
        return new ServerEntry(
                SITE, 0x0B, SERVER_PORT, 1, IPV6, all, ports, ids, /* cursor= */ 0, null);
    }

    /// The server of a slot, as one that may have so many connections; without local addresses if
    /// it is not to be reached.
    ServerEntry serverWithLimit(int slot, int most, boolean reached) {
        return new ServerEntry(
                servers[slot].high(),
                servers[slot].low(),
                SERVER_PORT,
                1,
                slot,
                reached ? new LocalEntry[] {ours[slot]} : new LocalEntry[0],
                reached ? new PortAllocator[] {allocators[slot]} : new PortAllocator[0],
                new int[] {slot},
                0,
                new ServerLimit(limits.servers(), slot, most, 0));
    }

    /// A server of a family of which the service has no local address.
    ServerEntry serverWithoutLocal(boolean ipv6) {
        return ipv6 ? server(SITE, 0x0C, IPV6) : server(0, IpAddress.mapped(0x0A00_010C), IPV4);
    }

    /// Makes the packet of a client the one that opens a connection.
    void packet(boolean ipv6, int protocol, int client) {
        long ip = ip();
        Memory.zero(ip, header.size() - Region.CACHE_LINE);
        long l4 = ip + (ipv6 ? 40 : 20);
        if (ipv6) {
            Memory.putByte(ip, 0x60);
            Memory.putByte(ip + 6, protocol);
            Memory.putByte(ip + 7, 64);
            putNetworkLong(ip + 8, CLIENTS);
            putNetworkLong(ip + 16, client);
            putNetworkLong(ip + 24, SITE);
            putNetworkLong(ip + 32, 1);
        } else {
            Memory.putByte(ip, 0x45);
            Memory.putByte(ip + 8, 64);
            Memory.putByte(ip + 9, protocol);
            Memory.putNetworkInt(ip + 12, 0xC633_0000 | client);
            Memory.putNetworkInt(ip + 16, 0xC000_0201);
        }
        Memory.putNetworkShort(l4, 30_000 + client % 1000);
        Memory.putNetworkShort(l4 + 2, 80);
        long ports = ConnectionKey.portsAndProtocol(Memory.getInt(l4), protocol);
        if (ipv6) {
            long hash = context.table().wide().hash(ip + 8, ports);
            packet.setIpv6(ip, l4, protocol, hash, 0);
        } else {
            packet.set(ip, context.table().hash(Memory.getLong(ip + 12), ports), 0);
        }
    }

    /// Opens the connection of a client; its entry.
    public long open(Families families, int protocol, int client) {
        return open(families, protocol, client, service);
    }

    /// Opens it for another state of the service.
    public long open(Families families, int protocol, int client, ServiceEntry of) {
        packet(families.in, protocol, client);
        ServerEntry server = servers[families.out ? IPV6 : IPV4];
        ForwardingMode mode = context.modes().of(server);
        assertThat(mode.open(packet, of, server)).as("why it is not opened").isNull();
        return mode.opened();
    }

    /// Has an opener open the connection of a client.
    ///
    /// @return null if it has, else why not
    @Nullable Outcome open(
            ConnectionOpener opener, boolean ipv6, int protocol, int client, ServiceEntry of) {
        packet(ipv6, protocol, client);
        return open(opener, of, 0);
    }

    /// Has it open that of the last packet, as it is now.
    @Nullable Outcome open(ConnectionOpener opener, ServiceEntry of, int device) {
        int protocol = packet.protocolNumber();
        return packet.isIpv6()
                ? opener.openIpv6(ip(), ip() + 40, protocol, packet.hash(), of, device)
                : opener.open(ip(), packet.hash(), of, device);
    }

    /// Why an opener would not open that of a client.
    @Nullable Outcome refusal(
            ConnectionOpener opener, boolean ipv6, int protocol, int client, ServiceEntry of) {
        packet(ipv6, protocol, client);
        return ipv6
                ? opener.refusalIpv6(ip(), ip() + 40, protocol, packet.hash(), of, 0)
                : opener.refusal(ip(), packet.hash(), of, 0);
    }

    /// Where the header of the last packet lies.
    long ip() {
        return header.address() + Region.CACHE_LINE;
    }

    static void putNetworkLong(long address, long value) {
        Memory.putLong(address, Long.reverseBytes(value));
    }

    @Override
    public void close() {
        context.close();
        traffic.close();
        limits.close();
        header.close();
        counters.close();
        io.close();
    }

    private final class Waiters implements ArpStack.Waiters {
        @Override
        public void resume(long buffer, long data, int length, int port) {
            resumed.accept(buffer, data, length, port);
        }

        @Override
        public void giveUp(long buffer, long data, int length, int port) {
            givenUp.accept(buffer, data, length, port);
        }
    }
}
