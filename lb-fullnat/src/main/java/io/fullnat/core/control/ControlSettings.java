// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.control.LeftoverPolicy;
import io.fullnat.api.health.Announcer;
import io.fullnat.api.health.ProbeFactory;
import io.fullnat.api.network.ReversePath;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;

/// How a control plane is run.
///
/// @param seed for schedulers that start at random
/// @param limit how long a transaction may take, waiting for its turn included
/// @param callbacks runs what applications attach to transactions, and listeners
/// @param functions makes the thread that asks transaction functions; null to ask them on the
///   control thread
/// @param guard is told which threads carry transactions out
/// @param probes makes health probes
/// @param probeExecutor runs them, each on a thread that may wait
/// @param announcer tells the network which virtual addresses are served here; null if nothing does
/// @param reversePaths of ports by name; off for those not named
/// @param leftovers what becomes of packets that nothing explains, until a change says otherwise
public record ControlSettings(
        long seed,
        Duration limit,
        Executor callbacks,
        @Nullable ThreadFactory functions,
        WaitGuard guard,
        ProbeFactory probes,
        Executor probeExecutor,
        @Nullable Announcer announcer,
        Map<String, ReversePath> reversePaths,
        LeftoverPolicy leftovers) {}
