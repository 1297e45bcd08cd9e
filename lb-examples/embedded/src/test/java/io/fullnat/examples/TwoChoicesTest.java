// SPDX-License-Identifier: Apache-2.0
package io.fullnat.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.ManualClock;
import io.fullnat.api.Protocol;
import io.fullnat.api.control.Change;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.service.ConnectionRequest;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.SchedulerContext;
import io.fullnat.api.service.SchedulerFactory;
import io.fullnat.api.service.ServerLoads;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.FullNatBalancer;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.memoryio.PortSettings;
import io.fullnat.core.simulation.RequestClient;
import io.fullnat.core.simulation.RequestLoad;
import io.fullnat.core.simulation.RequestServer;
import io.fullnat.core.simulation.SimulatedHost;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class TwoChoicesTest {
    private static final SchedulerContext CONTEXT =
            new SchedulerContext(0, 1, 42, ServiceKey.tcp("192.0.2.80", 80), Map.of());
    private static final List<RealServer> SERVERS =
            List.of(
                    RealServer.of("203.0.113.11", 80),
                    RealServer.of("203.0.113.12", 80),
                    RealServer.of("203.0.113.13", 80));

    @Test
    void keepsServersAlmostEquallyBusy() {
        Loads loads = new Loads(true, true, true);
        Scheduler scheduler = new TwoChoices().create(SERVERS, CONTEXT);

        for (int i = 0; i < 3000; i++) {
            loads.connections[scheduler.select(new Request(), loads)]++;
        }

        assertThat(loads.connections)
                .satisfies(all -> assertThat(IntStream.of(all)).allMatch(n -> n > 990 && n < 1010));
    }

    @Test
    void choosesUsableServersOnly() {
        Scheduler scheduler = new TwoChoices().create(SERVERS, CONTEXT);

        assertThat(IntStream.range(0, 100))
                .allMatch(i -> scheduler.select(new Request(), new Loads(false, false, true)) == 2);
        assertThat(scheduler.select(new Request(), new Loads(false, false, false)))
                .isEqualTo(Scheduler.NONE);
    }

    /// As the balancer `fullnat` looks for schedulers.
    @Test
    void isFoundByTheServiceLoader() {
        assertThat(ServiceLoader.load(SchedulerFactory.class))
                .singleElement()
                .isInstanceOf(TwoChoices.class)
                .extracting(SchedulerFactory::name)
                .isEqualTo("two-choices");
    }

    @Test
    void servesAServiceThatNamesIt() {
        ManualClock clock = new ManualClock();
        try (InMemoryIo io =
                        InMemoryIo.builder()
                                .wire(
                                        PortSettings.of("outside", "02:00:00:00:01:01"),
                                        PortSettings.of("client", "02:00:00:00:01:02"))
                                .wire(
                                        PortSettings.of("inside", "02:00:00:00:02:01"),
                                        PortSettings.of("server", "02:00:00:00:02:02"))
                                .open();
                FullNatBalancer balancer =
                        FullNatBalancer.builder(io)
                                .clock(clock)
                                .connections(1000)
                                .scheduler(new TwoChoices())
                                .build()) {
            CompletableFuture<Void> configured = balancer.control().submit(changes());
            SimulatedHost client =
                    SimulatedHost.at(io.wire("client").far(), io.buffers())
                            .address("192.0.2.10/24")
                            .start();
            SimulatedHost server =
                    SimulatedHost.at(io.wire("server").far(), io.buffers())
                            .address("203.0.113.11/24")
                            .address("203.0.113.12/24")
                            .address("203.0.113.13/24")
                            .start();
            server.tcp().listen(80, RequestServer::new);
            RequestClient requests =
                    new RequestClient(
                            client,
                            Endpoint.of("192.0.2.80", 80),
                            new RequestLoad(300, 30, 1, 1000, 7));
            while (!configured.isDone()) {
                balancer.doWork();
            }
            configured.join();

            requests.start();
            while (!requests.isDone()) {
                balancer.doWork();
                client.doWork(clock.nanoTime());
                server.doWork(clock.nanoTime());
                clock.advance(Duration.ofMillis(1));
            }

            assertThat(requests.failures()).isEmpty();
            assertThat(balancer.services().list().getFirst().realServers())
                    .hasSize(3)
                    .allSatisfy(status ->
                            assertThat(status.traffic().connections()).isBetween(80L, 120L));
        }
    }

    private static List<Change> changes() {
        return List.of(
                new Change.AddAddress(InterfaceAddress.of("192.0.2.80/24", "outside")),
                new Change.AddAddress(InterfaceAddress.of("203.0.113.1/24", "inside")),
                new Change.AddService(
                        VirtualService.of(ServiceKey.tcp("192.0.2.80", 80))
                                .withScheduler("two-choices")
                                .withRealServers(SERVERS)
                                .withLocalAddress(LocalAddress.of("203.0.113.101", "inside"))));
    }

    private record Request() implements ConnectionRequest {
        @Override
        public Protocol protocol() {
            return Protocol.TCP;
        }

        @Override
        public long clientAddressHigh() {
            return 0;
        }

        @Override
        public long clientAddressLow() {
            return 0xFFFF_C000_0201L;
        }

        @Override
        public int clientPort() {
            return 1024;
        }

        @Override
        public long destinationAddressHigh() {
            return 0;
        }

        @Override
        public long destinationAddressLow() {
            return 0xFFFF_C000_0250L;
        }

        @Override
        public int destinationPort() {
            return 80;
        }
    }

    private static final class Loads implements ServerLoads {
        private final boolean[] usable;
        private final int[] connections;

        private Loads(boolean... usable) {
            this.usable = usable;
            connections = new int[usable.length];
        }

        @Override
        public boolean isUsable(int server) {
            return usable[server];
        }

        @Override
        public int activeConnections(int server) {
            return connections[server];
        }

        @Override
        public int inactiveConnections(int server) {
            return 0;
        }
    }
}
