// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.control.LeftoverPolicy;
import io.fullnat.api.health.Announcer;
import io.fullnat.api.health.ProbeFactory;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Settings with which all that belongs to an application is asked on the thread of the test.
public final class TestSettings {
    private TestSettings() {}

    /// Settings with what a test chooses.
    ///
    /// @param limit of a transaction
    /// @param probes ask real servers
    /// @param announcer hears of addresses; null for nobody
    public static ControlSettings of(
            Duration limit, WaitGuard guard, ProbeFactory probes, @Nullable Announcer announcer) {
        return new ControlSettings(
                42,
                limit,
                Runnable::run,
                null,
                guard,
                probes,
                Runnable::run,
                announcer,
                Map.of(),
                LeftoverPolicy.DEFAULT);
    }
}
