// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.Condition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// What Prometheus raises an alert for, the doctor finds, from the same threshold on and as badly.
final class AlertRulesTest {
    private static final Path RULES = Path.of("src/main/monitoring/fullnat-rules.yml");
    private static final Pattern RULE =
            Pattern.compile(
                    "- alert: (\\w+)\\n +expr: '?(.*?)'?\\n(?: +for: .*\\n)? +labels: \\{severity: (\\w+)}");

    /// What alerts are called here.
    private static final Map<String, Diagnosis> DIAGNOSES =
            Map.ofEntries(
                    Map.entry("FullnatDown", Diagnosis.NO_BALANCER),
                    Map.entry("FullnatNotForwarding", Diagnosis.NOT_FORWARDING),
                    Map.entry("FullnatLinkDown", Diagnosis.LINK_DOWN),
                    Map.entry("FullnatWorkerBusy", Diagnosis.WORKER_BUSY),
                    Map.entry("FullnatReceiveMissed", Diagnosis.RECEIVE_MISSED),
                    Map.entry("FullnatBuffersLow", Diagnosis.BUFFERS_LOW),
                    Map.entry("FullnatPortsNearlyExhausted", Diagnosis.PORTS_NEARLY_EXHAUSTED),
                    Map.entry("FullnatPortsExhausted", Diagnosis.PORTS_EXHAUSTED),
                    Map.entry("FullnatTableNearlyFull", Diagnosis.TABLE_NEARLY_FULL),
                    Map.entry("FullnatModifiersNearlyFull", Diagnosis.MODIFIERS_NEARLY_FULL),
                    Map.entry("FullnatTableFull", Diagnosis.TABLE_FULL),
                    Map.entry("FullnatServerDown", Diagnosis.SERVER_DOWN),
                    Map.entry("FullnatServiceDown", Diagnosis.SERVICE_DOWN),
                    Map.entry("FullnatNeighboursMissing", Diagnosis.NEIGHBOUR_SILENT),
                    Map.entry("FullnatDropsMany", Diagnosis.DROPS_MANY),
                    Map.entry("FullnatFaults", Diagnosis.FAULTS));

    private static final Map<String, Condition> CONDITIONS =
            Map.ofEntries(
                    Map.entry("FullnatWorkerStalled", Condition.WORKER_STALLED),
                    Map.entry("FullnatQuorumLost", Condition.QUORUM_LOST),
                    Map.entry("FullnatAnnouncementFailed", Condition.ANNOUNCEMENT_FAILED),
                    Map.entry("FullnatChecksImpossible", Condition.CHECKS_IMPOSSIBLE),
                    Map.entry("FullnatWebhookFailing", Condition.WEBHOOK_FAILING),
                    Map.entry("FullnatAddressConflict", Condition.ADDRESS_CONFLICT),
                    Map.entry("FullnatNeighbourConflict", Condition.NEIGHBOUR_CONFLICT),
                    Map.entry("FullnatNeighboursFull", Condition.NEIGHBOURS_FULL),
                    Map.entry("FullnatHalfOpenFull", Condition.HALF_OPEN_FULL),
                    Map.entry("FullnatSynProxyActive", Condition.SYN_PROXY_ACTIVE),
                    Map.entry("FullnatClientsFull", Condition.CLIENTS_FULL),
                    Map.entry("FullnatTemplatesFull", Condition.TEMPLATES_FULL),
                    Map.entry("FullnatModifiersFull", Condition.MODIFIERS_FULL),
                    Map.entry("FullnatBuffersExhausted", Condition.BUFFERS_EXHAUSTED));

    /// Those that an alert tells by a metric of its own, as the doctor does by a check.
    private static final Map<Condition, String> BY_METRIC =
            Map.of(
                    Condition.PORTS_NEARLY_EXHAUSTED, "FullnatPortsNearlyExhausted",
                    Condition.PORTS_EXHAUSTED, "FullnatPortsExhausted",
                    Condition.TABLE_FULL, "FullnatTableFull",
                    Condition.LINK_DOWN, "FullnatLinkDown");

    private static final Map<String, Double> LIMITS =
            Map.of(
                    "FullnatWorkerBusy", Thresholds.BUSY,
                    "FullnatBuffersLow", Thresholds.BUFFERS_FREE,
                    "FullnatTableNearlyFull", Thresholds.TABLE,
                    "FullnatModifiersNearlyFull", Thresholds.TABLE,
                    "FullnatDropsMany", Thresholds.DROPPED);

    /// Of many transactions over a quarter of an hour: two readings do not show it.
    private static final String PROMETHEUS_ALONE = "FullnatTransactionsSlow";

    private record Rule(String expression, String severity) {
        Level level() {
            return severity.equals("critical") ? Level.FAULT : Level.WARNING;
        }
    }

    private static Map<String, Rule> rules() throws IOException {
        String text = Files.readString(RULES);
        Map<String, Rule> rules = new TreeMap<>();
        Matcher rule = RULE.matcher(text);
        while (rule.find()) {
            rules.put(rule.group(1), new Rule(rule.group(2), rule.group(3)));
        }
        assertThat(rules).hasSize(text.split("- alert:", -1).length - 1);
        return rules;
    }

    /// Of what an alert is called here.
    private static Optional<Level> level(String alert) {
        return Optional.ofNullable(DIAGNOSES.get(alert))
                .map(Diagnosis::level)
                .or(() -> Optional.ofNullable(CONDITIONS.get(alert)).map(ConditionCheck::level));
    }

    @Test
    void everyAlertIsFound() throws IOException {
        Map<String, Rule> rules = rules();
        rules.remove(PROMETHEUS_ALONE);
        rules.forEach((name, rule) -> {
            assertThat(DIAGNOSES.containsKey(name))
                    .as(name)
                    .isNotEqualTo(CONDITIONS.containsKey(name));
            assertThat(level(name)).as(name).hasValue(rule.level());
        });
        assertThat(rules).hasSize(DIAGNOSES.size() + CONDITIONS.size());
    }

    /// One alert each.
    @Test
    void everyConditionRaisesOne() {
        List<Condition> told = new ArrayList<>(CONDITIONS.values());
        told.addAll(BY_METRIC.keySet());
        assertThat(told).containsExactlyInAnyOrder(Condition.values());
        assertThat(DIAGNOSES).containsKeys(BY_METRIC.values().toArray(String[]::new));
    }

    /// All but the quorum's, which has a metric.
    @Test
    void alertsOfConditionsAreRaisedByThese() throws IOException {
        Pattern lasting = Pattern.compile("fullnat_condition_subjects\\{condition=\"(\\w+)\"} > 0");
        Map<String, Condition> raised = new TreeMap<>();
        raised.put("FullnatQuorumLost", Condition.QUORUM_LOST);
        rules().forEach((name, rule) -> {
            Matcher matcher = lasting.matcher(rule.expression());
            if (matcher.matches()) {
                raised.put(name, Condition.valueOf(matcher.group(1)));
            }
        });
        assertThat(raised).isEqualTo(CONDITIONS);
    }

    @Test
    void fromTheSameThresholdOn() throws IOException {
        Map<String, Rule> rules = rules();
        Pattern share = Pattern.compile(".* [<>] (0\\.\\d+)$");
        rules.forEach((name, rule) -> {
            Matcher limit = share.matcher(rule.expression());
            if (limit.matches()) {
                assertThat(LIMITS).as(name).containsEntry(name, Double.valueOf(limit.group(1)));
            } else {
                assertThat(LIMITS).doesNotContainKey(name);
            }
        });
        assertThat(rules.keySet()).containsAll(LIMITS.keySet());
    }
}
