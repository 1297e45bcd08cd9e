// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.ManualClock;
import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.api.io.PacketPort;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Route;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.memoryio.Impairment;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.memoryio.PortSettings;
import io.fullnat.core.simulation.RequestServer;
import io.fullnat.core.simulation.SimulatedHost;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;

/// A client, a balancer and two servers with stacks of their own, of both families, on wires that
/// may lose, double and reorder frames. The services are of one [FamilyPair]. Unless the balancer
/// has threads of its own, all is driven by one thread and a manual clock: a seed repeats
/// everything.
final class Topology implements AutoCloseable {
    private static final Duration STEP = Duration.ofNanos(200_000);
    private static final Duration LONG_STEP = Duration.ofMillis(5);

    final FamilyPair families;
    final ServiceKey web;
    final ServiceKey echo;
    final long seed;
    final ManualClock clock = new ManualClock();
    final InMemoryIo io;
    final FullNatBalancer balancer;
    final SimulatedHost client;
    final SimulatedHost first;
    final SimulatedHost second;

    private final boolean threaded;
    private long lastNs = System.nanoTime();

    /// A topology on clean wires whose balancer runs on threads of its own; a step drives the hosts
    /// and the clock, which then goes as fast as a real one.
    static Topology threaded(int workers, long seed) {
        return new Topology(FamilyPair.V4_TO_V4, workers, 0, seed, true, 1, 1);
    }

    /// Builds the topology.
    ///
    /// @param families of the services
    /// @param workers of the balancer
    /// @param harm probability of loss and of duplication on each wire; above 0, frames are also
    ///   delayed at random, and so reordered
    Topology(FamilyPair families, int workers, double harm, long seed, int... weights) {
        this(families, workers, harm, seed, false, weights);
    }

    private Topology(
            FamilyPair families,
            int workers,
            double harm,
            long seed,
            boolean threaded,
            int... weights) {
        this.families = families;
        web = ServiceKey.tcp(families.vip(), 80);
        echo = ServiceKey.udp(families.vip(), 7);
        this.seed = seed;
        this.threaded = threaded;
        io =
                InMemoryIo.builder()
                        .buffers(32_768)
                        .wire(near("wan", 1, workers), far("client", 1), impairment(harm, 1))
                        .wire(near("lan1", 2, workers), far("server1", 2), impairment(harm, 2))
                        .wire(near("lan2", 3, workers), far("server2", 3), impairment(harm, 3))
                        .open();
        BalancerBuilder builder =
                FullNatBalancer.builder(io)
                        .workers(workers)
                        .connections(16_384)
                        .clock(clock)
                        .seed(seed);
        balancer = threaded ? builder.start() : builder.build();
        client = host("wan", "198.51.100.%s/24", "2001:db8:c::%s/64", 7);
        first = server("lan1", "10.0.1.%s/24", "2001:db8:1::%s/64", 11);
        second = server("lan2", "10.0.2.%s/24", "2001:db8:2::%s/64", 12);
        apply(
                new Change.AddAddress(InterfaceAddress.of("198.51.100.1/24", "wan")),
                new Change.AddAddress(InterfaceAddress.of("2001:db8:c::1/64", "wan")),
                new Change.AddAddress(InterfaceAddress.of("10.0.1.1/24", "lan1")),
                new Change.AddAddress(InterfaceAddress.of("2001:db8:1::1/64", "lan1")),
                new Change.AddAddress(InterfaceAddress.of("10.0.2.1/24", "lan2")),
                new Change.AddAddress(InterfaceAddress.of("2001:db8:2::1/64", "lan2")),
                new Change.AddRoute(Route.onLink("203.0.113.0/24", "wan")),
                new Change.AddService(service(web, 8080, weights)),
                new Change.AddService(service(echo, 7, 1, 1)));
        if (families.servers == FamilyPair.Side.V6) {
            runFor(Duration.ofSeconds(3)); // nobody objects to local addresses
        }
    }

    private static PortSettings near(String name, int number, int workers) {
        return PortSettings.of(name, "02:00:00:00:00:0" + number).withQueues(workers);
    }

    private static PortSettings far(String name, int number) {
        return PortSettings.of(name, "02:00:00:00:01:0" + number);
    }

    private Impairment impairment(double harm, int wire) {
        Impairment impairment = Impairment.seeded(seed + wire, clock);
        return harm == 0
                ? impairment
                : impairment
                        .withLoss(harm)
                        .withDuplication(harm)
                        .withDelay(0, Duration.ofMillis(1).toNanos());
    }

    /// @param ipv4 address and prefix length, but for the host's number; the gateway's is 1
    private SimulatedHost host(String wire, String ipv4, String ipv6, int number) {
        return SimulatedHost.at(io.wire(wire).far(), io.buffers())
                .address(ipv4.formatted(number))
                .gateway(gateway(ipv4))
                .address(ipv6.formatted(number))
                .gateway(gateway(ipv6))
                .seed(seed)
                .start();
    }

    private static String gateway(String prefix) {
        return prefix.substring(0, prefix.indexOf('/')).formatted(1);
    }

    private SimulatedHost server(String wire, String ipv4, String ipv6, int number) {
        SimulatedHost server = host(wire, ipv4, ipv6, number);
        server.tcp().listen(8080, RequestServer::new);
        server.udp().echo(7);
        return server;
    }

    private VirtualService service(ServiceKey key, int port, int... weights) {
        VirtualService service = VirtualService.of(key).withScheduler("wrr");
        for (int i = 0; i < weights.length; i++) {
            RealServer server = RealServer.of(families.servers().get(i), port);
            service = service.withRealServer(server.withWeight(weights[i]));
        }
        for (String local : families.locals()) {
            service = service.withLocalAddress(LocalAddress.of(local, "lan1"));
        }
        return service;
    }

    void apply(Change... changes) {
        CompletableFuture<Void> done = balancer.control().submit(List.of(changes));
        runUntil(done::isDone, Duration.ofSeconds(5));
        done.join();
    }

    /// Lets all work and time pass until something has happened.
    void runUntil(BooleanSupplier happened, Duration atMost) {
        long end = clock.nanoTime() + atMost.toNanos();
        while (!happened.getAsBoolean()) {
            assertThat(clock.nanoTime()).as("time is over, seed %d", seed).isLessThan(end);
            step();
        }
    }

    void runFor(Duration time) {
        long end = clock.nanoTime() + time.toNanos();
        while (clock.nanoTime() < end) {
            step();
        }
    }

    /// As [#runFor(Duration)], in longer steps: for times in which little but timers happens.
    void rest(Duration time) {
        long end = clock.nanoTime() + time.toNanos();
        while (clock.nanoTime() < end) {
            step(LONG_STEP);
        }
    }

    void step() {
        step(STEP);
    }

    private void step(Duration time) {
        clock.advance(threaded ? sinceLastStep() : time);
        long now = clock.nanoTime();
        client.doWork(now);
        if (!threaded) {
            balancer.doWork();
        }
        first.doWork(now);
        second.doWork(now);
    }

    private Duration sinceLastStep() {
        long now = System.nanoTime();
        long passed = now - lastNs;
        lastNs = now;
        return Duration.ofNanos(passed);
    }

    long badChecksums() {
        return client.counters().badChecksums()
                + first.counters().badChecksums()
                + second.counters().badChecksums();
    }

    @Override
    public void close() {
        assertThat(badChecksums()).as("bad checksums, seed %d", seed).isZero();
        balancer.close();
        Rig.assertAllCounted(balancer.counters());
        assertThat(balancer.counters().total(Counter.FAULTS)).isZero();
        runOut();
        assertThat(io.buffers().inUse()).as("buffers not given back, seed %d", seed).isZero();
        io.close();
    }

    /// Hosts take what is still on the wires.
    private void runOut() {
        for (int i = 0; i < 100; i++) {
            clock.advance(Duration.ofMillis(1));
            for (var wire : io.wires()) {
                drain(wire.near());
                drain(wire.far());
            }
        }
    }

    private void drain(PacketPort port) {
        var burst = new PacketBurst(64);
        for (int queue = 0; queue < port.queueCount(); queue++) {
            while (port.queue(queue).receive(burst) > 0) {
                io.buffers().freeAll(burst);
            }
        }
    }
}
