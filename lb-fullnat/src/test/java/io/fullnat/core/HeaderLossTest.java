// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static io.fullnat.core.ProxyProtocolTest.at;
import static io.fullnat.core.ProxyProtocolTest.data;
import static io.fullnat.core.ProxyProtocolTest.header;
import static io.fullnat.core.ProxyProtocolTest.number;
import static io.fullnat.core.ProxyProtocolTest.opened;
import static io.fullnat.core.ProxyProtocolTest.rig;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.ProxyProtocol;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.core.packet.Tcp;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// PROXY headers beside what is lost: what either end says that it has got, whose numbers are moved
/// by the header's length, and servers that speak first.
class HeaderLossTest {
    private static final int PIECE = 10;

    private static byte[] piece(int index) {
        byte[] piece = new byte[PIECE];
        Arrays.fill(piece, (byte) ('a' + index));
        return piece;
    }

    /// The client's part of a stream, in pieces of ten bytes.
    private static List<byte[]> sends(TcpFlow flow, int index) {
        return flow.rig.clientSends(
                at(flow, flow.clientNext + PIECE * index).payload(piece(index)));
    }

    /// What the client hears of a server's acknowledgement: its number and the edges of its blocks.
    ///
    /// @param edges in numbers of the server
    private static List<Integer> acknowledges(TcpFlow flow, int number, int... edges) {
        ByteBuffer option = ByteBuffer.allocate(4 + Integer.BYTES * edges.length);
        option.putShort((short) 0x0101).put((byte) 5).put((byte) (2 + 4 * edges.length));
        Arrays.stream(edges).forEach(option::putInt);
        byte[] heard =
                flow.rig
                        .serverSends(
                                flow.server()
                                        .flags(Tcp.ACK)
                                        .sequence(flow.serverNext)
                                        .acknowledgement(number)
                                        .tcpOptions(option.array()))
                        .getFirst();
        List<Integer> numbers = new ArrayList<>();
        numbers.add(number(heard, 8) - flow.clientNext);
        ByteBuffer options = ByteBuffer.wrap(CookieClient.options(heard)).position(4);
        while (options.hasRemaining()) {
            numbers.add(options.getInt() - flow.clientNext);
        }
        return numbers;
    }

    /// A1: the header and two pieces are lost, then the header again; the client hears of what came
    /// early in its own numbers, and of no acknowledgement before its stream.
    @ParameterizedTest
    @EnumSource
    void a01SelectiveAcknowledgementsAreMovedWhileSeveralPartsAreMissing(FamilyPair families) {
        try (Rig rig = rig(families, ProxyProtocol.V2)) {
            byte[] header = header(rig, 2, true);
            TcpFlow flow = opened(rig);
            int first = flow.clientNext;
            int start = first + header.length;
            for (int i = 0; i < 5; i++) {
                List<byte[]> out = sends(flow, i);
                assertThat(out).hasSize(i == 0 ? 2 : 1);
                assertThat(number(out.getLast(), 4)).isEqualTo(start + PIECE * i);
            }
            assertThat(acknowledges(flow, first, start + 30, start + 50, start + 10, start + 20))
                    .containsExactly(0, 30, 50, 10, 20);
            List<byte[]> again = sends(flow, 0);
            assertThat(data(again.getFirst())).isEqualTo(header);
            assertThat(number(again.getFirst(), 4)).isEqualTo(first);
            assertThat(number(sends(flow, 2).getFirst(), 4)).isEqualTo(start + 20);
            assertThat(acknowledges(flow, first, start, start + 50))
                    .as("the header is lost again")
                    .containsExactly(0, 0, 50);
            assertThat(acknowledges(flow, start - 1, start, start + 50))
                    .as("all but a byte of it")
                    .containsExactly(0, 0, 50);
            assertThat(data(sends(flow, 0).getFirst())).isEqualTo(header);
            assertThat(acknowledges(flow, start + 50)).containsExactly(50);
            assertThat(ModifiedConnections.of(rig.balancer)).as("plain again").isZero();
            for (int i = 5; i < 9; i++) {
                assertThat(number(sends(flow, i).getFirst(), 4)).isEqualTo(start + PIECE * i);
            }
            assertThat(
                            acknowledges(
                                    flow,
                                    start + 50,
                                    start + 80,
                                    start + 90,
                                    start + 60,
                                    start + 70))
                    .containsExactly(50, 80, 90, 60, 70);
        }
    }

    /// A2: a server that greets is told with the acknowledgement that ends the handshake. If that
    /// is lost, the server repeats its SYN-ACK, and the client's answer to it has the header again.
    @ParameterizedTest
    @EnumSource
    void a02AServerThatSpeaksFirstHasItThoughItWasLost(FamilyPair families) {
        for (ProxyProtocol form : List.of(ProxyProtocol.V1, ProxyProtocol.V2)) {
            try (Rig rig = rig(families, form)) {
                byte[] header = header(rig, form.version(), true);
                TcpFlow flow = opened(rig);
                int first = flow.clientNext;
                assertThat(data(flow.acknowledgeFromClient().getFirst())).isEqualTo(header);
                List<byte[]> repeated =
                        rig.serverSends(
                                flow.server()
                                        .flags(Tcp.SYN | Tcp.ACK)
                                        .sequence(flow.serverNext - 1)
                                        .acknowledgement(first));
                assertThat(repeated).as("the SYN-ACK again").hasSize(1);
                List<byte[]> out = flow.acknowledgeFromClient();
                assertThat(out).hasSize(1);
                assertThat(data(out.getFirst())).isEqualTo(header);
                assertThat(number(out.getFirst(), 4)).isEqualTo(first);

                byte[] greeting =
                        rig.serverSends(
                                        flow.server()
                                                .flags(Tcp.ACK | Tcp.PSH)
                                                .sequence(flow.serverNext)
                                                .acknowledgement(first + header.length)
                                                .payload("220 ready\r\n"))
                                .getFirst();
                assertThat(data(greeting)).asString(US_ASCII).isEqualTo("220 ready\r\n");
                assertThat(number(greeting, 8)).as("nothing of its own").isEqualTo(first);
                flow.clientGot += 11;
                List<byte[]> heard = flow.acknowledgeFromClient();
                assertThat(heard).hasSize(1);
                assertThat(data(heard.getFirst())).isEmpty();
                assertThat(number(heard.getFirst(), 4)).isEqualTo(first + header.length);
            }
        }
    }

    /// A16: of three datagrams whichever arrives first, or alone, says who the client is; the text
    /// form has no place in UDP.
    @ParameterizedTest
    @EnumSource
    void a16WhicheverOfThreeDatagramsArrivesFirstHasIt(FamilyPair families) {
        try (Rig rig = rig(families, ProxyProtocol.V2)) {
            byte[] header = header(rig, 2, false);
            assertThat(header).hasSize(families.clients == FamilyPair.Side.V6 ? 52 : 28);
            for (int i = 0; i < 3; i++) {
                byte[] one =
                        rig.clientSends(rig.request().udp(40_000, 53).payload(piece(i))).getFirst();
                byte[] expected = Arrays.copyOf(header, header.length + PIECE);
                System.arraycopy(piece(i), 0, expected, header.length, PIECE);
                assertThat(IpFrame.udpData(one)).isEqualTo(expected);
            }
            ServicePolicy text = ServicePolicy.DEFAULT.withProxyProtocol(ProxyProtocol.V1);
            assertThatThrownBy(() -> rig.apply(new Change.SetPolicy(rig.udp, text)))
                    .hasMessageContaining("UDP");
        }
    }

    /// A17: a question behind a header, its answer that is cut, and the same question by TCP: what
    /// the client has said stands behind the header, byte by byte, and answers are left alone.
    @ParameterizedTest
    @EnumSource
    void a17AQuestionIsAskedAgainByTcpWhenItsAnswerWasCut(FamilyPair families) {
        byte[] question = new byte[29];
        ByteBuffer.wrap(question).putInt(0x1234_0100).putInt(0x0001_0000).position(12);
        ByteBuffer.wrap(question, 12, 17).put("\7example\3com\0\0\1\0\1".getBytes(US_ASCII));
        byte[] cut = question.clone();
        cut[2] |= (byte) 0x82; // an answer, truncated
        try (Rig rig = rig(families, ProxyProtocol.V2)) {
            byte[] asked =
                    rig.clientSends(rig.request().udp(40_000, 53).payload(question)).getFirst();
            byte[] header = header(rig, 2, false);
            assertThat(IpFrame.udpData(asked)).startsWith(header).endsWith(question);
            assertThat(IpFrame.udpData(asked)).hasSize(header.length + question.length);
            byte[] answer =
                    rig.serverSends(rig.answer().udp(5353, IpFrame.sourcePort(asked)).payload(cut))
                            .getFirst();
            assertThat(IpFrame.udpData(answer)).isEqualTo(cut);

            TcpFlow flow = opened(rig);
            byte[] byTcp = new byte[2 + question.length];
            byTcp[1] = (byte) question.length;
            System.arraycopy(question, 0, byTcp, 2, question.length);
            List<byte[]> out = rig.clientSends(at(flow, flow.clientNext).payload(byTcp));
            assertThat(out).hasSize(2);
            assertThat(data(out.getFirst())).isEqualTo(header(rig, 2, true));
            assertThat(data(out.getLast())).isEqualTo(byTcp);
        }
    }

    /// A19: each of as many connections as a service gets of a table has its own place for how far
    /// its numbers are moved, from its beginning on; one more is refused before it begins.
    @Test
    void a19EachConnectionOfAFullTableIsMovedFromItsBeginning() {
        int capacity = 48;
        try (Rig rig = Rig.of(FamilyPair.V4_TO_V4, 1, 64).configured()) {
            rig.apply(
                    new Change.SetPolicy(
                            rig.tcp, ServicePolicy.DEFAULT.withProxyProtocol(ProxyProtocol.V2)));
            int length = header(rig, 2, true).length;
            List<TcpFlow> flows = new ArrayList<>();
            for (int i = 0; i < capacity; i++) {
                TcpFlow flow = new TcpFlow(rig, 40_000 + i);
                flow.synReceived();
                flows.add(flow);
                assertThat(sends(flow, 0)).hasSize(2);
            }
            assertThat(rig.count(Counter.CONNECTIONS)).isEqualTo(capacity);
            byte[] refused =
                    rig.clientSends(rig.request().tcp(39_999, 80).flags(Tcp.SYN)).getFirst();
            assertThat(IpFrame.tcpFlags(refused)).isEqualTo(Tcp.RST | Tcp.ACK);
            assertThat(rig.count(Outcome.TABLE_FULL)).isOne();
            for (TcpFlow flow : flows) {
                int start = flow.clientNext + length;
                assertThat(acknowledges(flow, start + PIECE)).containsExactly(PIECE);
                for (int i = 1; i < 4; i++) {
                    assertThat(number(sends(flow, i).getFirst(), 4)).isEqualTo(start + PIECE * i);
                }
                assertThat(acknowledges(flow, start + PIECE, start + 20, start + 40))
                        .containsExactly(PIECE, 20, 40);
            }
        }
    }
}
