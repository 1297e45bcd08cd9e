package io.fullnat.balancer.run;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.Control;
import io.fullnat.api.control.DesiredState;
import io.fullnat.api.control.Plan;
import io.fullnat.balancer.config.Configuration;
import io.fullnat.balancer.config.ConfigurationFile;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/// Makes a running balancer what its configuration file says now. Thread-safe.
final class Reload {
    private final Control control;
    private final Configuration started;
    private final Optional<Path> file;

    /// @param control of the balancer
    /// @param started what it was started with
    /// @param file read anew each time; empty if it was started without one
    Reload(Control control, Configuration started, Optional<Path> file) {
        this.control = control;
        this.started = started;
        this.file = file;
    }

    /// What a reload did or would do.
    ///
    /// @param before the state that it met
    /// @param changes made to it, in order
    record Outcome(DesiredState before, List<Change> changes) {
        /// The changes in words.
        List<ChangeLine> lines() {
            return changes.stream().map(change -> ChangeLine.of(change, before)).toList();
        }
    }

    /// Reads the file and applies the difference in one transaction, or only looks.
    ///
    /// @throws BalancerException as [Operations#reload(boolean)]
    Outcome run(boolean dryRun) {
        Path path =
                file.orElseThrow(() ->
                        new BalancerException(
                                ErrorCode.UNSUPPORTED,
                                "this balancer was started without a configuration file"));
        Configuration wished =
                BackgroundThread.call("fullnat-reload", () -> ConfigurationFile.read(path));
        RestartKeys.check(started, wished);
        AtomicReference<Outcome> outcome = new AtomicReference<>();
        Plan plan =
                present -> {
                    List<Change> changes = StateDifference.between(present, wished);
                    outcome.set(new Outcome(present, changes));
                    return changes;
                };
        if (dryRun) {
            Control.await(control.check(plan));
        } else {
            control.apply(plan);
        }
        return outcome.get();
    }
}
