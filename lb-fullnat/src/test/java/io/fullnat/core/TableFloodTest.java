// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.Timeouts;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Strangers fill the connection table from made-up addresses; honest clients of the same service
/// and of another one notice nothing, and nothing is left of it afterwards.
@ParameterizedClass
@EnumSource(FamilyPair.class)
class TableFloodTest {
    private static final int TABLE = 1024;

    private final Rig rig;
    private int forged;

    TableFloodTest(FamilyPair families) {
        rig = Rig.of(families, 1, TABLE).configured().withStaticNeighbours();
    }

    /// What strangers send.
    enum Flood {
        /// Datagrams that the server answers.
        ANSWERED,
        /// Datagrams that it does not answer.
        UNANSWERED,
        /// SYNs.
        SYN,
        /// SYNs, and acknowledgements of SYN-ACKs that the stranger has not seen.
        SYN_AND_ACK
    }

    @AfterEach
    void allIsCountedAndGivenBack() {
        rig.close();
    }

    private PacketBuilder fromStranger() {
        forged++;
        return rig.requestFrom(rig.families.clients.stranger(forged));
    }

    private void flood(Flood flood, int count) {
        for (int i = 0; i < count; i++) {
            int port = 1024 + forged % 60_000;
            switch (flood) {
                case UNANSWERED -> rig.clientSends(fromStranger().udp(port, 53).payload("?"));
                case ANSWERED -> answer(rig.clientSends(fromStranger().udp(port, 53).payload("?")));
                case SYN -> rig.clientSends(fromStranger().tcp(port, 80).flags(Tcp.SYN));
                case SYN_AND_ACK -> {
                    rig.clientSends(fromStranger().tcp(port, 80).flags(Tcp.SYN));
                    forged--;
                    rig.clientSends(
                            fromStranger().tcp(port, 80).flags(Tcp.ACK).acknowledgement(0x777));
                }
            }
        }
    }

    private void answer(List<byte[]> question) {
        assertThat(question).as("the question reaches the server").hasSize(1);
        int port = IpFrame.sourcePort(question.getFirst());
        assertThat(rig.serverSends(rig.answer().udp(5353, port).payload("!")))
                .as("the answer reaches the client")
                .hasSize(1);
    }

    @ParameterizedTest
    @EnumSource
    void honestClientsOfTheSameAndOfAnotherServiceLoseNothing(Flood flood) {
        TcpFlow before = TcpFlow.established(rig, 40_000);
        List<TcpFlow> during = new ArrayList<>();

        for (int second = 0; second < 12; second++) {
            flood(flood, 200);
            int port = 41_000 + second;
            answer(rig.clientSends(rig.request().udp(port, 53).payload("?")));
            during.add(TcpFlow.established(rig, port));
            during.forEach(TcpFlow::exchange);
            before.exchange();
            rig.pass(Duration.ofSeconds(1));
        }

        assertThat(rig.count(Outcome.TABLE_FULL)).isZero();
        assertThat(rig.count(Counter.CONNECTIONS_EVICTED)).isPositive();
        assertThat(rig.count(Counter.CONNECTIONS)).isLessThanOrEqualTo(TABLE * 3 / 4 + 20);
    }

    @ParameterizedTest
    @EnumSource
    void whenItIsOverNothingOfItIsLeft(Flood flood) {
        flood(flood, 2 * TABLE);

        rig.pass(Duration.ofSeconds(125));

        assertThat(rig.count(Counter.CONNECTIONS)).isZero();
        TcpFlow.established(rig, 40_000).exchange();
    }

    @Test
    void anAnswerUnderWayIsNotCutOffByQuestionsOfOthers() {
        flood(Flood.ANSWERED, TABLE);
        List<byte[]> question = rig.clientSends(rig.request().udp(41_000, 53).payload("?"));

        flood(Flood.ANSWERED, 300);

        answer(question);
    }

    @Test
    void datagramsThatWentOnAfterAnAnswerNeverGiveWay() {
        rig.clientSends(rig.request().udp(41_000, 53).payload("1"));
        List<byte[]> first = rig.clientSends(rig.request().udp(41_000, 53).payload("1"));
        answer(first);
        List<byte[]> second = rig.clientSends(rig.request().udp(41_000, 53).payload("2"));

        rig.pass(Duration.ofSeconds(200));
        flood(Flood.ANSWERED, 2 * TABLE);

        answer(second);
    }

    @Test
    void aQuestionAndItsAnswerEndSoonAndSoonerByTheProfileOfDns() {
        flood(Flood.ANSWERED, 10);
        rig.pass(Duration.ofSeconds(29));
        assertThat(rig.count(Counter.CONNECTIONS)).isEqualTo(10);
        rig.pass(Duration.ofSeconds(3));
        assertThat(rig.count(Counter.CONNECTIONS)).isZero();

        rig.apply(new Change.SetPolicy(rig.udp, ServicePolicy.DEFAULT.withTimeouts(Timeouts.DNS)));
        flood(Flood.ANSWERED, 10);
        rig.pass(Duration.ofSeconds(7));
        assertThat(rig.count(Counter.CONNECTIONS)).isZero();
    }
}
