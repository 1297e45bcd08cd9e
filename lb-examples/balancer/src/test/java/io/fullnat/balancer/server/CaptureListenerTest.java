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
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
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
    private static final String CLIENT_MAC = "02:00:00:00:00:c1";
    private static final String WAN_MAC = "02:00:00:00:00:01";
    private static final int FIRST = 40000;

    @TempDir private Path folder;
    private final ApiRig rig = new ApiRig().addressed();
    private final FrameEnd client = new FrameEnd(rig.io.wire("wan").far(), rig.io.buffers());
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

    private static HttpURLConnection ask(ApiServer server, String verb, String bearer, String query)
            throws IOException {
        URI address =
                URI.create(
                        "http://127.0.0.1:"
                                + server.tcpPort().orElseThrow()
                                + "/v2/capture"
                                + query);
        HttpURLConnection asked = (HttpURLConnection) address.toURL().openConnection();
        asked.setRequestMethod(verb);
        if (!bearer.isEmpty()) {
            asked.setRequestProperty("Authorization", "Bearer " + bearer);
        }
        return asked;
    }

    private static HttpURLConnection ask(ApiServer server, String query) throws IOException {
        return ask(server, "POST", TOKEN, query);
    }

    private static String error(HttpURLConnection asked) throws IOException {
        try (InputStream in = asked.getErrorStream()) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /// Knocks from two ports at one where nobody listens, and asks whether the balancer is there,
    /// which it answers.
    private void knock() throws InterruptedException {
        for (int port = FIRST; port <= FIRST + 1; port++) {
            client.send(
                    PacketBuilder.ethernet(CLIENT_MAC, WAN_MAC)
                            .ipv4("192.0.2.7", "192.0.2.1")
                            .udp(port, 9)
                            .payload("x"));
        }
        client.send(
                PacketBuilder.ethernet(CLIENT_MAC, WAN_MAC)
                        .ipv4("192.0.2.7", "192.0.2.1")
                        .echoRequest(7, 1)
                        .payload("x"));
        TimeUnit.MILLISECONDS.sleep(5);
        client.receiveAll();
    }

    /// Knocks until the answer is there.
    private List<CapturedPacket> knocked(HttpURLConnection asked) throws Exception {
        CompletableFuture<byte[]> answer =
                CompletableFuture.supplyAsync(() -> {
                    try (InputStream in = asked.getInputStream()) {
                        return in.readAllBytes();
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });
        while (!answer.isDone()) {
            knock();
        }
        return packets(new ByteArrayInputStream(answer.get()));
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
            HttpURLConnection asked =
                    ask(server, "?outcome=NO_SERVICE,FAULT&port=wan&count=3&seconds=60&snap=40");
            List<CapturedPacket> packets = knocked(asked);
            assertThat(asked.getContentType()).isEqualTo("application/x-pcapng");
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
            HttpURLConnection none = ask(server, "?client=198.51.100.0/24&seconds=1");
            assertThat(packets(none.getInputStream())).isEmpty();
            assertThat(System.nanoTime() - start).isBetween(900_000_000L, 20_000_000_000L);
        }
    }

    /// A word a packet: its protocol, and from which port it came.
    private static String kind(CapturedPacket packet) {
        ByteBuffer bytes = ByteBuffer.wrap(packet.bytes());
        return bytes.get(23) == 17 ? "udp " + (bytes.getShort(34) & 0xffff) : "icmp";
    }

    @ParameterizedTest
    @CsvSource({
        "connection=udp:192.0.2.7:40001:192.0.2.1:9, udp 40001, ",
        "connection=udp:192.0.2.1:9:192.0.2.7:40000, udp 40000, ",
        "dropped=true, udp 40000, udp 40001",
        "'filter=40%200%200%2034,21%200%201%2040001,6%200%200%20262144,6%200%200%200', udp 40001, ",
        "filter=udp%20src%20port%2040001, udp 40001, ",
        "filter=icmp%5Bicmptype%5D%20%3D%20icmp-echo%20or%20udp%20port%2040000, udp 40000, icmp",
        "outcome=NO_SERVICE&client=192.0.2.7, udp 40000, udp 40001",
        "'client=198.51.100.0/24,192.0.2.0/24&filter=48%200%200%2023,21%200%201%201,6%200%200%2099,"
                + "6%200%200%200', icmp, "
    })
    void exactlyWhatIsWantedComes(String query, String one, @Nullable String other)
            throws Exception {
        try (ApiServer server = start(Audit.none())) {
            List<CapturedPacket> packets = knocked(ask(server, "?seconds=60&count=6&" + query));
            assertThat(packets).hasSize(6);
            assertThat(packets.stream().map(CaptureListenerTest::kind).distinct())
                    .containsExactlyInAnyOrderElementsOf(
                            other == null ? List.of(one) : List.of(one, other));
        }
    }

    /// The one that goes on ends when its client is gone.
    @Test
    void thereIsOneAtATime() throws Exception {
        try (ApiServer server = start(Audit.none())) {
            HttpURLConnection first = ask(server, "?seconds=300");
            assertThat(first.getResponseCode()).isEqualTo(200);
            HttpURLConnection second = ask(server, "?seconds=1");
            assertThat(second.getResponseCode()).isEqualTo(503);
            assertThat(error(second)).contains("\"error\":\"CAPACITY\"");
            first.disconnect();
            int status = 503;
            while (status == 503) {
                Thread.sleep(50);
                HttpURLConnection next = ask(server, "?seconds=1");
                status = next.getResponseCode();
                next.disconnect();
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
        "client=, 400, INVALID_ARGUMENT",
        "connection=, 400, INVALID_ARGUMENT",
        "port=, 400, INVALID_ARGUMENT",
        "outcome=, 400, INVALID_ARGUMENT",
        "outcome=%20, 400, INVALID_ARGUMENT",
        "'client=192.0.2.7,', 400, INVALID_ARGUMENT",
        "filter=, 400, INVALID_ARGUMENT",
        "filter=%20, 400, INVALID_ARGUMENT",
        "filter=prot%20tcp, 400, INVALID_ARGUMENT",
        "filter=tcp)%20or%20(udp, 400, INVALID_ARGUMENT",
        "filter=6, 400, INVALID_ARGUMENT",
        "filter=6%200%200, 400, INVALID_ARGUMENT",
        "filter=ip%00tcp, 400, INVALID_ARGUMENT",
        "filter=0%200%200%201, 400, INVALID_ARGUMENT",
        "dropped=maybe, 400, INVALID_ARGUMENT",
        "write=/etc/passwd, 400, INVALID_ARGUMENT",
        "connection=tcp:192.0.2.7:1, 404, NO_CONNECTION",
        "port=dmz, 404, NO_PORT"
    })
    void whatCannotBeIsRefusedBeforeItBegins(String query, int status, String error)
            throws Exception {
        try (ApiServer server = start(Audit.none())) {
            HttpURLConnection asked = ask(server, "?" + query);
            assertThat(asked.getResponseCode()).isEqualTo(status);
            assertThat(error(asked)).contains("\"error\":\"" + error + "\"");
            HttpURLConnection next = ask(server, "?seconds=1&count=1");
            assertThat(next.getResponseCode()).as("nothing is left of it").isEqualTo(200);
            next.disconnect();
        }
    }

    @Test
    void itTakesWhatAChangeTakes() throws Exception {
        try (ApiServer server = start(Audit.none())) {
            assertThat(ask(server, "POST", "", "").getResponseCode()).isEqualTo(401);
            assertThat(ask(server, "GET", TOKEN, "").getResponseCode()).isEqualTo(405);
        }
    }
}
