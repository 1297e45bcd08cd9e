// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.balancer.api.ApiRig;
import io.fullnat.balancer.config.ApiSettings;
import io.fullnat.balancer.run.Audit;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What hostile and slow clients get, and that others do not notice. Every wait is bounded by the
/// test's time limit.
@Timeout(60)
@SuppressWarnings("StringConcatToTextBlock") // line ends are the protocol's
final class LimitsTest {
    private static final Duration NEVER = Duration.ofDays(1);
    private static final Duration SOON = Duration.ofMillis(300);

    @TempDir Path directory;
    private final ApiRig rig = new ApiRig().serving();
    private Path socket = Path.of("s");

    @BeforeEach
    void place() {
        socket = directory.resolve("api.sock");
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private ApiServer start(Limits limits) {
        ApiSettings settings = new ApiSettings(Optional.of(socket), Optional.empty());
        return ApiServer.start(
                settings,
                rig,
                (arguments, input, out, err) -> rig.runner.run(arguments, input, out, err),
                limits,
                Audit.none());
    }

    private static Limits patient(int connections) {
        return new Limits(connections, 512, 2048, 4096, NEVER, NEVER, NEVER, NEVER);
    }

    private String get(String target) throws IOException {
        return RawClient.answer(socket, "GET", target, "");
    }

    @Test
    void clientsThatStallDelayNobody() throws IOException {
        List<RawClient> stalled = new ArrayList<>();
        try (ApiServer server = start(patient(16))) {
            assertThat(server).isNotNull();
            for (int i = 0; i < 100; i++) {
                RawClient client = new RawClient(socket);
                stalled.add(client);
                switch (i % 4) {
                    case 0 -> client.send("");
                    case 1 -> client.send("GET /v2/he");
                    case 2 -> client.send("GET /v2/health HTTP/1.1\r\nHost: loc");
                    default ->
                            client.send(
                                    "PUT /v2/vs/192.0.2.80-80-tcp HTTP/1.1\r\nHost: localhost\r\n"
                                            + "Content-Type: application/json\r\n"
                                            + "Content-Length: 100\r\n\r\n{\"Sched");
                }
                assertThat(get("/v2/health")).as("after %d", i).contains("\"UP\"");
            }
        } finally {
            for (RawClient client : stalled) {
                client.close();
            }
        }
    }

    @Test
    void aClientThatNeverAsksIsHungUpOn() throws IOException {
        Limits limits = new Limits(16, 512, 2048, 4096, SOON, NEVER, NEVER, NEVER);
        try (ApiServer server = start(limits);
                RawClient silent = new RawClient(socket)) {
            assertThat(server).isNotNull();
            assertThat(silent.readAll()).isEmpty();
        }
    }

    @Test
    void aClientThatSendsItsBodyByAndByIsHungUpOn() throws Exception {
        Limits limits = new Limits(16, 512, 2048, 4096, NEVER, NEVER, SOON, NEVER);
        try (ApiServer server = start(limits);
                RawClient slow = new RawClient(socket)) {
            assertThat(server).isNotNull();
            slow.send(
                    "PUT /v2/vs/192.0.2.80-80-tcp HTTP/1.1\r\nHost: localhost\r\n"
                            + "Content-Type: application/json\r\nContent-Length: 4000\r\n\r\n");
            Thread.ofVirtual().start(() -> drip(slow));
            assertThat(slow.readAll()).doesNotContain("200 OK");
        }
    }

    private static void drip(RawClient client) {
        try {
            while (true) {
                client.send(" ");
                TimeUnit.MILLISECONDS.sleep(20);
            }
        } catch (IOException | InterruptedException e) {
            // The server has hung up.
        }
    }

    @Test
    void aConnectionThatAsksNoMoreIsHungUpOn() throws IOException {
        Limits limits = new Limits(16, 512, 2048, 4096, NEVER, SOON, NEVER, NEVER);
        try (ApiServer server = start(limits);
                RawClient client = new RawClient(socket)) {
            assertThat(server).isNotNull();
            client.send("GET /v2/health HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assertThat(client.readAll()).startsWith("HTTP/1.1 200 OK").endsWith("}");
        }
    }

    @Test
    void aClientThatTakesNoAnswerIsHungUpOnAndHoldsUpNobody() throws Exception {
        Limits limits = new Limits(16, 512, 2048, 4096, NEVER, NEVER, NEVER, SOON);
        CountDownLatch noticed = new CountDownLatch(1);
        rig.runner =
                (arguments, input, out, err) -> {
                    while (!out.checkError()) {
                        out.print("x".repeat(4096));
                    }
                    noticed.countDown();
                    return 0;
                };
        try (ApiServer server = start(limits);
                RawClient deaf = new RawClient(socket)) {
            assertThat(server).isNotNull();
            deaf.ask("POST", "/v2/command", "{\"arguments\":[\"yes\"]}");
            assertThat(RawClient.answer(socket, "PUT", ApiRig.WEB, "{\"SchedName\":\"wrr\"}"))
                    .endsWith("\"changed\"");
            assertThat(noticed.await(50, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void theBalancersOwnWorkIsNotHurried() throws IOException {
        Limits limits = new Limits(16, 512, 2048, 4096, SOON, SOON, SOON, SOON);
        rig.runner =
                (arguments, input, out, err) -> {
                    sleepLongerThanAllLimits();
                    out.print("done");
                    return 0;
                };
        try (ApiServer server = start(limits)) {
            assertThat(server).isNotNull();
            assertThat(
                            RawClient.answer(
                                    socket, "POST", "/v2/command", "{\"arguments\":[\"slow\"]}"))
                    .contains("{\"out\":\"done\"}\n", "{\"exit\":0}\n");
        }
    }

    private static void sleepLongerThanAllLimits() {
        try {
            TimeUnit.MILLISECONDS.sleep(4 * SOON.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void whatIsTooLongIsRefusedInTheModelOfErrors() throws IOException {
        try (ApiServer server = start(patient(16))) {
            assertThat(server).isNotNull();
            assertThat(RawClient.answer(socket, "PUT", ApiRig.WEB, "{" + " ".repeat(5000) + "}"))
                    .startsWith("HTTP/1.1 413 ")
                    .contains("\"error\":\"INVALID_ARGUMENT\"");
            assertThat(get("/v2/" + "a".repeat(600)))
                    .startsWith("HTTP/1.1 414 ")
                    .contains("\"error\"");
            try (RawClient client = new RawClient(socket)) {
                client.send(
                        "GET /v2/health HTTP/1.1\r\nHost: localhost\r\nX: "
                                + "a".repeat(4000)
                                + "\r\n\r\n");
                assertThat(client.readAll()).startsWith("HTTP/1.1 4").contains("\"error\"");
            }
            try (RawClient client = new RawClient(socket)) {
                client.send(
                        "PUT /v2/vs/192.0.2.80-80-tcp HTTP/1.1\r\nHost: localhost\r\n"
                                + "Content-Type: application/json\r\n"
                                + "Transfer-Encoding: chunked\r\n\r\n2000\r\n");
                client.send(" ".repeat(0x2000) + "\r\n0\r\n\r\n");
                assertThat(client.readAll()).startsWith("HTTP/1.1 413 ").contains("\"error\"");
            }
        }
    }

    @Test
    void whatIsNoHttpIsRefusedInTheModelOfErrors() throws IOException {
        try (ApiServer server = start(patient(16))) {
            assertThat(server).isNotNull();
            for (String noise :
                    List.of(
                            "\r\n\r\n",
                            "HELLO\r\n\r\n",
                            "GET /v2/health HTTP/9.9\r\n\r\n",
                            "GET /v2/health HTTP/1.1\r\n\r\n",
                            "GET /v2/health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
                            "GET /v2/%zz HTTP/1.1\r\nHost: localhost\r\n\r\n",
                            "PUT /v2/vs/a HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
                            "PUT /v2/vs/a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
                                    + "Transfer-Encoding: chunked\r\n\r\n")) {
                try (RawClient client = new RawClient(socket)) {
                    String answer = client.send(noise + "\r\n\r\n").readAll();
                    assertThat(answer).as(noise).doesNotContain(" 200 ").doesNotContain(" 500 ");
                }
            }
            assertThat(get("/v2/health")).contains("\"UP\"");
        }
    }
}
