// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.BalancerEvent;
import io.fullnat.api.control.Condition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Trouble that the application sees is told like the balancer's own.
final class ReportedConditionsTest {
    private final List<BalancerEvent> events = new ArrayList<>();
    private final Conditions conditions = new Conditions(events::add);
    private final ReportedConditions reported = new ReportedConditions(conditions);

    private void look(int second) {
        long nowNs = Duration.ofSeconds(second).toNanos();
        reported.poll(nowNs);
        conditions.poll(nowNs);
    }

    @Test
    void lastsWhileItIsSaidAgain() {
        for (int second = 0; second <= 20; second++) {
            if (second % 5 == 0) {
                reported.report(Condition.WEBHOOK_FAILING, "a", "status 500");
            }
            look(second);
        }
        assertThat(events)
                .containsExactly(
                        new BalancerEvent.ConditionBegan(
                                Condition.WEBHOOK_FAILING, "a", "status 500"));
        look(29);
        assertThat(events).hasSize(1);
        look(30);
        assertThat(events)
                .last()
                .isEqualTo(
                        new BalancerEvent.ConditionEnded(
                                Condition.WEBHOOK_FAILING,
                                "a",
                                Duration.ofSeconds(20),
                                "status 500"));
    }

    @Test
    void subjectsAreApart() {
        reported.report(Condition.WEBHOOK_FAILING, "a", "1");
        reported.report(Condition.WEBHOOK_FAILING, "b", "2");
        reported.report(Condition.WEBHOOK_FAILING, "a", "3");
        look(0);
        assertThat(events)
                .containsExactlyInAnyOrder(
                        new BalancerEvent.ConditionBegan(Condition.WEBHOOK_FAILING, "a", "3"),
                        new BalancerEvent.ConditionBegan(Condition.WEBHOOK_FAILING, "b", "2"));
    }

    @Test
    void moreThanMayBeAreLeftOut() {
        for (int i = 0; i < 2 * ReportedConditions.MOST; i++) {
            reported.report(Condition.WEBHOOK_FAILING, "no. " + i, "x");
        }
        look(0);
        assertThat(events).hasSize(ReportedConditions.MOST);
    }
}
