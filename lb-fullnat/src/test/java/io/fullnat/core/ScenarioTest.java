// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.RealServerStatus;
import io.fullnat.core.simulation.RequestClient;
import io.fullnat.core.simulation.RequestLoad;
import io.fullnat.core.simulation.TcpApplication;
import io.fullnat.core.simulation.TcpConnection;
import io.fullnat.testing.Seed;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Whole scenarios with TCP and UDP end to end, of each pair of families, by one, two and four
/// workers, on clean wires and on wires that lose, double and reorder. Seeded; `-Dseed=` repeats a
/// run.
@Tag("optimized")
class ScenarioTest {
    /// The last segments of a connection may have been lost: then it is half-closed for long.
    private static final Duration HALF_CLOSED_AND_MORE = Duration.ofSeconds(700);

    private static final String CASES = "{0}, {1} workers, harm {2}";
    private static final Duration LONG = Duration.ofMinutes(10);

    private final long seed = Seed.value();

    private RequestClient load(Topology topology, RequestLoad load) {
        RequestClient client = new RequestClient(topology.client, topology.web.endpoint(), load);
        client.start();
        topology.runUntil(client::isDone, LONG);
        assertThat(client.failures()).as("seed %d", seed).isEmpty();
        for (String peer : client.peersSeenByServer()) {
            assertThat(topology.families.locals())
                    .contains(Endpoint.parse(peer).address().toString());
        }
        return client;
    }

    @ParameterizedTest(name = CASES)
    @CsvSource({
        "V4_TO_V4,1,0",
        "V4_TO_V4,4,0.02",
        "V4_TO_V4,2,0.02",
        "V6_TO_V6,1,0.02",
        "V6_TO_V6,2,0",
        "V6_TO_V6,4,0.02",
        "V6_TO_V4,2,0.02",
        "V6_TO_V4,4,0",
        "V4_TO_V6,4,0.02",
        "V4_TO_V6,1,0"
    })
    void requestsOnKeptConnections(FamilyPair families, int workers, double harm) {
        try (Topology topology = new Topology(families, workers, harm, seed, 1, 1)) {
            RequestClient client = load(topology, new RequestLoad(16, 16, 60, 4_000, seed));

            assertThat(client.completedRequests()).isEqualTo(16 * 60);
        }
    }

    @ParameterizedTest(name = CASES)
    @CsvSource({
        "V4_TO_V4,1,0",
        "V4_TO_V4,4,0.02",
        "V4_TO_V4,2,0.02",
        "V6_TO_V6,1,0.02",
        "V6_TO_V6,2,0",
        "V6_TO_V6,4,0.02",
        "V6_TO_V4,2,0.02",
        "V6_TO_V4,4,0",
        "V4_TO_V6,4,0.02",
        "V4_TO_V6,1,0"
    })
    void oneRequestAConnection(FamilyPair families, int workers, double harm) {
        try (Topology topology = new Topology(families, workers, harm, seed, 1, 1)) {
            RequestClient client = load(topology, new RequestLoad(400, 20, 1, 2_000, seed));

            assertThat(client.completedRequests()).isEqualTo(400);
            topology.rest(HALF_CLOSED_AND_MORE);
            assertThat(connections(topology)).as("all have ended, seed %d", seed).isZero();
        }
    }

    @ParameterizedTest(name = CASES)
    @CsvSource({
        "V4_TO_V4,1,0",
        "V4_TO_V4,4,0.01",
        "V4_TO_V4,2,0.01",
        "V6_TO_V6,1,0.01",
        "V6_TO_V6,2,0",
        "V6_TO_V6,4,0.01",
        "V6_TO_V4,2,0.01",
        "V6_TO_V4,4,0",
        "V4_TO_V6,4,0.01",
        "V4_TO_V6,1,0"
    })
    void largeAnswers(FamilyPair families, int workers, double harm) {
        try (Topology topology = new Topology(families, workers, harm, seed, 1, 1)) {
            load(topology, new RequestLoad(4, 4, 1, 1_000_000, seed));
        }
    }

    @ParameterizedTest(name = CASES)
    @CsvSource({
        "V4_TO_V4,1,0",
        "V4_TO_V4,4,0.02",
        "V4_TO_V4,2,0.02",
        "V6_TO_V6,1,0.02",
        "V6_TO_V6,2,0",
        "V6_TO_V6,4,0.02",
        "V6_TO_V4,2,0.02",
        "V6_TO_V4,4,0",
        "V4_TO_V6,4,0.02",
        "V4_TO_V6,1,0"
    })
    void datagramsComeBackAndNoneIsWrong(FamilyPair families, int workers, double harm) {
        try (Topology topology = new Topology(families, workers, harm, seed, 1, 1)) {
            Set<Integer> answers = new HashSet<>();
            int port = topology.client.udp().freePort();
            topology.client
                    .udp()
                    .bind(port, datagram -> answers.add(ByteBuffer.wrap(datagram.data()).getInt()));
            // Until the first answer hosts and balancer look for each other, and each ARP packet
            // that a wire loses costs a second.
            while (answers.isEmpty()) {
                ask(topology, port, 0);
                topology.runFor(Duration.ofMillis(100));
            }
            for (int number = 0; number < 3_000; number++) {
                ask(topology, port, number);
                if (number % 8 == 7) {
                    topology.runFor(Duration.ofMillis(1));
                }
            }
            topology.runFor(Duration.ofSeconds(2));

            assertThat(answers).allMatch(n -> n >= 0 && n < 3_000);
            // Four crossings of a wire, each of which may lose the packet.
            int expected = (int) (3_000 * Math.pow(1 - harm, 4));
            assertThat(answers.size()).as("seed %d", seed).isGreaterThan(expected * 95 / 100);
        }
    }

    private static void ask(Topology topology, int port, int number) {
        byte[] question = ByteBuffer.allocate(64).putInt(number).array();
        topology.client.udp().send(port, topology.echo.endpoint(), question);
    }

    @ParameterizedTest(name = CASES)
    @CsvSource({
        "V4_TO_V4,1,0",
        "V4_TO_V4,4,0",
        "V6_TO_V6,1,0",
        "V6_TO_V6,4,0",
        "V6_TO_V4,4,0",
        "V4_TO_V6,2,0"
    })
    void weightsDecideTheShares(FamilyPair families, int workers, double harm) {
        try (Topology topology = new Topology(families, workers, harm, seed, 3, 1)) {
            load(topology, new RequestLoad(1_000, 20, 1, 10, seed));

            List<RealServerStatus> servers = web(topology);
            double share = servers.getFirst().traffic().connections() / 1_000.0;
            assertThat(share).as("seed %d", seed).isBetween(0.75 * 0.98, 0.75 * 1.02);
        }
    }

    @ParameterizedTest(name = CASES)
    @CsvSource({
        "V4_TO_V4,1,0",
        "V4_TO_V4,4,0.02",
        "V4_TO_V4,2,0.02",
        "V6_TO_V6,1,0.02",
        "V6_TO_V6,2,0",
        "V6_TO_V6,4,0.02",
        "V6_TO_V4,2,0.02",
        "V6_TO_V4,4,0",
        "V4_TO_V6,4,0.02",
        "V4_TO_V6,1,0"
    })
    void aServerIsRemovedUnderLoad(FamilyPair families, int workers, double harm) {
        try (Topology topology = new Topology(families, workers, harm, seed, 1, 1)) {
            RequestClient client =
                    new RequestClient(
                            topology.client,
                            topology.web.endpoint(),
                            new RequestLoad(60, 12, 10, 3_000, seed));
            client.start();
            topology.runUntil(() -> client.completedRequests() > 100, LONG);
            topology.apply(
                    new Change.RemoveRealServer(
                            topology.web, Endpoint.of(families.servers().getLast(), 8080)));
            topology.runUntil(client::isDone, LONG);

            assertThat(client.failures()).as("seed %d", seed).isEmpty();
            assertThat(client.completedRequests()).isEqualTo(600);
            assertThat(web(topology)).hasSize(1);
        }
    }

    @ParameterizedTest(name = CASES)
    @CsvSource({
        "V4_TO_V4,1,0",
        "V4_TO_V4,4,0",
        "V6_TO_V6,1,0",
        "V6_TO_V6,4,0",
        "V6_TO_V4,4,0",
        "V4_TO_V6,2,0"
    })
    void aServiceIsRemovedUnderLoadAndItsConnectionsGoOn(
            FamilyPair families, int workers, double harm) {
        try (Topology topology = new Topology(families, workers, harm, seed, 1, 1)) {
            RequestClient client =
                    new RequestClient(
                            topology.client,
                            topology.web.endpoint(),
                            new RequestLoad(10, 10, 20, 3_000, seed));
            client.start();
            topology.runUntil(() -> client.completedRequests() > 50, LONG);
            topology.apply(new Change.RemoveService(topology.web));
            assertThat(topology.balancer.network().addresses())
                    .filteredOn(a ->
                            families.locals().contains(a.address().prefix().address().toString()))
                    .as("still a local address of the other service")
                    .allMatch(a -> a.services() == 1);
            topology.runUntil(client::isDone, LONG);

            assertThat(client.failures()).as("seed %d", seed).isEmpty();
            assertThat(client.completedRequests()).isEqualTo(200);
        }
    }

    @ParameterizedTest(name = CASES)
    @CsvSource({
        "V4_TO_V4,1,0",
        "V4_TO_V4,4,0",
        "V6_TO_V6,1,0",
        "V6_TO_V6,4,0",
        "V6_TO_V4,4,0",
        "V4_TO_V6,2,0"
    })
    void aRemovedLocalAddressServesItsConnectionsToTheirEnd(
            FamilyPair families, int workers, double harm) {
        try (Topology topology = new Topology(families, workers, harm, seed, 1, 1)) {
            RequestClient client =
                    new RequestClient(
                            topology.client,
                            topology.web.endpoint(),
                            new RequestLoad(10, 10, 50, 3_000, seed));
            client.start();
            topology.runUntil(() -> client.completedRequests() > 50, LONG);
            IpAddress gone = IpAddress.parse(families.locals().getFirst());
            topology.apply(
                    new Change.RemoveLocalAddress(topology.web, gone),
                    new Change.RemoveLocalAddress(topology.echo, gone));
            assertThat(topology.balancer.network().addresses())
                    .filteredOn(a -> a.address().prefix().address().equals(gone))
                    .singleElement()
                    .satisfies(a -> assertThat(a.isDraining()).isTrue());
            topology.runUntil(client::isDone, LONG);
            assertThat(client.failures()).as("seed %d", seed).isEmpty();

            topology.rest(Duration.ofSeconds(100));
            assertThat(topology.balancer.network().addresses())
                    .as("gone with its last connection, seed %d", seed)
                    .noneMatch(a -> a.address().prefix().address().equals(gone));
        }
    }

    @ParameterizedTest(name = CASES)
    @CsvSource({
        "V4_TO_V4,1,0",
        "V4_TO_V4,4,0",
        "V6_TO_V6,1,0",
        "V6_TO_V6,4,0",
        "V6_TO_V4,4,0",
        "V4_TO_V6,2,0"
    })
    void noPacketIsDroppedOnCleanWires(FamilyPair families, int workers, double harm) {
        try (Topology topology = new Topology(families, workers, harm, seed, 1, 1)) {
            load(topology, new RequestLoad(100, 10, 3, 5_000, seed));

            for (Outcome outcome : Outcome.values()) {
                if (outcome.kind() == Outcome.Kind.DROPPED) {
                    assertThat(topology.balancer.counters().total(outcome))
                            .as("%s, seed %d", outcome, seed)
                            .isZero();
                }
            }
        }
    }

    @ParameterizedTest(name = CASES)
    @CsvSource({
        "V4_TO_V4,1,0",
        "V4_TO_V4,4,0.02",
        "V4_TO_V4,2,0.02",
        "V6_TO_V6,1,0.02",
        "V6_TO_V6,2,0",
        "V6_TO_V6,4,0.02",
        "V6_TO_V4,2,0.02",
        "V6_TO_V4,4,0",
        "V4_TO_V6,4,0.02",
        "V4_TO_V6,1,0"
    })
    void aThousandConnectionsWorkAfterARest(FamilyPair families, int workers, double harm) {
        try (Topology topology = new Topology(families, workers, harm, seed, 1, 1)) {
            Set<TcpConnection> open = new HashSet<>();
            Set<TcpConnection> answered = new HashSet<>();
            TcpApplication resting =
                    new TcpApplication() {
                        @Override
                        public void onOpen(TcpConnection connection) {
                            open.add(connection);
                        }

                        @Override
                        public void onData(TcpConnection connection, byte[] data) {
                            answered.add(connection);
                        }
                    };
            for (int i = 1; i <= 1_000; i++) {
                topology.client.tcp().connect(topology.web.endpoint(), resting);
                int wanted = i - 50;
                topology.runUntil(() -> open.size() > wanted, LONG);
            }
            topology.runUntil(() -> open.size() == 1_000, LONG);
            topology.rest(Duration.ofSeconds(60));
            byte[] request = "GET /1/100 HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
            open.forEach(connection -> connection.send(request));
            topology.runUntil(() -> answered.size() == 1_000, LONG);
        }
    }

    private static List<RealServerStatus> web(Topology topology) {
        return topology.balancer.services().find(topology.web).orElseThrow().realServers();
    }

    private static long connections(Topology topology) {
        return web(topology).stream()
                .mapToLong(s -> s.activeConnections() + s.inactiveConnections())
                .sum();
    }
}
