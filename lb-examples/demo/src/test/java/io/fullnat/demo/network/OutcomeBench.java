// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.IpAddress;
import io.fullnat.api.MacAddress;
import io.fullnat.api.ManualClock;
import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.PacketIo;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Neighbour;
import io.fullnat.api.network.Route;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.BalancerBuilder;
import io.fullnat.core.FullNatBalancer;
import io.fullnat.core.packet.PacketBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;

/// A balancer between two ports, driven by hand: clients on `wan` behind a gateway, a real server
/// on `lan`, and tests that send and receive single frames at the far ends. What the ports are is
/// the subclass's.
abstract class OutcomeBench implements AutoCloseable {
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

    static final long PATIENCE_NS = 10_000_000_000L;

    /// What differs from row to row.
    ///
    /// @param workers of the balancer
    /// @param connections of each
    /// @param lanMtu of the servers' link; that of the clients' is 1500
    /// @param options of the balancer
    record Settings(
            int workers, int connections, int lanMtu, UnaryOperator<BalancerBuilder> options) {
        static final Settings USUAL = new Settings(1, 1024, 1500, options -> options);

        Settings withWorkers(int number) {
            return new Settings(number, connections, lanMtu, options);
        }

        Settings withConnections(int number) {
            return new Settings(workers, number, lanMtu, options);
        }

        Settings withLanMtu(int mtu) {
            return new Settings(workers, connections, mtu, options);
        }

        Settings with(UnaryOperator<BalancerBuilder> others) {
            return new Settings(workers, connections, lanMtu, others);
        }
    }

    private final PacketIo io;
    private final ManualClock clock = new ManualClock();
    private final FullNatBalancer balancer;
    private long taken;
    private boolean stopped;

    OutcomeBench(PacketIo io, Settings settings) {
        this.io = io;
        balancer =
                settings.options
                        .apply(
                                FullNatBalancer.builder(io)
                                        .workers(settings.workers)
                                        .connections(settings.connections)
                                        .clock(clock)
                                        .seed(42))
                        .build();
    }

    /// Sends a frame at a far end.
    abstract void transmit(boolean fromClient, byte[] frame);

    /// What has come out at the far ends by now.
    abstract List<byte[]> arrived();

    /// Takes the clients' link down, for as long as the bench is used.
    abstract void cutClients();

    /// Addresses, a default route through the clients' gateway, a TCP and a UDP service with one
    /// server each; neighbours are configured and addresses announced, so there is no ARP.
    OutcomeBench configured() {
        apply(
                new Change.AddAddress(InterfaceAddress.of("192.0.2.1/24", "wan")),
                new Change.AddAddress(InterfaceAddress.of(VIP + "/32", "wan")),
                new Change.AddAddress(InterfaceAddress.of("10.0.1.1/24", "lan")),
                new Change.AddRoute(Route.via("0.0.0.0/0", GATEWAY, "wan")),
                new Change.AddService(service(TCP, 8080)),
                new Change.AddService(service(UDP, 5353)));
        pass(Duration.ofSeconds(3)); // addresses are announced again after two
        apply(neighbour(GATEWAY, CLIENT_MAC, "wan"), neighbour(SERVER, SERVER_MAC, "lan"));
        out();
        return this;
    }

    private static VirtualService service(ServiceKey key, int port) {
        return VirtualService.of(key)
                .withScheduler("rr")
                .withRealServer(RealServer.of(SERVER, port))
                .withLocalAddress(LocalAddress.of(LOCAL, "lan"));
    }

    private static Change neighbour(String address, String mac, String device) {
        return new Change.SetNeighbour(
                new Neighbour(IpAddress.parse(address), MacAddress.parse(mac), device));
    }

    static PacketBuilder fromClient() {
        return PacketBuilder.ethernet(CLIENT_MAC, WAN_MAC).ipv4(CLIENT, VIP);
    }

    static PacketBuilder fromServer() {
        return PacketBuilder.ethernet(SERVER_MAC, LAN_MAC).ipv4(SERVER, LOCAL);
    }

    void apply(Change... changes) {
        CompletableFuture<Void> done = balancer.control().submit(List.of(changes));
        runUntil("the change", done::isDone);
        done.join();
    }

    /// Lets time pass in steps of a tenth of a second.
    void pass(Duration time) {
        for (long tenths = time.toMillis() / 100; tenths > 0; tenths--) {
            clock.advance(Duration.ofMillis(100));
            run();
        }
    }

    /// Runs the balancer until it has nothing to do.
    private void run() {
        if (stopped) {
            return;
        }
        for (int idle = 0, turns = 0; idle < 3; turns++) {
            idle = balancer.doWork() == 0 ? idle + 1 : 0;
            assertThat(turns).as("duty cycles").isLessThan(1_000_000);
        }
    }

    private void runUntil(String what, BooleanSupplier happened) {
        long start = System.nanoTime();
        run();
        while (!happened.getAsBoolean()) {
            assertThat(System.nanoTime() - start).as("ns until %s", what).isLessThan(PATIENCE_NS);
            LockSupport.parkNanos(1);
            run();
        }
    }

    /// Sends a frame from the client's side and returns what came out on either.
    List<byte[]> clientSends(PacketBuilder frame) {
        return sends(true, frame);
    }

    List<byte[]> serverSends(PacketBuilder frame) {
        return sends(false, frame);
    }

    private List<byte[]> sends(boolean fromClient, PacketBuilder frame) {
        long before = count(Counter.RECEIVED);
        transmit(fromClient, frame.toBytes());
        runUntil("the frame is received", () -> count(Counter.RECEIVED) > before);
        return out();
    }

    /// Takes as many frames as the balancer has sent, and whatever else there is.
    List<byte[]> out() {
        List<byte[]> frames = new ArrayList<>();
        runUntil(
                "what was sent arrives",
                () -> {
                    frames.addAll(arrived());
                    return taken + frames.size() >= count(Counter.SENT);
                });
        taken += frames.size();
        assertThat(taken).as("frames that arrived").isEqualTo(count(Counter.SENT));
        return frames;
    }

    /// Ends the balancer, its counters stay.
    void stop() {
        stopped = true;
        balancer.close();
    }

    long count(Outcome outcome) {
        return balancer.counters().total(outcome);
    }

    long count(Counter counter) {
        return balancer.counters().total(counter);
    }

    @Override
    public void close() {
        stop();
        long ended = 0;
        for (Outcome outcome : Outcome.values()) {
            ended += outcome.kind() == Outcome.Kind.MOVED ? 0 : count(outcome);
        }
        assertThat(ended).as("each packet has ended").isEqualTo(count(Counter.RECEIVED));
        arrived();
        long lost = io.buffers(0).inUse();
        io.close();
        assertThat(lost).as("buffers not given back").isZero();
    }
}
