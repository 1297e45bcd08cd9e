// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.service;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.util.List;
import java.util.Map;

/// Makes the schedulers of one kind. To add a kind, implement this and [Scheduler] and give the
/// factory to the balancer's builder; services then name it.
///
/// **Thread-safety:** called on the control thread.
public interface SchedulerFactory {
    /// The name by which services ask for this kind.
    ///
    /// @return lower case, for example `wrr`
    String name();

    /// Looks at the options of a service before it is given such a scheduler.
    ///
    /// @param options by name, as the service has them
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] for one that this kind does not know,
    ///   or a wrong value: then the transaction is refused. Unless overridden, there are none to be
    ///   known
    default void checkOptions(Map<String, String> options) {
        for (String option : options.keySet()) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT,
                    "scheduler \"" + name() + "\" has no option \"" + option + "\"");
        }
    }

    /// Makes a scheduler for one worker and one state of a service: when the service is added, and
    /// when its real servers, their weights or its scheduler's options change.
    ///
    /// @param servers the service's real servers with their weights, in configuration order; also
    ///   those of weight 0
    /// @param context for which worker and service
    /// @return a new scheduler
    Scheduler create(List<RealServer> servers, SchedulerContext context);
}
