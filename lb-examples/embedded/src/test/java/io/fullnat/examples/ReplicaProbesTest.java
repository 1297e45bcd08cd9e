// SPDX-License-Identifier: Apache-2.0
package io.fullnat.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.control.Change;
import io.fullnat.api.health.HealthProbe;
import io.fullnat.api.health.ProbeResult;
import io.fullnat.api.health.ProbeTarget;
import io.fullnat.api.health.ServerHealth;
import io.fullnat.api.health.TcpProbe;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.FullNatBalancer;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.memoryio.PortSettings;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class ReplicaProbesTest {
    private static final Path PAGE = Path.of("../../docs/health.md");
    private static final Path SOURCE =
            Path.of("src/main/java/io/fullnat/examples/ReplicaProbes.java");
    private static final ServiceKey DATABASE = ServiceKey.tcp("192.0.2.80", 5432);
    private static final RealServer FIRST = RealServer.of("203.0.113.11", 5432);
    private static final RealServer SECOND = RealServer.of("203.0.113.12", 5432);

    private final Map<Endpoint, Long> lags = new ConcurrentHashMap<>();
    private final ReplicaProbes probes = new ReplicaProbes(server -> lags.getOrDefault(server, 0L));

    @Test
    void aReplicaThatLagsBehindGetsNoConnections() throws Exception {
        try (InMemoryIo io =
                        InMemoryIo.builder()
                                .wire(
                                        PortSettings.of("port", "02:00:00:00:01:01"),
                                        PortSettings.of("far", "02:00:00:00:01:02"))
                                .open();
                FullNatBalancer balancer = FullNatBalancer.builder(io).probes(probes).start()) {
            lags.put(SECOND.endpoint(), 7L);
            balancer.control()
                    .apply(
                            new Change.AddAddress(InterfaceAddress.of("203.0.113.1/24", "port")),
                            new Change.AddService(
                                    VirtualService.of(DATABASE)
                                            .withRealServer(FIRST)
                                            .withRealServer(SECOND)
                                            .withLocalAddress(
                                                    LocalAddress.of("203.0.113.101", "port"))
                                            .withPolicy(
                                                    ServicePolicy.DEFAULT.withHealth(
                                                            ReplicaProbes.POLICY))));
            awaitState(balancer, FIRST, ServerHealth.State.UP);
            awaitState(balancer, SECOND, ServerHealth.State.DOWN);
            assertThat(health(balancer, SECOND).reason()).isEqualTo("replica: 7 s behind");
            assertThat(health(balancer, SECOND).use()).isEqualTo(ServerHealth.Use.OUT);
        }
    }

    private static ServerHealth health(FullNatBalancer balancer, RealServer server) {
        return balancer.control().status(DATABASE).orElseThrow().realServers().stream()
                .filter(each -> each.server().endpoint().equals(server.endpoint()))
                .findFirst()
                .orElseThrow()
                .health();
    }

    private static void awaitState(
            FullNatBalancer balancer, RealServer server, ServerHealth.State state)
            throws InterruptedException {
        while (health(balancer, server).active() != state) {
            Thread.sleep(10);
        }
    }

    @Test
    void allElseIsAskedAsUsual() throws Exception {
        HealthProbe usual = probes.create(new TcpProbe());
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            ProbeTarget target =
                    new ProbeTarget(
                            Endpoint.of("127.0.0.1", server.getLocalPort()),
                            Optional.empty(),
                            Duration.ofSeconds(30));
            assertThat(usual.probe(target)).isEqualTo(ProbeResult.passed("connected"));
        }
    }

    @Test
    void standsInThePageAsItIs() throws Exception {
        String source = Files.readString(SOURCE);
        int from = source.indexOf("// begin of docs/health.md's example\n");
        String code =
                source.substring(source.indexOf("///", from), source.indexOf("// end of", from));
        String page = Files.readString(PAGE);
        int begin = page.indexOf("```java\n") + "```java\n".length();

        assertThat(from).isNotNegative();
        assertThat(page.substring(begin, page.indexOf("```", begin))).isEqualTo(code);
        assertThat(page.indexOf("```java\n", begin)).as("a second snippet").isNegative();
    }
}
