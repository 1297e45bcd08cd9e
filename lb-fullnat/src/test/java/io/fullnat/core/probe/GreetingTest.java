// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.probe;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.health.HealthCheck.Proxy;
import io.fullnat.api.health.ProbeSpec;
import io.fullnat.api.health.ProbeTarget;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// PROXY headers of checks, as `proxy-protocol.txt` has those of a proxy's own connections.
@Timeout(60)
class GreetingTest {
    private static final byte[] LOCAL =
            HexFormat.of().parseHex("0D0A0D0A000D0A515549540A" + "20000000");
    private static final byte[] UNKNOWN = "PROXY UNKNOWN\r\n".getBytes(ISO_8859_1);

    private static byte[] expected(Proxy form) {
        return switch (form) {
            case V1 -> UNKNOWN;
            case V2 -> LOCAL;
            default -> new byte[0];
        };
    }

    private static ProbeTarget target(Endpoint endpoint, Proxy form) {
        return new ProbeTarget(endpoint, Optional.empty(), Peer.SHORT, form);
    }

    /// A11: before all else that the probe says.
    @ParameterizedTest
    @CsvSource({
        "tcp, V1, ''",
        "tcp, V2, ''",
        "tcp, NONE, ''",
        "http, V1, GET ",
        "http, V2, GET ",
        "http, NONE, GET ",
        "tls, V1, TLS",
        "tls, V2, TLS",
        "https, V2, TLS"
    })
    void streams(String kind, Proxy form, String next) throws Exception {
        CompletableFuture<byte[]> got = new CompletableFuture<>();
        byte[] first = expected(form);
        String then = next.equals("TLS") ? "\u0016\u0003" : next; // a record's beginning
        int length = first.length + then.length();
        try (Peer peer =
                Peer.of(client -> got.complete(client.getInputStream().readNBytes(length)))) {
            ProbeSpec spec = ProbeSpec.of(kind, Map.of());
            Peer.probe(spec, target(peer.endpoint(), form));
            byte[] all = got.get(20, TimeUnit.SECONDS);
            assertThat(Arrays.copyOf(all, first.length)).isEqualTo(first);
            assertThat(new String(all, first.length, then.length(), ISO_8859_1)).isEqualTo(then);
        }
    }

    @ParameterizedTest
    @CsvSource({"udp, V2", "dns, V2", "udp, NONE"})
    void datagrams(String kind, Proxy form) throws Exception {
        Map<String, String> options =
                kind.equals("udp") ? Map.of("send", "ping") : Map.of("name", "example.org");
        try (DatagramSocket server = new DatagramSocket(0, InetAddress.ofLiteral("127.0.0.1"))) {
            ProbeSpec spec = ProbeSpec.of(kind, options);
            Peer.probe(spec, target(Endpoint.of("127.0.0.1", server.getLocalPort()), form));
            DatagramPacket packet = new DatagramPacket(new byte[2000], 2000);
            server.setSoTimeout(20_000);
            server.receive(packet);
            byte[] got = Arrays.copyOf(packet.getData(), packet.getLength());
            byte[] first = expected(form);
            assertThat(Arrays.copyOf(got, first.length)).isEqualTo(first);
            int rest = got.length - first.length;
            assertThat(rest).isEqualTo(kind.equals("udp") ? 4 : 12 + 13 + 4);
        }
    }
}
