// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.doctor;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Links of ports: up, and at both ends of one mind.
final class LinkCheck implements Check {
    @Override
    public String what() {
        return "links";
    }

    @Override
    public List<Finding> findings(Observation reading) {
        List<Finding> findings = new ArrayList<>();
        reading.running()
                .ifPresent(running -> {
                    running.health()
                            .forEach((port, trouble) ->
                                    trouble.ifPresent(
                                            why -> findings.add(down(port, why, reading))));
                    running.ports()
                            .forEach(port ->
                                    duplex(port.name(), port.fullDuplex(), reading)
                                            .ifPresent(findings::add));
                });
        return findings;
    }

    private static Finding down(String port, String why, Observation reading) {
        return Diagnosis.LINK_DOWN.of("port " + port, why, "GET /v2/health", words(port, reading));
    }

    private static Optional<Finding> duplex(String port, boolean full, Observation reading) {
        boolean half =
                Optional.ofNullable(reading.machine().interfaces().get(port))
                        .flatMap(Machine.Interface::duplex)
                        .map(word -> word.equals("half"))
                        .orElse(!full);
        boolean up =
                reading.running()
                        .map(running ->
                                !running.health().getOrDefault(port, Optional.empty()).isPresent())
                        .orElse(false);
        return half && up
                ? Optional.of(
                        Diagnosis.HALF_DUPLEX.of(
                                "port " + port,
                                "half duplex",
                                "fullnat link list; /sys/class/net/*/duplex",
                                words(port, reading)))
                : Optional.empty();
    }

    static Map<String, String> words(String port, Observation reading) {
        Machine.Interface behind = reading.machine().interfaces().get(port);
        return Map.of("interface", behind == null ? "INTERFACE" : behind.name());
    }
}
