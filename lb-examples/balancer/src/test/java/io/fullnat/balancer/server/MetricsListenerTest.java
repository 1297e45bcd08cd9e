// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import io.fullnat.balancer.api.ApiRig;
import io.fullnat.balancer.config.ApiSettings;
import io.fullnat.balancer.config.ApiSettings.Tcp;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// `/metrics` over sockets: beside the API, and alone.
@Timeout(60)
@SuppressWarnings("StringConcatToTextBlock") // line ends are the protocol's
final class MetricsListenerTest {
    private static final InetSocketAddress LOOPBACK =
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    private static final String TOKEN = "0123456789abcdef0123456789abcdef";
    private static final String TEXT = "text/plain; version=0.0.4; charset=utf-8";
    private static final String OPEN_METRICS =
            "application/openmetrics-text; version=1.0.0; charset=utf-8";

    @TempDir Path directory;
    private final ApiRig rig = new ApiRig().serving();

    @AfterEach
    void close() {
        rig.close();
    }

    private static Tcp plain(InetSocketAddress address) {
        return new Tcp(address, Optional.empty(), Optional.empty());
    }

    private ApiServer start(Optional<Tcp> api, Optional<Tcp> metrics) {
        return ApiServer.start(new ApiSettings(Optional.empty(), api, metrics), rig, rig.runner);
    }

    private ApiServer alone() {
        return start(Optional.empty(), Optional.of(plain(LOOPBACK)));
    }

    private static HttpURLConnection ask(int port, String path, Map<String, String> headers)
            throws IOException {
        HttpURLConnection connection =
                (HttpURLConnection)
                        URI.create("http://127.0.0.1:" + port + path).toURL().openConnection();
        headers.forEach(connection::setRequestProperty);
        return connection;
    }

    private static String body(HttpURLConnection connection) throws IOException {
        try (InputStream in =
                connection.getResponseCode() < 400
                        ? connection.getInputStream()
                        : connection.getErrorStream()) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static String raw(int port, String request) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void theTypeIsWhatTheClientAsksFor() throws IOException {
        try (ApiServer server = alone()) {
            int port = server.metricsPort().orElseThrow();
            HttpURLConnection text = ask(port, "/metrics", Map.of("Accept", "*/*"));
            assertThat(text.getResponseCode()).isEqualTo(200);
            assertThat(text.getContentType()).isEqualTo(TEXT);
            assertThat(text.getHeaderField("Vary")).isEqualTo("Accept, Accept-Encoding");
            assertThat(body(text)).contains("\nfullnat_services 1.0\n").doesNotContain("# EOF");

            HttpURLConnection open =
                    ask(port, "/metrics", Map.of("Accept", "application/openmetrics-text"));
            assertThat(open.getContentType()).isEqualTo(OPEN_METRICS);
            assertThat(body(open)).contains("\nfullnat_services 1.0\n").endsWith("# EOF\n");
        }
    }

    @Test
    void compressedIfTheClientTakesThat() throws IOException {
        try (ApiServer server = alone()) {
            HttpURLConnection answer =
                    ask(
                            server.metricsPort().orElseThrow(),
                            "/metrics",
                            Map.of("Accept-Encoding", "gzip"));
            assertThat(answer.getHeaderField("Content-Encoding")).isEqualTo("gzip");
            byte[] packed = answer.getInputStream().readAllBytes();
            try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(packed))) {
                byte[] whole = in.readAllBytes();
                assertThat(new String(whole, StandardCharsets.UTF_8))
                        .contains("\nfullnat_services 1.0\n");
                assertThat(whole).hasSizeGreaterThan(3 * packed.length);
            }
        }
    }

    @Test
    void theListenerHasNothingElse() throws IOException {
        try (ApiServer server = alone()) {
            int port = server.metricsPort().orElseThrow();
            assertThat(server.tcpPort()).isEmpty();
            for (String path : new String[] {"/", "/v2/health", "/v2/openapi.json", "/metrics/"}) {
                HttpURLConnection answer = ask(port, path, Map.of());
                assertThat(answer.getResponseCode()).as(path).isEqualTo(404);
                assertThat(body(answer)).contains("there is /metrics");
            }
            HttpURLConnection post = ask(port, "/metrics", Map.of());
            post.setRequestMethod("DELETE");
            assertThat(post.getResponseCode()).isEqualTo(405);
            assertThat(post.getHeaderField("Allow")).isEqualTo("GET, HEAD, OPTIONS");
        }
    }

    @Test
    void theApiHasItBeside() throws IOException {
        Path token = Files.writeString(directory.resolve("token"), TOKEN);
        Files.setPosixFilePermissions(token, PosixFilePermissions.fromString("rw-------"));
        Tcp api = new Tcp(LOOPBACK, Optional.empty(), Optional.of(token));
        try (ApiServer server = start(Optional.of(api), Optional.empty())) {
            int port = server.tcpPort().orElseThrow();
            assertThat(server.metricsPort()).isEmpty();
            assertThat(ask(port, "/metrics", Map.of()).getResponseCode()).isEqualTo(401);
            HttpURLConnection admitted =
                    ask(port, "/metrics", Map.of("Authorization", "Bearer " + TOKEN));
            assertThat(body(admitted)).contains("\nfullnat_services 1.0\n");
        }
    }

    @Test
    void onlyThoseNamed() throws IOException {
        try (ApiServer server = alone()) {
            int port = server.metricsPort().orElseThrow();
            assertThat(body(ask(port, "/metrics?name%5B%5D=fullnat_services", Map.of())))
                    .isEqualTo(
                            "# HELP fullnat_services Virtual services\n"
                                    + "# TYPE fullnat_services gauge\n"
                                    + "fullnat_services 1.0\n");
            assertThat(body(ask(port, "/metrics?name%5B%5D=fullnat_revision", Map.of())))
                    .contains("fullnat_revision ")
                    .doesNotContain("fullnat_services");
            assertThat(ask(port, "/metrics?names=x", Map.of()).getResponseCode()).isEqualTo(400);
        }
    }

    /// HEAD has the headers, and a client of HTTP/1.0 the whole text until the end.
    @Test
    void olderAndShorterRequests() throws IOException {
        try (ApiServer server = alone()) {
            int port = server.metricsPort().orElseThrow();
            String head = raw(port, "HEAD /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assertThat(head)
                    .startsWith("HTTP/1.1 200 ")
                    .contains("\r\nContent-Type: " + TEXT + "\r\n")
                    .endsWith("\r\n\r\n")
                    .doesNotContain("fullnat_services");
            String old = raw(port, "GET /metrics HTTP/1.0\r\nHost: localhost\r\n\r\n");
            assertThat(old)
                    .contains("\r\nContent-Type: " + TEXT + "\r\n", "\nfullnat_services 1.0\n")
                    .doesNotContain("chunked");
        }
    }

    /// Each has been closed, so that the next finds room.
    @Test
    void oneAfterTheOther() throws IOException {
        try (ApiServer server = alone()) {
            int port = server.metricsPort().orElseThrow();
            for (int i = 0; i < 8; i++) {
                raw(port, "HEAD /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
                assertThat(ask(port, "/metrics", Map.of()).getResponseCode()).isEqualTo(200);
            }
        }
    }

    @Test
    void answersNoPageInABrowser() throws IOException {
        try (ApiServer server = alone()) {
            int port = server.metricsPort().orElseThrow();
            String answer =
                    raw(
                            port,
                            "GET /metrics HTTP/1.1\r\nHost: evil.example\r\n"
                                    + "Connection: close\r\n\r\n");
            assertThat(answer).startsWith("HTTP/1.1 403 ");
        }
    }

    @Test
    void othersNeedTlsAndAToken() {
        Tcp all = plain(new InetSocketAddress(0));
        assertThatThrownBy(() -> start(Optional.empty(), Optional.of(all)))
                .isInstanceOf(BalancerException.class)
                .hasMessageContaining("TLS (metrics.certificate and metrics.key)")
                .hasMessageContaining("a token (metrics.token-file)");
    }
}
