// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.balancer.config.ConfigurationFile;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.simulation.RequestClient;
import io.fullnat.core.simulation.RequestLoad;
import io.fullnat.core.simulation.RequestServer;
import io.fullnat.core.simulation.SimulatedHost;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/// A running balancer with a configuration file, a client on one side and a host that is all
/// servers on the other. The hosts move when the test lets them.
final class RunningFixture implements AutoCloseable {
    private static final long PATIENCE_NS = Duration.ofMinutes(2).toNanos();

    final Path file;
    final RunningBalancer balancer;
    final SimulatedHost client;
    private final SimulatedHost servers;

    RunningFixture(Path folder, String yaml) {
        file = folder.resolve("fullnat.yaml");
        write(yaml);
        InMemoryIo io = StateDifferenceTest.open();
        client =
                SimulatedHost.at(io.wire("client").far(), io.buffers())
                        .address("198.51.100.10/24")
                        .gateway("198.51.100.1")
                        .start();
        SimulatedHost.Builder builder = SimulatedHost.at(io.wire("server").far(), io.buffers());
        for (int server = 11; server < 15; server++) {
            builder.address("203.0.113." + server + "/24");
        }
        servers = builder.start();
        servers.tcp().listen(80, RequestServer::new);
        balancer = RunningBalancer.start(io, ConfigurationFile.read(file), Optional.of(file));
    }

    void write(String yaml) {
        try {
            Files.writeString(file, yaml);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Connections that are all open at once and each ask many times.
    RequestClient requests(int connections, int each) {
        RequestClient requests =
                new RequestClient(
                        client,
                        Endpoint.of("192.0.2.80", 80),
                        new RequestLoad(connections, connections, each, 500, 7));
        requests.start();
        return requests;
    }

    void runUntil(BooleanSupplier done) {
        long startNs = System.nanoTime();
        while (!done.getAsBoolean()) {
            long nowNs = System.nanoTime();
            assertThat(nowNs - startNs).as("nothing goes on").isLessThan(PATIENCE_NS);
            if (client.doWork(nowNs) + servers.doWork(nowNs) == 0) {
                LockSupport.parkNanos(1);
            }
        }
    }

    @Override
    public void close() {
        balancer.close();
    }
}
