// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.Protocol;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.Control;
import io.fullnat.api.health.HealthCheck;
import io.fullnat.api.health.ProbeResult;
import io.fullnat.api.health.ProbeSpec;
import io.fullnat.api.health.ProbeTarget;
import io.fullnat.api.service.ProxyProtocol;
import io.fullnat.api.service.ProxyTlv;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.probe.SocketProbes;
import io.fullnat.demo.lab.HttpConnection;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What nginx and haproxy take for right beside client and virtual address: headers of checks,
/// TLVs, and headers of a trusted balancer in front that were passed on or converted.
@NetworkTest
@Timeout(120)
class ProxyHeaderIT {
    private static final int PORT = 8090;
    private static final String BEFORE = "PROXY TCP4 203.0.113.77 203.0.113.78 1234 4321\r\n";
    private static final String BEFORE_BINARY =
            "0D0A0D0A000D0A515549540A2111000C" + "CB00714DCB00714E" + "04D210E1";

    @TempDir private Path folder;

    /// haproxy, which answers with something of its connection.
    private final class Haproxy implements AutoCloseable {
        private final Process process;

        Haproxy(Scene scene, Endpoint server, String says) throws Exception {
            Path configuration = folder.resolve("haproxy.cfg");
            Files.writeString(
                    configuration,
                    """
                    defaults
                        mode http
                        timeout client 10s
                        timeout server 10s
                        timeout connect 10s
                    frontend f
                        bind %s accept-proxy
                        http-request return status 200 content-type text/plain lf-string "%s"
                    """
                            .formatted(server, says));
            process =
                    new ProcessBuilder(
                                    "ip",
                                    "netns",
                                    "exec",
                                    scene.lab.server(1).name(),
                                    "haproxy",
                                    "-db",
                                    "-f",
                                    configuration.toString())
                            .redirectErrorStream(true)
                            .redirectOutput(folder.resolve("output").toFile())
                            .start();
            while (!listens(scene)) {
                if (process.waitFor(20, TimeUnit.MILLISECONDS)) {
                    throw new IOException(Files.readString(folder.resolve("output")));
                }
            }
        }

        private static boolean listens(Scene scene) throws Exception {
            Process ss =
                    new ProcessBuilder(
                                    "ip", "netns", "exec", scene.lab.server(1).name(), "ss", "-ltn")
                            .start();
            return new String(ss.getInputStream().readAllBytes(), StandardCharsets.US_ASCII)
                    .contains(":" + PORT + " ");
        }

        @Override
        public void close() {
            process.destroy();
            process.onExit().join();
        }
    }

    private static ProbeResult checked(Scene scene, Endpoint server, HealthCheck.Proxy form)
            throws Exception {
        ProbeSpec spec = ProbeSpec.of("http", Map.of("path", "/health"));
        ProbeTarget target =
                new ProbeTarget(server, Optional.empty(), Duration.ofSeconds(20), form);
        return scene.lab.server(1).call(() -> new SocketProbes().create(spec).probe(target));
    }

    /// A11. Without a header, both refuse.
    @ParameterizedTest
    @CsvSource({"V4_TO_V4, false", "V6_TO_V6, false", "V4_TO_V4, true", "V6_TO_V6, true"})
    void checksAreTaken(FamilyPair pair, boolean haproxy) throws Exception {
        NetworkCondition.require(haproxy ? "haproxy" : "nginx");
        NetworkCondition.requireIpv6();
        Endpoint server = new Endpoint(pair.servers.server(1), PORT);
        try (Scene scene = Scene.dualStack(1500);
                AutoCloseable _ =
                        haproxy
                                ? new Haproxy(scene, server, "%ci")
                                : NginxOrigin.proxied(
                                        scene.lab.server(1),
                                        folder.resolve("n"),
                                        server.toString())) {
            for (HealthCheck.Proxy form :
                    new HealthCheck.Proxy[] {HealthCheck.Proxy.V1, HealthCheck.Proxy.V2}) {
                assertThat(checked(scene, server, form))
                        .isEqualTo(ProbeResult.passed("HTTP status 200"));
            }
            assertThat(checked(scene, server, HealthCheck.Proxy.NONE).passed()).isFalse();
        }
    }

    /// haproxy refuses a wrong checksum, and says the id.
    @ParameterizedTest
    @CsvSource({"V4_TO_V4", "V6_TO_V6", "V6_TO_V4"})
    void haproxyReadsTlvs(FamilyPair pair) throws Exception {
        NetworkCondition.require("haproxy");
        NetworkCondition.requireIpv6();
        Endpoint server = new Endpoint(pair.servers.server(1), PORT);
        try (Scene scene = Scene.dualStack(1500);
                Haproxy _ = new Haproxy(scene, server, "%ci %[fc_pp_unique_id]")) {
            serve(scene, pair, ProxyProtocol.V2, EnumSet.allOf(ProxyTlv.class), server);
            Set<String> seen = new HashSet<>();
            scene.inParallel(
                    1,
                    () -> {
                        for (int i = 0; i < 4; i++) {
                            try (HttpConnection http =
                                    HttpConnection.open(pair.http(), Scene.TIMEOUT)) {
                                seen.add(http.get("/").body());
                            }
                        }
                        return null;
                    });
            assertThat(seen)
                    .hasSize(4)
                    .allMatch(told -> told.matches(pair.clients.client() + " [0-9a-f]{32}"));
        }
    }

    /// A header in front, of either form, whole and in pieces that each wait for the one before.
    @ParameterizedTest
    @CsvSource({
        "V4_TO_V4, V1_INSECURE", "V4_TO_V4, V2_INSECURE",
        "V6_TO_V4, V1_INSECURE", "V4_TO_V6, V2_INSECURE"
    })
    void nginxKnowsClientsOfABalancerInFront(FamilyPair pair, ProxyProtocol form) throws Exception {
        NetworkCondition.require("nginx");
        NetworkCondition.requireIpv6();
        Endpoint server = new Endpoint(pair.servers.server(1), PORT);
        byte[] text = BEFORE.getBytes(StandardCharsets.US_ASCII);
        byte[] binary = HexFormat.of().parseHex(BEFORE_BINARY);
        try (Scene scene = Scene.dualStack(1500);
                NginxOrigin nginx =
                        NginxOrigin.proxied(
                                scene.lab.server(1), folder.resolve("n"), server.toString())) {
            serve(scene, pair, form, Set.of(), server);
            scene.inParallel(
                    1,
                    () -> {
                        for (byte[] header : new byte[][] {text, binary}) {
                            for (int piece : new int[] {1000, 16, 7}) {
                                assertThat(asked(pair.http(), header, piece))
                                        .endsWith("203.0.113.77 1234 203.0.113.78 4321");
                            }
                        }
                        assertThat(asked(pair.http(), new byte[0], 1000))
                                .contains("\r\n\r\n" + pair.clients.client() + " ");
                        return null;
                    });
            nginx.quit();
        }
    }

    /// A client whose small segments wait for acknowledgements (RFC 896).
    private static String asked(Endpoint service, byte[] header, int piece) throws IOException {
        InetAddress address = InetAddress.ofLiteral(service.address().toString());
        try (Socket socket = new Socket(address, service.port())) {
            socket.setSoTimeout((int) Scene.TIMEOUT.toMillis());
            OutputStream out = socket.getOutputStream();
            for (int at = 0; at < header.length; at += piece) {
                out.write(Arrays.copyOfRange(header, at, Math.min(header.length, at + piece)));
            }
            out.write(
                    "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        }
    }

    /// A client that says nothing right is reset.
    @Test
    void aMalformedHeaderIsAnsweredByAReset() throws Exception {
        NetworkCondition.require("nginx");
        FamilyPair pair = FamilyPair.V4_TO_V4;
        Endpoint server = new Endpoint(pair.servers.server(1), PORT);
        byte[] wrong = "PROXY TCP4 1.2.3.4 ::1 1 2\r\n".getBytes(StandardCharsets.US_ASCII);
        try (Scene scene = Scene.dualStack(1500);
                NginxOrigin _ =
                        NginxOrigin.proxied(
                                scene.lab.server(1), folder.resolve("n"), server.toString())) {
            serve(scene, pair, ProxyProtocol.V2_INSECURE, Set.of(), server);
            scene.inParallel(
                    1,
                    () -> {
                        String failure = "";
                        try {
                            failure = asked(pair.http(), wrong, 1000);
                        } catch (IOException reset) {
                            failure = String.valueOf(reset.getMessage());
                        }
                        assertThat(failure).containsAnyOf("reset", "Broken pipe");
                        return null;
                    });
        }
    }

    private static void serve(
            Scene scene, FamilyPair pair, ProxyProtocol form, Set<ProxyTlv> tlvs, Endpoint server) {
        ServiceKey key = new ServiceKey(Protocol.TCP, pair.http());
        Control control = scene.balancer.engine().control();
        VirtualService service = requireNonNull(control.desired().services().get(key));
        for (RealServer one : service.realServers()) {
            control.apply(new Change.RemoveRealServer(key, one.endpoint()));
        }
        ServicePolicy policy = service.policy();
        control.apply(
                new Change.SetPolicy(
                        key,
                        policy.withProxyProtocol(form)
                                .withDisclosure(policy.disclosure().withProxyTlvs(tlvs))),
                new Change.AddRealServer(key, RealServer.of(server.address().toString(), PORT)));
    }
}
