// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.metrics;

import io.fullnat.api.control.Control;
import io.fullnat.api.control.SetStatus;
import io.fullnat.api.control.TemplateCounts;
import java.util.List;
import java.util.Locale;

/// Sets and persistence templates, by what somebody has configured: a set, a service. Thread-safe.
final class RuleSource implements Source {
    private static final Family REFUSED =
            Family.counter(
                    "fullnat_set_refused",
                    "First packets of connections that access rules have refused by the set",
                    "set");
    private static final Family ADMITTED =
            Family.counter(
                    "fullnat_set_admitted",
                    "Connections that access rules have let begin by the set",
                    "set");
    private static final Family TEMPLATES =
            Family.gauge(
                    "fullnat_service_templates",
                    "Persistence templates that are alive, of services with persistence",
                    "protocol",
                    "service");
    private static final Family CAPACITY =
            Family.gauge(
                    "fullnat_template_capacity", "Persistence templates for which there is room");

    private final Control control;

    RuleSource(Control control) {
        this.control = control;
    }

    @Override
    public List<Family> families() {
        return List.of(REFUSED, ADMITTED, TEMPLATES, CAPACITY);
    }

    @Override
    public void read(Samples samples) {
        if (samples.wantsAny(List.of(REFUSED, ADMITTED))) {
            for (SetStatus status : control.sets()) {
                samples.add(REFUSED, status.refused(), status.name());
                samples.add(ADMITTED, status.admitted(), status.name());
            }
        }
        if (samples.wantsAny(List.of(TEMPLATES, CAPACITY))) {
            TemplateCounts counts = control.templateCounts();
            samples.add(CAPACITY, counts.capacity());
            counts.byService()
                    .forEach((key, count) ->
                            samples.add(
                                    TEMPLATES,
                                    count,
                                    key.protocol().name().toLowerCase(Locale.ROOT),
                                    key.name()));
        }
    }
}
