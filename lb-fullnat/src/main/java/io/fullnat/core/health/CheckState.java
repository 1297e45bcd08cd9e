// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.health;

import io.fullnat.api.health.HealthCheck;
import io.fullnat.api.health.ProbeResult;
import io.fullnat.api.health.ServerHealth.State;
import org.jspecify.annotations.Nullable;

/// What one check says of one server. The first result decides alone, after it as many in a row as
/// the check says: one that agrees with the state begins the row anew. Owned by the control thread.
final class CheckState {
    private final ServerMonitor server;
    private final ProbeKey key;
    private final boolean takenForUp;
    private HealthCheck check;
    private State state = State.UNKNOWN;
    private int row;
    private String detail = "";

    /// Passes in a row of runs that began after connections had found the server dead, and which
    /// inhibition that was.
    private int anew;

    private int inhibition;

    /// @param server of which
    /// @param key what it asks
    /// @param takenForUp what the server counts as until the first result
    /// @param known what is known already, as another service asks the same; null if nothing is
    CheckState(
            ServerMonitor server,
            HealthCheck check,
            ProbeKey key,
            boolean takenForUp,
            @Nullable ProbeResult known) {
        this.server = server;
        this.check = check;
        this.takenForUp = takenForUp;
        this.key = key;
        if (known != null) {
            decide(known);
        }
    }

    ProbeKey key() {
        return key;
    }

    HealthCheck check() {
        return check;
    }

    /// The check asks the same and judges otherwise.
    void check(HealthCheck changed) {
        check = changed;
    }

    State state() {
        return state;
    }

    /// Whether the server counts as up for this check.
    boolean says() {
        return state == State.UNKNOWN ? takenForUp : state == State.UP;
    }

    /// Why it is down.
    String reason() {
        return check.probe().word()
                + ": "
                + switch (state) {
                    case UNKNOWN -> detail.isEmpty() ? "not probed yet" : detail;
                    default -> detail.isEmpty() ? "failed" : detail;
                };
    }

    /// Whether enough runs passed since the server is held down to say that it has come up.
    boolean saysAnew() {
        return inhibition == server.passive().heldDown() && anew >= check.rise();
    }

    /// @param beganNs when the run began
    void hear(ProbeResult result, long beganNs, long nowNs) {
        if (!result.known()) {
            if (state == State.UNKNOWN && !detail.equals(result.detail())) {
                detail = result.detail();
                server.touch();
            }
            return;
        }
        server.checked(nowNs);
        hearAnew(result, beganNs);
        if (state == State.UNKNOWN) {
            decide(result);
            server.touch();
            return;
        }
        if (!result.passed()) {
            detail = result.detail();
        }
        if (result.passed() == (state == State.UP)) {
            row = 0;
            return;
        }
        row++;
        if (row >= (result.passed() ? check.rise() : check.fall())) {
            decide(result);
            server.touch();
        }
    }

    private void hearAnew(ProbeResult result, long beganNs) {
        int held = server.passive().heldDown();
        if (held == 0) {
            return;
        }
        if (held != inhibition) {
            inhibition = held;
            anew = 0;
        }
        if (!result.passed()) {
            anew = 0;
        } else if (beganNs - server.passive().downSinceNs() > 0) {
            anew++;
            if (anew >= check.rise()) {
                server.touch();
            }
        }
    }

    private void decide(ProbeResult result) {
        row = 0;
        detail = result.detail();
        state = result.passed() ? State.UP : State.DOWN;
    }
}
