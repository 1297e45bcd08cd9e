// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.api;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.Control;
import io.fullnat.api.control.DesiredState;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

/// What a request makes of the state that it meets: the changes, and what to answer when they are
/// in force. Decided within the transaction, so that asking twice, or at once with somebody else,
/// ends in the same state.
///
/// @param outcome what to answer
/// @param changes none if the state is as desired already
record Edit(Outcome outcome, List<Change> changes) {
    /// What became of a request, with its HTTP status.
    enum Outcome {
        /// It was not there and is now.
        CREATED(201, "created"),
        /// It was there and is another now.
        CHANGED(200, "changed"),
        /// It was there and is as desired.
        UNCHANGED(200, "unchanged"),
        /// It was there and is gone.
        REMOVED(200, "removed"),
        /// It was not there.
        ABSENT(200, "absent");

        private final int status;
        private final String word;

        Outcome(int status, String word) {
            this.status = status;
            this.word = word;
        }
    }

    static Edit created(Change... changes) {
        return new Edit(Outcome.CREATED, List.of(changes));
    }

    static Edit changed(Change... changes) {
        return new Edit(Outcome.CHANGED, List.of(changes));
    }

    static Edit removed(Change... changes) {
        return new Edit(Outcome.REMOVED, List.of(changes));
    }

    static Edit unchanged() {
        return new Edit(Outcome.UNCHANGED, List.of());
    }

    static Edit absent() {
        return new Edit(Outcome.ABSENT, List.of());
    }

    /// One outcome for several changes of a list.
    static Edit of(List<Change> changes, Outcome done, Outcome nothing) {
        return new Edit(changes.isEmpty() ? nothing : done, changes);
    }

    /// Makes the edit of the state in force and waits until all workers have it.
    ///
    /// @throws BalancerException when nothing was changed
    static Reply apply(Control control, Function<DesiredState, Edit> decide) {
        AtomicReference<Edit> decided = new AtomicReference<>(unchanged());
        control.apply(present -> {
            Edit edit = decide.apply(present);
            decided.set(edit);
            return edit.changes();
        });
        return reply(Objects.requireNonNull(decided.get()).outcome());
    }

    /// What a request is answered.
    ///
    /// @param outcome of the request
    static Reply reply(Outcome outcome) {
        return new Reply.Value(outcome.status, Json.text(outcome.word));
    }

    /// A service of the state in force.
    ///
    /// @throws BalancerException [ErrorCode#NO_SERVICE]
    static VirtualService service(DesiredState present, ServiceKey key) {
        return present.service(key);
    }

    static BalancerException noService(ServiceKey key) {
        return new BalancerException(ErrorCode.NO_SERVICE, "no service " + key);
    }
}
