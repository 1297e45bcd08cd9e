// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.control.Change;
import io.fullnat.api.io.PacketPort;
import io.fullnat.demo.lab.HttpConnection;
import io.fullnat.demo.lab.HttpReply;
import io.fullnat.demo.lab.Lab;
import io.fullnat.demo.lab.UdpClient;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Real HTTP and UDP between kernel stacks, through the balancer on DPDK's af_packet.
@NetworkTest
class TrafficIT {
    private static final int CLIENTS = 8;
    private static final int KEEP_ALIVE_REQUESTS = 20_000;
    private static final int CLOSING_REQUESTS = 5_000;
    private static final int ECHOES = 100_000;
    private static final int IDLE_CONNECTIONS = 1_000;
    private static final long LARGE = 200_000_000;

    private Scene scene = new Scene(1, 1);

    @AfterEach
    void close() {
        scene.close();
    }

    private static void requireGreeting(HttpReply reply) throws IOException {
        boolean fromLocal =
                Lab.LOCAL.stream()
                        .map(IpAddress::toString)
                        .anyMatch(local -> reply.body().strip().endsWith(" " + local));
        if (reply.status() != 200 || !fromLocal) {
            throw new IOException("unexpected answer " + reply);
        }
    }

    @Test
    void twentyThousandRequestsOnKeptConnections() throws Exception {
        AtomicInteger left = new AtomicInteger(KEEP_ALIVE_REQUESTS);
        scene.inParallel(
                CLIENTS,
                () -> {
                    try (HttpConnection connection =
                            HttpConnection.open(Scene.HTTP, Scene.TIMEOUT)) {
                        while (left.getAndDecrement() > 0) {
                            requireGreeting(connection.get("/"));
                        }
                    }
                    return null;
                });
        assertThat(requests()).isEqualTo(KEEP_ALIVE_REQUESTS);
    }

    @Test
    void fiveThousandConnectionsOfOneRequest() throws Exception {
        AtomicInteger left = new AtomicInteger(CLOSING_REQUESTS);
        scene.inParallel(
                CLIENTS,
                () -> {
                    while (left.getAndDecrement() > 0) {
                        try (HttpConnection connection =
                                HttpConnection.open(Scene.HTTP, Scene.TIMEOUT)) {
                            requireGreeting(connection.getAndClose("/"));
                        }
                    }
                    return null;
                });
        assertThat(requests()).isEqualTo(CLOSING_REQUESTS);
    }

    private long requests() {
        return scene.origins.stream().mapToLong(origin -> origin.peers().requests()).sum();
    }

    @Test
    void twoHundredMegabytesEachWayArriveUnchanged() throws Exception {
        scene.inParallel(
                1,
                () -> {
                    try (HttpConnection connection =
                            HttpConnection.open(Scene.HTTP, Scene.TIMEOUT)) {
                        HttpReply up = connection.post("/sha256", LARGE);
                        HttpReply down = connection.digest("/bytes/" + LARGE);
                        assertThat(up.status()).isEqualTo(200);
                        assertThat(down.body()).hasSize(64).isEqualTo(up.body());
                    }
                    return null;
                });
        // the kernels' own stacks left all that to their interfaces
        for (PacketPort port : scene.balancer.io().ports()) {
            assertThat(port.details().get("largePacketsCut")).isGreaterThan(100);
            assertThat(port.details().get("checksumsCompleted")).isPositive();
            assertThat(port.details()).containsEntry("tooLongForBuffer", 0L);
        }
    }

    @Test
    void aHundredThousandDatagramsComeBack() throws Exception {
        AtomicInteger left = new AtomicInteger(ECHOES);
        AtomicInteger answered = new AtomicInteger();
        scene.inParallel(
                CLIENTS,
                () -> {
                    try (UdpClient client = new UdpClient(Scene.ECHO, Scene.TIMEOUT)) {
                        for (int n = left.getAndDecrement(); n > 0; n = left.getAndDecrement()) {
                            byte[] question = ByteBuffer.allocate(32).putInt(n).array();
                            Optional<byte[]> answer = client.exchange(question);
                            if (answer.isPresent()) {
                                assertThat(answer.get()).isEqualTo(question);
                                answered.incrementAndGet();
                            }
                        }
                    }
                    return null;
                });
        assertThat(answered.get()).isGreaterThanOrEqualTo(ECHOES / 1000 * 999);
    }

    @Test
    void aThousandConnectionsWorkAfterARest() throws Exception {
        CountDownLatch rested = new CountDownLatch(1);
        scene.inParallel(
                1,
                () -> {
                    List<HttpConnection> connections = new ArrayList<>();
                    for (int i = 0; i < IDLE_CONNECTIONS; i++) {
                        HttpConnection connection = HttpConnection.open(Scene.HTTP, Scene.TIMEOUT);
                        requireGreeting(connection.get("/"));
                        connections.add(connection);
                    }
                    assertThat(rested.await(15, TimeUnit.SECONDS)).isFalse();
                    for (HttpConnection connection : connections) {
                        requireGreeting(connection.get("/"));
                        connection.close();
                    }
                    return null;
                });
    }

    @Test
    void weightsDecideTheSharesOfConnections() throws Exception {
        scene.close();
        scene = new Scene(3, 1);
        int connections = 2_000;
        AtomicInteger left = new AtomicInteger(connections);
        scene.inParallel(
                CLIENTS,
                () -> {
                    while (left.getAndDecrement() > 0) {
                        try (HttpConnection connection =
                                HttpConnection.open(Scene.HTTP, Scene.TIMEOUT)) {
                            requireGreeting(connection.getAndClose("/"));
                        }
                    }
                    return null;
                });
        double share = (double) scene.origins.getFirst().peers().requests() / connections;
        assertThat(share).isBetween(0.75 * 0.98, 0.75 * 1.02);
    }

    @Test
    void removingAServerUnderLoadLeavesTheOthersAndItsOwnFlowsAlone() throws Exception {
        AtomicBoolean running = new AtomicBoolean(true);
        Endpoint second = new Endpoint(Lab.serverAddress(2), Scene.HTTP_PORT);
        Thread operator =
                Thread.ofPlatform()
                        .start(() -> {
                            pause(1500);
                            scene.balancer
                                    .engine()
                                    .control()
                                    .apply(new Change.RemoveRealServer(Scene.HTTP_SERVICE, second));
                            long before = newConnectionsOf(1);
                            pause(1500);
                            assertThat(newConnectionsOf(1)).isGreaterThan(before);
                            running.set(false);
                        });
        AtomicInteger kind = new AtomicInteger();
        scene.inParallel(
                CLIENTS,
                () -> {
                    if (kind.getAndIncrement() % 2 == 0) {
                        try (HttpConnection connection =
                                HttpConnection.open(Scene.HTTP, Scene.TIMEOUT)) {
                            while (running.get()) {
                                requireGreeting(connection.get("/"));
                            }
                        }
                    }
                    while (running.get()) {
                        try (HttpConnection connection =
                                HttpConnection.open(Scene.HTTP, Scene.TIMEOUT)) {
                            requireGreeting(connection.getAndClose("/"));
                        }
                    }
                    return null;
                });
        operator.join();
        assertThat(running).isFalse();
        assertThat(scene.balancer.engine().services().find(Scene.HTTP_SERVICE))
                .hasValueSatisfying(s -> assertThat(s.realServers()).hasSize(1));
    }

    private long newConnectionsOf(int server) {
        return scene.balancer
                .engine()
                .services()
                .find(Scene.HTTP_SERVICE)
                .orElseThrow()
                .realServers()
                .get(server - 1)
                .traffic()
                .connections();
    }

    private static void pause(long ms) {
        try {
            Thread.sleep(ms);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /// A single damaged frame was once seen on an overloaded machine, cause not known: a find is
    /// shown, and counts if it comes again.
    @Test
    void noPacketOnEitherSideHasABadChecksum() throws Exception {
        List<String> bad = badFramesOfSomeTraffic();
        if (!bad.isEmpty()) {
            System.out.println("frames with a bad checksum, trying again:");
            bad.forEach(System.out::println);
            bad = badFramesOfSomeTraffic();
        }
        assertThat(bad).as("frames with a bad checksum").isEmpty();
    }

    private List<String> badFramesOfSomeTraffic() throws Exception {
        try (Capture client = new Capture(scene.lab.client(), "eth0");
                Capture server = new Capture(scene.lab.server(1), "eth0")) {
            scene.inParallel(
                    CLIENTS,
                    () -> {
                        for (int i = 0; i < 50; i++) {
                            try (HttpConnection connection =
                                            HttpConnection.open(Scene.HTTP, Scene.TIMEOUT);
                                    UdpClient udp = new UdpClient(Scene.ECHO, Scene.TIMEOUT)) {
                                requireGreeting(connection.get("/"));
                                connection.digest("/bytes/100000");
                                udp.exchange(new byte[i * 10]);
                                requireGreeting(connection.getAndClose("/"));
                            }
                        }
                        return null;
                    });
            client.stop();
            server.stop();

            assertThat(client.packets("tcp || udp")).isGreaterThan(5_000);
            assertThat(server.packets("tcp || udp")).isGreaterThan(2_000);
            assertThat(server.packets("ip.src == " + Lab.CLIENT)).as("client's own").isZero();
            List<String> bad = new ArrayList<>(client.badFramesTo(Lab.CLIENT));
            bad.addAll(server.badFramesTo(Lab.serverAddress(1)));
            return bad;
        }
    }
}
