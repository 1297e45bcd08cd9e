// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.run;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.control.BalancerEvent;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.Control;
import io.fullnat.api.control.DesiredState;
import io.fullnat.api.control.TransactionFunction;
import io.fullnat.balancer.config.Configuration;
import io.fullnat.balancer.config.ConfigurationFile;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;

/// Makes a running balancer what its configuration file says now. Thread-safe.
final class Reload {
    private final Control control;
    private final Optional<Path> file;
    private final List<Follower> followers = new CopyOnWriteArrayList<>();
    private final List<ReloadWatch> watches = new CopyOnWriteArrayList<>();
    private volatile Configuration present;

    /// @param control of the balancer
    /// @param started what it was started with
    /// @param file read anew each time; empty if it was started without one
    Reload(Control control, Configuration started, Optional<Path> file) {
        this.control = control;
        present = started;
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

    /// Has something beside the engine follow the file, too.
    void follow(Follower follower) {
        followers.add(follower);
    }

    /// Has something hear of reloads.
    void watch(ReloadWatch watch) {
        watches.add(watch);
    }

    /// The configuration that was taken over last: services and network may have changed since.
    Configuration present() {
        return present;
    }

    /// What is tried, for the audit log.
    String words() {
        return "reload" + file.map(path -> " of " + path).orElse("");
    }

    /// Reads the file and applies the difference in one transaction, or only looks. What followers
    /// need is read before; they follow when the transaction is in force.
    ///
    /// @throws BalancerException as [Operations#reload(boolean)]
    synchronized Outcome run(boolean dryRun) {
        if (dryRun) {
            return attempt(true);
        }
        watches.forEach(ReloadWatch::reloadBegins);
        try {
            Outcome outcome = attempt(false);
            control.tell(
                    new BalancerEvent.ConfigurationReloaded(
                            control.desired().revision(), outcome.changes().size()));
            return outcome;
        } catch (BalancerException e) {
            control.tell(
                    new BalancerEvent.ConfigurationRefused(
                            RefusedReason.of(e, file.map(Path::toString).orElse(""))));
            throw e;
        } finally {
            watches.forEach(ReloadWatch::reloadEnds);
        }
    }

    private Outcome attempt(boolean dryRun) {
        Path path =
                file.orElseThrow(() ->
                        new BalancerException(
                                ErrorCode.UNSUPPORTED,
                                "this balancer was started without a configuration file"));
        Configuration desired =
                BackgroundThread.call("fullnat-reload", () -> ConfigurationFile.read(path));
        RestartKeys.check(present, desired);
        List<Runnable> following =
                followers.stream().map(follower -> follower.prepare(desired)).toList();
        AtomicReference<Outcome> outcome = new AtomicReference<>();
        TransactionFunction function =
                present -> {
                    List<Change> changes = StateDifference.between(present, desired);
                    outcome.set(new Outcome(present, changes));
                    return changes;
                };
        if (dryRun) {
            Control.await(control.check(function));
        } else {
            control.apply(function);
            following.forEach(Runnable::run);
            present = desired;
        }
        return outcome.get();
    }
}
