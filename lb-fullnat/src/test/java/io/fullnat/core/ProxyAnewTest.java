// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static io.fullnat.core.ProxyProtocolTest.data;
import static io.fullnat.core.ProxyProtocolTest.header;
import static io.fullnat.core.ProxyProtocolTest.number;
import static io.fullnat.core.ProxyProtocolTest.opened;
import static io.fullnat.core.ProxyProtocolTest.rig;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.ProxyProtocol;
import io.fullnat.core.open.ModifiedPacket;
import io.fullnat.core.open.PacketModifier;
import io.fullnat.core.packet.Tcp;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// Streams that begin where the balancer knows of another one, and modifiers that fail: no stream
/// goes on without a header.
class ProxyAnewTest {
    private static final int PORT = 40000;

    /// Both ends have forgotten the connection: client and server begin anew by themselves.
    @ParameterizedTest
    @CsvSource({
        "V4_TO_V4, V1",
        "V6_TO_V6, V2",
        "V6_TO_V4, V1",
        "V4_TO_V6, V2",
        "V4_TO_V4, V2_INSECURE",
        "V6_TO_V4, V1_INSECURE"
    })
    void aStreamThatBothEndsBeginAnewHasAHeader(FamilyPair families, ProxyProtocol form) {
        try (Rig rig = rig(families, form)) {
            byte[] header = header(rig, form.version(), true);
            TcpFlow flow = opened(rig);
            converse(flow, header);
            for (int again = 1; again < 3; again++) {
                flow.clientNext += 70_000_000;
                flow.serverNext += 90_000_000;
                byte[] syn =
                        rig.clientSends(flow.client().flags(Tcp.SYN).sequence(flow.clientNext - 1))
                                .getFirst();
                assertThat(number(syn, 4)).isEqualTo(flow.clientNext - 1);
                byte[] answer =
                        rig.serverSends(
                                        flow.server()
                                                .flags(Tcp.SYN | Tcp.ACK)
                                                .sequence(flow.serverNext - 1)
                                                .acknowledgement(flow.clientNext))
                                .getFirst();
                assertThat(number(answer, 8)).isEqualTo(flow.clientNext);
                flow.clientGot = flow.serverNext;
                converse(flow, header);
            }
            assertThat(flow.localPort).isPositive();
        }
    }

    /// It is no new stream's: what the client sends next goes on as it is.
    @ParameterizedTest
    @CsvSource({"V4_TO_V4, V2", "V6_TO_V4, V2_INSECURE", "V4_TO_V6, V1_INSECURE"})
    void aSynAckThatComesLateBeginsNothing(FamilyPair families, ProxyProtocol form) {
        try (Rig rig = rig(families, form)) {
            byte[] header = header(rig, form.version(), true);
            TcpFlow flow = opened(rig);
            int first = flow.clientNext;
            converse(flow, header);
            rig.serverSends(
                    flow.server()
                            .flags(Tcp.SYN | Tcp.ACK)
                            .sequence(flow.serverNext - 1)
                            .acknowledgement(first));
            List<byte[]> out = rig.clientSends(flow.clientSegment(Tcp.ACK).payload("on"));
            assertThat(out).hasSize(1);
            assertThat(number(out.getFirst(), 4)).isEqualTo(flow.clientNext + header.length);
            assertThat(data(out.getFirst())).asString(StandardCharsets.US_ASCII).isEqualTo("on");
        }
    }

    private static void converse(TcpFlow flow, byte[] header) {
        List<byte[]> out = flow.rig.clientSends(flow.clientSegment(Tcp.ACK).payload("hello"));
        assertThat(out).hasSize(2);
        assertThat(data(out.getFirst())).isEqualTo(header);
        assertThat(number(out.getFirst(), 4)).isEqualTo(flow.clientNext);
        assertThat(number(out.getLast(), 4)).isEqualTo(flow.clientNext + header.length);
        flow.clientNext += 5;
        byte[] got =
                flow.rig
                        .serverSends(
                                flow.server()
                                        .flags(Tcp.ACK)
                                        .sequence(flow.serverNext)
                                        .acknowledgement(flow.clientNext + header.length))
                        .getFirst();
        assertThat(number(got, 8)).isEqualTo(flow.clientNext);
        assertThat(flow.rig.clientSends(flow.clientSegment(Tcp.ACK).payload("more"))).hasSize(1);
        flow.clientNext += 4;
    }

    /// One that fails with the segment that it is told to, and resets.
    private static final class Failing implements PacketModifier {
        private final boolean finishing;
        private boolean armed;

        Failing(boolean finishing) {
            this.finishing = finishing;
        }

        @Override
        public AfterFault afterFault() {
            return AfterFault.RESET;
        }

        @Override
        public boolean finishes() {
            return true;
        }

        @Override
        public void modify(ModifiedPacket packet) {
            fail(!finishing);
        }

        @Override
        public void finish(ModifiedPacket packet) {
            fail(finishing);
        }

        private void fail(boolean here) {
            if (armed && here) {
                armed = false;
                throw new IllegalStateException("as the test wants it");
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aConnectionWhoseModifierFailsIsReset(FamilyPair families) {
        for (boolean finishing : new boolean[] {false, true}) {
            try (LogCapture log = new LogCapture();
                    Rig rig = rig(families, ProxyProtocol.DISABLE)) {
                Failing failing = new Failing(finishing);
                rig.balancer
                        .workersThemselves()
                        .getFirst()
                        .flows()
                        .modify(10, (entry, service) -> failing);
                TcpFlow flow = TcpFlow.established(rig, PORT);
                failing.armed = true;
                assertThat(rig.clientSends(flow.clientSegment(Tcp.ACK).payload("first"))).isEmpty();
                assertThat(rig.count(Outcome.FAULT)).isOne();
                for (int later = 0; later < 2; later++) {
                    assertThat(rig.clientSends(flow.clientSegment(Tcp.ACK).payload("first")))
                            .hasSize(2)
                            .allMatch(one -> IpFrame.tcpFlags(one) == (Tcp.RST | Tcp.ACK));
                }
                assertThat(rig.serverSends(flow.serverSegment(Tcp.ACK).payload("x")))
                        .allMatch(one -> IpFrame.tcpFlags(one) == (Tcp.RST | Tcp.ACK));
                assertThat(rig.count(Outcome.TELLING_REFUSED)).isEqualTo(3);
                flow = opened(rig);
                assertThat(rig.clientSends(flow.clientSegment(Tcp.ACK).payload("next"))).hasSize(1);
                assertThat(log.with("a packet")).isNotEmpty();
            }
        }
    }
}
