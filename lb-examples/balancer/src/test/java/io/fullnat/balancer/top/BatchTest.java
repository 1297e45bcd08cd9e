// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.top;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class BatchTest {
    private static final Query QUERY = SampleOverview.query(View.PORTS);

    private final List<Duration> pauses = new ArrayList<>();
    private final StringWriter out = new StringWriter();
    private final AtomicInteger second = new AtomicInteger(100);

    private Answer ask(Query query) {
        return SampleOverview.answer(query, second.getAndAdd(2));
    }

    private void run(OptionalLong iterations, int endsAfter) {
        new Batch(
                        QUERY,
                        SampleOverview.TWO_SECONDS,
                        iterations,
                        length -> {
                            pauses.add(length);
                            return pauses.size() > endsAfter;
                        },
                        InstantSource.fixed(Instant.parse("2026-05-01T12:00:00Z")))
                .run(this::ask, new PrintWriter(out));
    }

    @Test
    void eachLookHasRates() {
        run(OptionalLong.of(2), 100);

        assertThat(pauses).containsExactly(SampleOverview.TWO_SECONDS, SampleOverview.TWO_SECONDS);
        String[] looks = out.toString().split("\n\nfullnat", -1);
        assertThat(looks).hasSize(2);
        assertThat(looks[0])
                .startsWith("fullnat 0.1.0   DEGRADED")
                .contains("2026-05-01T12:00:00.000Z\n")
                .containsPattern("\n wan +up +2.47M +8.00G");
        assertThat(looks[1]).containsPattern("\n wan +up +2.47M +8.00G").endsWith("\n");
        assertThat(out.toString()).doesNotContain("\u001b");
    }

    @Test
    void goesOnUntilItIsInterrupted() {
        run(OptionalLong.empty(), 3);

        assertThat(pauses).hasSize(4);
        assertThat(out.toString().split("DEGRADED", -1)).hasSize(4);
    }

    @Test
    void aBalancerThatGoesIsAnError() {
        Batch batch =
                new Batch(
                        QUERY,
                        SampleOverview.TWO_SECONDS,
                        OptionalLong.empty(),
                        length -> false,
                        InstantSource.system());
        AtomicInteger left = new AtomicInteger(3);
        AnswerSource source =
                query -> {
                    if (left.getAndDecrement() == 0) {
                        throw new BalancerException(ErrorCode.NO_BALANCER, "gone");
                    }
                    return ask(query);
                };

        assertThatThrownBy(() -> batch.run(source, new PrintWriter(out)))
                .isInstanceOf(BalancerException.class)
                .hasMessage("gone");
        assertThat(out.toString().split("DEGRADED", -1)).hasSize(3);
    }
}
