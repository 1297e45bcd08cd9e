// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fullnat.api.IpAddress;
import io.fullnat.api.MacAddress;
import io.fullnat.api.ManualClock;
import io.fullnat.api.control.Change;
import io.fullnat.api.network.Neighbour;
import io.fullnat.balancer.api.ApiRig;
import io.fullnat.balancer.api.Json;
import io.fullnat.balancer.config.ApiSettings;
import io.fullnat.balancer.run.Audit;
import io.fullnat.core.memoryio.FrameEnd;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// `GET /v2/connections` of a balancer that has some, and while it forwards.
@Timeout(60)
final class LiveConnectionsTest {
    private static final String CLIENT_MAC = "02:00:00:00:00:c1";
    private static final String SERVER_MAC = "02:00:00:00:00:51";
    private static final int FIRST_PORT = 1024;
    private static final int MANY = 20_000;
    private static final int BURST = 64;
    private static final Duration NEVER = Duration.ofDays(1);
    private static final Duration SOON = Duration.ofMillis(300);

    @TempDir Path directory;

    /// Its clock stands still, so that no connection ends by itself.
    private final ApiRig rig =
            new ApiRig(builder -> builder.connections(32_768).clock(new ManualClock())).serving();

    private final FrameEnd client = new FrameEnd(rig.io.wire("wan").far(), rig.io.buffers());
    private final FrameEnd server = new FrameEnd(rig.io.wire("lan").far(), rig.io.buffers());
    private Path socket = Path.of("s");

    @BeforeEach
    void place() {
        socket = directory.resolve("api.sock");
        rig.control()
                .apply(
                        new Change.SetNeighbour(
                                new Neighbour(
                                        IpAddress.parse("10.0.1.11"),
                                        MacAddress.parse(SERVER_MAC),
                                        "lan")));
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private ApiServer start(Limits limits) {
        ApiSettings settings = new ApiSettings(Optional.of(socket), Optional.empty());
        return ApiServer.start(settings, rig, rig.runner, limits, Audit.none());
    }

    /// Clients open connections, each from a port of its own; the server has got their packets.
    private void open(int firstPort, int count) {
        int arrived = 0;
        for (int sent = 0; arrived < count; ) {
            for (int i = 0; i < BURST && sent < count; i++, sent++) {
                client.send(
                        PacketBuilder.ethernet(CLIENT_MAC, "02:00:00:00:00:01")
                                .ipv4("192.0.2.7", "192.0.2.80")
                                .tcp(firstPort + sent, 80)
                                .flags(Tcp.SYN));
            }
            while (arrived < sent) {
                arrived +=
                        (int)
                                server.receiveAll().stream()
                                        .filter(LiveConnectionsTest::isIpv4)
                                        .count();
                client.receiveAll();
                LockSupport.parkNanos(1);
            }
        }
    }

    /// Others are ARP's.
    private static boolean isIpv4(byte[] frame) {
        return frame[12] == 8 && frame[13] == 0;
    }

    private static List<String> clients(int firstPort, int count) {
        return IntStream.range(firstPort, firstPort + count)
                .mapToObj(port -> "192.0.2.7:" + port)
                .toList();
    }

    private String get(String target) throws IOException {
        return RawClient.answer(socket, "GET", target, "");
    }

    /// The lines of a whole answer.
    private static List<JsonNode> lines(String answer) {
        assertThat(answer)
                .startsWith("HTTP/1.1 200 OK\r\n")
                .contains("Content-Type: application/x-ndjson");
        if (answer.endsWith("\r\n\r\n") && answer.contains("\r\nContent-Length: 0\r\n")) {
            return List.of();
        }
        assertThat(answer).contains("Transfer-Encoding: chunked");
        return body(answer).lines().map(LiveConnectionsTest::parsed).toList();
    }

    private static JsonNode parsed(String line) {
        JsonNode node = Json.parse(line.getBytes(StandardCharsets.UTF_8));
        ApiRig.check("Connection", node);
        return node;
    }

    /// What the chunks hold, up to the empty one that ends them.
    private static String body(String answer) {
        StringBuilder body = new StringBuilder();
        int at = answer.indexOf("\r\n\r\n") + 4;
        while (true) {
            int end = answer.indexOf("\r\n", at);
            assertThat(end).as("a chunk's length, after %d characters", at).isPositive();
            int length = Integer.parseInt(answer.substring(at, end), 16);
            if (length == 0) {
                return body.toString();
            }
            body.append(answer, end + 2, end + 2 + length);
            at = end + 2 + length + 2;
        }
    }

    private static List<String> clientsOf(List<JsonNode> lines) {
        return lines.stream().map(line -> line.path("client").asText()).toList();
    }

    @Test
    void aConnectionIsShownWithAllThatIsKnownOfIt() throws IOException {
        open(FIRST_PORT, 1);
        try (ApiServer api = start(Limits.DEFAULT)) {
            assertThat(api).isNotNull();
            List<JsonNode> lines = lines(get("/v2/connections"));
            assertThat(lines).hasSize(1);

            JsonNode line = lines.getFirst();
            assertThat(line.path("worker").asInt(-1)).isZero();
            assertThat(line.path("protocol").asText()).isEqualTo("TCP");
            assertThat(line.path("state").asText()).isEqualTo("SYN_RECV");
            assertThat(line.path("secondsLeft").asInt()).isBetween(1, 31);
            assertThat(line.path("client").asText()).isEqualTo("192.0.2.7:1024");
            assertThat(line.path("virtual").asText()).isEqualTo("192.0.2.80:80");
            assertThat(line.path("local").asText()).startsWith("10.0.1.100:");
            assertThat(line.path("server").asText()).isEqualTo("10.0.1.11:8080");
            assertThat(line.path("inPkts").asInt()).isEqualTo(1);
            assertThat(line.path("inBytes").asInt()).isEqualTo(40);
            assertThat(line.path("outPkts").asInt(-1)).isZero();
        }
    }

    @Test
    void onlyThoseOfTheServiceAreListed() throws IOException {
        open(FIRST_PORT, 3);
        try (ApiServer api = start(Limits.DEFAULT)) {
            assertThat(api).isNotNull();
            assertThat(lines(get("/v2/connections?service=192.0.2.80-80-tcp"))).hasSize(3);
            assertThat(lines(get("/v2/connections?service=192.0.2.80-443-tcp"))).isEmpty();

            rig.balancer.services().remove(ApiRig.WEB_KEY);
            assertThat(lines(get("/v2/connections?service=192.0.2.80-80-tcp")))
                    .as("of the removed service")
                    .hasSize(3);
        }
    }

    private void end(String query, int ended, int left) {
        ApiRig.Answer answer = rig.delete("/v2/connections" + query, "");
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        ApiRig.check("Ended", answer.body());
        assertThat(answer.body().path("ended").asInt(-1)).isEqualTo(ended);
        assertThat(rig.get("/v2/connections").lines()).hasSize(left);
    }

    @Test
    void thoseThatAreMeantAreEndedAndCounted() {
        open(FIRST_PORT, 5);
        end("?service=192.0.2.80-443-tcp", 0, 5);
        end("?client=192.0.2.7&server=10.0.1.12", 0, 5);
        end("?tuple=tcp:192.0.2.7:1024:192.0.2.80:80", 1, 4);
        end("?tuple=tcp:192.0.2.7:1024:192.0.2.80:80", 0, 4);
        assertThat(rig.get("/v2/connections?server=10.0.1.11:8080").lines()).hasSize(4);
        end("?server=10.0.1.11&client=192.0.2.0/24&local=10.0.1.100", 4, 0);
        open(FIRST_PORT, 2);
        end("?all=true", 2, 0);
    }

    @Test
    void whatSaysNotWhichEndsNothing() {
        open(FIRST_PORT, 2);
        rig.delete("/v2/connections", "").refuses(400, "INVALID_ARGUMENT", "all=true");
        rig.delete("/v2/connections?all=true&local=10.0.1.100", "")
                .refuses(400, "INVALID_ARGUMENT", "all=true");
        rig.delete("/v2/connections?tuple=tcp:1", "").refuses(400, "INVALID_ARGUMENT", "tcp:1");
        rig.delete("/v2/connections?server=nowhere", "")
                .refuses(400, "INVALID_ARGUMENT", "nowhere");
        assertThat(rig.get("/v2/connections").lines()).hasSize(2);
    }

    @Test
    void connectionsEndWithTheirServerServiceOrLocalAddressIfTheRequestSaysSo() {
        String servers = "{\"Items\": [{\"ip\": \"10.0.1.11\", \"port\": 8080}]}";
        String local = "{\"addr\": \"10.0.1.100\", \"device\": \"lan\"}";
        open(FIRST_PORT, 3);
        rig.delete("/v2/vs/192.0.2.80-80-tcp/rs", servers).is(200, "removed");
        assertThat(rig.get("/v2/connections").lines()).hasSize(3);
        rig.delete("/v2/vs/192.0.2.80-80-tcp/rs?endConnections=true", servers).is(200, "absent");
        assertThat(rig.get("/v2/connections").lines()).isEmpty();

        rig.put("/v2/vs/192.0.2.80-80-tcp/rs", servers).is(200, "changed");
        open(FIRST_PORT, 3);
        rig.delete("/v2/vs/192.0.2.80-80-tcp/laddr", local).is(200, "removed");
        assertThat(rig.get("/v2/connections").lines()).hasSize(3);
        rig.delete("/v2/vs/192.0.2.80-80-tcp/laddr?force=true", local).is(200, "absent");
        assertThat(rig.get("/v2/connections").lines()).isEmpty();

        rig.put("/v2/vs/192.0.2.80-80-tcp/laddr", local).is(201, "created");
        open(FIRST_PORT, 3);
        rig.delete("/v2/vs/192.0.2.80-80-tcp?endConnections=true", "").is(200, "removed");
        assertThat(rig.get("/v2/connections").lines()).isEmpty();
    }

    @Test
    void manyAreStreamedEachOnce() throws IOException {
        open(FIRST_PORT, MANY);
        try (ApiServer api = start(Limits.DEFAULT)) {
            assertThat(api).isNotNull();
            assertThat(clientsOf(lines(get("/v2/connections"))))
                    .containsExactlyInAnyOrderElementsOf(clients(FIRST_PORT, MANY));
        }
    }

    @Test
    void aSlowReaderDelaysNobodyAndGetsAll() throws IOException {
        open(FIRST_PORT, MANY);
        try (ApiServer api = start(Limits.DEFAULT);
                RawClient slow = new RawClient(socket)) {
            assertThat(api).isNotNull();
            String beginning = slow.ask("GET", "/v2/connections", "").read(1000);

            assertThat(RawClient.answer(socket, "PUT", ApiRig.WEB, "{\"SchedName\":\"wrr\"}"))
                    .as("a transaction")
                    .endsWith("\"changed\"");
            open(FIRST_PORT + MANY, BURST);
            String meanwhile = get("/v2/connections");
            assertThat(clientsOf(lines(meanwhile)))
                    .containsExactlyInAnyOrderElementsOf(clients(FIRST_PORT, MANY + BURST));
            assertThat(meanwhile.length()).as("more than sockets hold").isGreaterThan(2_000_000);

            List<String> seen = clientsOf(lines(beginning + slow.readAll()));
            assertThat(seen).doesNotHaveDuplicates().containsAll(clients(FIRST_PORT, MANY));
        }
    }

    @Test
    void aReaderThatStopsIsHungUpOnInTheMiddle() throws Exception {
        open(FIRST_PORT, MANY);
        Limits limits = new Limits(16, 512, 2048, 4096, NEVER, NEVER, NEVER, SOON);
        try (ApiServer api = start(limits);
                RawClient deaf = new RawClient(socket)) {
            assertThat(api).isNotNull();
            deaf.ask("GET", "/v2/connections", "");
            assertThat(lines(get("/v2/connections"))).hasSize(MANY);

            Thread.sleep(10 * SOON.toMillis());
            String rest = deaf.readAll();
            assertThat(rest).startsWith("HTTP/1.1 200 OK").doesNotContain("\r\n0\r\n");
            assertThat(rest.length()).isLessThan(2_000_000);
        }
    }
}
