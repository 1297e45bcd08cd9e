// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.probe;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.fullnat.api.Endpoint;
import io.fullnat.api.health.HttpProbe;
import io.fullnat.api.health.ProbeResult;
import io.fullnat.api.health.StatusRanges;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// [HttpExchange] against servers that answer well, badly, late or not at all.
@Timeout(60)
final class HttpExchangeTest {
    private static final HttpProbe GET = HttpProbe.builder().build();
    private static final String REQUEST =
            "HEAD /health?deep=1 HTTP/1.1\r\nHost: www.example.org\r\nConnection: close\r\nX-Token: a b\r\n\r\n";

    private static String unescaped(String text) {
        return text.replace("\\r", "\r").replace("\\n", "\n");
    }

    private static ProbeResult answered(HttpProbe probe, String answer, boolean closed)
            throws Exception {
        try (Peer peer =
                Peer.of(client -> {
                    Peer.say(client, unescaped(answer));
                    if (closed) {
                        client.shutdownOutput();
                    }
                    client.getInputStream().transferTo(OutputStream.nullOutputStream());
                })) {
            return peer.probed(probe);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "HTTP/1.1 200 OK\\r\\n\\r\\n | true | HTTP status 200",
                "HTTP/1.0 302\\r\\n\\r\\n | true | HTTP status 302",
                "HTTP/1.1 204 No Content\\n\\n | true | HTTP status 204",
                "HTTP/1.1 100 Continue\\r\\n\\r\\nHTTP/1.1 103 X\\r\\nA: b\\r\\n\\r\\nHTTP/1.1 200 OK\\r\\n\\r\\n | true | HTTP status 200",
                "HTTP/1.1 500 Broken\\r\\n\\r\\n | false | HTTP status 500",
                "HTTP/1.1 404 \\r\\n\\r\\n | false | HTTP status 404",
                "HTTP/1.1 099 OK\\r\\n\\r\\n | false | answer is not HTTP/1.1",
                "SSH-2.0-OpenSSH_9.2\\r\\n | false | answer is not HTTP/1.1",
                "HTTP/1.1 200 OK\\r\\nA: b\\r\\n | false | connection closed by the server",
            })
    void judgesByTheStatus(String answer, boolean passed, String detail) throws Exception {
        assertThat(answered(GET, answer, true)).isEqualTo(new ProbeResult(passed, detail));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Content-Length: 8\\r\\n\\r\\nall fine | false | true",
                "Content-Length: 7\\r\\n\\r\\nall fine | false | false",
                "Transfer-Encoding: chunked\\r\\n\\r\\n4;a=b\\r\\nall \\r\\n4\\r\\nfine\\r\\n0\\r\\n\\r\\n | false | true",
                "Transfer-Encoding: chunked\\r\\n\\r\\n3\\r\\nall fine\\r\\n0\\r\\n\\r\\n | false | false",
                "Transfer-Encoding: chunked\\r\\n\\r\\nffffffffff\\r\\n | false | false",
                "Content-Length: -1\\r\\n\\r\\nall fine | false | false",
                "Content-Length: 99\\r\\n\\r\\nall fine | true | false",
                "A: b\\r\\n\\r\\nwhat was said: all fine. | true | true",
            })
    void looksIntoTheBodyHoweverItEnds(String answer, boolean closed, boolean passed)
            throws Exception {
        assertThat(
                        answered(
                                        HttpProbe.builder().contains("all fine").build(),
                                        "HTTP/1.1 200 OK\\r\\n" + answer,
                                        closed)
                                .passed())
                .isEqualTo(passed);
    }

    @Test
    void matchesAnExpression() throws Exception {
        HttpProbe probe = HttpProbe.builder().matches("load: [0-9]\\b").build();
        String answer = "HTTP/1.1 200 OK\\r\\nContent-Length: 8\\r\\n\\r\\nload: ";

        assertThat(answered(probe, answer + "7;", false).passed()).isTrue();
        assertThat(answered(probe, answer + "77", false))
                .isEqualTo(
                        ProbeResult.failed("HTTP status 200, but not the body that is expected"));
    }

    @Test
    void anExpressionThatNeverEndsIsEnded() throws Exception {
        try (Peer peer =
                Peer.saying("HTTP/1.1 200 OK\r\nContent-Length: 60\r\n\r\n" + "a".repeat(60))) {
            assertThat(
                            peer.probedBriefly(
                                    HttpProbe.builder().matches(".*".repeat(10) + "[^a]").build()))
                    .isEqualTo(
                            ProbeResult.failed(
                                    "the regular expression takes longer than the check may"));
        }
    }

    @Test
    void anExpressionThatGoesTooDeepIsEnded() throws Exception {
        try (Peer peer =
                Peer.saying(
                        "HTTP/1.1 200 OK\r\nContent-Length: 65000\r\n\r\n" + "ab".repeat(32_500))) {
            assertThat(peer.probed(HttpProbe.builder().matches("^(a|b)*c").build()))
                    .isEqualTo(
                            ProbeResult.failed(
                                    "the regular expression goes too deep for this body"));
        }
    }

    @Test
    void readsNoMoreThanItMay() throws Exception {
        try (Peer header =
                        Peer.of(client -> {
                            Peer.say(client, "HTTP/1.1 200 OK\r\n");
                            while (true) {
                                Peer.say(client, "A: " + "b".repeat(1000) + "\r\n");
                            }
                        });
                Peer body =
                        Peer.of(client -> {
                            Peer.say(client, "HTTP/1.1 200 OK\r\n\r\n");
                            while (true) {
                                Peer.say(client, "b".repeat(1000));
                            }
                        })) {
            assertThat(header.probed(GET))
                    .isEqualTo(ProbeResult.failed("HTTP header of more than 65536 bytes"));
            assertThat(body.probed(HttpProbe.builder().contains("c").build()).passed()).isFalse();
        }
    }

    @Test
    void slowAnswersEndWithTheTimeout() throws Exception {
        ProbeResult late = ProbeResult.failed("no answer within 300 ms");
        HttpProbe body = HttpProbe.builder().contains("c").build();
        try (Peer silent = Peer.saying("");
                Peer header = Peer.dripping("HTTP/1.1 200 OK\r\n", "A: b\r\n");
                Peer line = Peer.dripping("HTTP/1.1 200", " ");
                Peer bytes = Peer.dripping("HTTP/1.1 200 OK\r\n\r\n", "b");
                Peer chunks =
                        Peer.dripping(
                                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                                "1\r\nb\r\n")) {
            assertThat(silent.probedBriefly(GET)).isEqualTo(late);
            assertThat(header.probedBriefly(GET)).isEqualTo(late);
            assertThat(line.probedBriefly(GET)).isEqualTo(late);
            assertThat(bytes.probedBriefly(body)).isEqualTo(late);
            assertThat(chunks.probedBriefly(body)).isEqualTo(late);
        }
    }

    @Test
    void aResetIsDown() throws Exception {
        try (Peer peer = Peer.resetting()) {
            assertThat(peer.probed(GET).passed()).isFalse();
        }
    }

    @Test
    void sendsTheRequestThatIsSaid() throws Exception {
        CompletableFuture<String> request = new CompletableFuture<>();
        try (Peer peer =
                Peer.of(client -> {
                    request.complete(
                            new String(
                                    client.getInputStream().readNBytes(REQUEST.length()),
                                    StandardCharsets.US_ASCII));
                    Peer.say(client, "HTTP/1.1 401 No\r\nContent-Length: 99\r\n\r\n");
                    client.getInputStream().read();
                })) {
            HttpProbe probe =
                    HttpProbe.builder()
                            .method("HEAD")
                            .host("www.example.org")
                            .path("/health?deep=1")
                            .header("X-Token", "a b")
                            .statuses(StatusRanges.parse("401"))
                            .build();
            assertThat(peer.probed(probe)).isEqualTo(ProbeResult.passed("HTTP status 401"));
        }
        assertThat(request.get(10, TimeUnit.SECONDS)).isEqualTo(REQUEST);
    }

    @Test
    void asksAServerOfTheRuntime() throws Exception {
        HttpServer server =
                HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 0);
        server.createContext(
                "/health",
                exchange -> {
                    byte[] body =
                            exchange.getRequestHeaders()
                                    .getFirst("Host")
                                    .getBytes(StandardCharsets.UTF_8);
                    exchange.sendResponseHeaders(200, 0);
                    exchange.getResponseBody().write(body);
                    exchange.close();
                });
        server.start();
        try {
            Endpoint endpoint = Endpoint.of("127.0.0.1", server.getAddress().getPort());
            HttpProbe.Builder probe = HttpProbe.builder().contains(endpoint.toString());
            assertThat(Peer.probe(probe.path("/health").build(), endpoint, Peer.LONG))
                    .isEqualTo(ProbeResult.passed("HTTP status 200 and the body that is expected"));
            assertThat(Peer.probe(probe.path("/other").build(), endpoint, Peer.LONG))
                    .isEqualTo(ProbeResult.failed("HTTP status 404"));
        } finally {
            server.stop(0);
        }
    }
}
