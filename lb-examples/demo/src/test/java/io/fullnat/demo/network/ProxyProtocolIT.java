// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.Protocol;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.Control;
import io.fullnat.api.service.ProxyProtocol;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.TcpPolicy;
import io.fullnat.api.service.VirtualService;
import io.fullnat.demo.lab.HttpConnection;
import io.fullnat.demo.lab.HttpReply;
import io.fullnat.demo.lab.UdpClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// nginx, haproxy and dnsdist behind the balancer take its PROXY headers and say what they have
/// read, between the kernel's stacks with timestamps, SACK and window scaling.
@NetworkTest
@Timeout(120)
class ProxyProtocolIT {
    private static final int PORT = 8090;
    private static final int CONNECTIONS = 8;

    /// An address of example.org, by number 0x1234.
    private static final byte[] QUESTION = {
        0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 3, 'o', 'r',
        'g', 0, 0, 1, 0, 1
    };

    @TempDir private Path folder;

    @ParameterizedTest
    @CsvSource({
        "V4_TO_V4, V1, false",
        "V4_TO_V4, V2, true",
        "V6_TO_V6, V1, true",
        "V6_TO_V6, V2, false",
        "V6_TO_V4, V2, false",
        "V6_TO_V4, V1, true",
        "V4_TO_V6, V1, false",
        "V4_TO_V6, V2, true"
    })
    void nginxKnowsItsClients(FamilyPair pair, ProxyProtocol form, boolean fresh) throws Exception {
        NetworkCondition.require("nginx");
        NetworkCondition.requireIpv6();
        Endpoint server = new Endpoint(pair.servers.server(1), PORT);
        try (Scene scene = Scene.dualStack(1500);
                NginxOrigin nginx =
                        NginxOrigin.proxied(
                                scene.lab.server(1), folder.resolve("n"), server.toString())) {
            serve(scene, pair, form, fresh, server);
            Set<String> seen = new TreeSet<>();
            scene.inParallel(
                    1,
                    () -> {
                        for (int i = 0; i < CONNECTIONS; i++) {
                            try (HttpConnection http =
                                    HttpConnection.open(pair.http(), Scene.TIMEOUT)) {
                                HttpReply first = http.get("/");
                                HttpReply second = http.getAndClose("/");
                                assertThat(first.status()).isEqualTo(200);
                                assertThat(second.body()).isEqualTo(first.body());
                                seen.add(first.body());
                            }
                        }
                        return null;
                    });
            Endpoint virtual = pair.http();
            assertThat(seen)
                    .hasSize(CONNECTIONS)
                    .allMatch(told -> told.startsWith(pair.clients.client() + " "))
                    .allMatch(
                            told -> told.endsWith(" " + virtual.address() + " " + virtual.port()));
            nginx.quit();
        }
    }

    @ParameterizedTest
    @CsvSource({"V4_TO_V4, V1", "V6_TO_V6, V2", "V6_TO_V4, V2", "V4_TO_V6, V1"})
    void haproxyKnowsItsClients(FamilyPair pair, ProxyProtocol form) throws Exception {
        NetworkCondition.require("haproxy");
        NetworkCondition.requireIpv6();
        Endpoint server = new Endpoint(pair.servers.server(1), PORT);
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
                    http-request return status 200 content-type text/plain lf-string "%%ci %%cp %%fi %%fp"
                """
                        .formatted(server));
        try (Scene scene = Scene.dualStack(1500)) {
            serve(scene, pair, form, false, server);
            Process haproxy =
                    start(scene, "-ltn", "haproxy", "-db", "-f", configuration.toString());
            try {
                scene.inParallel(
                        1,
                        () -> {
                            try (HttpConnection http =
                                    HttpConnection.open(pair.http(), Scene.TIMEOUT)) {
                                assertThat(http.get("/").body())
                                        .startsWith(pair.clients.client() + " ")
                                        .endsWith(
                                                " "
                                                        + pair.http().address()
                                                        + " "
                                                        + pair.http().port());
                            }
                            return null;
                        });
            } finally {
                haproxy.destroy();
                haproxy.waitFor();
            }
        }
    }

    /// It wants a header with each datagram, and writes down who has asked.
    @ParameterizedTest
    @CsvSource({"V4_TO_V4", "V6_TO_V6", "V6_TO_V4", "V4_TO_V6"})
    void dnsdistKnowsItsClients(FamilyPair pair) throws Exception {
        NetworkCondition.require("dnsdist");
        NetworkCondition.requireIpv6();
        Endpoint server = new Endpoint(pair.servers.server(1), PORT);
        Path configuration = folder.resolve("dnsdist.conf");
        Path log = folder.resolve("log");
        Files.writeString(
                configuration,
                """
                setLocal("%1$s")
                setACL({"0.0.0.0/0", "::/0"})
                setProxyProtocolACL({"0.0.0.0/0", "::/0"})
                addAction(AllRule(), LogAction("%2$s", false, false, false))
                addAction(AllRule(), SpoofAction({"192.0.2.77"}))
                """
                        .formatted(server, log));
        try (Scene scene = Scene.dualStack(1500)) {
            serve(scene, new ServiceKey(Protocol.UDP, pair.echo()), ProxyProtocol.V2, server);
            Process dnsdist =
                    start(
                            scene,
                            "-lun",
                            "dnsdist",
                            "--supervised",
                            "--disable-syslog",
                            "-C",
                            configuration.toString());
            try {
                scene.inParallel(
                        1,
                        () -> {
                            try (UdpClient client = new UdpClient(pair.echo(), Scene.TIMEOUT)) {
                                for (int i = 0; i < 3; i++) {
                                    byte[] answer = answer(client);
                                    assertThat(answer)
                                            .endsWith((byte) 192, (byte) 0, (byte) 2, (byte) 77);
                                }
                            }
                            return null;
                        });
            } finally {
                dnsdist.destroy();
                dnsdist.waitFor();
            }
        }
        String client = pair.clients.client().toString();
        assertThat(Files.readAllLines(log))
                .hasSize(3)
                .allMatch(
                        line -> line.contains(client + ":") || line.contains("[" + client + "]:"));
    }

    /// Asks as resolvers do, again if there is no answer: the first question may come before the
    /// balancer's local addresses of IPv6 are known to be nobody else's.
    private static byte[] answer(UdpClient client) throws IOException {
        Optional<byte[]> answer = client.exchange(QUESTION);
        for (int again = 0; again < 3 && answer.isEmpty(); again++) {
            answer = client.exchange(QUESTION);
        }
        return answer.orElseThrow();
    }

    /// Starts a server on the first server's host, and waits until it listens.
    private Process start(Scene scene, String sockets, String... command) throws Exception {
        List<String> all =
                new ArrayList<>(List.of("ip", "netns", "exec", scene.lab.server(1).name()));
        all.addAll(List.of(command));
        Path output = folder.resolve("output");
        Process process =
                new ProcessBuilder(all)
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start();
        while (!listens(scene, sockets)) {
            if (process.waitFor(20, TimeUnit.MILLISECONDS)) {
                throw new IOException(command[0] + " has ended: " + Files.readString(output));
            }
        }
        return process;
    }

    private static boolean listens(Scene scene, String sockets) throws Exception {
        Process ss =
                new ProcessBuilder("ip", "netns", "exec", scene.lab.server(1).name(), "ss", sockets)
                        .start();
        return new String(ss.getInputStream().readAllBytes(), StandardCharsets.US_ASCII)
                .contains(":" + PORT + " ");
    }

    private static void serve(
            Scene scene, FamilyPair pair, ProxyProtocol form, boolean fresh, Endpoint server) {
        ServiceKey key = new ServiceKey(Protocol.TCP, pair.http());
        serve(scene, key, form, server);
        Control control = scene.balancer.engine().control();
        VirtualService service = requireNonNull(control.desired().services().get(key));
        control.apply(
                new Change.SetPolicy(
                        key, service.policy().withTcp(TcpPolicy.KEEP.withFreshIsn(fresh))));
    }

    private static void serve(Scene scene, ServiceKey key, ProxyProtocol form, Endpoint server) {
        Control control = scene.balancer.engine().control();
        VirtualService service = requireNonNull(control.desired().services().get(key));
        for (RealServer one : service.realServers()) {
            control.apply(new Change.RemoveRealServer(key, one.endpoint()));
        }
        control.apply(
                new Change.SetPolicy(key, service.policy().withProxyProtocol(form)),
                new Change.AddRealServer(key, RealServer.of(server.address().toString(), PORT)));
    }
}
