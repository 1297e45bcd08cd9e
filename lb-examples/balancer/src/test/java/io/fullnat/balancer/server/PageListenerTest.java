// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.balancer.api.ApiRig;
import io.fullnat.balancer.config.ApiSettings;
import io.fullnat.balancer.config.ApiSettings.Tcp;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The live page over sockets: who gets it, and what it may do from there.
@Timeout(60)
@SuppressWarnings("StringConcatToTextBlock") // line ends are the protocol's
final class PageListenerTest {
    private static final InetSocketAddress LOOPBACK =
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    private static final String TOKEN = "0123456789abcdef0123456789abcdef";
    private static final String BODY =
            "{\"Items\":[{\"ip\":\"10.0.1.11\",\"port\":8080,\"weight\":7}]}";

    @TempDir Path directory;
    private final ApiRig rig = new ApiRig().serving();

    @AfterEach
    void close() {
        rig.close();
    }

    private ApiServer open() {
        Tcp tcp = new Tcp(LOOPBACK, Optional.empty(), Optional.empty());
        return ApiServer.start(
                new ApiSettings(Optional.empty(), Optional.of(tcp)), rig, rig.runner);
    }

    private ApiServer guarded() throws IOException {
        Path token = Files.writeString(directory.resolve("token"), TOKEN);
        Files.setPosixFilePermissions(token, PosixFilePermissions.fromString("rw-------"));
        Tcp tcp = new Tcp(LOOPBACK, Optional.empty(), Optional.of(token));
        return ApiServer.start(
                new ApiSettings(Optional.empty(), Optional.of(tcp)), rig, rig.runner);
    }

    private static String request(String line, String... headers) {
        return line
                + " HTTP/1.1\r\nConnection: close\r\n"
                + String.join("", List.of(headers).stream().map(h -> h + "\r\n").toList())
                + "\r\n";
    }

    private static String ask(ApiServer server, String line, String... headers) throws IOException {
        int port = server.tcpPort().orElseThrow();
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            String head = request(line, headers).replace("PORT", String.valueOf(port));
            socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static String header(String answer, String name) {
        return answer.lines()
                .takeWhile(line -> !line.isEmpty())
                .filter(line -> line.regionMatches(true, 0, name + ":", 0, name.length() + 1))
                .map(line -> line.substring(name.length() + 1).strip())
                .findFirst()
                .orElse("");
    }

    private static String put(String body, String... headers) {
        return request("PUT " + ApiRig.WEB + "/rs", headers)
                .replace(
                        "\r\n\r\n",
                        "\r\nContent-Type: application/json\r\nContent-Length: "
                                + body.length()
                                + "\r\n\r\n"
                                + body);
    }

    @Test
    void thePageIsAtTheTop() throws IOException {
        try (ApiServer server = open()) {
            String answer = ask(server, "GET /", "Host: localhost");
            assertThat(answer).startsWith("HTTP/1.1 200 ").contains("<title>fullnat</title>");
            assertThat(header(answer, "Content-Type")).isEqualTo("text/html; charset=utf-8");
            assertThat(header(answer, "Content-Security-Policy"))
                    .startsWith("default-src 'none'; script-src 'self';");
            assertThat(header(answer, "X-Content-Type-Options")).isEqualTo("nosniff");
            assertThat(ask(server, "GET /page/app.js", "Host: localhost"))
                    .contains("text/javascript")
                    .contains("import * as");
            assertThat(ask(server, "GET /page/uplot.js", "Host: localhost")).contains("uPlot");
            assertThat(ask(server, "GET /page/../app.js", "Host: localhost"))
                    .startsWith("HTTP/1.1 404 ");
        }
    }

    @Test
    void whatAClientHasIsNotSentAgain() throws IOException {
        try (ApiServer server = open()) {
            String first = ask(server, "GET /page/app.css", "Host: localhost");
            String tag = header(first, "ETag");
            String again =
                    ask(server, "GET /page/app.css", "Host: localhost", "If-None-Match: " + tag);
            assertThat(again).startsWith("HTTP/1.1 304 ").endsWith("\r\n\r\n");
            assertThat(header(again, "ETag")).isEqualTo(tag);
            assertThat(header(again, "Cache-Control")).isEqualTo("no-cache");
        }
    }

    @Test
    void itCanOnlyBeRead() throws IOException {
        try (ApiServer server = open()) {
            String head = ask(server, "HEAD /", "Host: localhost");
            String get = ask(server, "GET /", "Host: localhost");
            assertThat(head).startsWith("HTTP/1.1 200 ").endsWith("\r\n\r\n");
            assertThat(header(head, "Content-Length")).isEqualTo(header(get, "Content-Length"));
            assertThat(header(head, "ETag")).isEqualTo(header(get, "ETag"));
            String post = ask(server, "POST /", "Host: localhost");
            assertThat(post).startsWith("HTTP/1.1 405 ");
            assertThat(header(post, "Allow")).isEqualTo("GET, HEAD, OPTIONS");
            assertThat(ask(server, "OPTIONS /page/app.js", "Host: localhost"))
                    .startsWith("HTTP/1.1 204 ");
        }
    }

    @Test
    void withATokenThePageIsForAllAndTheBalancerIsNot() throws IOException {
        try (ApiServer server = guarded()) {
            assertThat(ask(server, "GET /", "Host: balancer.example")).startsWith("HTTP/1.1 200 ");
            assertThat(ask(server, "GET /page/listener", "Host: balancer.example"))
                    .startsWith("HTTP/1.1 200 ")
                    .endsWith("{\"token\":true,\"changes\":true,\"reason\":\"\"}");
            assertThat(ask(server, "GET /v2/overview", "Host: x")).startsWith("HTTP/1.1 401 ");
            assertThat(ask(server, "GET /metrics", "Host: x")).startsWith("HTTP/1.1 401 ");
            assertThat(ask(server, "GET /v2/overview", "Host: x", "Authorization: Bearer " + TOKEN))
                    .startsWith("HTTP/1.1 200 ");
        }
    }

    /// A page in a browser could be anybody's there.
    @Test
    void withoutATokenItMayOnlyLook() throws IOException {
        try (ApiServer server = open()) {
            assertThat(ask(server, "GET /page/listener", "Host: 127.0.0.1:PORT"))
                    .contains("\"token\":false,\"changes\":false")
                    .contains("api.tcp.token-file");
            assertThat(ask(server, "GET /", "Host: evil.example")).startsWith("HTTP/1.1 403 ");
            assertThat(
                            ask(
                                    server,
                                    "GET /page/app.js",
                                    "Host: 127.0.0.1:PORT",
                                    "Origin: http://127.0.0.1:PORT"))
                    .startsWith("HTTP/1.1 200 ");
            assertThat(
                            ask(
                                    server,
                                    "GET /page/app.js",
                                    "Host: 127.0.0.1:PORT",
                                    "Origin: http://127.0.0.1:1"))
                    .startsWith("HTTP/1.1 403 ");
            assertThat(
                            ask(
                                    server,
                                    "PUT " + ApiRig.WEB + "/rs",
                                    "Host: 127.0.0.1:PORT",
                                    "Origin: http://127.0.0.1:PORT"))
                    .startsWith("HTTP/1.1 403 ");
        }
    }

    @Test
    void overATunnelToTheSocketItMayChangeSomethingAndOthersMayNot() throws IOException {
        Path socket = directory.resolve("s");
        ApiSettings settings = new ApiSettings(Optional.of(socket), Optional.empty());
        try (ApiServer server = ApiServer.start(settings, rig, rig.runner)) {
            assertThat(server.tcpPort()).isEmpty();
            assertThat(exchange(socket, request("GET /page/listener", "Host: localhost:8080")))
                    .endsWith("{\"token\":false,\"changes\":true,\"reason\":\"\"}");
            for (String[] wrong :
                    new String[][] {
                        {"Host: localhost:8080", "Origin: http://evil.example"},
                        {"Host: localhost:8080", "Origin: http://localhost:8081"},
                        {"Host: localhost:8080", "Origin: null"},
                        {"Host: evil.example", "Origin: http://evil.example"},
                    }) {
                assertThat(exchange(socket, put(BODY, wrong))).startsWith("HTTP/1.1 403 ");
            }
            assertThat(rig.web().realServers().getFirst().weight()).isEqualTo(1);
            assertThat(
                            exchange(
                                    socket,
                                    put(
                                            BODY,
                                            "Host: localhost:8080",
                                            "Origin: http://localhost:8080")))
                    .startsWith("HTTP/1.1 200 ");
            assertThat(rig.web().realServers().getFirst().weight()).isEqualTo(7);
        }
    }

    /// As a browser asks that follows a name which was pointed at the near end of a tunnel.
    @Test
    void overATunnelItIsNotReadUnderAForeignName() throws IOException {
        Path socket = directory.resolve("s");
        ApiSettings settings = new ApiSettings(Optional.of(socket), Optional.empty());
        try (ApiServer server = ApiServer.start(settings, rig, rig.runner)) {
            assertThat(server.tcpPort()).isEmpty();
            for (String path : List.of("/", "/page/app.js", "/metrics", "/v2/config")) {
                for (String host : List.of("evil.example:8080", "localhost.evil.example", "x")) {
                    assertThat(exchange(socket, request("GET " + path, "Host: " + host)))
                            .startsWith("HTTP/1.1 403 ")
                            .contains("the host must be 127.0.0.1, [::1] or localhost");
                }
                for (String host : List.of("localhost", "127.0.0.1:8080", "[::1]:8080", "")) {
                    assertThat(exchange(socket, request("GET " + path, "Host: " + host)))
                            .as(path + " of " + host)
                            .startsWith("HTTP/1.1 200 ");
                }
            }
        }
    }

    /// An image of a page from elsewhere has no Origin header, and would take a place for events.
    @Test
    void pagesFromElsewhereGetNotEvenAnswersThatTheyCannotRead() throws IOException {
        try (ApiServer server = open()) {
            for (String site : List.of("cross-site", "same-site", "Cross-Site")) {
                for (String path : List.of("/page/app.js", "/v2/overview", "/v2/events")) {
                    assertThat(fetch(server, path, site, "no-cors", "image"))
                            .startsWith("HTTP/1.1 403 ")
                            .contains("Sec-Fetch-Site");
                }
                assertThat(fetch(server, "/", site, "navigate", "document"))
                        .startsWith("HTTP/1.1 200 ");
                assertThat(fetch(server, "/", site, "navigate", "iframe"))
                        .startsWith("HTTP/1.1 403 ");
                assertThat(fetch(server, "/v2/events", site, "navigate", "document"))
                        .startsWith("HTTP/1.1 403 ");
            }
            for (String site : List.of("same-origin", "none")) {
                assertThat(fetch(server, "/v2/overview", site, "cors", "empty"))
                        .startsWith("HTTP/1.1 200 ");
            }
        }
        try (ApiServer server = guarded()) {
            assertThat(fetch(server, "/page/app.js", "cross-site", "no-cors", "script"))
                    .startsWith("HTTP/1.1 200 ");
        }
    }

    private static String fetch(
            ApiServer server, String path, String site, String mode, String destination)
            throws IOException {
        return ask(
                server,
                "GET " + path,
                "Host: 127.0.0.1:PORT",
                "Sec-Fetch-Site: " + site,
                "Sec-Fetch-Mode: " + mode,
                "Sec-Fetch-Dest: " + destination);
    }

    @Test
    void toChangeThePageTakesAToken() throws IOException {
        try (ApiServer server = guarded()) {
            for (String verb : List.of("PUT", "POST", "DELETE", "PATCH")) {
                for (String path : List.of("/", "/page/app.js", "/page/listener")) {
                    assertThat(ask(server, verb + " " + path, "Host: x"))
                            .startsWith("HTTP/1.1 401 ");
                }
            }
            assertThat(ask(server, "PUT /", "Host: x", "Authorization: Bearer " + TOKEN))
                    .startsWith("HTTP/1.1 405 ");
        }
    }

    private static String exchange(Path socket, String request) throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            ByteBuffer bytes = ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            return new String(
                    Channels.newInputStream(channel).readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
