// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.doctor;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Whether the file can be read, and whether the balancer is what it says.
final class ConfigurationCheck implements Check {
    private static final String SOURCE = "fullnat reload --dry-run";
    private static final int FEW = 3;

    @Override
    public String what() {
        return "the configuration, and whether it is what runs";
    }

    @Override
    public boolean sees(Observation reading) {
        return reading.running().isPresent()
                || reading.configuration().isPresent()
                || reading.wrong().isPresent();
    }

    @Override
    public List<Finding> findings(Observation reading) {
        List<Finding> findings = new ArrayList<>();
        String file = reading.file().map(Object::toString).orElse("FILE");
        reading.wrong()
                .ifPresent(why ->
                        findings.add(
                                Diagnosis.CONFIGURATION_WRONG.of(
                                        file, why, "fullnat config check", Map.of("file", file))));
        reading.running().ifPresent(running -> drift(running.drift(), findings));
        return findings;
    }

    private static void drift(Running.Drift drift, List<Finding> findings) {
        drift.refusal()
                .ifPresent(why ->
                        findings.add(
                                Diagnosis.RESTART_NEEDED.of("the balancer's file", why, SOURCE)));
        if (!drift.changes().isEmpty()) {
            List<String> first = drift.changes().subList(0, Math.min(FEW, drift.changes().size()));
            findings.add(
                    Diagnosis.UNSAVED.of(
                            "the balancer's file",
                            drift.changes().size()
                                    + (drift.changes().size() == 1
                                            ? " difference: "
                                            : " differences: ")
                                    + String.join("; ", first)
                                    + (drift.changes().size() > FEW ? "; ..." : ""),
                            SOURCE));
        }
    }
}
