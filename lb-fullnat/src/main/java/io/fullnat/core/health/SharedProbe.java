// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.health;

import io.fullnat.api.health.HealthProbe;
import io.fullnat.api.health.ProbeResult;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A probe of one server, with the checks that hear of it. Owned by the control thread.
final class SharedProbe {
    private final ProbeKey key;
    private final HealthProbe probe;
    private final List<CheckState> checks = new ArrayList<>();

    /// The run under way, or one that does not end.
    private @Nullable ProbeRun run;

    /// Whether that run has taken too long, so that what comes of it is not heard.
    private boolean late;

    /// Events of other turns are not meant any more.
    private int turn;

    private long startNs;
    private long dueNs;
    private @Nullable ProbeResult last;
    private boolean impossible;

    SharedProbe(ProbeKey key, HealthProbe probe) {
        this.key = key;
        this.probe = probe;
    }

    ProbeKey key() {
        return key;
    }

    HealthProbe probe() {
        return probe;
    }

    List<CheckState> checks() {
        return checks;
    }

    /// The largest of those checks', in percent.
    int jitter() {
        int jitter = 0;
        for (CheckState each : checks) {
            jitter = Math.max(jitter, each.check().jitter());
        }
        return jitter;
    }

    /// Whether the last run could not ask.
    boolean isImpossible() {
        return impossible;
    }

    /// What the last run brought that could ask; null if none has ended yet.
    @Nullable ProbeResult last() {
        return last;
    }

    @Nullable ProbeRun run() {
        return run;
    }

    boolean isLate() {
        return late;
    }

    int turn() {
        return turn;
    }

    int nextTurn() {
        return ++turn;
    }

    long startNs() {
        return startNs;
    }

    long dueNs() {
        return dueNs;
    }

    /// A run begins.
    ///
    /// @param nextNs when the next one is due
    void begin(ProbeRun next, long nowNs, long nextNs) {
        run = next;
        late = false;
        startNs = nowNs;
        dueNs = nextNs;
    }

    /// The run has waited for a thread, and gets its time from now on.
    void beginAnew(long nowNs) {
        startNs = nowNs;
    }

    /// The run takes too long.
    void tooLate() {
        late = true;
    }

    /// No run is under way.
    void end() {
        run = null;
    }

    /// All checks hear a result.
    void hear(ProbeResult result, long nowNs) {
        impossible = !result.known();
        if (!impossible) {
            last = result;
        }
        for (CheckState check : checks) {
            check.hear(result, startNs, nowNs);
        }
    }
}
