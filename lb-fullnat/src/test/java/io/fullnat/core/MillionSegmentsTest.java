// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.OutOfWindow;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.SynProxy;
import io.fullnat.core.packet.Tcp;
import java.time.Duration;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// A million segments that strangers make up: each is counted, few are answered, and what is kept
/// of them is bounded and short-lived.
@Tag("optimized")
class MillionSegmentsTest {
    private static final int MILLION = 1_000_000;
    private static final int BATCH = 500;
    private static final int PORT = 40_000;
    private static final int FAR = 50_000_000;
    private static final Duration HALF_OPEN = Duration.ofSeconds(31);

    /// Sends a million of frames.
    ///
    /// @param frames makes one of its number
    /// @param after is called when so many were sent, after each batch
    private static void flood(Rig rig, IntFunction<byte[]> frames, IntConsumer after) {
        for (int sent = 0; sent < MILLION; ) {
            for (int end = sent + BATCH; sent < end; sent++) {
                rig.client.send(frames.apply(sent));
            }
            rig.run();
            after.accept(sent);
        }
    }

    /// B14: whatever either end makes of what is out of window, the balancer answers none of it by
    /// itself; a service that drops it passes none on.
    @ParameterizedTest
    @CsvSource({"V4_TO_V4, DROP", "V6_TO_V4, COUNT"})
    void b14AcknowledgementsOutOfWindowAreCountedAndNotAnswered(
            FamilyPair families, OutOfWindow wanted) {
        try (Rig rig = Rig.of(families).configured()) {
            rig.apply(new Change.SetPolicy(rig.tcp, ServicePolicy.DEFAULT.withOutOfWindow(wanted)));
            TcpFlow flow = TcpFlow.established(rig, PORT);
            byte[] frame =
                    flow.client()
                            .flags(Tcp.ACK)
                            .sequence(flow.clientNext + FAR)
                            .acknowledgement(flow.clientGot)
                            .toBytes();
            long[] passed = new long[1];
            flood(
                    rig,
                    number -> frame,
                    sent -> {
                        passed[0] += rig.server.receiveAll().size();
                        assertThat(rig.client.receiveAll()).as("answers").isEmpty();
                    });
            boolean drops = wanted == OutOfWindow.DROP;
            assertThat(passed[0]).isEqualTo(drops ? 0 : MILLION);
            assertThat(
                            drops
                                    ? rig.count(Outcome.OUT_OF_WINDOW)
                                    : rig.count(Counter.OUT_OF_WINDOW_PASSED))
                    .isEqualTo(MILLION);
            flow.exchange();
        }
    }

    /// B14: of those that belong to nothing few are answered, and that takes nothing from what ends
    /// of connections are told.
    @ParameterizedTest
    @EnumSource(names = "V6_TO_V6")
    void b14StrayAcknowledgementsAreAnsweredWithinABudget(FamilyPair families) {
        try (Rig rig = Rig.of(families).configured()) {
            TcpFlow flow = TcpFlow.established(rig, PORT);
            long[] answered = new long[1];
            flood(
                    rig,
                    number -> stranger(rig, number, Tcp.ACK),
                    sent -> answered[0] += rig.client.receiveAll().size());
            assertThat(answered[0]).isBetween(1L, MILLION / 100L);
            assertThat(rig.count(Counter.ERRORS_SUPPRESSED) + answered[0]).isEqualTo(MILLION);
            assertThat(rig.count(Outcome.NO_CONNECTION)).isEqualTo(MILLION);
            flow.exchange();
            assertThat(rig.serverSends(flow.serverSegment(Tcp.RST | Tcp.ACK)))
                    .as("a reset of its own")
                    .hasSize(1);
        }
    }

    private static byte[] stranger(Rig rig, int number, int flags) {
        return rig.requestFrom(rig.families.clients.stranger(number / 60_000))
                .tcp(1024 + number % 60_000, 80)
                .flags(flags)
                .sequence(number)
                .acknowledgement((flags & Tcp.ACK) == 0 ? 0 : number * 31)
                .toBytes();
    }

    /// C13: what is kept of SYNs is as much as a table takes, and gone half a minute after the last
    /// of them; established connections and honest clients stay. With a SYN proxy nothing is kept.
    @ParameterizedTest
    @CsvSource({"V4_TO_V4, false", "V6_TO_V6, false", "V4_TO_V4, true"})
    void c13OfAMillionSynsLittleIsKeptForAShortTime(FamilyPair families, boolean proxy) {
        int capacity = 4096;
        try (Rig rig = Rig.of(families, 1, capacity).configured().withStaticNeighbours()) {
            TcpFlow flow = TcpFlow.established(rig, PORT);
            rig.apply(CookieClient.with(rig, proxy ? SynProxy.ALWAYS : SynProxy.OFF));
            flood(
                    rig,
                    number -> stranger(rig, number, Tcp.SYN),
                    sent -> {
                        rig.out();
                        assertThat(rig.count(Counter.CONNECTIONS))
                                .isLessThanOrEqualTo(proxy ? 1 : capacity);
                    });
            if (proxy) {
                assertThat(rig.count(Outcome.SYN_ANSWERED)).isEqualTo(MILLION);
            } else {
                assertThat(rig.count(Counter.CONNECTIONS)).isGreaterThan(capacity / 2);
            }
            flow.exchange();
            rig.pass(HALF_OPEN);
            rig.pass(Duration.ofSeconds(2));
            rig.out();
            assertThat(rig.count(Counter.CONNECTIONS)).as("the honest one").isOne();
            assertThat(rig.io.buffers().inUse()).isZero();
            flow.exchange();
        }
    }
}
