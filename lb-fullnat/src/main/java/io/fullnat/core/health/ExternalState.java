// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.health;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.health.ServerHealth.State;

/// What was reported of a server from outside, last. Owned by the control thread.
final class ExternalState {
    private State state = State.UNCHECKED;
    private String reason = "";
    private long version;

    State state() {
        return state;
    }

    String reason() {
        return reason;
    }

    long version() {
        return version;
    }

    /// A report comes.
    ///
    /// @param server of which, for messages
    /// @param number of the report: those of one server only grow
    /// @throws BalancerException [ErrorCode#STALE] if a later one has come
    void report(Object server, boolean up, String why, long number) {
        if (number < version) {
            throw new BalancerException(
                    ErrorCode.STALE,
                    "version "
                            + number
                            + " of the health of "
                            + server
                            + " is older than "
                            + version
                            + ", which was reported; report what is so now, with a later version");
        }
        version = number;
        state = up ? State.UP : State.DOWN;
        reason = why.isEmpty() ? "reported" : "reported: " + why;
    }
}
