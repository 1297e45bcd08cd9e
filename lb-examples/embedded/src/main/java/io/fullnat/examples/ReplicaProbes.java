// SPDX-License-Identifier: Apache-2.0
package io.fullnat.examples;

import io.fullnat.api.Endpoint;
import io.fullnat.api.health.HealthCheck;
import io.fullnat.api.health.HealthPolicy;
import io.fullnat.api.health.HealthProbe;
import io.fullnat.api.health.NamedProbe;
import io.fullnat.api.health.ProbeFactory;
import io.fullnat.api.health.ProbeResult;
import io.fullnat.api.health.ProbeSpec;
import io.fullnat.api.health.ProbeTarget;
import io.fullnat.core.probe.SocketProbes;
import java.util.List;
import java.util.function.ToLongFunction;

// begin of docs/health.md's example

/// Replicas of a database that lag behind get no connections; all else is asked as usual.
///
/// @param lag seconds that a replica is behind; may wait for its answer
public record ReplicaProbes(ToLongFunction<Endpoint> lag) implements ProbeFactory {
    /// For services: `ServicePolicy.DEFAULT.withHealth(ReplicaProbes.POLICY)`.
    public static final HealthPolicy POLICY =
            HealthPolicy.builder()
                    .checks(List.of(HealthCheck.of(NamedProbe.of("replica"))))
                    .build();

    private static final ProbeFactory USUAL = new SocketProbes();

    @Override
    public HealthProbe create(ProbeSpec spec) {
        return spec.equals(NamedProbe.of("replica")) ? this::ask : USUAL.create(spec);
    }

    private ProbeResult ask(ProbeTarget target) {
        long seconds = lag.applyAsLong(target.endpoint());
        return seconds < 5
                ? ProbeResult.passed("in step")
                : ProbeResult.failed(seconds + " s behind");
    }
}
// end of docs/health.md's example
