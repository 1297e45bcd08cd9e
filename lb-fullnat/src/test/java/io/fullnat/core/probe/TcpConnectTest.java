// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.probe;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.health.Payload;
import io.fullnat.api.health.ProbeResult;
import io.fullnat.api.health.TcpProbe;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class TcpConnectTest {
    private static final TcpProbe CONNECT = new TcpProbe();
    private static final TcpProbe PING =
            new TcpProbe(Payload.parse("PING\\r\\n"), Payload.parse("+PONG"));

    @Test
    void aConnectionIsEnough() throws Exception {
        try (Peer peer = Peer.saying("")) {
            assertThat(peer.probed(CONNECT)).isEqualTo(ProbeResult.passed("connected"));
        }
    }

    @Test
    void aClosedPortIsDown() throws Exception {
        Endpoint closed;
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            closed = Endpoint.of("127.0.0.1", server.getLocalPort());
        }
        assertThat(Peer.probe(CONNECT, closed, Peer.LONG))
                .isEqualTo(ProbeResult.failed("connection refused"));
    }

    @Test
    void findsWhatItExpectsThoughItComesInPieces() throws Exception {
        try (Peer peer =
                Peer.of(client -> {
                    byte[] request = client.getInputStream().readNBytes(6);
                    Peer.say(
                            client,
                            "-" + new String(request, 0, 4, ISO_8859_1) + "x".repeat(1000) + "+PO");
                    Thread.sleep(20);
                    Peer.say(client, "NG");
                    client.getInputStream().read();
                })) {
            assertThat(peer.probed(PING)).isEqualTo(ProbeResult.passed("answered as expected"));
        }
    }

    @Test
    void somethingElseIsDown() throws Exception {
        try (Peer peer =
                Peer.of(client -> {
                    client.getInputStream().readNBytes(6);
                    Peer.say(client, "-LOADING");
                    client.shutdownOutput();
                    client.getInputStream().read();
                })) {
            assertThat(peer.probed(PING))
                    .isEqualTo(ProbeResult.failed("answer without what is expected"));
        }
    }

    @Test
    void endlessTalkIsCutOff() throws Exception {
        try (Peer peer =
                Peer.of(client -> {
                    while (true) {
                        Peer.say(client, "x".repeat(4096));
                    }
                })) {
            assertThat(peer.probed(PING))
                    .isEqualTo(ProbeResult.failed("answer without what is expected"));
        }
    }

    @Test
    void silenceAndDripsEndWithTheTimeout() throws Exception {
        ProbeResult late = ProbeResult.failed("no answer within 300 ms");
        try (Peer silent = Peer.saying("");
                Peer dripping = Peer.dripping("", "x")) {
            assertThat(silent.probedBriefly(PING)).isEqualTo(late);
            assertThat(dripping.probedBriefly(PING)).isEqualTo(late);
        }
    }

    @Test
    void aResetIsDown() throws Exception {
        try (Peer peer = Peer.resetting()) {
            assertThat(peer.probed(PING).passed()).isFalse();
        }
    }

    @Test
    void asksFromTheSourceThatIsSaid() throws Exception {
        CompletableFuture<String> from = new CompletableFuture<>();
        try (Peer peer =
                Peer.of(client -> from.complete(client.getInetAddress().getHostAddress()))) {
            assertThat(Peer.probe(CONNECT, peer.endpoint(), "127.0.0.77").passed()).isTrue();
            assertThat(from.get(10, TimeUnit.SECONDS)).isEqualTo("127.0.0.77");
        }
    }

    @Test
    void aSourceThatIsNotThereIsNamed() throws Exception {
        try (Peer peer = Peer.saying("")) {
            assertThat(Peer.probe(CONNECT, peer.endpoint(), "192.0.2.77").detail())
                    .startsWith("cannot ask from 192.0.2.77: ");
        }
    }

    @Test
    void asksByIpv6() throws Exception {
        try (Peer peer =
                Peer.of(new ServerSocket(0, 50, InetAddress.ofLiteral("::1")), client -> {})) {
            assertThat(Peer.probe(CONNECT, Endpoint.of("::1", peer.endpoint().port()), Peer.LONG))
                    .isEqualTo(ProbeResult.passed("connected"));
        }
    }
}
