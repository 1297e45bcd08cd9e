// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.fullnat.api.Endpoint;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What the server says, and that the client notices when it is not what it should be.
class RequestServerTest {
    private static final Endpoint SERVER = Endpoint.of("10.0.0.2", 80);

    @Test
    void requestsMayComeTogether() {
        String answers = talk("GET /1/0 HTTP/1.1\r\nHost: a\r\n\r\nGET /-5/3 HTTP/1.1\r\n\r\n");
        assertThat(answers)
                .startsWith(
                        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-Peer: 10.0.0.1:40000\r\n\r\n")
                .contains("Content-Length: 3\r\n")
                .endsWith("\r\n\r\n" + new String(Body.of(-5, 3), ISO_8859_1));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "POST /1/2 HTTP/1.1\r\n\r\n",
                "GET /1/999999999 HTTP/1.1\r\n\r\n",
                "GET / HTTP/1.1\r\n\r\n",
                "\r\n\r\n"
            })
    void anythingElseIsRefused(String request) {
        assertThat(talk(request)).startsWith("HTTP/1.1 400 Bad Request\r\n");
    }

    @Test
    void anEndlessRequestIsRefused() {
        assertThat(talk("x".repeat(50_000)))
                .isEqualTo("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    }

    @Test
    void theClientReportsAWrongBody() {
        assertThat(failuresWith("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nX-Peer: a\r\n\r\n" + "?"))
                .contains("got a wrong body of 1 bytes");
    }

    @Test
    void theClientReportsAnEarlyEnd() {
        assertThat(failuresWith("")).contains("ended ORDERLY after 0 answers");
    }

    @Test
    void anImpossibleLoadIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> new RequestLoad(0, 1, 1, 1, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> new RequestLoad(1, 1, 1, -1, 0));
    }

    private static String talk(String request) {
        ByteArrayOutputStream answers = new ByteArrayOutputStream();
        try (TwoHosts hosts = TwoHosts.onGoodWire()) {
            hosts.server.tcp().listen(80, RequestServer::new);
            TcpConnection connection =
                    hosts.client
                            .tcp()
                            .connect(40000, SERVER, (_, data) -> answers.writeBytes(data));
            connection.send(request.getBytes(ISO_8859_1));
            hosts.run(Duration.ofSeconds(1));
            connection.close();
            hosts.assertClean();
        }
        return answers.toString(ISO_8859_1);
    }

    /// The one failure of a client that asks for an empty body of a server that answers so.
    private static String failuresWith(String answer) {
        try (TwoHosts hosts = TwoHosts.onGoodWire()) {
            hosts.server
                    .tcp()
                    .listen(
                            80,
                            () ->
                                    (connection, _) -> {
                                        connection.send(answer.getBytes(ISO_8859_1));
                                        connection.close();
                                    });
            RequestClient client =
                    new RequestClient(hosts.client, SERVER, new RequestLoad(1, 1, 1, 0, 1));
            client.start();
            hosts.runUntil(client::isDone, Duration.ofMinutes(1));
            assertThat(client.completedRequests()).isZero();
            assertThat(client.failures()).hasSize(1);
            return client.failures().getFirst();
        }
    }
}
