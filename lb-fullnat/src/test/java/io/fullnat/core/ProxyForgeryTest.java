// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static io.fullnat.core.ProxyProtocolTest.at;
import static io.fullnat.core.ProxyProtocolTest.data;
import static io.fullnat.core.ProxyProtocolTest.header;
import static io.fullnat.core.ProxyProtocolTest.number;
import static io.fullnat.core.ProxyProtocolTest.opened;
import static io.fullnat.core.ProxyProtocolTest.rig;
import static io.fullnat.core.ProxyProtocolTest.toServer;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.service.ProxyProtocol;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// Clients that would write where the PROXY header lies: by SYNs with several numbers, by data in
/// front of their stream or before it has begun, by urgent pointers. The server gets our header
/// first, whatever they send.
class ProxyForgeryTest {
    private static final int PORT = 40000;

    private static byte[] forged(int length) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) 'x');
        byte[] text = "PROXY TCP4 10.9.9.9 10.8.8.8 1 2\r\n".getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(text, 0, bytes, 0, Math.min(length, text.length));
        return bytes;
    }

    private static byte[] syn(TcpFlow flow, int sequence) {
        List<byte[]> out = flow.rig.clientSends(flow.client().flags(Tcp.SYN).sequence(sequence));
        assertThat(out).hasSize(1);
        return out.getFirst();
    }

    /// However many SYNs come, the server hears of the first number alone; what lies in front of
    /// the stream that it has agreed to is left out, and our header comes first.
    @ParameterizedTest
    @CsvSource({
        "V4_TO_V4, false", "V6_TO_V6, false", "V6_TO_V4, false", "V4_TO_V6, false",
        "V4_TO_V4, true", "V6_TO_V6, true", "V6_TO_V4, true", "V4_TO_V6, true"
    })
    void anotherSynMovesNoHeader(FamilyPair families, boolean answered) {
        for (int away : new int[] {-1_000_000, 1_000_000, 1, 0}) {
            try (Rig rig = rig(families, ProxyProtocol.V2)) {
                byte[] header = header(rig, 2, true);
                TcpFlow flow = new TcpFlow(rig, PORT);
                if (answered) {
                    flow.synReceived();
                } else {
                    flow.syn();
                }
                int start = flow.clientNext;
                assertThat(number(syn(flow, start - 1 + away), 4)).isEqualTo(start - 1);
                if (!answered) {
                    rig.serverSends(
                            flow.server()
                                    .flags(Tcp.SYN | Tcp.ACK)
                                    .sequence(flow.serverNext)
                                    .acknowledgement(start));
                    flow.clientGot = ++flow.serverNext;
                }
                FamilyRig.assertSent(
                        rig.clientSends(at(flow, start - header.length).payload(forged(80))),
                        toServer(flow).sequence(start).flags(Tcp.ACK | Tcp.PSH).payload(header));
                List<byte[]> out = rig.clientSends(at(flow, start).payload("hello"));
                assertThat(out).hasSize(2);
                assertThat(data(out.getFirst())).isEqualTo(header);
                assertThat(number(out.getFirst(), 4)).isEqualTo(start);
                assertThat(number(out.getLast(), 4)).isEqualTo(start + header.length);
            }
        }
    }

    /// Which of them counts, the server says.
    @ParameterizedTest
    @EnumSource
    void theStreamBeginsWhereTheSynAckSays(FamilyPair families) {
        try (Rig rig = rig(families, ProxyProtocol.V2)) {
            byte[] header = header(rig, 2, true);
            TcpFlow flow = opened(rig);
            flow.clientNext += 7;
            rig.serverSends(
                    flow.server()
                            .flags(Tcp.SYN | Tcp.ACK)
                            .sequence(flow.serverNext - 1)
                            .acknowledgement(flow.clientNext));
            List<byte[]> out = rig.clientSends(flow.clientSegment(Tcp.ACK).payload("hello"));
            assertThat(out).hasSize(2);
            assertThat(data(out.getFirst())).isEqualTo(header);
            assertThat(number(out.getFirst(), 4)).isEqualTo(flow.clientNext);
        }
    }

    /// A stranger's SYN in a client's name comes first: the client refuses what the server answers
    /// to it, and its next SYN begins anew.
    @ParameterizedTest
    @EnumSource
    void aStrangersSynHoldsNoClientUp(FamilyPair families) {
        try (Rig rig = rig(families, ProxyProtocol.V2)) {
            byte[] header = header(rig, 2, true);
            TcpFlow flow = new TcpFlow(rig, PORT);
            int strange = 5_000_000;
            syn(flow, strange);
            flow.syn();
            byte[] answer =
                    rig.serverSends(
                                    flow.server()
                                            .flags(Tcp.SYN | Tcp.ACK)
                                            .sequence(flow.serverNext)
                                            .acknowledgement(strange + 1))
                            .getFirst();
            assertThat(number(answer, 8)).isEqualTo(strange + 1);
            rig.clientSends(flow.client().flags(Tcp.RST).sequence(strange + 1));
            flow.clientNext--;
            flow.synReceived();
            List<byte[]> out = rig.clientSends(flow.clientSegment(Tcp.ACK).payload("hello"));
            assertThat(out).hasSize(2);
            assertThat(data(out.getFirst())).isEqualTo(header);
            assertThat(number(out.getFirst(), 4)).isEqualTo(flow.clientNext);
        }
    }

    /// Before the server has answered nobody can say where the stream begins.
    @ParameterizedTest
    @EnumSource
    void dataBeforeTheSynAckAreLeftOut(FamilyPair families) {
        for (ProxyProtocol form : List.of(ProxyProtocol.V2, ProxyProtocol.V2_INSECURE)) {
            try (Rig rig = rig(families, form)) {
                TcpFlow flow = new TcpFlow(rig, PORT);
                flow.syn();
                for (int before : new int[] {28, 0, -28}) {
                    List<byte[]> out =
                            rig.clientSends(at(flow, flow.clientNext - before).payload(forged(40)));
                    assertThat(out).hasSize(1);
                    assertThat(data(out.getFirst())).isEmpty();
                }
                assertThat(rig.count(Counter.PROXY_SENT) + rig.count(Counter.PROXY_PASSED))
                        .isZero();
            }
        }
    }

    /// In front of the stream there is the header's place, and nothing of a client gets there,
    /// before the header is sent and after. A FIN or a byte that keeps a connection alive neither.
    @ParameterizedTest
    @EnumSource
    void whatLiesInFrontOfTheStreamIsLeftOut(FamilyPair families) {
        for (ProxyProtocol form : List.of(ProxyProtocol.V1, ProxyProtocol.V2)) {
            try (Rig rig = rig(families, form)) {
                byte[] header = header(rig, form.version(), true);
                TcpFlow flow = opened(rig);
                int start = flow.clientNext;
                for (int before : new int[] {header.length, 1, 2, header.length}) {
                    for (int length : new int[] {0, 1, header.length, 1400}) {
                        PacketBuilder segment =
                                at(flow, start - before)
                                        .flags(Tcp.ACK | Tcp.FIN)
                                        .payload(forged(length));
                        FamilyRig.assertSent(
                                rig.clientSends(segment),
                                toServer(flow)
                                        .sequence(start)
                                        .flags(Tcp.ACK | Tcp.PSH)
                                        .payload(header));
                    }
                }
                List<byte[]> out = rig.clientSends(at(flow, start).payload("hello"));
                assertThat(data(out.getFirst())).isEqualTo(header);
                assertThat(number(out.getLast(), 4)).isEqualTo(start + header.length);
            }
        }
    }

    /// A byte that keeps a connection alive, before its first data.
    @ParameterizedTest
    @EnumSource
    void aByteInFrontOfAStreamThatIsWaitedForChoosesNothing(FamilyPair families) {
        try (Rig rig = rig(families, ProxyProtocol.V2_INSECURE)) {
            byte[] header = header(rig, 2, true);
            TcpFlow flow = opened(rig);
            for (String text : List.of("x", "PROXY TCP4")) {
                FamilyRig.assertSent(
                        rig.clientSends(at(flow, flow.clientNext - 1).payload(text)),
                        toServer(flow).sequence(flow.clientNext - 1).flags(Tcp.ACK | Tcp.PSH));
            }
            List<byte[]> out = rig.clientSends(at(flow, flow.clientNext).payload("hello"));
            assertThat(out).hasSize(2);
            assertThat(data(out.getFirst())).isEqualTo(header);
            assertThat(number(out.getLast(), 4)).isEqualTo(flow.clientNext + header.length);
        }
    }

    /// Receivers take the byte to which an urgent pointer points out of the stream: it must not be
    /// one of the header's, which may be sent later.
    @ParameterizedTest
    @EnumSource
    void noUrgentPointerPointsIntoTheHeader(FamilyPair families) {
        for (ProxyProtocol form : List.of(ProxyProtocol.V1, ProxyProtocol.V1_INSECURE)) {
            try (Rig rig = rig(families, form)) {
                TcpFlow flow = opened(rig);
                for (int before : new int[] {0, 1}) {
                    PacketBuilder segment =
                            at(flow, flow.clientNext - before).flags(Tcp.ACK | Tcp.URG);
                    byte[] out = rig.clientSends(segment).getFirst();
                    assertThat(IpFrame.tcpFlags(out) & Tcp.URG).isZero();
                    assertThat(data(out).length > 0).isEqualTo(!form.isInsecure());
                }
            }
        }
    }
}
