// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.doctor;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Whether the clock is kept where nodes take each other's SYN cookies.
final class CookieClockCheck implements Check {
    @Override
    public String what() {
        return "the time of SYN cookies";
    }

    @Override
    public boolean sees(Observation reading) {
        return secrets(reading).isPresent() && reading.machine().synchronised().isPresent();
    }

    private static Optional<Path> secrets(Observation reading) {
        return reading.configuration().flatMap(known -> known.workers().cookieSecrets());
    }

    @Override
    public List<Finding> findings(Observation reading) {
        return secrets(reading).stream()
                .filter(file -> !reading.machine().synchronised().orElse(true))
                .map(file ->
                        Diagnosis.CLOCK_NOT_SYNCHRONISED.of(
                                "machine",
                                "NTPSynchronized=no, secrets in " + file,
                                "timedatectl show"))
                .toList();
    }
}
