// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.service.RealServer;
import io.fullnat.balancer.api.ApiRig;
import io.fullnat.balancer.config.ApiSettings;
import io.fullnat.balancer.event.EventHub;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Events over HTTP, as browsers and scripts read them.
@Timeout(60)
@SuppressWarnings("StringConcatToTextBlock") // line ends are the protocol's
final class EventStreamTest {
    private final ApiRig rig = new ApiRig().serving();
    private final ApiServer server =
            ApiServer.start(
                    new ApiSettings(
                            Optional.empty(),
                            Optional.of(
                                    new ApiSettings.Tcp(
                                            new InetSocketAddress(
                                                    InetAddress.getLoopbackAddress(), 0),
                                            Optional.empty(),
                                            Optional.empty()))),
                    rig,
                    rig.runner);

    @AfterEach
    void close() {
        server.close();
        rig.close();
    }

    /// One who reads.
    private final class Reader implements AutoCloseable {
        private final Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), server.tcpPort().orElseThrow());
        private final BufferedReader in =
                new BufferedReader(
                        new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));

        Reader(String query, String headers) throws IOException {
            socket.getOutputStream()
                    .write(
                            ("GET /v2/events"
                                            + query
                                            + " HTTP/1.1\r\nHost: localhost\r\n"
                                            + headers
                                            + "\r\n")
                                    .getBytes(StandardCharsets.US_ASCII));
        }

        /// The next line that begins so.
        String line(String begin) throws IOException {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                if (line.startsWith(begin)) {
                    return line;
                }
            }
            return "the end";
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    private void change(int weight) {
        rig.balancer
                .services()
                .editRealServer(
                        ApiRig.WEB_KEY, RealServer.of("10.0.1.11", 8080).withWeight(weight));
    }

    @Test
    void aChangeIsToldWhileItHappens() throws IOException {
        try (Reader reader = new Reader("", "")) {
            assertThat(reader.line("HTTP/1.1")).startsWith("HTTP/1.1 200 ");
            assertThat(reader.line("Content-Type")).isEqualTo("Content-Type: text/event-stream");
            assertThat(reader.line("retry")).isEqualTo("retry: 2000");
            change(7);

            assertThat(reader.line("id: ")).isNotEmpty();
            assertThat(reader.line("event: ")).isEqualTo("event: applied");
            assertThat(reader.line("data: "))
                    .contains("\"kind\":\"applied\"", "\"changes\":[\"EditRealServer\"]");
        }
    }

    /// A browser that reconnects says what it has got.
    @Test
    void whatWasMissedIsTold() throws IOException {
        String first;
        try (Reader reader = new Reader("?kind=applied", "")) {
            reader.line("retry");
            change(7);
            first = reader.line("id: ").substring(4);
        }
        change(8);
        change(9);
        try (Reader reader = new Reader("?kind=applied", "Last-Event-ID: " + first + "\r\n")) {
            String second = reader.line("id: ").substring(4);
            String third = reader.line("id: ").substring(4);
            assertThat(List.of(first, second, third)).doesNotHaveDuplicates();
        }
    }

    @Test
    void onlySoManyAndTheRestIsTold() throws IOException {
        List<Reader> readers = new ArrayList<>();
        try {
            for (int i = 0; i < EventHub.MOST_LISTENERS; i++) {
                Reader reader = new Reader("", "");
                readers.add(reader);
                reader.line("retry");
            }
            try (Reader more = new Reader("", "Connection: close\r\n")) {
                assertThat(more.line("HTTP/1.1")).startsWith("HTTP/1.1 503 ");
                assertThat(more.line("{")).contains("16 clients listen to events already");
            }
            assertThat(rig.get("/v2/health").status()).isEqualTo(200);
        } finally {
            for (Reader reader : readers) {
                reader.close();
            }
        }
    }

    @Test
    void aWrongKindIsRefused() throws IOException {
        try (Reader reader = new Reader("?kind=aplied", "Connection: close\r\n")) {
            assertThat(reader.line("HTTP/1.1")).startsWith("HTTP/1.1 400 ");
            assertThat(reader.line("{"))
                    .contains("did you mean \\\"applied\\\"?", "neighbour_moved");
        }
    }

    /// As of a variable that is not set: all events are not what was wanted.
    @ParameterizedTest
    @ValueSource(strings = {"?kind=", "?kind=applied,", "?kind"})
    void noKindIsNotAll(String query) throws IOException {
        try (Reader reader = new Reader(query, "Connection: close\r\n")) {
            assertThat(reader.line("HTTP/1.1")).startsWith("HTTP/1.1 400 ");
            assertThat(reader.line("{")).contains("there is no kind of events of that name");
        }
    }

    @Test
    void theEndOfTheServerIsTheEndOfTheStream() throws IOException {
        try (Reader reader = new Reader("", "")) {
            reader.line("retry");
            server.close();
            assertThat(reader.line("id: ")).isEqualTo("the end");
        }
    }
}
