// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.top;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

final class HistoryTest {
    private static final String PACKETS = "/traffic/inPackets";
    private static final Query QUERY = SampleOverview.query(View.SERVICES);

    private final History history = new History();

    private static Answer answer(long startedAt, long nanos, JsonNode... rows) {
        ObjectNode overview =
                SampleOverview.object().put("startedAt", startedAt).put("monotonicNanos", nanos);
        return new Answer(
                QUERY,
                overview,
                nanos,
                List.of(rows),
                rows.length,
                rows.length,
                OptionalLong.empty());
    }

    private static JsonNode row(String id, long packets) {
        ObjectNode row = SampleOverview.object().put("id", id);
        row.putObject("traffic").put("inPackets", packets);
        return row;
    }

    private OptionalDouble rate(long nanos, long packets) {
        return accept(answer(1, nanos, row("a", packets))).items().getFirst().rate(PACKETS);
    }

    private History.Compared accept(Answer answer) {
        return history.accept(answer, SampleOverview.TWO_SECONDS);
    }

    private static long seconds(double seconds) {
        return (long) (seconds * 1e9);
    }

    @Test
    void ratesAreDifferencesByTheBalancersClock() {
        assertThat(rate(seconds(100), 1000)).isEmpty();
        assertThat(rate(seconds(102), 1500)).hasValue(250);
        assertThat(rate(seconds(106), 1500)).hasValue(0);
    }

    /// What a key asks for comes soon after the answer before.
    @Test
    void answersThatComeTooSoonAreComparedWithAnEarlierOne() {
        rate(seconds(100), 0);
        rate(seconds(102), 200);

        assertThat(rate(seconds(102.25), 225)).hasValue(100);
        assertThat(rate(seconds(102.5), 250)).hasValue(100);
        assertThat(rate(seconds(104.5), 450)).hasValue(100);
    }

    @Test
    void theSameAnswerTwiceIsNoNews() {
        rate(seconds(100), 0);
        assertThat(rate(seconds(100), 0)).isEmpty();
        assertThat(rate(seconds(102), 200)).hasValue(100);
        assertThat(rate(seconds(102), 200)).hasValue(100);
    }

    @Test
    void countsThatWereZeroedHaveNoRateAtFirst() {
        rate(seconds(100), 1000);
        assertThat(rate(seconds(102), 10)).isEmpty();
        assertThat(rate(seconds(104), 30)).hasValue(10);
    }

    @Test
    void countsOf64BitsAreExact() {
        rate(seconds(100), Long.MAX_VALUE - 10);
        assertThat(rate(seconds(102), Long.MAX_VALUE)).hasValue(5);
    }

    @Test
    void afterARestartNothingIsKnownOfBefore() {
        accept(answer(1, seconds(100), row("a", 10)));
        History.Compared same = accept(answer(1, seconds(102), row("a", 20)));
        History.Compared other = accept(answer(2, seconds(104), row("a", 1_000_000)));
        History.Compared next = accept(answer(2, seconds(106), row("a", 1_000_100)));

        assertThat(same.restarted()).isFalse();
        assertThat(other.restarted()).isTrue();
        assertThat(other.items().getFirst().rate(PACKETS)).isEmpty();
        assertThat(other.whole().before()).isEmpty();
        assertThat(next.restarted()).isFalse();
        assertThat(next.items().getFirst().rate(PACKETS)).hasValue(50);
    }

    /// A machine that was started anew may have its clock in the past.
    @Test
    void aClockThatGoesBackIsARestart() {
        accept(answer(1, seconds(100), row("a", 10)));
        assertThat(accept(answer(1, seconds(3), row("a", 20))).restarted()).isTrue();
    }

    @Test
    void rowsThatComeIntoSightHaveNoRateYet() {
        accept(answer(1, seconds(100), row("a", 10)));
        History.Compared both = accept(answer(1, seconds(102), row("b", 0), row("a", 20)));

        assertThat(both.items().getFirst().rate(PACKETS)).isEmpty();
        assertThat(both.items().getLast().rate(PACKETS)).hasValue(5);
    }

    @Test
    void whatIsLongOutOfSightIsForgotten() {
        accept(answer(1, seconds(100), row("a", 10)));
        accept(answer(1, seconds(105)));
        assertThat(accept(answer(1, seconds(106), row("a", 70))).items().getFirst().rate(PACKETS))
                .hasValue(10);
        accept(answer(1, seconds(117)));
        assertThat(accept(answer(1, seconds(118), row("a", 80))).items().getFirst().rate(PACKETS))
                .isEmpty();
    }

    @Test
    void aCountThatIsMissingHasNoRate() {
        Item item = new Item("a", row("a", 1), Optional.of(SampleOverview.object()), 1);

        assertThat(item.rate(PACKETS)).isEmpty();
        assertThat(item.rate("/nothing")).isEmpty();
    }
}
