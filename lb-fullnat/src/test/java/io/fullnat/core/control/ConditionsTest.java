// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.ActiveCondition;
import io.fullnat.api.control.BalancerEvent;
import io.fullnat.api.control.Condition;
import io.fullnat.core.LogCapture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Each kind of lasting trouble is told once when it begins and once when it ends: to listeners, in
/// the log, in the list of what lasts.
final class ConditionsTest {
    private final List<BalancerEvent> events = new ArrayList<>();
    private final Conditions conditions = new Conditions(events::add);

    private static long seconds(long count) {
        return Duration.ofSeconds(count).toNanos();
    }

    @ParameterizedTest
    @EnumSource
    void listenersLogAndListSayTheSame(Condition condition) {
        try (LogCapture log = new LogCapture()) {
            for (int second = 0; second < 5; second++) {
                conditions.present(condition, "here", "now " + second, seconds(second));
                conditions.poll(seconds(second));
            }
            assertThat(events)
                    .containsExactly(new BalancerEvent.ConditionBegan(condition, "here", "now 0"));
            assertThat(conditions.active(seconds(4)))
                    .containsExactly(
                            new ActiveCondition(condition, "here", "now 0", Duration.ofSeconds(4)));
            assertThat(log.with(condition + " begins: here: now 0")).hasSize(1);

            events.clear();
            for (int second = 5; second < 60; second++) {
                conditions.poll(seconds(second));
            }
            assertThat(events)
                    .containsExactly(
                            new BalancerEvent.ConditionEnded(
                                    condition, "here", Duration.ofSeconds(4), "now 4"));
            assertThat(conditions.active(seconds(60))).isEmpty();
            assertThat(log.with(condition + " ended after 4 s: here: now 4")).hasSize(1);
        }
    }
}
