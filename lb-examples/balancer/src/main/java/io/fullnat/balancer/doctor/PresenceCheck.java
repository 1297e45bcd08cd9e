// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.doctor;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Whether a balancer answers, and forwards.
final class PresenceCheck implements Check {
    @Override
    public String what() {
        return "the balancer answers and forwards";
    }

    @Override
    public boolean sees(Observation reading) {
        return true;
    }

    @Override
    public List<Finding> findings(Observation reading) {
        List<Finding> findings = new ArrayList<>();
        String socket = reading.socket().toString();
        if (reading.running().isEmpty()) {
            reading.silence()
                    .ifPresent(why ->
                            findings.add(
                                    Diagnosis.NO_BALANCER.at(
                                            reading.asked() ? Level.HINT : Level.FAULT,
                                            socket,
                                            why,
                                            socket,
                                            Map.of())));
            return findings;
        }
        Running running = reading.running().get();
        if (running.status().equals("DOWN")) {
            findings.add(
                    Diagnosis.NOT_FORWARDING.of(
                            "process " + running.pid(), "status DOWN", "GET /v2/health"));
        }
        return findings;
    }
}
