// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.health;

import io.fullnat.api.Endpoint;
import io.fullnat.api.health.HealthCheck;
import io.fullnat.api.health.ProbeSpec;
import io.fullnat.api.health.ProbeTarget;
import java.time.Duration;

/// What one probe is the same for, whichever services ask for it: what is asked, whom, from where,
/// and when.
record ProbeKey(ProbeSpec spec, ProbeTarget target, Duration interval) {
    /// The probe of a check of a server.
    ///
    /// @param form of the PROXY headers that the service gives its clients
    static ProbeKey of(HealthCheck check, Endpoint server, HealthCheck.Proxy form) {
        Endpoint probed =
                check.port().isPresent()
                        ? new Endpoint(server.address(), check.port().getAsInt())
                        : server;
        return new ProbeKey(
                check.probe(),
                new ProbeTarget(probed, check.source(), check.timeout(), check.proxyFor(form)),
                check.interval());
    }

    /// As messages name it.
    @Override
    public String toString() {
        return "the probe " + spec.word() + " of " + target.endpoint();
    }
}
