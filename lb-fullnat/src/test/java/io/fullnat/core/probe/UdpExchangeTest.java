// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.probe;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.health.DnsProbe;
import io.fullnat.api.health.Payload;
import io.fullnat.api.health.ProbeResult;
import io.fullnat.api.health.ProbeSpec;
import io.fullnat.api.health.UdpProbe;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
final class UdpExchangeTest {
    private static final UdpProbe PING =
            new UdpProbe(Payload.parse("ping"), Payload.parse("pong"), false);
    private static final DnsProbe QUESTION =
            new DnsProbe("example.org", DnsProbe.Type.A, DnsProbe.ResponseCode.NOERROR);

    /// What a probe finds of a server that answers each datagram so; with null, not at all.
    private static ProbeResult answered(
            ProbeSpec spec, Duration timeout, UnaryOperator<byte[]> answer) throws Exception {
        try (DatagramSocket server =
                new DatagramSocket(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0))) {
            Thread.startVirtualThread(() -> serve(server, answer));
            return Peer.probe(spec, Endpoint.of("127.0.0.1", server.getLocalPort()), timeout);
        }
    }

    private static void serve(DatagramSocket server, UnaryOperator<byte[]> answer) {
        try {
            while (true) {
                DatagramPacket packet = new DatagramPacket(new byte[2048], 2048);
                server.receive(packet);
                byte[] bytes = answer.apply(Arrays.copyOf(packet.getData(), packet.getLength()));
                if (bytes.length > 0) {
                    server.send(new DatagramPacket(bytes, bytes.length, packet.getSocketAddress()));
                }
            }
        } catch (IOException closed) {
            // the test is over
        }
    }

    private static ProbeResult closedPort(ProbeSpec spec) throws Exception {
        Endpoint closed;
        try (DatagramSocket server =
                new DatagramSocket(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0))) {
            closed = Endpoint.of("127.0.0.1", server.getLocalPort());
        }
        return Peer.probe(spec, closed, Peer.LONG);
    }

    @Test
    void findsWhatItExpects() throws Exception {
        assertThat(answered(PING, Peer.LONG, request -> "a pong".getBytes(ISO_8859_1)))
                .isEqualTo(ProbeResult.passed("answered as expected"));
        assertThat(answered(PING, Peer.LONG, request -> request))
                .isEqualTo(ProbeResult.failed("answer without what is expected"));
    }

    @Test
    void aClosedPortIsDownByItsIcmpError() throws Exception {
        ProbeResult unreachable = ProbeResult.failed("port unreachable (ICMP)");
        assertThat(closedPort(PING)).isEqualTo(unreachable);
        assertThat(closedPort(new UdpProbe(Payload.parse("x"), Payload.EMPTY, true)))
                .isEqualTo(unreachable);
        assertThat(closedPort(QUESTION)).isEqualTo(unreachable);
    }

    @Test
    void silenceIsDownUnlessItIsSaidToBeUsual() throws Exception {
        UnaryOperator<byte[]> silent = request -> new byte[0];
        assertThat(
                        answered(
                                new UdpProbe(Payload.parse("x"), Payload.EMPTY, false),
                                Peer.SHORT,
                                silent))
                .isEqualTo(ProbeResult.failed("no answer within 300 ms"));
        assertThat(
                        answered(
                                new UdpProbe(Payload.parse("x"), Payload.EMPTY, true),
                                Peer.SHORT,
                                silent))
                .isEqualTo(ProbeResult.passed("no answer and no ICMP error"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0x81 | 0x80 | true | DNS NOERROR",
                "0x81 | 0x82 | false | DNS SERVFAIL",
                "0x81 | 0x83 | false | DNS NXDOMAIN",
                "0x81 | 0x89 | false | DNS response code 9",
                "0x01 | 0x00 | false | answer is not one of DNS",
            })
    void judgesAnAnswerOfDnsByItsCode(int first, int second, boolean passed, String detail)
            throws Exception {
        assertThat(
                        answered(
                                QUESTION,
                                Peer.LONG,
                                request -> {
                                    request[2] = (byte) first;
                                    request[3] = (byte) second;
                                    return request;
                                }))
                .isEqualTo(new ProbeResult(passed, detail));
    }

    @Test
    void asksAsDnsDoes() throws Exception {
        byte[] expected = {
            1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 3, 'o', 'r', 'g', 0,
            0, 28, 0, 1
        };
        assertThat(
                        answered(
                                new DnsProbe(
                                        "example.org.",
                                        DnsProbe.Type.AAAA,
                                        DnsProbe.ResponseCode.NXDOMAIN),
                                Peer.LONG,
                                request -> {
                                    boolean same =
                                            Arrays.equals(
                                                    request,
                                                    2,
                                                    request.length,
                                                    expected,
                                                    0,
                                                    expected.length);
                                    request[2] = (byte) 0x81;
                                    request[3] = (byte) (same ? 3 : 1);
                                    return request;
                                }))
                .isEqualTo(ProbeResult.passed("DNS NXDOMAIN"));
    }

    @Test
    void anAnswerToAnotherQuestionIsNone() throws Exception {
        assertThat(
                        answered(
                                QUESTION,
                                Peer.SHORT,
                                request -> {
                                    request[0] ^= 1;
                                    request[2] = (byte) 0x81;
                                    return request;
                                }))
                .isEqualTo(ProbeResult.failed("no answer within 300 ms"));
    }
}
