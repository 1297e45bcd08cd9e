// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.IpAddress;
import io.fullnat.api.Ipv4Address;
import io.fullnat.api.counter.Counter;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.demo.lab.HttpConnection;
import io.fullnat.demo.lab.HttpReply;
import io.fullnat.demo.lab.LabFamily;
import io.fullnat.demo.lab.NetworkNamespace;
import io.fullnat.demo.lab.UdpClient;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Kernel stacks of both families through one balancer on DPDK's af_packet: the same of each
/// [FamilyPair].
@NetworkTest
class DualStackIT {
    private static final int CLIENTS = 4;
    private static final int REQUESTS = 250;
    private static final int ECHOES = 500;
    private static final int LONGEST_DATAGRAM = 1400;
    private static final Duration A_MOMENT = Duration.ofSeconds(1);
    private static final int PING_MS = 2_000;
    private static final long LARGE = 200_000_000;
    private static final int TRACED_PORT = 45_678;

    private static Scene scene;

    @BeforeAll
    static void open() {
        NetworkCondition.requireIpv6();
        scene = Scene.dualStack(1500);
    }

    @AfterAll
    static void close() {
        if (scene != null) {
            scene.close();
        }
    }

    private static void requireGreeting(FamilyPair pair, HttpReply reply) throws IOException {
        String body = reply.body().strip();
        if (reply.status() != 200 || !pair.isLocal(body.substring(body.indexOf(' ') + 1))) {
            throw new IOException("unexpected answer " + reply);
        }
    }

    @ParameterizedTest
    @EnumSource
    void requestsAreAnsweredOnKeptAndOnNewConnections(FamilyPair pair) throws Exception {
        scene.inParallel(
                CLIENTS,
                () -> {
                    try (HttpConnection kept = HttpConnection.open(pair.http(), Scene.TIMEOUT)) {
                        for (int i = 0; i < REQUESTS; i++) {
                            requireGreeting(pair, kept.get("/"));
                            if (i % 5 == 0) {
                                requestOnce(pair);
                            }
                        }
                    }
                    return null;
                });
    }

    private static void requestOnce(FamilyPair pair) throws IOException {
        try (HttpConnection once = HttpConnection.open(pair.http(), Scene.TIMEOUT)) {
            requireGreeting(pair, once.getAndClose("/"));
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "V4_TO_V4") // TrafficIT has that
    void twoHundredMegabytesEachWayArriveUnchanged(FamilyPair pair) throws Exception {
        scene.inParallel(
                1,
                () -> {
                    try (HttpConnection connection =
                            HttpConnection.open(pair.http(), Scene.TIMEOUT)) {
                        HttpReply up = connection.post("/sha256", LARGE);
                        HttpReply down = connection.digest("/bytes/" + LARGE);
                        assertThat(up.status()).isEqualTo(200);
                        assertThat(down.body()).hasSize(64).isEqualTo(up.body());
                    }
                    return null;
                });
    }

    @ParameterizedTest
    @EnumSource
    void datagramsOfAllLengthsComeBack(FamilyPair pair) throws Exception {
        scene.inParallel(
                CLIENTS,
                () -> {
                    try (UdpClient client = new UdpClient(pair.echo(), A_MOMENT)) {
                        for (int i = 0; i < ECHOES; i++) {
                            byte[] question = new byte[1 + i * LONGEST_DATAGRAM / ECHOES];
                            Arrays.fill(question, (byte) i);
                            Optional<byte[]> answer = client.exchange(question);
                            for (int tries = 0; tries < 5 && answer.isEmpty(); tries++) {
                                answer = client.exchange(question);
                            }
                            assertThat(answer).as("%s bytes", question.length).isPresent();
                            assertThat(answer.orElseThrow()).isEqualTo(question);
                        }
                    }
                    return null;
                });
    }

    @ParameterizedTest
    @EnumSource(LabFamily.class)
    void virtualAndLocalAddressesAnswerPings(LabFamily family) {
        assertThat(isPinged(scene.lab.client(), family.virtual())).isTrue();
        assertThat(isPinged(scene.lab.client(), family.gateway())).isTrue();
        for (IpAddress local : family.locals()) {
            assertThat(isPinged(scene.lab.server(1), local)).as("%s", local).isTrue();
        }
    }

    private static boolean isPinged(NetworkNamespace from, IpAddress address) {
        return from.call(() -> InetAddress.getByName(address.toString()).isReachable(PING_MS));
    }

    /// The balancer is the first hop, which answers by the address that was asked, the server the
    /// second and last.
    @ParameterizedTest
    @EnumSource
    void tracerouteSeesTheBalancerAndThenTheServer(FamilyPair pair) throws Exception {
        NetworkNamespace client = scene.lab.client();
        assertThat(isPinged(client, pair.clients.gateway())).isTrue();
        String balancer = Shell.macOf(client, pair.clients.gateway().toString());
        try (RawLink link = RawLink.listening(client, "eth0");
                DatagramSocket _ = client.call(() -> new DatagramSocket(TRACED_PORT))) {
            link.send(probe(pair, balancer, 1));
            byte[] error = awaited(link, frame -> isTimeExceeded(pair.clients, frame));
            assertThat(source(error)).isEqualTo(pair.clients.virtual());

            link.send(probe(pair, balancer, 2));
            byte[] answer = awaited(link, frame -> isAnswer(pair, frame));
            assertThat(source(answer)).isEqualTo(pair.clients.virtual());
        }
    }

    private static byte[] probe(FamilyPair pair, String mac, int hops) {
        String source = pair.clients.client().toString();
        String destination = pair.clients.virtual().toString();
        PacketBuilder frame = PacketBuilder.ethernet("02:00:00:00:00:c1", mac);
        PacketBuilder packet =
                pair.clients == LabFamily.IPV6
                        ? frame.ipv6(source, destination)
                        : frame.ipv4(source, destination);
        return packet.timeToLive(hops)
                .udp(TRACED_PORT, pair.echo().port())
                .payload("probe")
                .toBytes();
    }

    private static byte[] awaited(RawLink link, Predicate<byte[]> wanted) throws Exception {
        long endNs = System.nanoTime() + Scene.TIMEOUT.toNanos();
        while (System.nanoTime() < endNs) {
            for (byte[] frame : link.receiveAll()) {
                if (wanted.test(frame)) {
                    return frame;
                }
            }
            Thread.sleep(5);
        }
        throw new AssertionError("nothing of the kind arrived");
    }

    private static boolean isTimeExceeded(LabFamily family, byte[] frame) {
        return family == LabFamily.IPV6
                ? isOf(frame, 0x86DD, 20, 58) && frame[54] == 3
                : isOf(frame, 0x0800, 23, 1) && frame[34] == 11;
    }

    private static boolean isAnswer(FamilyPair pair, byte[] frame) {
        boolean ipv6 = pair.clients == LabFamily.IPV6;
        boolean udp = ipv6 ? isOf(frame, 0x86DD, 20, 17) : isOf(frame, 0x0800, 23, 17);
        int ports = ipv6 ? 54 : 34;
        return udp
                && ByteBuffer.wrap(frame).getShort(ports) == pair.echo().port()
                && (ByteBuffer.wrap(frame).getShort(ports + 2) & 0xFFFF) == TRACED_PORT;
    }

    private static boolean isOf(byte[] frame, int type, int protocolAt, int protocol) {
        return frame.length > 38
                && (ByteBuffer.wrap(frame).getShort(12) & 0xFFFF) == type
                && frame[protocolAt] == protocol;
    }

    private static IpAddress source(byte[] frame) {
        ByteBuffer bytes = ByteBuffer.wrap(frame);
        return frame[14] >>> 4 == 6
                ? IpAddress.of(bytes.getLong(22), bytes.getLong(30))
                : new Ipv4Address(bytes.getInt(26));
    }

    /// Both hosts change their MAC addresses, and are found again by neighbour discovery; the
    /// kernels have learnt where the balancer is by the same.
    @Test
    void neighboursAreFoundByDiscoveryAndFoundAgainWhenTheyMove() throws Exception {
        FamilyPair pair = FamilyPair.V6_TO_V6;
        scene.inParallel(1, () -> once(pair));
        String gateway = pair.clients.gateway().toString();
        assertThat(Shell.macOf(scene.lab.client(), gateway))
                .isEqualTo(scene.balancer.io().ports().getFirst().mac().toString());

        for (NetworkNamespace server : scene.lab.servers()) {
            String last = server == scene.lab.server(1) ? "01" : "02";
            server.ip("link", "set", "eth0", "address", "02:00:00:00:77:" + last);
        }
        Shell.until("a request is answered", () -> isAnswered(pair));
        assertThat(scene.balancer.engine().counters().total(Counter.NEIGHBOUR_MOVES)).isPositive();
    }

    private static boolean isAnswered(FamilyPair pair) {
        return scene.lab
                .client()
                .call(() -> {
                    try (HttpConnection connection =
                            HttpConnection.open(pair.http(), Duration.ofSeconds(2))) {
                        return connection.getAndClose("/").status() == 200;
                    } catch (IOException notYet) {
                        return false;
                    }
                });
    }

    private static Object once(FamilyPair pair) throws IOException {
        requestOnce(pair);
        return pair;
    }

    @Test
    void noPacketOnEitherSideHasABadChecksum() throws Exception {
        try (Capture client = new Capture(scene.lab.client(), "eth0");
                Capture server = new Capture(scene.lab.server(1), "eth0")) {
            for (FamilyPair pair : FamilyPair.values()) {
                scene.inParallel(
                        2,
                        () -> {
                            try (HttpConnection connection =
                                            HttpConnection.open(pair.http(), Scene.TIMEOUT);
                                    UdpClient udp = new UdpClient(pair.echo(), Scene.TIMEOUT)) {
                                for (int i = 0; i < 10; i++) {
                                    connection.digest("/bytes/100000");
                                    udp.exchange(new byte[i * 100]);
                                }
                                requireGreeting(pair, connection.getAndClose("/"));
                            }
                            return null;
                        });
            }
            virtualAndLocalAddressesAnswerPings(LabFamily.IPV6);
            client.stop();
            server.stop();

            for (LabFamily family : LabFamily.values()) {
                assertThat(client.packetsTo(family.client())).isGreaterThan(200);
                assertThat(server.packetsTo(family.server(1))).isGreaterThan(50);
                assertThat(server.packetsFrom(family.client())).as("client's own").isZero();
                assertThat(client.badFramesTo(family.client())).isEmpty();
                assertThat(server.badFramesTo(family.server(1))).isEmpty();
            }
        }
    }
}
