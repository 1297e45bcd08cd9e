// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static io.fullnat.demo.network.OutcomeBench.fromClient;
import static io.fullnat.demo.network.OutcomeBench.fromServer;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The table of outcomes, played over interfaces of the kernel, and outcomes that only these bring
/// about.
@NetworkTest
@Timeout(300)
class OutcomePortsIT {
    private static final int FLOWS = 64;

    private static PortBench.Wires wires;

    @BeforeAll
    static void wire() {
        wires = new PortBench.Wires();
    }

    @AfterAll
    static void close() {
        wires.close();
    }

    private static Stream<OutcomeCase> rows() {
        return OutcomeTable.rows();
    }

    @ParameterizedTest
    @MethodSource("rows")
    void aFrameEndsAsTheTableSays(OutcomeCase row) {
        row.play(settings -> new PortBench(wires, settings));
    }

    @Test
    void whatTheInterfaceNeverTakesIsRefused() {
        try (PortBench bench = new PortBench(wires, OutcomeBench.Settings.USUAL)) {
            bench.configured();
            bench.shrinkServersLink(1000);

            assertThat(bench.clientSends(fromClient().udp(40000, 53).payload(new byte[972])))
                    .hasSize(1);
            assertThat(bench.clientSends(fromClient().udp(40000, 53).payload(new byte[973])))
                    .isEmpty();

            assertThat(bench.count(Outcome.TRANSMIT_REFUSED)).isOne();
            assertThat(bench.count(Outcome.FORWARDED_IN)).isOne();
        }
    }

    /// The kernel chooses the queue of an answer, which may be the other worker's.
    @Test
    void eachAnswerFindsItsConnection() {
        try (PortBench bench = new PortBench(wires, OutcomeBench.Settings.USUAL.withWorkers(2))) {
            bench.configured();
            for (int flow = 0; flow < FLOWS; flow++) {
                int port = 40000 + flow;
                byte[] question =
                        bench.clientSends(fromClient().udp(port, 53).payload("question"))
                                .getFirst();
                assertThat(
                                bench.serverSends(
                                        fromServer()
                                                .udp(5353, OutcomeCase.sourcePort(question))
                                                .payload("answer")))
                        .singleElement()
                        .satisfies(answer ->
                                assertThat(OutcomeCase.destinationPort(answer)).isEqualTo(port));
            }

            assertThat(bench.count(Outcome.FORWARDED_OUT)).isEqualTo(FLOWS);
            assertThat(bench.count(Outcome.HANDED_OVER)).isPositive();
            assertThat(bench.count(Counter.TAKEN_OVER)).isEqualTo(bench.count(Outcome.HANDED_OVER));
        }
    }
}
