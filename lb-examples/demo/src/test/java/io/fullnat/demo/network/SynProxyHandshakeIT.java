// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.Protocol;
import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.ClientDisclosure;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.SynProxy;
import io.fullnat.api.service.TcpPolicy;
import io.fullnat.api.service.VirtualService;
import io.fullnat.demo.lab.HttpConnection;
import io.fullnat.demo.lab.HttpReply;
import io.fullnat.demo.lab.NetworkNamespace;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// Linux before and behind the SYN proxy: each kernel believes in a connection with the other, with
/// timestamps, SACK and window scaling, whatever the server's kernel makes of what the client was
/// promised.
@NetworkTest
@Timeout(240)
class SynProxyHandshakeIT {
    private static final int LARGE = 50_000_000;
    private static final int MEDIUM = 5_000_000;
    private static final int PORT = 8095;
    private static final int CONNECTIONS = 200;

    private static ServicePolicy proxied(SynProxy proxy) {
        return ServicePolicy.DEFAULT.withTcp(TcpPolicy.KEEP.withSynProxy(proxy));
    }

    private static void policy(Scene scene, FamilyPair pair, ServicePolicy policy) {
        ServiceKey service = new ServiceKey(Protocol.TCP, pair.http());
        scene.balancer.engine().control().apply(new Change.SetPolicy(service, policy));
    }

    private static Object exchange(FamilyPair pair, int bytes) throws Exception {
        try (HttpConnection connection = HttpConnection.open(pair.http(), Scene.TIMEOUT)) {
            HttpReply up = connection.post("/sha256", bytes);
            HttpReply down = connection.digest("/bytes/" + bytes);
            assertThat(up.status()).isEqualTo(200);
            assertThat(down.body()).hasSize(64).isEqualTo(up.body());
        }
        return pair;
    }

    private static long count(Scene scene, Counter counter) {
        return scene.balancer.engine().counters().total(counter);
    }

    private static void assertNoneFailed(Scene scene) {
        assertThat(count(scene, Counter.SYN_PROXY_UNSERVED)).isZero();
        assertThat(count(scene, Counter.SYN_PROXY_UNSUITED)).isZero();
        assertThat(scene.balancer.engine().counters().total(Outcome.SYN_PROXY_FAILED)).isZero();
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

    @ParameterizedTest
    @CsvSource({"1280,1280", "1500,1500", "9000,9000"})
    void muchDataArriveUnchangedOverLinksOfEachSize(int outsideMtu, int insideMtu)
            throws Exception {
        NetworkCondition.requireIpv6();
        try (Scene scene = Scene.dualStack(outsideMtu, insideMtu)) {
            resize(scene, outsideMtu, insideMtu);
            for (FamilyPair pair : FamilyPair.values()) {
                policy(scene, pair, proxied(SynProxy.ALWAYS));
                int bytes = pair == FamilyPair.V4_TO_V4 && insideMtu == 1500 ? LARGE : MEDIUM;
                scene.inParallel(1, () -> exchange(pair, bytes));
            }
            assertThat(count(scene, Counter.SYN_PROXY_ESTABLISHED)).isEqualTo(4);
            assertNoneFailed(scene);
        }
    }

    /// Both SYNs have what Linux offers; the server's has the client's numbers, if none of its own.
    @ParameterizedTest
    @EnumSource
    void manyConnectionsAreServed(FamilyPair pair) throws Exception {
        NetworkCondition.requireIpv6();
        try (Scene scene = Scene.dualStack(1500);
                Capture server = new Capture(scene.lab.server(1), "eth0")) {
            TcpPolicy tcp = TcpPolicy.KEEP.withSynProxy(SynProxy.ALWAYS).withFreshIsn(true);
            ClientDisclosure told = ClientDisclosure.NONE.withToa(true);
            policy(scene, pair, ServicePolicy.DEFAULT.withTcp(tcp).withDisclosure(told));
            scene.inParallel(
                    4,
                    () -> {
                        for (int i = 0; i < CONNECTIONS / 4; i++) {
                            try (HttpConnection http =
                                    HttpConnection.open(pair.http(), Scene.TIMEOUT)) {
                                assertThat(http.get("/bytes/3000").status()).isEqualTo(200);
                                assertThat(http.getAndClose("/bytes/10").status()).isEqualTo(200);
                            }
                        }
                        return null;
                    });
            server.stop();
            assertThat(
                            server.packets(
                                    "tcp.flags.syn == 1 && tcp.flags.ack == 0 && tcp.options.sack_perm"
                                            + " && tcp.options.wscale.shift"
                                            + " && tcp.options.timestamp.tsval"))
                    .isGreaterThanOrEqualTo(CONNECTIONS / 2);
            assertThat(server.packets("tcp.flags.reset == 1"))
                    .as("a slow host may see a few")
                    .isLessThan(CONNECTIONS / 20);
            assertThat(server.packets("tcp.flags.reset == 1 && tcp.seq <= 1"))
                    .as("resets before any data")
                    .isZero();
            assertThat(server.packets("tcp.option_kind == 254"))
                    .isGreaterThanOrEqualTo(CONNECTIONS / 2);
            assertThat(server.badFramesTo(pair.servers.server(1))).isEmpty();
            assertThat(count(scene, Counter.SYN_PROXY_ESTABLISHED)).isEqualTo(CONNECTIONS);
            assertNoneFailed(scene);
        }
    }

    /// C5, C12: scale, SACK and timestamps of the server's kernel, and whether it was known that it
    /// has no timestamps.
    @ParameterizedTest
    @CsvSource({
        "tcp_window_scaling, true, true",
        "tcp_sack, true, true",
        "tcp_timestamps, false, true",
        "tcp_timestamps, true, false"
    })
    void aServersKernelMayHaveLess(String setting, boolean stamps, boolean served)
            throws Exception {
        try (Scene scene = new Scene(1, 1)) {
            scene.lab.servers().forEach(server -> server.setting("ipv4/" + setting, "0"));
            SynProxy proxy = SynProxy.ALWAYS.withTimestamps(stamps);
            policy(scene, FamilyPair.V4_TO_V4, proxied(proxy));
            if (served) {
                scene.inParallel(1, () -> exchange(FamilyPair.V4_TO_V4, MEDIUM));
                assertThat(count(scene, Counter.SYN_PROXY_UNSUITED)).isZero();
                return;
            }
            scene.inParallel(
                    1,
                    () -> {
                        assertReset(FamilyPair.V4_TO_V4.http());
                        return null;
                    });
            assertThat(count(scene, Counter.SYN_PROXY_UNSUITED))
                    .as("data sent before the reset came acknowledge the cookie once more")
                    .isBetween(1L, 2L);
        }
    }

    private static void assertReset(Endpoint service) throws IOException {
        try (Socket socket = new Socket()) {
            socket.setSoTimeout((int) Scene.TIMEOUT.toMillis());
            socket.connect(at(service), (int) Scene.TIMEOUT.toMillis());
            socket.getOutputStream().write(new byte[100]);
            throw new AssertionError("no reset, but " + socket.getInputStream().read());
        } catch (SocketException reset) {
            assertThat(reset).hasMessageContaining("reset");
        }
    }

    private static InetSocketAddress at(Endpoint endpoint) throws IOException {
        return new InetSocketAddress(
                InetAddress.ofLiteral(endpoint.address().toString()), endpoint.port());
    }

    /// What is wrong with a real server.
    enum Wrong {
        /// Nobody listens.
        REFUSES,
        /// What it sends does not come.
        SILENT,
        /// No host has its address.
        ABSENT
    }

    /// The client's kernel believes to be connected, and is told.
    @ParameterizedTest
    @CsvSource({
        "V4_TO_V4, REFUSES",
        "V6_TO_V6, REFUSES",
        "V6_TO_V4, REFUSES",
        "V4_TO_V6, REFUSES",
        "V4_TO_V4, SILENT",
        "V6_TO_V4, SILENT",
        "V4_TO_V4, ABSENT",
        "V6_TO_V6, ABSENT"
    })
    void aServerThatDoesNotServeIsToldToTheClient(FamilyPair pair, Wrong wrong) throws Exception {
        NetworkCondition.requireIpv6();
        try (Scene scene = Scene.dualStack(1500)) {
            IpAddress address = pair.servers.server(wrong == Wrong.ABSENT ? 70 : 1);
            Endpoint service = new Endpoint(pair.clients.virtual(), PORT);
            String local = pair.servers.locals().getFirst().toString();
            scene.balancer
                    .engine()
                    .control()
                    .apply(
                            new Change.AddService(
                                    VirtualService.of(new ServiceKey(Protocol.TCP, service))
                                            .withScheduler("rr")
                                            .withRealServer(RealServer.of(address.toString(), PORT))
                                            .withLocalAddress(LocalAddress.of(local, "inside"))
                                            .withPolicy(proxied(SynProxy.ALWAYS))));
            NetworkNamespace server = scene.lab.server(1);
            try (ServerSocket listener = server.call(ServerSocket::new)) {
                if (wrong == Wrong.SILENT) {
                    server.call(() -> bind(listener, new Endpoint(address, PORT)));
                    pair.servers.locals().forEach(ours -> blackHole(server, ours));
                }
                scene.inParallel(
                        1,
                        () -> {
                            assertReset(service);
                            return null;
                        });
            }
            // What the client sent again before it was told asks once more.
            assertThat(count(scene, Counter.SYN_PROXY_UNSERVED)).isBetween(1L, 3L);
            assertThat(count(scene, Counter.SYN_PROXY_ESTABLISHED)).isZero();
        }
    }

    private static ServerSocket bind(ServerSocket socket, Endpoint endpoint) throws IOException {
        socket.bind(at(endpoint));
        return socket;
    }

    private static void blackHole(NetworkNamespace server, IpAddress address) {
        boolean ipv4 = address.bitLength() == 32;
        server.ip("route", "add", "blackhole", address + (ipv4 ? "/32" : "/128"));
    }
}
