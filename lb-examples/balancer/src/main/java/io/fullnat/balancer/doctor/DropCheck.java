// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.doctor;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Packets that are dropped now.
final class DropCheck implements Check {
    private static final String SOURCE = "fullnat counters, twice";

    @Override
    public String what() {
        return "dropped packets";
    }

    @Override
    public List<Finding> findings(Observation reading) {
        List<Finding> findings = new ArrayList<>();
        reading.running()
                .ifPresent(running -> {
                    long received = running.grown(Counter.RECEIVED);
                    long dropped = 0;
                    for (Outcome outcome : Outcome.values()) {
                        if (outcome.kind() == Outcome.Kind.DROPPED) {
                            long grown = running.grown(outcome);
                            dropped += grown;
                            if (grown > 0) {
                                findings.add(of(outcome, grown, reading));
                            }
                        }
                    }
                    if (received >= Thresholds.FEW_PACKETS
                            && dropped > Thresholds.DROPPED * received) {
                        findings.addFirst(many(dropped, received));
                    }
                });
        return findings;
    }

    private static Finding many(long dropped, long received) {
        return Diagnosis.DROPS_MANY.of(
                "packets",
                String.format(
                        Locale.ROOT,
                        "%.1f %% of %d, %d",
                        100.0 * dropped / received,
                        received,
                        dropped),
                SOURCE);
    }

    private static Finding of(Outcome outcome, long grown, Observation reading) {
        return Diagnosis.DROPS.of(
                outcome.name(),
                "+" + grown + " in " + reading.interval().toSeconds() + " s",
                SOURCE,
                Map.of("meaning", outcome.meaning(), "remedy", DropRemedies.of(outcome)));
    }
}
