// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.doctor;

import io.fullnat.api.control.Condition;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// Conditions that last, but those that another check tells with more to it.
final class ConditionCheck implements Check {
    static final Set<Condition> ELSEWHERE =
            Set.of(
                    Condition.LINK_DOWN,
                    Condition.PORTS_NEARLY_EXHAUSTED,
                    Condition.PORTS_EXHAUSTED);

    @Override
    public String what() {
        return "conditions";
    }

    /// How bad each is.
    static Level level(Condition condition) {
        return switch (condition) {
            case PORTS_EXHAUSTED,
                    WORKER_STALLED,
                    TABLE_FULL,
                    BUFFERS_EXHAUSTED,
                    LINK_DOWN,
                    ADDRESS_CONFLICT,
                    QUORUM_LOST,
                    ANNOUNCEMENT_FAILED ->
                    Level.FAULT;
            case PORTS_NEARLY_EXHAUSTED,
                    CLIENTS_FULL,
                    HALF_OPEN_FULL,
                    SYN_PROXY_ACTIVE,
                    TEMPLATES_FULL,
                    MODIFIERS_FULL,
                    NEIGHBOURS_FULL,
                    NEIGHBOUR_CONFLICT,
                    CHECKS_IMPOSSIBLE,
                    WEBHOOK_FAILING ->
                    Level.WARNING;
        };
    }

    @Override
    public List<Finding> findings(Observation reading) {
        List<Finding> findings = new ArrayList<>();
        for (Running.Condition lasting :
                reading.running().map(Running::conditions).orElse(List.of())) {
            Condition condition = Condition.valueOf(lasting.name());
            if (!ELSEWHERE.contains(condition)) {
                findings.add(
                        new Finding(
                                level(condition),
                                condition.name(),
                                lasting.subject(),
                                (lasting.detail().isEmpty() ? "" : lasting.detail() + ", ")
                                        + "for "
                                        + lasting.seconds()
                                        + " s",
                                "GET /v2/health, conditions",
                                condition.meaning(),
                                condition.remedy()));
            }
        }
        return findings;
    }
}
