// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.ManualClock;
import io.fullnat.core.memoryio.Impairment;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.memoryio.PortSettings;
import io.fullnat.testing.Seed;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;

/// A client and a server at the ends of one wire, each with the addresses of both families.
final class TwoHosts implements AutoCloseable {
    private static final Duration STEP = Duration.ofMillis(1);

    final ManualClock clock = new ManualClock();
    final InMemoryIo io;
    final SimulatedHost client;
    final SimulatedHost server;

    private TwoHosts(
            UnaryOperator<Impairment> impairment, UnaryOperator<PortSettings> settings, long seed) {
        io =
                InMemoryIo.builder()
                        .wire(
                                settings.apply(PortSettings.of("client", "02:00:00:00:00:01")),
                                settings.apply(PortSettings.of("server", "02:00:00:00:00:02")),
                                impairment.apply(Impairment.seeded(seed, clock)))
                        .open();
        client =
                SimulatedHost.at(io.wire("client").near(), io.buffers())
                        .address(HostFamily.IPV4.client + "/24")
                        .address(HostFamily.IPV6.client + "/64")
                        .seed(seed)
                        .start();
        server =
                SimulatedHost.at(io.wire("client").far(), io.buffers())
                        .address(HostFamily.IPV4.server + "/24")
                        .address(HostFamily.IPV6.server + "/64")
                        .seed(seed + 1)
                        .start();
    }

    static TwoHosts onGoodWire() {
        return new TwoHosts(UnaryOperator.identity(), UnaryOperator.identity(), Seed.value());
    }

    static TwoHosts onGoodWire(UnaryOperator<PortSettings> settings) {
        return new TwoHosts(UnaryOperator.identity(), settings, Seed.value());
    }

    static TwoHosts onBadWire(long seed, UnaryOperator<Impairment> impairment) {
        return new TwoHosts(impairment, UnaryOperator.identity(), seed);
    }

    /// Lets time pass.
    void run(Duration time) {
        long endNs = clock.nanoTime() + time.toNanos();
        runUntil(() -> clock.nanoTime() >= endNs, time.plus(STEP));
    }

    /// Lets time pass until something is so, and fails if it takes too long.
    void runUntil(BooleanSupplier condition, Duration limit) {
        long endNs = clock.nanoTime() + limit.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(clock.nanoTime())
                    .as("time; client %s; server %s", client.counters(), server.counters())
                    .isLessThan(endNs);
            int work = 1;
            while (work > 0 && !condition.getAsBoolean()) {
                work = client.doWork(clock.nanoTime()) + server.doWork(clock.nanoTime());
            }
            clock.advance(STEP);
        }
    }

    /// What must hold after every scenario: all buffers are back, and no packet was broken.
    void assertClean() {
        run(Duration.ofSeconds(5));
        assertThat(io.buffers().inUse()).as("buffers in use").isZero();
        for (SimulatedHost host : new SimulatedHost[] {client, server}) {
            assertThat(host.counters().badChecksums()).as("bad checksums of %s", host).isZero();
            assertThat(host.counters().malformed()).as("malformed at %s", host).isZero();
        }
    }

    @Override
    public void close() {
        io.close();
    }
}
