// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer;

import io.fullnat.api.Endpoint;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.Control;
import io.fullnat.api.counter.CountersReader;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.balancer.cli.Commands;
import io.fullnat.balancer.config.ApiSettings;
import io.fullnat.balancer.run.Operations;
import io.fullnat.balancer.server.ApiServer;
import io.fullnat.core.FullNatBalancer;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.memoryio.PortSettings;
import io.fullnat.core.simulation.SimulatedHost;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A balancer in memory at a socket, with a client that asks one of its services a few hundred
/// times a second, over UDP, and one port where nobody answers.
final class TrafficFixture implements AutoCloseable {
    static final int SERVICES = 30;

    private final InMemoryIo io =
            InMemoryIo.builder()
                    .buffers(8192)
                    .wire(
                            PortSettings.of("wan", "02:00:00:00:01:01"),
                            PortSettings.of("client", "02:00:00:00:01:02"))
                    .wire(
                            PortSettings.of("lan", "02:00:00:00:02:01"),
                            PortSettings.of("server", "02:00:00:00:02:02"))
                    .open();
    private final FullNatBalancer balancer =
            FullNatBalancer.builder(io).workers(1).connections(4096).start();
    private final ApiServer server;
    private final Thread hosts = new Thread(this::play, "hosts");
    private volatile boolean over;

    TrafficFixture(Path socket) {
        balancer.network().addAddress(InterfaceAddress.of("192.0.2.80/24", "wan"));
        balancer.network().addAddress(InterfaceAddress.of("10.0.1.1/24", "lan"));
        List<Change> changes = new ArrayList<>();
        changes.add(new Change.AddService(service(ServiceKey.udp("192.0.2.80", 53))));
        for (int port = 1; port < SERVICES; port++) {
            changes.add(new Change.AddService(service(ServiceKey.tcp("192.0.2.80", port))));
        }
        balancer.control().apply(present -> changes);
        ApiSettings settings = new ApiSettings(Optional.of(socket), Optional.empty());
        Operations operations = new FixedOperations(balancer.control(), balancer.counters(), io);
        server = ApiServer.start(settings, operations, Commands.over(operations));
        hosts.start();
    }

    private static VirtualService service(ServiceKey key) {
        return VirtualService.of(key)
                .withScheduler("rr")
                .withRealServer(RealServer.of("10.0.1.11", 5353))
                .withRealServer(RealServer.of("10.0.1.12", 5353).withWeight(0))
                .withLocalAddress(LocalAddress.of("10.0.1.101", "lan"));
    }

    private void play() {
        SimulatedHost client =
                SimulatedHost.at(io.wire("client").far(), io.buffers())
                        .address("192.0.2.10/24")
                        .start();
        SimulatedHost answering =
                SimulatedHost.at(io.wire("server").far(), io.buffers())
                        .address("10.0.1.11/24")
                        .start();
        answering
                .udp()
                .bind(5353, asked -> answering.udp().send(5353, asked.peer(), new byte[200]));
        int port = 20_000;
        long next = System.nanoTime();
        while (!over) {
            long now = System.nanoTime();
            if (now - next >= 0) {
                next = now + 3_000_000;
                port = port == 20_999 ? 20_000 : port + 1;
                client.udp().send(port, Endpoint.of("192.0.2.80", 53), new byte[100]);
                client.udp().send(port, Endpoint.of("192.0.2.80", 9), new byte[100]);
            }
            client.doWork(now);
            answering.doWork(now);
            java.util.concurrent.locks.LockSupport.parkNanos(500_000);
        }
    }

    Control control() {
        return balancer.control();
    }

    CountersReader counters() {
        return balancer.counters();
    }

    @Override
    public void close() {
        over = true;
        try {
            hosts.join();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        server.close();
        balancer.close();
        io.close();
    }
}
