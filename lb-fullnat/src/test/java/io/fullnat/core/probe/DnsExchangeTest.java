// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.Endpoint;
import io.fullnat.api.health.DnsProbe;
import io.fullnat.api.health.DnsProbe.ResponseCode;
import io.fullnat.api.health.ProbeResult;
import io.fullnat.api.health.ProbeTarget;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A question as bytes (RFC 1035 §4.1), and which datagram answers it.
@Timeout(60)
class DnsExchangeTest {
    private static final HexFormat HEX = HexFormat.of();

    /// What it finds of a server that answers each question with some datagrams.
    private static ProbeResult ask(
            DnsProbe probe, Duration timeout, Function<byte[], List<byte[]>> answers)
            throws IOException {
        try (DatagramSocket server =
                new DatagramSocket(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0))) {
            Thread.startVirtualThread(() -> serve(server, answers));
            ProbeTarget target =
                    new ProbeTarget(
                            Endpoint.of("127.0.0.1", server.getLocalPort()),
                            Optional.empty(),
                            timeout);
            return new DnsExchange(probe).ask(target, Deadline.within(timeout));
        }
    }

    private static void serve(DatagramSocket server, Function<byte[], List<byte[]>> answers) {
        try {
            DatagramPacket packet = new DatagramPacket(new byte[512], 512);
            server.receive(packet);
            byte[] question = Arrays.copyOf(packet.getData(), packet.getLength());
            for (byte[] answer : answers.apply(question)) {
                server.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
            }
        } catch (IOException closed) {
            // the test is over
        }
    }

    private static DnsProbe probe(String name, ResponseCode code) {
        return new DnsProbe(name, DnsProbe.Type.A, code);
    }

    private static byte[] answer(byte[] question, int flags) {
        byte[] answer = question.clone();
        answer[2] = (byte) (flags >> 8);
        answer[3] = (byte) flags;
        return answer;
    }

    /// A name is its labels with their lengths, and an empty one; type A is 1, class IN 1.
    @ParameterizedTest
    @CsvSource({
        "example.org, 076578616d706c65036f726700",
        "example.org., 076578616d706c65036f726700",
        "a, 016100",
        "., 00"
    })
    void aQuestionIsItsLabelsWithTheirLengths(String name, String labels) throws IOException {
        String expected = "01000001000000000000" + labels + "00010001";
        ProbeResult result =
                ask(
                        probe(name, ResponseCode.NOERROR),
                        Peer.LONG,
                        question -> {
                            boolean right = HEX.formatHex(question).substring(4).equals(expected);
                            return List.of(answer(question, right ? 0x8180 : 0x8181));
                        });
        assertThat(result).isEqualTo(ProbeResult.passed("DNS NOERROR"));
    }

    @ParameterizedTest
    @CsvSource({
        "0x8180, NOERROR, true, DNS NOERROR",
        "0x8180, NXDOMAIN, false, DNS NOERROR",
        "0x8183, NXDOMAIN, true, DNS NXDOMAIN",
        "0x8583, NXDOMAIN, true, DNS NXDOMAIN",
        "0xFFFF, NOERROR, false, DNS response code 15",
        "0x0100, NOERROR, false, answer is not one of DNS"
    })
    void anAnswerIsJudgedByItsCode(String flags, ResponseCode code, boolean passed, String detail)
            throws IOException {
        assertThat(
                        ask(
                                probe("a", code),
                                Peer.LONG,
                                question -> List.of(answer(question, Integer.decode(flags)))))
                .isEqualTo(new ProbeResult(passed, detail));
    }

    /// Somebody else may send to the same port: an answer has the question's number.
    @Test
    void whatHasAnotherNumberOrNoHeaderIsNoAnswer() throws IOException {
        ProbeResult result =
                ask(
                        probe("a", ResponseCode.NOERROR),
                        Peer.LONG,
                        question -> {
                            byte[] other = answer(question, 0x8183);
                            other[1] ^= 1;
                            byte[] cut = Arrays.copyOf(answer(question, 0x8183), 11);
                            return List.of(
                                    other,
                                    new byte[0],
                                    cut,
                                    Arrays.copyOf(answer(question, 0x8180), 12));
                        });
        assertThat(result).isEqualTo(ProbeResult.passed("DNS NOERROR"));
    }

    @Test
    void withoutAnAnswerItsTimeIsOver() {
        assertThatThrownBy(() ->
                        ask(
                                probe("a", ResponseCode.NOERROR),
                                Duration.ofMillis(50),
                                question -> List.of()))
                .isInstanceOf(SocketTimeoutException.class);
    }
}
