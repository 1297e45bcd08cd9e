// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.balancer.api.ApiRig;
import io.fullnat.balancer.config.ApiSettings;
import io.fullnat.balancer.text.JavaText;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// HTTP/1.0, HEAD, OPTIONS and verbs that a path has not, as they are on the wire (RFC 9110, 9112).
@Timeout(60)
@SuppressWarnings("StringConcatToTextBlock") // line ends are the protocol's
final class HttpSemanticsTest {
    @TempDir Path directory;
    private Path socket = Path.of("");
    private final ApiRig rig = new ApiRig().serving();
    private ApiServer server;

    @BeforeEach
    void open() {
        socket = directory.resolve("api.sock");
        server =
                ApiServer.start(
                        new ApiSettings(Optional.of(socket), Optional.empty()),
                        rig,
                        (arguments, input, out, err) -> rig.runner.run(arguments, input, out, err));
    }

    @AfterEach
    void close() {
        server.close();
        rig.close();
    }

    private record Answer(String status, List<String> headers, String body) {
        String header(String name) {
            return headers.stream()
                    .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(name + ":"))
                    .map(line -> line.substring(name.length() + 1).strip())
                    .findFirst()
                    .orElse("(none)");
        }
    }

    /// All that comes until the server hangs up.
    private Answer ask(String request) throws IOException {
        try (RawClient client = new RawClient(socket)) {
            return answer(client.send(request).readAll());
        }
    }

    private static Answer answer(String text) {
        int end = text.indexOf("\r\n\r\n");
        assertThat(end).as(text).isPositive();
        List<String> head = new ArrayList<>(List.of(text.substring(0, end).split("\r\n")));
        return new Answer(head.removeFirst(), head, text.substring(end + 4));
    }

    private Answer close(String verb, String target) throws IOException {
        return ask(
                verb + " " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "Host: localhost\r\n", "Connection: close\r\n", "User-Agent: old\r\n"})
    void answersHttp10WithALengthAndHangsUp(String headers) throws IOException {
        Answer answer = ask("GET /v2/vs HTTP/1.0\r\n" + headers + "\r\n");

        assertThat(answer.status()).matches("HTTP/1\\.[01] 200 OK");
        assertThat(answer.header("transfer-encoding")).isEqualTo("(none)");
        assertThat(answer.header("content-length"))
                .isEqualTo(String.valueOf(answer.body().length()));
        assertThat(answer.header("connection")).isEqualTo("close");
        assertThat(answer.body()).startsWith("{").contains("192.0.2.80").endsWith("}");
    }

    /// The end of a stream is the end of the connection: 1.0 knows no chunks.
    @ParameterizedTest
    @ValueSource(strings = {"", "Connection: keep-alive\r\n"})
    void streamsToHttp10WithoutChunks(String headers) throws IOException {
        rig.runner =
                (arguments, input, out, err) -> {
                    out.print("one\n");
                    out.flush();
                    return 0;
                };
        String body = "{\"arguments\":[\"x\"]}";
        Answer answer =
                ask(
                        "POST /v2/command HTTP/1.0\r\n"
                                + headers
                                + "Content-Type: application/json\r\nContent-Length: "
                                + body.length()
                                + "\r\n\r\n"
                                + body);

        assertThat(answer.status()).matches("HTTP/1\\.[01] 200 OK");
        assertThat(answer.header("transfer-encoding")).isEqualTo("(none)");
        assertThat(answer.header("connection")).isEqualTo("close");
        assertThat(answer.body()).isEqualTo("{\"out\":\"one\\n\"}\n{\"exit\":0}\n");
    }

    @Test
    void keepsAConnectionOfHttp10IfAsked() throws IOException {
        try (RawClient client = new RawClient(socket)) {
            client.send(
                    "GET /v2/vs/192.0.2.80-80-tcp HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"
                            + "GET /v2/nosuch HTTP/1.0\r\n\r\n");
            String text = client.readAll();
            Answer first = answer(text);
            int length = Integer.parseInt(first.header("content-length"));
            assertThat(first.header("connection")).isEqualToIgnoringCase("keep-alive");
            assertThat(answer(first.body().substring(length)).status())
                    .matches("HTTP/1\\.[01] 404 .*");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/v2/vs",
                "/v2/vs/192.0.2.80-80-tcp",
                "/v2/health",
                "/v2/openapi.json",
                "/v2/config",
                "/v2/nosuch",
                "/v2/vs?bogus=1"
            })
    void answersHeadAsGetWithoutTheBody(String target) throws IOException {
        Answer get = close("GET", target);
        Answer head = close("HEAD", target);

        assertThat(head.status()).isEqualTo(get.status());
        assertThat(head.body()).isEmpty();
        for (String name : List.of("content-type", "content-length", "connection", "allow")) {
            assertThat(head.header(name)).as(name).isEqualTo(get.header(name));
        }
    }

    @Test
    void answersHeadOfAStreamAtOnce() throws IOException {
        Answer head = close("HEAD", "/v2/connections");

        assertThat(head.status()).isEqualTo("HTTP/1.1 200 OK");
        assertThat(head.header("content-type")).isEqualTo("application/x-ndjson");
        assertThat(head.header("content-length")).isEqualTo("(none)");
        assertThat(head.body()).isEmpty();
    }

    @Test
    void keepsTheConnectionAfterHeadAndOptions() throws IOException {
        try (RawClient client = new RawClient(socket)) {
            client.send(
                    "HEAD /v2/vs HTTP/1.1\r\nHost: localhost\r\n\r\n"
                            + "OPTIONS /v2/vs HTTP/1.1\r\nHost: localhost\r\n\r\n"
                            + "GET /v2/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            String text = client.readAll();

            assertThat(text.split("HTTP/1.1 ", -1)).hasSize(4);
            assertThat(text).endsWith("}");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/v2/vs                           | GET, HEAD, OPTIONS",
                "/v2/vs/192.0.2.80-80-tcp         | DELETE, GET, HEAD, OPTIONS, PUT",
                "/v2/vs/192.0.2.80-80-tcp/rs      | DELETE, GET, HEAD, OPTIONS, POST, PUT",
                "/v2/command                      | OPTIONS, POST",
                "/v2/device/lan/vlan              | OPTIONS",
                "*                                | DELETE, GET, HEAD, OPTIONS, POST, PUT"
            })
    void saysWhatMayBeAsked(String target, String allow) throws IOException {
        Answer answer = close("OPTIONS", target);

        assertThat(answer.status()).startsWith("HTTP/1.1 204 ");
        assertThat(answer.header("allow")).isEqualTo(allow);
        assertThat(answer.body()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "POST   | /v2/vs      | GET, HEAD, OPTIONS",
                "PATCH  | /v2/vs      | GET, HEAD, OPTIONS",
                "GET    | /v2/command | OPTIONS, POST",
                "HEAD   | /v2/command | OPTIONS, POST",
                "TRACE  | /v2/vs      | GET, HEAD, OPTIONS"
            })
    void saysWhatMayBeAskedWhenSomethingElseWas(String verb, String target, String allow)
            throws IOException {
        Answer answer = close(verb, target);

        assertThat(answer.status()).startsWith("HTTP/1.1 405 ");
        assertThat(answer.header("allow")).isEqualTo(allow);
        if (!verb.equals("HEAD")) {
            assertThat(answer.body()).contains("has no " + verb + "; it has " + allow);
        }
    }

    @Test
    void knowsNoPathThatIsNotThere() throws IOException {
        assertThat(close("OPTIONS", "/v2/nosuch").status()).startsWith("HTTP/1.1 404 ");
        assertThat(close("HEAD", "/v2/nosuch").status()).startsWith("HTTP/1.1 404 ");
    }

    /// What is no HTTP that the server speaks is refused with a sentence, without Java in it.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /v2/vs HTTP/2.0\r\n\r\n",
                "GET /v2/vs HTTP/0.9\r\n\r\n",
                "GET /v2/vs HTTP/1.2\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                "GET /v2/vs\r\n\r\n",
                "GET /v2/vs HTTQ/1.1\r\n\r\n",
                "GET  HTTP/1.1\r\n\r\n",
                "GET /v2/vs HTTP/1.1\r\nHost: localhost\r\nbroken\r\n\r\n",
                "GET /v2/vs HTTP/1.1\r\nHost: localhost\r\nContent-Length: many\r\n\r\n",
                "GET /v2/vs HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
                "PUT /v2/vs HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                "GET /v2/%zz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                "GET /v2/\u001b[2J HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                "GET http://[/v2/vs HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                "G\u0001T /v2/vs HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                "GET /v2/vs HTTP/1.1\r\nHost: localhost\r\nX: a\u001bb\r\nConnection: close\r\n\r\n",
                "GET /v2/vs HTTP/1.1\r\nX: no host\r\nConnection: close\r\n\r\n",
            })
    void refusesWhatIsNoHttpWithoutJava(String request) throws IOException {
        try (RawClient client = new RawClient(socket)) {
            String text = client.send(request).readAll();
            assertThat(text).doesNotContainPattern(JavaText.PATTERN);
            assertThat(text.replace("\r\n", ""))
                    .doesNotContainPattern("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]");
        }
    }
}
