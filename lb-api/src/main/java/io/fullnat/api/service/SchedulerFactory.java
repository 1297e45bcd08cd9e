package io.fullnat.api.service;

import java.util.List;

/// Makes the schedulers of one kind. To add a kind, implement this and [Scheduler] and give the
/// factory to the balancer's builder; services then name it.
///
/// **Thread-safety:** called on the control thread.
public interface SchedulerFactory {
    /// The name by which services ask for this kind.
    ///
    /// @return lower case, for example `wrr`
    String name();

    /// Makes a scheduler for one worker and one state of a service.
    ///
    /// @param servers the service's real servers in configuration order; also those of weight 0
    /// @param context for which worker
    /// @return a new scheduler
    Scheduler create(List<RealServer> servers, SchedulerContext context);
}
