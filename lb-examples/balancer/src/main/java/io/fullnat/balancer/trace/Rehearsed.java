// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.trace;

import io.fullnat.api.Endpoint;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.ServiceKey;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What the engine makes of a frame. Immutable and thread-safe.
///
/// @param endings one, or as many as there are servers of which the scheduler takes one by what
///   only the running balancer knows
/// @param service whose connection it would open or has, as far as is known
/// @param usable servers of which the scheduler chooses; empty if it is not asked
/// @param certain whether the one server is certain of several
/// @param template where the service's template has the client's connections go
/// @param unsure what the copy cannot know
public record Rehearsed(
        List<Ending> endings,
        Optional<ServiceKey> service,
        List<Endpoint> usable,
        boolean certain,
        Optional<Endpoint> template,
        List<Doubt> unsure) {
    /// How the frame can end: in one way, unless that depends on whom a scheduler takes, or on a
    /// neighbour who has not been asked yet, or on what the copy cannot know.
    ///
    /// @return none if it waits for ever
    public Set<Outcome> outcomes() {
        Set<Outcome> all = EnumSet.noneOf(Outcome.class);
        for (Ending ending : endings) {
            ending.outcome().ifPresent(all::add);
            if (ending.assumed()) {
                all.add(Outcome.NEIGHBOUR_UNREACHABLE);
            }
        }
        unsure.forEach(doubt -> doubt.outcome().ifPresent(all::add));
        return all;
    }
}
