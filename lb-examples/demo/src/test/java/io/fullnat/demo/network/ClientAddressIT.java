// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.Protocol;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.Control;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.service.ClientDisclosure;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.demo.lab.HttpConnection;
import io.fullnat.demo.lab.HttpReply;
import io.fullnat.demo.lab.NetworkNamespace;
import io.fullnat.demo.lab.UdpClient;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// Real servers are told their clients, between kernels' stacks with timestamps, SACK and window
/// scaling: what tshark sees on the servers' links says so, and nothing else has changed.
@NetworkTest
@Timeout(240)
class ClientAddressIT {
    private static final long LARGE = 20_000_000;
    private static final int CONNECTIONS = 8;
    private static final Duration A_MOMENT = Duration.ofMillis(300);
    private static final int IPV4_LENGTH = 8;
    private static final int IPV6_LENGTH = 20;

    private static void disclose(Scene scene, ServiceKey key, ClientDisclosure how) {
        Control control = scene.balancer.engine().control();
        VirtualService service = requireNonNull(control.desired().services().get(key));
        control.apply(new Change.SetPolicy(key, service.policy().withDisclosure(how)));
    }

    private static void discloseToa(Scene scene, FamilyPair pair) {
        disclose(
                scene,
                new ServiceKey(Protocol.TCP, pair.http()),
                ClientDisclosure.NONE.withToa(true));
    }

    private static long count(Scene scene, Counter counter) {
        return scene.balancer.engine().counters().total(counter);
    }

    /// The client that the options of a segment tell, which must begin with it.
    private static Endpoint told(String options) {
        ByteBuffer bytes = ByteBuffer.wrap(HexFormat.of().parseHex(options.replace(":", "")));
        assertThat(bytes.get() & 0xFF).as("kind of the first of %s", options).isEqualTo(254);
        int length = bytes.get();
        assertThat(length).as("length").isIn(IPV4_LENGTH, IPV6_LENGTH);
        int port = bytes.getShort() & 0xFFFF;
        IpAddress address =
                length == IPV4_LENGTH
                        ? IpAddress.of(0, IpAddress.mapped(bytes.getInt()))
                        : IpAddress.of(bytes.getLong(), bytes.getLong());
        return new Endpoint(address, port);
    }

    private static Set<Endpoint> clients(Capture capture) throws Exception {
        Set<Endpoint> clients = new TreeSet<>();
        for (String port :
                capture.fields("tcp.flags.syn == 1 && tcp.flags.ack == 0", "tcp.srcport")) {
            clients.add(Endpoint.parse("192.0.2.1:" + port));
        }
        return clients;
    }

    @ParameterizedTest
    @EnumSource
    void theFirstSegmentsOfEachConnectionTellItsClient(FamilyPair pair) throws Exception {
        NetworkCondition.requireIpv6();
        try (Scene scene = Scene.dualStack(1500);
                Capture client = new Capture(scene.lab.client(), "eth0");
                Capture first = new Capture(scene.lab.server(1), "eth0");
                Capture second = new Capture(scene.lab.server(2), "eth0")) {
            discloseToa(scene, pair);
            scene.inParallel(
                    1,
                    () -> {
                        for (int i = 0; i < CONNECTIONS; i++) {
                            try (HttpConnection http =
                                    HttpConnection.open(pair.http(), Scene.TIMEOUT)) {
                                assertThat(http.get("/").status()).isEqualTo(200);
                                assertThat(http.getAndClose("/").status()).isEqualTo(200);
                            }
                        }
                        return null;
                    });
            List<Capture> servers = List.of(first, second);
            client.stop();
            first.stop();
            second.stop();

            Set<Integer> ports = new TreeSet<>();
            clients(client).forEach(endpoint -> ports.add(endpoint.port()));
            assertThat(ports).hasSize(CONNECTIONS);
            Set<Integer> told = new TreeSet<>();
            String toServer = "tcp.dstport == " + Scene.HTTP_PORT + " && tcp.flags.syn == 0 && ";
            for (Capture server : servers) {
                // Acknowledgements are relative: 1 is the server's SYN and nothing more.
                for (String options : server.fields(toServer + "tcp.ack == 1", "tcp.options")) {
                    Endpoint endpoint = told(options);
                    assertThat(endpoint.address()).isEqualTo(pair.clients.client());
                    told.add(endpoint.port());
                }
                assertThat(server.packets(toServer + "tcp.ack > 1 && tcp.option_kind == 254"))
                        .as("options later on")
                        .isZero();
                assertThat(server.packets("_ws.malformed")).isZero();
                assertThat(server.badFramesTo(pair.servers.server(1))).isEmpty();
                assertThat(server.badFramesTo(pair.servers.server(2))).isEmpty();
                assertThat(
                                server.packets(
                                        "tcp.flags.syn == 1 && tcp.options.sack_perm"
                                                + " && tcp.options.wscale.shift"
                                                + " && tcp.options.timestamp.tsval"))
                        .as("SYNs with what Linux offers")
                        .isPositive();
            }
            assertThat(told).isEqualTo(ports);
            assertThat(count(scene, Counter.TOA_NO_ROOM)).isZero();
        }
    }

    @ParameterizedTest
    @CsvSource({"1280,1280", "1500,1280", "1500,1500", "9000,9000"})
    void muchDataArriveUnchangedOverLinksOfEachSize(int outsideMtu, int insideMtu)
            throws Exception {
        NetworkCondition.requireIpv6();
        try (Scene scene = Scene.dualStack(outsideMtu, insideMtu)) {
            resize(scene, outsideMtu, insideMtu);
            for (FamilyPair pair : FamilyPair.values()) {
                discloseToa(scene, pair);
                scene.inParallel(1, () -> exchange(pair));
            }
            assertThat(count(scene, Counter.TOA_SENT)).isPositive();
            assertThat(count(scene, Counter.TOA_NO_ROOM)).isZero();
        }
    }

    /// Hosts have links of these sizes, and the switch takes the larger one.
    private static void resize(Scene scene, int outsideMtu, int insideMtu) {
        NetworkNamespace client = scene.lab.client();
        client.ip("link", "set", "eth0", "mtu", String.valueOf(outsideMtu));
        for (NetworkNamespace host : scene.lab.servers()) {
            host.ip("link", "set", "eth0", "mtu", String.valueOf(insideMtu));
        }
        String between = client.name().replace("-client", "-switch");
        for (String port : List.of("port0", "port1", "port2", "bridge")) {
            String mtu = String.valueOf(Math.max(1500, insideMtu));
            client.execute("ip", "-n", between, "link", "set", port, "mtu", mtu);
        }
    }

    private static Object exchange(FamilyPair pair) throws Exception {
        try (HttpConnection connection = HttpConnection.open(pair.http(), Scene.TIMEOUT)) {
            HttpReply up = connection.post("/sha256", LARGE);
            HttpReply down = connection.digest("/bytes/" + LARGE);
            assertThat(up.status()).isEqualTo(200);
            assertThat(down.body()).hasSize(64).isEqualTo(up.body());
        }
        return pair;
    }

    /// These servers have no module, so they don't answer what has the header: the fourth datagram
    /// of a client port is the first that is answered.
    @ParameterizedTest
    @EnumSource
    void theFirstDatagramsOfEachClientPortTellItsClient(FamilyPair pair) throws Exception {
        NetworkCondition.requireIpv6();
        try (Scene scene = Scene.dualStack(1500);
                Capture first = new Capture(scene.lab.server(1), "eth0");
                Capture second = new Capture(scene.lab.server(2), "eth0")) {
            disclose(
                    scene,
                    new ServiceKey(Protocol.UDP, pair.echo()),
                    ClientDisclosure.NONE.withUoa(ClientDisclosure.Uoa.OPP));
            scene.inParallel(
                    1,
                    () -> {
                        try (UdpClient client = new UdpClient(pair.echo(), A_MOMENT)) {
                            for (int i = 0; i < 3; i++) {
                                assertThat(client.exchange(new byte[] {1, 2, 3})).isEmpty();
                            }
                            boolean answered = false;
                            for (int tries = 0; !answered && tries < 20; tries++) {
                                answered = client.exchange(new byte[] {1, 2, 3}).isPresent();
                            }
                            assertThat(answered).as("what comes after them is served").isTrue();
                        }
                        return null;
                    });
            first.stop();
            second.stop();
            boolean ipv4 = pair.servers.server(1).bitLength() == 32;
            String filter =
                    (ipv4 ? "ip.proto" : "ipv6.nxt") + " == 248 && !icmp && !icmpv6"; // quote them
            assertThat(first.packets(filter) + second.packets(filter)).isEqualTo(3);
            assertThat(count(scene, Counter.UOA_SENT)).isEqualTo(3);
        }
    }
}
