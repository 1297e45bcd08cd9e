// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import io.fullnat.api.service.SchedulerFactory;
import io.fullnat.core.schedule.Schedulers;
import java.util.List;

/// The kinds of schedulers that each balancer knows, for applications that name one
/// (`service.withScheduler(BuiltInSchedulers.ROUND_ROBIN.name())`) or build on it: a factory of
/// their own makes one of these and asks it. Its scheduler must then hand on
/// [io.fullnat.api.service.Scheduler#resume(io.fullnat.api.service.Scheduler, int\[\])] with the
/// built-in scheduler within the previous one, `measuresAnswers()` and `readsQuicId()`, and
/// [SchedulerFactory#checkOptions] the options.
public final class BuiltInSchedulers {
    /// `rr`: one usable server after the other.
    public static final SchedulerFactory ROUND_ROBIN = Schedulers.ROUND_ROBIN;

    /// `wrr`: each usable server its weight's share, interleaved.
    public static final SchedulerFactory WEIGHTED_ROUND_ROBIN = Schedulers.WEIGHTED_ROUND_ROBIN;

    /// `wlc`: the usable server with the fewest connections for its weight, an active one counting
    /// as 256 inactive ones.
    public static final SchedulerFactory WEIGHTED_LEAST_CONNECTION =
            Schedulers.WEIGHTED_LEAST_CONNECTION;

    /// All kinds, those above among them: docs/schedulers.md says what each is for and which
    /// options it has.
    ///
    /// @return in the order of that page
    public static List<SchedulerFactory> all() {
        return Schedulers.builtIn();
    }

    private BuiltInSchedulers() {}
}
