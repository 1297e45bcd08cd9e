// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.loop;

import io.fullnat.api.health.HealthCheck;
import io.fullnat.api.health.HealthPolicy;
import io.fullnat.api.health.NamedProbe;
import io.fullnat.api.health.PassiveCheck;
import io.fullnat.api.health.ProbeFactory;
import io.fullnat.api.health.ProbeResult;
import io.fullnat.api.service.ServiceLimits;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.TrafficLimit;
import io.fullnat.api.service.TrafficLimit.Unit;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// What a measured balancer does beside its traffic, so that its cost is seen.
///
/// `-Dfullnat.loop.beside=kernel,checks,limits` sets it for all programs of the whole loop.
enum Beside {
    /// The port has a kernel's interface beside it, which is silent.
    KERNEL,
    /// Each server is asked each two seconds, by a probe that passes at once; and what connections
    /// meet is watched.
    CHECKS,
    /// The service has a limit of packets and one of bits, which are never reached: each packet
    /// takes from both.
    LIMITS;

    static final String PROPERTY = "fullnat.loop.beside";

    private static final HealthPolicy CHECKED =
            HealthPolicy.builder()
                    .checks(
                            List.of(
                                    HealthCheck.builder(NamedProbe.of("at-once"))
                                            .interval(Duration.ofSeconds(2))
                                            .build()))
                    .passive(Optional.of(PassiveCheck.DEFAULT))
                    .build();

    private static final ServiceLimits LIMITED =
            ServiceLimits.NONE
                    .withPackets(Optional.of(TrafficLimit.of(Unit.PACKETS, 1_000_000_000)))
                    .withBandwidth(Optional.of(TrafficLimit.of(Unit.BITS, 400_000_000_000L)));

    /// As the system property says.
    ///
    /// @throws IllegalArgumentException if it has another word
    static Set<Beside> chosen() {
        return Arrays.stream(System.getProperty(PROPERTY, "").split(",", -1))
                .filter(word -> !word.isBlank())
                .map(word -> valueOf(word.strip().toUpperCase(Locale.ROOT)))
                .collect(Collectors.toUnmodifiableSet());
    }

    /// Probes that take no time.
    static ProbeFactory probes() {
        ProbeResult passed = ProbeResult.passed("at once");
        return spec -> target -> passed;
    }

    /// Of the service.
    static ServicePolicy policy(Set<Beside> beside) {
        ServicePolicy policy =
                beside.contains(CHECKS)
                        ? ServicePolicy.DEFAULT.withHealth(CHECKED)
                        : ServicePolicy.DEFAULT;
        return beside.contains(LIMITS) ? policy.withLimits(LIMITED) : policy;
    }
}
