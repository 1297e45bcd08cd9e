// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fullnat.api.BalancerException;
import io.fullnat.api.Endpoint;
import io.fullnat.api.Protocol;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.Control;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.Persistence;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServiceLimits;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.TrafficLimit;
import io.fullnat.api.service.TrafficLimit.Unit;
import io.fullnat.api.service.VirtualService;
import io.fullnat.demo.lab.Lab;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// A real iperf3: it agrees with a server over one connection and measures by others, which must
/// meet the same server.
@NetworkTest
class IperfIT {
    private static final int PORT = 5201;
    private static final Endpoint VIRTUAL = new Endpoint(Lab.VIRTUAL, PORT);
    private static final ServiceKey TCP = new ServiceKey(Protocol.TCP, VIRTUAL);
    private static final ServiceKey UDP = new ServiceKey(Protocol.UDP, VIRTUAL);

    private final Scene scene = new Scene(1, 1);
    private final List<Process> servers = new ArrayList<>();

    @AfterEach
    void close() {
        servers.forEach(server -> server.destroyForcibly().onExit().join());
        scene.close();
    }

    private Control control() {
        return scene.balancer.engine().control();
    }

    private void startServer(int number) throws Exception {
        servers.add(
                new ProcessBuilder(
                                "ip",
                                "netns",
                                "exec",
                                scene.lab.server(number).name(),
                                "iperf3",
                                "--server",
                                "--bind",
                                Lab.serverAddress(number).toString())
                        .redirectErrorStream(true)
                        .redirectOutput(Redirect.DISCARD)
                        .start());
        scene.lab
                .server(number)
                .call(() -> {
                    awaitListener(number);
                    return true;
                });
    }

    private static void awaitListener(int number) throws InterruptedException {
        for (int tries = 0; ; tries++) {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(Lab.serverAddress(number).toString(), PORT));
                return;
            } catch (IOException notYet) {
                assertThat(tries).as("iperf3 listens").isLessThan(500);
                Thread.sleep(10);
            }
        }
    }

    private static VirtualService service(ServiceKey key, ServicePolicy policy, int... numbers) {
        VirtualService service =
                VirtualService.of(key)
                        .withScheduler("rr")
                        .withPolicy(policy)
                        .withLocalAddress(
                                LocalAddress.of(Lab.LOCAL.getFirst().toString(), "inside"));
        for (int number : numbers) {
            service =
                    service.withRealServer(
                            RealServer.of(new Endpoint(Lab.serverAddress(number), PORT)));
        }
        return service;
    }

    private JsonNode measure(String... more) throws IOException {
        List<String> words =
                new ArrayList<>(
                        List.of(
                                "timeout",
                                "20",
                                "iperf3",
                                "--client",
                                Lab.VIRTUAL.toString(),
                                "--json",
                                "--connect-timeout",
                                "2000"));
        words.addAll(List.of(more));
        return new ObjectMapper()
                .readTree(scene.lab.client().execute(words.toArray(String[]::new)));
    }

    @Test
    void measuresOneOfTwoServersWithPersistence() throws Exception {
        NetworkCondition.require("iperf3");
        startServer(1);
        startServer(2);
        Persistence minutes = Persistence.of(Duration.ofMinutes(5));
        control()
                .apply(
                        new Change.AddService(
                                service(
                                        TCP,
                                        ServicePolicy.DEFAULT.withPersistence(Optional.of(minutes)),
                                        1,
                                        2)));
        for (String direction : List.of("--parallel=2", "--reverse")) {
            JsonNode sums = measure("--time", "2", direction).path("end");
            long sent = sums.path("sum_sent").path("bytes").asLong();
            long received = sums.path("sum_received").path("bytes").asLong();
            assertThat(received).as(sums.toString()).isBetween(1L, sent);
        }
    }

    @Test
    void withoutItsConnectionsAreOfTwoServersAndMeasureNothing() throws Exception {
        NetworkCondition.require("iperf3");
        startServer(1);
        startServer(2);
        control().apply(new Change.AddService(service(TCP, ServicePolicy.DEFAULT, 1, 2)));
        assertThatThrownBy(() -> measure("--time", "1")).isInstanceOf(BalancerException.class);
        assertThat(control().status(TCP).orElseThrow().realServers())
                .as("each has got a connection")
                .hasSize(2)
                .allMatch(server -> server.traffic().connections() > 0);
    }

    /// Five times as much is offered as may pass.
    @Test
    void measuresTheBandwidthThatIsSet() throws Exception {
        NetworkCondition.require("iperf3");
        startServer(1);
        TrafficLimit limit = TrafficLimit.parse(Unit.BITS, "20M,400k");
        control()
                .apply(
                        new Change.AddService(service(TCP, ServicePolicy.DEFAULT, 1)),
                        new Change.AddService(
                                service(
                                        UDP,
                                        ServicePolicy.DEFAULT.withLimits(
                                                ServiceLimits.NONE.withBandwidth(
                                                        Optional.of(limit))),
                                        1)));
        JsonNode sum =
                measure("--udp", "--bitrate", "100M", "--length", "1172", "--time", "4")
                        .path("end")
                        .path("sum");
        double passed = 1 - sum.path("lost_percent").asDouble() / 100;
        double bits = sum.path("bits_per_second").asDouble() * passed * 1200 / 1172;
        assertThat(bits).as(sum.toString()).isBetween(1.0, 20e6 * 1.07);
        assertThat(scene.balancer.engine().counters().total(Outcome.BANDWIDTH_LIMITED))
                .isPositive();
    }
}
