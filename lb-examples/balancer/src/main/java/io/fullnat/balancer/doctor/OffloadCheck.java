// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.doctor;

import java.util.List;
import java.util.Map;

/// Packets that arrive by a kernel interface as no wire has them.
final class OffloadCheck implements Check {
    private static final String CUT = "largePacketsCut";
    private static final String COMPLETED = "checksumsCompleted";

    @Override
    public String what() {
        return "offloads of peers";
    }

    @Override
    public boolean sees(Observation reading) {
        return reading.running().stream()
                .flatMap(running -> running.ports().stream())
                .anyMatch(port -> port.details().containsKey(CUT));
    }

    @Override
    public List<Finding> findings(Observation reading) {
        return reading.running().stream()
                .flatMap(running ->
                        running.ports().stream()
                                .filter(port ->
                                        grown(running, port, CUT) + grown(running, port, COMPLETED)
                                                > 0)
                                .map(port ->
                                        of(running, port, LinkCheck.words(port.name(), reading))))
                .toList();
    }

    private static Finding of(Running running, Running.Port port, Map<String, String> words) {
        return Diagnosis.OFFLOADS.of(
                "port " + port.name(),
                CUT
                        + " +"
                        + grown(running, port, CUT)
                        + ", "
                        + COMPLETED
                        + " +"
                        + grown(running, port, COMPLETED),
                "fullnat link list --json, details",
                words);
    }

    private static long grown(Running running, Running.Port port, String detail) {
        long now = port.details().getOrDefault(detail, 0L);
        return running.before(port)
                .map(before -> now - before.details().getOrDefault(detail, 0L))
                .orElse(0L);
    }
}
