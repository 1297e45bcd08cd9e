// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.IpAddress;
import io.fullnat.api.MacAddress;
import io.fullnat.api.ManualClock;
import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.CountersReader;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.PacketIo;
import io.fullnat.api.network.Neighbour;
import io.fullnat.api.network.NeighbourSettings;
import io.fullnat.api.service.CookieSecrets;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServiceStatus;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.memoryio.FlowHash;
import io.fullnat.core.memoryio.FrameEnd;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.memoryio.PortSettings;
import io.fullnat.core.memoryio.QueueChooser;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.service.RefusalTable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;

/// A balancer between two wires, driven by hand: clients on `wan` behind a gateway, real servers on
/// `lan`. Tests send and receive single frames at the far ends. The constants are those of IPv4; a
/// rig of another [FamilyPair] has [#tcp], [#udp], [#request()] and [#answer()].
final class Rig implements AutoCloseable {
    /// One of millions of made-up acknowledgements is taken for a cookie's: with secrets of its own
    /// each time, a test that sends so many would fail at times.
    static final CookieSecrets COOKIE_SECRETS =
            CookieSecrets.parse(List.of("f0e1d2c3b4a5968778695a4b3c2d1e0f"));

    static final String CLIENT_MAC = "02:00:00:00:00:c1";
    static final String WAN_MAC = "02:00:00:00:00:01";
    static final String LAN_MAC = "02:00:00:00:00:02";
    static final String SERVER_MAC = "02:00:00:00:00:51";
    static final String CLIENT = "198.51.100.7";
    static final String GATEWAY = "192.0.2.254";
    static final String VIP = "192.0.2.80";
    static final String LOCAL = "10.0.1.100";
    static final String SERVER = "10.0.1.11";
    static final ServiceKey TCP = ServiceKey.tcp(VIP, 80);
    static final ServiceKey UDP = ServiceKey.udp(VIP, 53);

    final FamilyPair families;
    final ServiceKey tcp;
    final ServiceKey udp;
    final ManualClock clock = new ManualClock();
    final InMemoryIo io;
    final FullNatBalancer balancer;
    final FrameEnd client;
    final FrameEnd server;

    /// Whether what services have counted is all that they ever counted.
    private boolean keepsCounts = true;

    Rig() {
        this(1, 1024);
    }

    Rig(int workers, int connections) {
        this(workers, connections, new FlowHash());
    }

    /// @param spread chooses the worker of a frame that arrives
    Rig(int workers, int connections, QueueChooser spread) {
        this(workers, connections, spread, 0);
    }

    /// @param spread chooses the worker of a frame that arrives
    /// @param flowRules how many rules the servers' port takes
    Rig(int workers, int connections, QueueChooser spread, int flowRules) {
        this(workers, connections, spread, flowRules, 1500, 1500, options -> options, io -> io);
    }

    /// A rig of some families.
    static Rig of(FamilyPair families) {
        return of(families, 1, 1024);
    }

    static Rig of(FamilyPair families, int workers, int connections) {
        return of(families, workers, connections, new FlowHash(), 0);
    }

    /// The same with more options of its balancer.
    static Rig of(
            FamilyPair families,
            int workers,
            int connections,
            UnaryOperator<BalancerBuilder> options) {
        return new Rig(
                families, workers, connections, new FlowHash(), 0, 1500, 1500, options, io -> io);
    }

    static Rig of(
            FamilyPair families, int workers, int connections, QueueChooser spread, int flowRules) {
        return new Rig(
                families, workers, connections, spread, flowRules, 1500, 1500, o -> o, io -> io);
    }

    /// A rig with one worker whose links differ.
    ///
    /// @param wanMtu of the clients' link
    /// @param lanMtu of the servers' link
    static Rig withMtus(int wanMtu, int lanMtu) {
        return new Rig(1, 1024, new FlowHash(), 0, wanMtu, lanMtu, options -> options, io -> io);
    }

    /// A rig with one worker whose balancer has more options.
    static Rig with(UnaryOperator<BalancerBuilder> options) {
        return new Rig(1, 1024, new FlowHash(), 0, 1500, 1500, options, io -> io);
    }

    /// A rig with one worker.
    ///
    /// @param device what the balancer sees instead of the ports
    static Rig through(UnaryOperator<PacketIo> device) {
        return new Rig(1, 1024, new FlowHash(), 0, 1500, 1500, options -> options, device);
    }

    /// A rig with one worker.
    ///
    /// @param settings what is believed of neighbours
    static Rig believing(NeighbourSettings settings) {
        return with(options -> options.neighbours(settings));
    }

    /// A rig with one worker, with the kernel's interface `kwan` beside the clients' port.
    static Rig withKernel(UnaryOperator<BalancerBuilder> options) {
        return withKernel(1, options);
    }

    /// The same with more workers.
    static Rig withKernel(int workers, UnaryOperator<BalancerBuilder> options) {
        return new Rig(
                FamilyPair.V4_TO_V4,
                workers,
                1024,
                new FlowHash(),
                0,
                1500,
                1500,
                options,
                io -> io,
                "kwan");
    }

    private Rig(
            int workers,
            int connections,
            QueueChooser spread,
            int flowRules,
            int wanMtu,
            int lanMtu,
            UnaryOperator<BalancerBuilder> options,
            UnaryOperator<PacketIo> device) {
        this(
                FamilyPair.V4_TO_V4,
                workers,
                connections,
                spread,
                flowRules,
                wanMtu,
                lanMtu,
                options,
                device);
    }

    private Rig(
            FamilyPair families,
            int workers,
            int connections,
            QueueChooser spread,
            int flowRules,
            int wanMtu,
            int lanMtu,
            UnaryOperator<BalancerBuilder> options,
            UnaryOperator<PacketIo> device) {
        this(
                families,
                workers,
                connections,
                spread,
                flowRules,
                wanMtu,
                lanMtu,
                options,
                device,
                "");
    }

    private Rig(
            FamilyPair families,
            int workers,
            int connections,
            QueueChooser spread,
            int flowRules,
            int wanMtu,
            int lanMtu,
            UnaryOperator<BalancerBuilder> options,
            UnaryOperator<PacketIo> device,
            String kernel) {
        this.families = families;
        tcp = ServiceKey.tcp(families.vip(), 80);
        udp = ServiceKey.udp(families.vip(), 53);
        io =
                InMemoryIo.builder()
                        .buffers(8192)
                        .dataCapacity(Math.max(2048, Math.max(wanMtu, lanMtu) + 32))
                        .wire(
                                PortSettings.of("wan", WAN_MAC)
                                        .withMtu(wanMtu)
                                        .withKernel(kernel)
                                        .withQueues(workers)
                                        .withChooser(spread),
                                PortSettings.of("client", CLIENT_MAC).withMtu(wanMtu))
                        .wire(
                                PortSettings.of("lan", LAN_MAC)
                                        .withMtu(lanMtu)
                                        .withQueues(workers)
                                        .withChooser(spread)
                                        .withFlowRules(flowRules),
                                PortSettings.of("server", SERVER_MAC).withMtu(lanMtu))
                        .open();
        balancer =
                options.apply(
                                FullNatBalancer.builder(device.apply(io))
                                        .workers(workers)
                                        .connections(connections)
                                        .clock(clock)
                                        .cookieSecrets(COOKIE_SECRETS)
                                        .seed(42))
                        .build();
        client = new FrameEnd(io.wire("wan").far(), io.buffers());
        server = new FrameEnd(io.wire("lan").far(), io.buffers());
    }

    /// Addresses, a default route through the clients' gateway, a TCP and a UDP service with one
    /// server each; neighbours are configured and addresses announced, so there is no ARP.
    Rig configured() {
        configureWithoutNeighbours();
        apply(neighbours());
        return this;
    }

    private Change[] neighbours() {
        return families.neighbours().toArray(Change[]::new);
    }

    static Change neighbour(String address, String mac, String device) {
        return new Change.SetNeighbour(
                new Neighbour(IpAddress.parse(address), MacAddress.parse(mac), device));
    }

    /// As [#configured()], but gateway and server have been resolved.
    Rig resolved() {
        configureWithoutNeighbours();
        learn(client, CLIENT_MAC, GATEWAY, WAN_MAC, "192.0.2.1");
        learn(server, SERVER_MAC, SERVER, LAN_MAC, "10.0.1.1");
        return this;
    }

    void configureWithoutNeighbours() {
        apply(families.addresses().toArray(Change[]::new));
        apply(
                new Change.AddService(serviceOf(tcp, 8080)),
                new Change.AddService(serviceOf(udp, 5353)));
        pass(Duration.ofSeconds(3)); // addresses are announced again after two
        pass(Duration.ofSeconds(3)); // those of IPv6 once nobody has objected
        out();
    }

    /// The neighbours stay known however much time passes.
    Rig withStaticNeighbours() {
        apply(neighbours());
        out();
        return this;
    }

    private VirtualService serviceOf(ServiceKey key, int port) {
        return VirtualService.of(key)
                .withScheduler("rr")
                .withRealServer(RealServer.of(families.servers().getFirst(), port))
                .withLocalAddress(LocalAddress.of(families.locals().getFirst(), "lan"));
    }

    static VirtualService service(ServiceKey key, int port) {
        return VirtualService.of(key)
                .withScheduler("rr")
                .withRealServer(RealServer.of(SERVER, port))
                .withLocalAddress(LocalAddress.of(LOCAL, "lan"));
    }

    /// A station asks us, and answers us.
    void learn(FrameEnd end, String mac, String address, String ourMac, String asked) {
        end.send(
                PacketBuilder.ethernet(mac, "ff:ff:ff:ff:ff:ff")
                        .arp(1, mac, address, "00:00:00:00:00:00", asked));
        end.send(PacketBuilder.ethernet(mac, ourMac).arp(2, mac, address, ourMac, asked));
        run();
        end.receiveAll();
    }

    void apply(Change... changes) {
        for (Change change : changes) {
            keepsCounts &=
                    !(change instanceof Change.RemoveService
                            || change instanceof Change.ZeroCounters);
        }
        CompletableFuture<Void> done = balancer.control().submit(List.of(changes));
        run();
        assertThat(done).isDone();
        done.join();
    }

    /// Runs the balancer until it has nothing to do.
    void run() {
        for (int idle = 0, turns = 0; idle < 3; turns++) {
            idle = balancer.doWork() == 0 ? idle + 1 : 0;
            assertThat(turns).as("duty cycles").isLessThan(1_000_000);
        }
    }

    void pass(Duration time) {
        clock.advance(time);
        run();
    }

    /// A packet of the client to the services.
    PacketBuilder request() {
        return requestFrom(families.clients.client);
    }

    /// A packet of any client to the services.
    PacketBuilder requestFrom(String source) {
        return families.clients.packet(
                PacketBuilder.ethernet(CLIENT_MAC, WAN_MAC), source, families.vip());
    }

    /// A packet of the server to the local address.
    PacketBuilder answer() {
        return answerTo(families.locals().getFirst());
    }

    /// A packet of the server to one of the local addresses.
    PacketBuilder answerTo(String local) {
        return families.servers.packet(
                PacketBuilder.ethernet(SERVER_MAC, LAN_MAC), families.servers().getFirst(), local);
    }

    /// A packet of the client as the server is to get it.
    PacketBuilder forwarded() {
        return families.servers
                .packet(
                        PacketBuilder.ethernet(LAN_MAC, SERVER_MAC),
                        families.locals().getFirst(),
                        families.servers().getFirst())
                .timeToLive(63);
    }

    /// A packet of the server as the client is to get it.
    PacketBuilder answered() {
        return families.clients
                .packet(
                        PacketBuilder.ethernet(WAN_MAC, CLIENT_MAC),
                        families.vip(),
                        families.clients.client)
                .timeToLive(63);
    }

    static PacketBuilder fromClient() {
        return PacketBuilder.ethernet(CLIENT_MAC, WAN_MAC).ipv4(CLIENT, VIP);
    }

    static PacketBuilder fromServer() {
        return PacketBuilder.ethernet(SERVER_MAC, LAN_MAC).ipv4(SERVER, LOCAL);
    }

    /// Sends a frame from the client's side and returns what came out on either.
    List<byte[]> clientSends(PacketBuilder frame) {
        client.send(frame);
        run();
        return out();
    }

    List<byte[]> serverSends(PacketBuilder frame) {
        server.send(frame);
        run();
        return out();
    }

    List<byte[]> out() {
        List<byte[]> frames = new ArrayList<>(client.receiveAll());
        frames.addAll(server.receiveAll());
        return frames;
    }

    long count(Outcome outcome) {
        return balancer.counters().total(outcome);
    }

    long count(Counter counter) {
        return balancer.counters().total(counter);
    }

    /// What ended as services refuse packets was counted by the services: exactly, unless counts
    /// went with a service or were zeroed.
    private void assertRefusalsAreServices() {
        Map<Outcome, Long> refused = new EnumMap<>(Outcome.class);
        for (ServiceStatus service : balancer.control().status().services()) {
            service.refused().forEach((outcome, count) -> refused.merge(outcome, count, Long::sum));
        }
        for (int column = 0; column < RefusalTable.COLUMNS; column++) {
            Outcome outcome = RefusalTable.outcome(column);
            long counted = refused.getOrDefault(outcome, 0L);
            if (keepsCounts) {
                assertThat(counted).as("%s, by services", outcome).isEqualTo(count(outcome));
            } else {
                assertThat(counted)
                        .as("%s, by services", outcome)
                        .isLessThanOrEqualTo(count(outcome));
            }
        }
    }

    /// Each packet received has ended in exactly one outcome.
    static void assertAllCounted(CountersReader counters) {
        long ended = 0;
        for (Outcome outcome : Outcome.values()) {
            ended += outcome.kind() == Outcome.Kind.MOVED ? 0 : counters.total(outcome);
        }
        assertThat(ended + counters.total(Counter.WAITING))
                .as("outcomes and waiting packets")
                .isEqualTo(counters.total(Counter.RECEIVED));
        assertThat(counters.total(Counter.TAKEN_OVER))
                .isEqualTo(counters.total(Outcome.HANDED_OVER));
    }

    @Override
    public void close() {
        assertRefusalsAreServices();
        balancer.close();
        assertAllCounted(balancer.counters());
        client.receiveAll();
        server.receiveAll();
        assertThat(io.buffers().inUse()).as("buffers not given back").isZero();
        io.close();
    }
}
