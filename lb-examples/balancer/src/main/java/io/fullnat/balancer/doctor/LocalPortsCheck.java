// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.doctor;

import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.PortUsage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Local addresses whose ports run short. One that several services share is told once.
final class LocalPortsCheck implements Check {
    @Override
    public String what() {
        return "local addresses";
    }

    private record Use(Running.Service service, Running.Local local) {}

    @Override
    public List<Finding> findings(Observation reading) {
        List<Finding> findings = new ArrayList<>();
        reading.running().ifPresent(running -> look(running, findings));
        return findings;
    }

    private static void look(Running running, List<Finding> findings) {
        Map<String, Use> fullest = new LinkedHashMap<>();
        for (Running.Service service : running.services()) {
            for (Running.Local local : service.locals()) {
                Use use = new Use(service, local);
                fullest.merge(
                        local.address() + " " + local.device(),
                        use,
                        (one, other) -> fill(one.local) >= fill(other.local) ? one : other);
            }
        }
        exhausted(running, fullest, findings);
        for (Use use : fullest.values()) {
            if (use.local.nearExhaustion()) {
                findings.add(of(Diagnosis.PORTS_NEARLY_EXHAUSTED, use, "nearly full now"));
            } else if (use.local.fullestPercent() >= PortUsage.WARNING_PERCENT) {
                findings.add(of(Diagnosis.LOCAL_PORTS_HIGH, use, "now less"));
            }
        }
    }

    /// Now, rather than once.
    private static int fill(Running.Local local) {
        return local.fullestPercent() + (local.nearExhaustion() ? 1000 : 0);
    }

    private static Finding of(Diagnosis diagnosis, Use use, String now) {
        return diagnosis.of(
                use.local.address() + " of " + use.service.words(),
                "the fullest pair has been "
                        + use.local.fullestPercent()
                        + " % full, "
                        + now
                        + "; "
                        + use.local.misses()
                        + " misses",
                "fullnat laddr list",
                words(use));
    }

    private static Map<String, String> words(Use use) {
        return Map.of("service", use.service.words(), "device", use.local.device());
    }

    private static void exhausted(
            Running running, Map<String, Use> fullest, List<Finding> findings) {
        Map<String, String> words =
                fullest.values().stream()
                        .max((one, other) -> Integer.compare(fill(one.local), fill(other.local)))
                        .map(LocalPortsCheck::words)
                        .orElse(Map.of("service", "PROTOCOL SERVICE", "device", "DEVICE"));
        List<Running.Condition> lasting =
                running.conditions().stream()
                        .filter(each -> each.name().equals(Diagnosis.PORTS_EXHAUSTED.name()))
                        .toList();
        for (Running.Condition condition : lasting) {
            findings.add(
                    Diagnosis.PORTS_EXHAUSTED.of(
                            condition.subject(),
                            condition.detail() + ", for " + condition.seconds() + " s",
                            "GET /v2/health, conditions",
                            words));
        }
        long refused = running.grown(Outcome.NO_LOCAL_PORT);
        if (lasting.isEmpty() && refused > 0) {
            findings.add(
                    Diagnosis.PORTS_EXHAUSTED.of(
                            "local addresses",
                            "NO_LOCAL_PORT +" + refused,
                            "fullnat counters, twice",
                            words));
        }
    }
}
