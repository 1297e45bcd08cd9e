// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.ManualClock;
import io.fullnat.api.control.Change;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Route;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.FullNatBalancer;
import io.fullnat.core.memoryio.Impairment;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.memoryio.PortSettings;
import io.fullnat.core.packet.Tcp;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;

/// A client's host, a balancer and a host of servers, driven by one thread and a manual clock.
final class SimulatedSite implements AutoCloseable {
    private static final Duration STEP = Duration.ofMillis(1);
    private static final Duration LONG = Duration.ofMinutes(30);

    final FullNatBalancer balancer;
    final SimulatedHost client;
    final SimulatedHost servers;

    /// The most bytes that are put in front of a client's stream, of which its window knows
    /// nothing.
    int mostInFront;

    private final ManualClock clock = new ManualClock();
    private final InMemoryIo io;

    /// @param seed of wires, balancer and hosts
    /// @param impairment of both wires
    /// @param clientAddresses with prefix lengths
    /// @param serverAddresses likewise
    SimulatedSite(
            int workers,
            long seed,
            UnaryOperator<Impairment> impairment,
            List<String> clientAddresses,
            List<String> serverAddresses) {
        this(workers, 1500, seed, impairment, clientAddresses, serverAddresses);
    }

    /// @param mtu of both wires
    SimulatedSite(
            int workers,
            int mtu,
            long seed,
            UnaryOperator<Impairment> impairment,
            List<String> clientAddresses,
            List<String> serverAddresses) {
        io =
                InMemoryIo.builder()
                        .buffers(8192)
                        .dataCapacity(Math.max(2048, mtu + 256))
                        .wire(
                                PortSettings.of("wan", "02:00:00:00:00:01")
                                        .withQueues(workers)
                                        .withMtu(mtu),
                                PortSettings.of("client", "02:00:00:00:00:c1").withMtu(mtu),
                                impairment.apply(Impairment.seeded(seed, clock)))
                        .wire(
                                PortSettings.of("lan", "02:00:00:00:00:02")
                                        .withQueues(workers)
                                        .withMtu(mtu),
                                PortSettings.of("servers", "02:00:00:00:00:51").withMtu(mtu),
                                impairment.apply(Impairment.seeded(seed + 1000, clock)))
                        .open();
        balancer =
                FullNatBalancer.builder(io)
                        .workers(workers)
                        .connections(4096)
                        .clock(clock)
                        .seed(seed)
                        .build();
        client = host("client", seed, clientAddresses);
        servers = host("servers", seed + 1, serverAddresses);
    }

    /// One whose hosts have an address of each family, as the balancer has on both sides: services
    /// may be at [#vip(boolean)], with what [#service] gives them.
    ///
    /// @param mtu of both wires
    static SimulatedSite ofBothFamilies(
            int workers, int mtu, long seed, UnaryOperator<Impairment> impairment) {
        SimulatedSite site =
                new SimulatedSite(
                        workers,
                        mtu,
                        seed,
                        impairment,
                        List.of("192.0.2.7/24", "2001:db8:1::7/64"),
                        List.of("10.0.1.11/24", "fd00:1::11/64"));
        site.apply(
                new Change.AddAddress(InterfaceAddress.of("192.0.2.1/24", "wan")),
                new Change.AddAddress(InterfaceAddress.of(vip(false) + "/32", "wan")),
                new Change.AddAddress(InterfaceAddress.of("2001:db8:1::1/64", "wan")),
                new Change.AddAddress(InterfaceAddress.of(vip(true) + "/128", "wan")),
                new Change.AddAddress(InterfaceAddress.of("10.0.1.1/24", "lan")),
                new Change.AddAddress(InterfaceAddress.of("fd00:1::1/64", "lan")),
                new Change.AddRoute(Route.via("0.0.0.0/0", "192.0.2.7", "wan")),
                new Change.AddRoute(Route.via("::/0", "2001:db8:1::7", "wan")));
        return site;
    }

    /// The virtual address of a family.
    static String vip(boolean ipv6) {
        return ipv6 ? "2001:db8:1::80" : "192.0.2.80";
    }

    /// A service with the server of a family.
    static VirtualService service(ServiceKey key, boolean server6, int port) {
        return VirtualService.of(key)
                .withScheduler("rr")
                .withRealServer(RealServer.of(server6 ? "fd00:1::11" : "10.0.1.11", port))
                .withLocalAddress(LocalAddress.of(server6 ? "fd00:1::100" : "10.0.1.100", "lan"));
    }

    private SimulatedHost host(String wire, long seed, List<String> addresses) {
        var host = SimulatedHost.at(io.wire(wire).far(), io.buffers());
        addresses.forEach(host::address);
        return host.seed(seed).start();
    }

    /// Makes changes and waits for them.
    void apply(Change... changes) {
        CompletableFuture<Void> done = balancer.control().submit(List.of(changes));
        runUntil(done::isDone);
        done.join();
    }

    void runUntil(BooleanSupplier condition) {
        long endNs = clock.nanoTime() + LONG.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(clock.nanoTime())
                    .as("time; client %s; servers %s", client.counters(), servers.counters())
                    .isLessThan(endNs);
            for (int i = 0; i < 4; i++) {
                client.doWork(clock.nanoTime());
                balancer.doWork();
                servers.doWork(clock.nanoTime());
            }
            clock.advance(STEP);
        }
    }

    /// Lets both hosts, or one, have timestamps, or none.
    void stamp(RandomGenerator random) {
        stamp(random, random.nextInt(4) != 0);
    }

    /// @param servers whether the servers have them; clients may or may not
    void stamp(RandomGenerator random, boolean servers) {
        if (random.nextInt(4) != 0) {
            client.tcp().useTimestamps();
        }
        if (servers) {
            this.servers.tcp().useTimestamps();
        }
    }

    /// Lets each host have selective acknowledgement, a window scale, or not, cut anew what it
    /// sends again, and close its windows at times.
    void behave(RandomGenerator random) {
        for (SimulatedTcp tcp : List.of(client.tcp(), servers.tcp())) {
            if (random.nextInt(4) != 0) {
                tcp.acknowledgeSelectively();
            }
            if (random.nextInt(4) != 0) {
                tcp.scaleWindows(random.nextInt(Tcp.MAX_WINDOW_SCALE + 1), 300_000);
            }
            if (random.nextBoolean()) {
                tcp.cutAnew();
            }
            if (random.nextBoolean()) {
                tcp.closeWindows();
            }
        }
    }

    /// Lets time pass.
    void run(Duration time) {
        long endNs = clock.nanoTime() + time.toNanos();
        runUntil(() -> clock.nanoTime() >= endNs);
    }

    /// Lets all that is under way end, then looks for buffers that nobody gave back and for what
    /// the hosts found wrong.
    void assertClean() {
        run(Duration.ofSeconds(10));
        assertThat(io.buffers().inUse()).as("buffers in use").isZero();
        for (SimulatedHost host : List.of(client, servers)) {
            assertThat(host.counters().badChecksums()).as("bad at %s", host).isZero();
            assertThat(host.counters().malformed()).as("malformed at %s", host).isZero();
            assertThat(host.counters().unstamped()).as("unstamped at %s", host).isZero();
            assertThat(host.counters().wrongEchoes()).as("wrong echoes at %s", host).isZero();
            assertThat(host.counters().wrongBlocks()).as("wrong blocks at %s", host).isZero();
            assertThat(host.counters().beyondWindow())
                    .as("too much for %s", host)
                    .isLessThanOrEqualTo(mostInFront);
        }
    }

    /// What must hold too where nobody but the hosts decides where segments begin.
    void assertNothingCut() {
        for (SimulatedHost host : List.of(client, servers)) {
            assertThat(host.counters().cutBlocks()).as("cut blocks at %s", host).isZero();
        }
    }

    @Override
    public void close() {
        balancer.close();
        io.close();
    }
}
