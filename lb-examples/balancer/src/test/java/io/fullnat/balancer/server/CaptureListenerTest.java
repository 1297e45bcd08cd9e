// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.balancer.api.ApiRig;
import io.fullnat.balancer.config.ApiSettings;
import io.fullnat.balancer.config.AuditTarget;
import io.fullnat.balancer.pcap.CaptureReader;
import io.fullnat.balancer.pcap.CapturedPacket;
import io.fullnat.balancer.run.Audit;
import io.fullnat.core.memoryio.FrameEnd;
import io.fullnat.core.packet.PacketBuilder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Captures over HTTP: what comes, when it ends, and what is refused.
@Timeout(60)
final class CaptureListenerTest {
    private static final String TOKEN = "0123456789abcdef0123456789abcdef";

    @TempDir private Path folder;
    private final ApiRig rig = new ApiRig().addressed();
    private final FrameEnd client = new FrameEnd(rig.io.wire("wan").far(), rig.io.buffers());
    private final HttpClient http = HttpClient.newHttpClient();
    private Path audit = Path.of("");
    private Path token = Path.of("");

    @BeforeEach
    void prepare() throws IOException {
        audit = folder.resolve("audit");
        token = Files.writeString(folder.resolve("token"), TOKEN);
        Files.setPosixFilePermissions(token, PosixFilePermissions.fromString("rw-------"));
    }

    @AfterEach
    void close() {
        http.close();
        rig.close();
    }

    private ApiServer start(Audit written) {
        InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        ApiSettings.Tcp tcp = new ApiSettings.Tcp(any, Optional.empty(), Optional.of(token));
        return ApiServer.start(
                new ApiSettings(Optional.empty(), Optional.of(tcp)),
                rig,
                rig.runner,
                Limits.DEFAULT,
                written);
    }

    private static HttpRequest.Builder request(ApiServer server, String query) {
        int port = server.tcpPort().orElseThrow();
        return HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + port + "/v2/capture" + query))
                .POST(BodyPublishers.noBody());
    }

    private HttpResponse<InputStream> ask(ApiServer server, String query)
            throws IOException, InterruptedException {
        return http.send(
                request(server, query).header("Authorization", "Bearer " + TOKEN).build(),
                BodyHandlers.ofInputStream());
    }

    /// Knocks at a port where nobody listens.
    private void knock() throws InterruptedException {
        client.send(
                PacketBuilder.ethernet("02:00:00:00:00:c1", "02:00:00:00:00:01")
                        .ipv4("192.0.2.7", "192.0.2.1")
                        .udp(40000, 9)
                        .payload("x"));
        Thread.sleep(20);
        client.receiveAll();
    }

    private static List<CapturedPacket> packets(InputStream from) throws IOException {
        List<CapturedPacket> packets = new ArrayList<>();
        CaptureReader reader = new CaptureReader("x", from);
        for (CapturedPacket next = reader.next(); next != null; next = reader.next()) {
            packets.add(next);
        }
        return packets;
    }

    @Test
    void packetsComeAsPcapngUpToTheirCount() throws Exception {
        try (ApiServer server = start(Audit.to(new AuditTarget.File(audit)))) {
            CompletableFuture<HttpResponse<byte[]>> answer =
                    http.sendAsync(
                            request(
                                            server,
                                            "?outcome=NO_SERVICE,FAULT&port=wan&count=3"
                                                    + "&seconds=60&snap=40")
                                    .header("Authorization", "Bearer " + TOKEN)
                                    .build(),
                            BodyHandlers.ofByteArray());
            while (!answer.isDone()) {
                knock();
            }
            assertThat(answer.get().statusCode()).isEqualTo(200);
            assertThat(answer.get().headers().firstValue("Content-Type"))
                    .contains("application/x-pcapng");
            List<CapturedPacket> packets = packets(new ByteArrayInputStream(answer.get().body()));
            assertThat(packets).hasSize(3);
            assertThat(packets)
                    .allSatisfy(packet -> {
                        assertThat(packet.seenAt().name()).isEqualTo("wan");
                        assertThat(packet.comment()).startsWith("NO_SERVICE (dropped): ");
                        assertThat(packet.bytes()).hasSize(40);
                    });
        }
        assertThat(audit).content().contains("POST /v2/capture");
    }

    @Test
    void itEndsInTimeWithWhatThereIs() throws Exception {
        try (ApiServer server = start(Audit.none())) {
            long start = System.nanoTime();
            HttpResponse<InputStream> none = ask(server, "?client=198.51.100.0/24&seconds=1");
            assertThat(packets(none.body())).isEmpty();
            assertThat(System.nanoTime() - start).isBetween(900_000_000L, 20_000_000_000L);

            HttpResponse<InputStream> some =
                    ask(server, "?dropped&seconds=2&filter=6%200%200%20262144");
            for (int i = 0; i < 5; i++) {
                knock();
            }
            assertThat(packets(some.body())).hasSizeBetween(1, 5);
        }
    }

    /// The one that goes on ends when its client is gone.
    @Test
    void thereIsOneAtATime() throws Exception {
        try (ApiServer server = start(Audit.none())) {
            HttpResponse<InputStream> first = ask(server, "?seconds=300");
            assertThat(first.statusCode()).isEqualTo(200);
            HttpResponse<InputStream> second = ask(server, "?seconds=1");
            assertThat(second.statusCode()).isEqualTo(503);
            assertThat(new String(second.body().readAllBytes(), StandardCharsets.UTF_8))
                    .contains("\"error\":\"CAPACITY\"");
            first.body().close();
            int status = 503;
            while (status == 503) {
                Thread.sleep(50);
                HttpResponse<InputStream> next = ask(server, "?seconds=1");
                status = next.statusCode();
                next.body().close();
            }
            assertThat(status).isEqualTo(200);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "count=0, 400, INVALID_ARGUMENT",
        "count=1000001, 400, INVALID_ARGUMENT",
        "seconds=0, 400, INVALID_ARGUMENT",
        "seconds=301, 400, INVALID_ARGUMENT",
        "snap=13, 400, INVALID_ARGUMENT",
        "snap=262145, 400, INVALID_ARGUMENT",
        "client=somebody, 400, INVALID_ARGUMENT",
        "outcome=NO_SERVIC, 400, INVALID_ARGUMENT",
        "filter=tcp, 400, INVALID_ARGUMENT",
        "filter=0%200%200%201, 400, INVALID_ARGUMENT",
        "dropped=maybe, 400, INVALID_ARGUMENT",
        "write=/etc/passwd, 400, INVALID_ARGUMENT",
        "connection=tcp:192.0.2.7:1, 404, NO_CONNECTION",
        "port=dmz, 404, NO_PORT"
    })
    void whatCannotBeIsRefusedBeforeItBegins(String query, int status, String error)
            throws Exception {
        try (ApiServer server = start(Audit.none())) {
            HttpResponse<InputStream> answer = ask(server, "?" + query);
            assertThat(answer.statusCode()).isEqualTo(status);
            assertThat(new String(answer.body().readAllBytes(), StandardCharsets.UTF_8))
                    .contains("\"error\":\"" + error + "\"");
            HttpResponse<InputStream> next = ask(server, "?seconds=1&count=1");
            assertThat(next.statusCode()).as("nothing is left of it").isEqualTo(200);
            next.body().close();
        }
    }

    @Test
    void itTakesWhatAChangeTakes() throws Exception {
        try (ApiServer server = start(Audit.none())) {
            HttpResponse<Void> bare =
                    http.send(request(server, "").build(), BodyHandlers.discarding());
            assertThat(bare.statusCode()).isEqualTo(401);
            HttpResponse<Void> read =
                    http.send(
                            request(server, "")
                                    .GET()
                                    .header("Authorization", "Bearer " + TOKEN)
                                    .build(),
                            BodyHandlers.discarding());
            assertThat(read.statusCode()).isEqualTo(405);
        }
    }
}
