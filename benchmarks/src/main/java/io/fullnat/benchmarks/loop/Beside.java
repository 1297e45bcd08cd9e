// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.loop;

import io.fullnat.api.health.HealthCheck;
import io.fullnat.api.health.HealthPolicy;
import io.fullnat.api.health.NamedProbe;
import io.fullnat.api.health.PassiveCheck;
import io.fullnat.api.health.ProbeFactory;
import io.fullnat.api.health.ProbeResult;
import io.fullnat.api.service.ConnectionRate;
import io.fullnat.api.service.Persistence;
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
/// `-Dfullnat.loop.beside=kernel,capture,checks,limits,clients,persistence` sets it for all
/// programs of the whole loop.
enum Beside {
    /// The port has a kernel's interface beside it, which is silent.
    KERNEL,
    /// Of all flows the first one is captured, on both sides.
    CAPTURE,
    /// Each server is asked each two seconds, by a probe that passes at once; and what connections
    /// meet is watched.
    CHECKS,
    /// The service has a limit of packets and one of bits, which are never reached: each packet
    /// takes from both.
    LIMITS,
    /// The service has limits of connections, a client and a second, which are never reached: each
    /// new connection asks them.
    CLIENTS,
    /// The service is persistent: each new connection asks what its client had before.
    PERSISTENCE;

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

    private static final TrafficLimit PACKETS = TrafficLimit.of(Unit.PACKETS, 1_000_000_000);
    private static final TrafficLimit BITS = TrafficLimit.of(Unit.BITS, 400_000_000_000L);
    private static final ConnectionRate RATE = ConnectionRate.of(1_000_000_000);

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

    /// Whether it is a setting of the service.
    private boolean isPolicy() {
        return this != KERNEL && this != CAPTURE;
    }

    /// Whether some of them are settings of the service.
    static boolean isPolicy(Set<Beside> beside) {
        return beside.stream().anyMatch(Beside::isPolicy);
    }

    private static ServiceLimits limited(ServiceLimits limits) {
        return limits.withPackets(Optional.of(PACKETS)).withBandwidth(Optional.of(BITS));
    }

    private static ServiceLimits counted(ServiceLimits limits) {
        return limits.withConnections(1_000_000_000)
                .withPerClient(1_000_000)
                .withRate(Optional.of(RATE));
    }

    /// Of the service, which has another without them.
    static ServicePolicy policy(ServicePolicy without, Set<Beside> beside) {
        ServicePolicy policy = without;
        for (Beside each : beside) {
            policy =
                    switch (each) {
                        case KERNEL, CAPTURE -> policy;
                        case CHECKS -> policy.withHealth(CHECKED);
                        case LIMITS -> policy.withLimits(limited(policy.limits()));
                        case CLIENTS -> policy.withLimits(counted(policy.limits()));
                        case PERSISTENCE ->
                                policy.withPersistence(
                                        Optional.of(Persistence.of(Duration.ofMinutes(5))));
                    };
        }
        return policy;
    }
}
