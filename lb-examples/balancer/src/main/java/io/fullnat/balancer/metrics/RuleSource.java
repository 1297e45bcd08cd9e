// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.metrics;

import io.fullnat.api.control.ClientTable;
import io.fullnat.api.control.Control;
import io.fullnat.api.control.SetStatus;
import io.fullnat.api.control.TemplateCounts;
import java.util.List;
import java.util.Locale;

/// Sets and persistence templates, by what somebody has configured: a set, a service; and how many
/// clients are counted. Thread-safe.
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

    private static final Family CLIENTS =
            Family.gauge(
                    "fullnat_client_entries",
                    "Clients and their networks that have connections of services which limit"
                            + " those, of large tables by sample");
    private static final Family CLIENT_CAPACITY =
            Family.gauge(
                    "fullnat_client_capacity",
                    "Clients and networks for which there is room; others are refused");
    private static final Family RATES =
            Family.gauge(
                    "fullnat_client_rate_entries",
                    "Clients' networks that have used some of a rate that services limit, by"
                            + " sample");
    private static final Family RATE_CAPACITY =
            Family.gauge(
                    "fullnat_client_rate_capacity",
                    "Such networks for which there is room; beyond it the quiet ones are"
                            + " forgotten");

    private final Control control;

    RuleSource(Control control) {
        this.control = control;
    }

    @Override
    public List<Family> families() {
        return List.of(
                REFUSED,
                ADMITTED,
                TEMPLATES,
                CAPACITY,
                CLIENTS,
                CLIENT_CAPACITY,
                RATES,
                RATE_CAPACITY);
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
        if (samples.wantsAny(List.of(CLIENTS, CLIENT_CAPACITY, RATES, RATE_CAPACITY))) {
            ClientTable clients = control.clientTable();
            samples.add(CLIENTS, clients.counted());
            samples.add(CLIENT_CAPACITY, clients.countCapacity());
            samples.add(RATES, clients.rated());
            samples.add(RATE_CAPACITY, clients.rateCapacity());
        }
    }
}
