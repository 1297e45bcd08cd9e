// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.control.Condition;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// Conditions that the application has seen since the last look. Any thread reports; the control
/// thread looks.
final class ReportedConditions implements Watch {
    /// So many are known at a time; further ones are not taken.
    static final int MOST = 1000;

    private final Conditions conditions;
    private final Map<Subject, String> reported = new ConcurrentHashMap<>();

    private record Subject(Condition condition, String name) {}

    ReportedConditions(Conditions conditions) {
        this.conditions = conditions;
    }

    void report(Condition condition, String subject, String detail) {
        if (reported.size() < MOST) {
            reported.put(new Subject(condition, subject), detail);
        }
    }

    @Override
    public void poll(long nowNs) {
        for (Subject subject : List.copyOf(reported.keySet())) {
            String detail = reported.remove(subject);
            if (detail != null) {
                conditions.present(subject.condition, subject.name, detail, nowNs);
            }
        }
    }
}
