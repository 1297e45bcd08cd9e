// SPDX-License-Identifier: Apache-2.0
package io.fullnat.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.fullnat.api.Endpoint;
import io.fullnat.api.Ipv4Address;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.PacketIo;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.FullNatBalancer;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.memoryio.PortSettings;
import io.fullnat.core.micrometer.BalancerMetrics;
import io.fullnat.core.simulation.SimulatedHost;
import io.fullnat.dpdk.DpdkConfig;
import io.fullnat.dpdk.DpdkIo;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.agrona.concurrent.AgentRunner;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/// Runs the snippets of docs/embedding.md.
@Timeout(120)
final class EmbeddingTest {
    private static final ServiceKey DNS = ServiceKey.udp("192.0.2.80", 53);
    private static final RealServer SERVER = RealServer.of("203.0.113.11", 5353);
    private static final RealServer FRESH = RealServer.of("203.0.113.11", 5354);

    private final Logger log = (Logger) LoggerFactory.getLogger("io.fullnat.core");
    private final List<Integer> arrived = new ArrayList<>();
    private InMemoryIo io = open(1);
    private SimulatedHost client = client();
    private SimulatedHost server = server();
    private int clientPort = 40_000;

    private static InMemoryIo open(int queues) {
        return InMemoryIo.builder()
                .wire(
                        PortSettings.of("outside", "02:00:00:00:01:01").withQueues(queues),
                        PortSettings.of("client", "02:00:00:00:01:02"))
                .wire(
                        PortSettings.of("inside", "02:00:00:00:02:01").withQueues(queues),
                        PortSettings.of("server", "02:00:00:00:02:02"))
                .open();
    }

    private SimulatedHost client() {
        return SimulatedHost.at(io.wire("client").far(), io.buffers())
                .address("192.0.2.10/24")
                .start();
    }

    private SimulatedHost server() {
        SimulatedHost host =
                SimulatedHost.at(io.wire("server").far(), io.buffers())
                        .address("203.0.113.11/24")
                        .start();
        host.udp().bind(5353, datagram -> arrived.add(5353));
        host.udp().bind(5354, datagram -> arrived.add(5354));
        return host;
    }

    private void forTwoWorkers() {
        io.close();
        io = open(2);
        client = client();
        server = server();
    }

    @AfterEach
    void close() {
        io.close();
        log.setLevel(null);
    }

    private static void configure(FullNatBalancer balancer, String scheduler) {
        balancer.control()
                .apply(
                        new Change.AddAddress(InterfaceAddress.of("192.0.2.80/24", "outside")),
                        new Change.AddAddress(InterfaceAddress.of("203.0.113.1/24", "inside")),
                        new Change.AddService(
                                VirtualService.of(DNS)
                                        .withScheduler(scheduler)
                                        .withRealServer(SERVER)
                                        .withLocalAddress(
                                                LocalAddress.of("203.0.113.101", "inside"))));
    }

    private void await(BooleanSupplier what) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!what.getAsBoolean()) {
            assertThat(System.nanoTime() - end).as("it comes late").isNegative();
            client.doWork(System.nanoTime());
            server.doWork(System.nanoTime());
        }
    }

    private void send() {
        client.udp().send(clientPort++, Endpoint.of("192.0.2.80", 53), new byte[100]);
    }

    private void assertForwards() {
        int before = arrived.size();
        send();
        await(() -> arrived.size() > before);
    }

    @Test
    void itRunsOnTheApplicationsThreads() {
        forTwoWorkers();
        List<Thread> threads = new CopyOnWriteArrayList<>();
        try (ExecutorService callbacks = Executors.newSingleThreadExecutor();
                FullNatBalancer balancer =
                        Embedding.start(
                                io,
                                work -> {
                                    Thread made = new Thread(work);
                                    threads.add(made);
                                    return made;
                                },
                                callbacks)) {
            configure(balancer, "rr");
            assertForwards();
            assertThat(threads)
                    .extracting(Thread::getName)
                    .contains("edge-control", "edge-worker-0", "edge-worker-1");
        }
    }

    @Test
    void itRunsOnTheApplicationsRunners() {
        forTwoWorkers();
        FullNatBalancer balancer = FullNatBalancer.builder(io).workers(2).buildAgents();
        List<Throwable> errors = new CopyOnWriteArrayList<>();
        List<AgentRunner> runners = Embedding.run(balancer, errors::add);
        configure(balancer, "rr");
        assertForwards();
        balancer.close();
        runners.forEach(AgentRunner::close);
        assertThat(runners).hasSize(3);
        assertThat(errors).isEmpty();
    }

    @Test
    void theListenerIsTold() {
        log.setLevel(Level.OFF); // of links that are down
        ConcurrentLinkedQueue<String> alerts = new ConcurrentLinkedQueue<>();
        try (FullNatBalancer balancer = FullNatBalancer.builder(io).start()) {
            Embedding.tell(balancer, alerts::add);
            io.wire("inside").link(false);
            await(() -> alerts.contains("LINK_DOWN inside"));
            assertThat(Embedding.httpStatus(balancer)).isEqualTo(200);
            io.wire("outside").link(false);
            assertThat(Embedding.httpStatus(balancer)).isEqualTo(503);
            io.wire("inside").link(true);
            io.wire("outside").link(true);
            await(() -> alerts.contains("LINK_DOWN is over"));
        }
    }

    @Test
    void metersReadTheCounters() {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        try (FullNatBalancer balancer = FullNatBalancer.builder(io).start();
                BalancerMetrics metrics = Embedding.meters(balancer, registry)) {
            assertThat(metrics).isNotNull();
            configure(balancer, "rr");
            assertForwards();
            assertForwards();

            assertThat(
                            registry.get("fullnat.packets")
                                    .tag("outcome", Outcome.FORWARDED_IN.name())
                                    .functionCounter()
                                    .count())
                    .isEqualTo(2);
            await(() -> registry.get("fullnat.worker.connections").gauge().value() == 2);
            await(() -> registry.find("fullnat.service.connections").functionCounter() != null);
            assertThat(
                            registry.get("fullnat.service.connections")
                                    .tag("service", DNS.name())
                                    .functionCounter()
                                    .count())
                    .isEqualTo(2);
        }
    }

    @Test
    void aServiceGetsOtherServers() {
        try (FullNatBalancer balancer = FullNatBalancer.builder(io).start()) {
            configure(balancer, "wrr");
            VirtualService before = balancer.control().desired().service(DNS);

            Embedding.serveBy(balancer, DNS, List.of(FRESH));

            assertThat(balancer.control().desired().service(DNS))
                    .isEqualTo(before.withScheduler("rr").withRealServers(List.of(FRESH)));
            assertForwards();
        }
    }

    @Test
    void aRealServerIsReplaced() {
        try (FullNatBalancer balancer = FullNatBalancer.builder(io).start()) {
            configure(balancer, "rr");
            assertForwards();
            CompletableFuture<Void> replaced = Embedding.replace(balancer, DNS, SERVER, FRESH);
            var _ =
                    balancer.control()
                            .submit(List.of(new Change.EndConnections(ConnectionFilter.ALL)));
            await(replaced::isDone);

            assertThat(replaced).isCompleted();
            assertThat(balancer.control().status(DNS).orElseThrow().service().realServers())
                    .containsExactly(FRESH);
            assertForwards();
            assertThat(arrived).containsExactly(5353, 5354);
        }
    }

    @Test
    void onlyOneClientIsAdmitted() {
        Ipv4Address other = Ipv4Address.parse("192.0.2.11");
        try (FullNatBalancer balancer = Embedding.only(io, other)) {
            configure(balancer, "rr");
            send();
            await(() -> balancer.counters().total(Outcome.ACCESS_DENIED) == 1);
        }
        try (FullNatBalancer balancer = Embedding.only(io, Ipv4Address.parse("192.0.2.10"))) {
            configure(balancer, "rr");
            assertForwards();
        }
    }

    @Test
    void aSchedulerKeepsNetworksTogether() {
        try (FullNatBalancer balancer =
                FullNatBalancer.builder(io).scheduler(new Embedding.Sticky(0)).start()) {
            configure(balancer, "sticky");
            balancer.services().addRealServer(DNS, FRESH);
            for (int i = 0; i < 6; i++) {
                assertForwards(); // 192.0.2.10 is even: always the first
            }
            assertThat(arrived).containsOnly(5353);
            balancer.services().editRealServer(DNS, SERVER.withWeight(0));
            assertForwards();
            assertThat(arrived.getLast()).isEqualTo(5354);
        }
    }

    @Test
    void portsOfOnesOwnSeeEachPacket() {
        CountingIo ports = CountingIo.around(io);
        try (FullNatBalancer balancer = FullNatBalancer.builder(ports).start()) {
            configure(balancer, "rr");
            assertForwards();
        }
        assertThat(ports.bytes(0, 0)).isGreaterThanOrEqualTo(142);
    }

    /// Where DPDK is not to be had the snippet says why.
    @Test
    void dpdkIsAskedFirst() {
        DpdkConfig config =
                DpdkConfig.builder().buffers(4095).port("dpdk0", "net_null_embedding").build();
        String why = DpdkIo.unavailability().orElse("");
        if (why.isEmpty()) {
            try (PacketIo opened = Embedding.openPorts(config)) {
                assertThat(opened.ports()).hasSize(1);
            }
        } else {
            assertThatThrownBy(() -> Embedding.openPorts(config)).hasMessage(why);
        }
    }
}
