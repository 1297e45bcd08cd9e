// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.health.ServerHealth;
import io.fullnat.api.service.HandshakeTimes;
import io.fullnat.api.service.Handshakes;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.RealServerStatus;
import io.fullnat.api.service.TrafficCounts;
import io.fullnat.api.service.TrafficRates;
import io.fullnat.balancer.text.Micros;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// How long servers take to answer, in tables.
class AnswerColumnsTest {
    private static HandshakeTimes times(int micros) {
        long[] counts = new long[HandshakeTimes.BUCKETS];
        counts[HandshakeTimes.bucket(micros)] = 1;
        return HandshakeTimes.of(counts);
    }

    private static RealServerStatus server(Handshakes handshakes, int answerMicros) {
        return new RealServerStatus(
                RealServer.of("10.0.1.11", 80),
                0,
                0,
                TrafficCounts.ZERO,
                TrafficRates.ZERO,
                ServerHealth.UNCHECKED,
                handshakes,
                answerMicros);
    }

    @Test
    void areThereForThoseWhoAreMeasured() {
        RealServerStatus silent = server(Handshakes.NONE, 0);
        RealServerStatus quick = server(new Handshakes(times(2000), times(2000)), 0);
        RealServerStatus compared = server(new Handshakes(HandshakeTimes.NONE, times(9)), 812);

        assertThat(new AnswerColumns(List.of(silent)).titles()).isEmpty();
        assertThat(new AnswerColumns(List.of(silent)).cells(silent)).isEmpty();

        AnswerColumns some = new AnswerColumns(List.of(silent, quick));
        String shown = Micros.text(times(2000).micros(1));
        assertThat(some.titles()).containsExactly("P50", "P99");
        assertThat(some.cells(silent)).containsExactly("-", "-");
        assertThat(some.cells(quick)).containsExactly(shown, shown);

        AnswerColumns all = new AnswerColumns(List.of(silent, quick, compared));
        assertThat(all.titles()).containsExactly("P50", "P99", "ANSWERS");
        assertThat(all.cells(quick)).containsExactly(shown, shown, "-");
        assertThat(all.cells(compared)).containsExactly("-", "-", "812us");
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0us",
        "999, 999us",
        "1000, 1.00ms",
        "9994, 9.99ms",
        "9996, 10.0ms",
        "99_940, 99.9ms",
        "99_960, 100ms",
        "999_400, 999ms",
        "999_600, 1.00s",
        "12_500_000, 12.5s",
        "67_108_864, 67.1s"
    })
    void timesHaveThreeDigits(String micros, String text) {
        assertThat(Micros.text(Long.parseLong(micros.replace("_", "")))).isEqualTo(text);
    }
}
