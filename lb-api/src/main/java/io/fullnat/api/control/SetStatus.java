// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.control;

import static java.util.Objects.requireNonNull;

import java.util.List;

/// What rules that name a set have decided by it, over all workers. Immutable and thread-safe.
///
/// @param name of the set
/// @param refused first packets of connections that rules have refused as the set has their client,
///   since the set is there; those of rules and services that are gone stay in it, and nothing sets
///   it to zero
/// @param admitted connections that rules have let begin for that; the same
/// @param uses the rules in force, by service
public record SetStatus(String name, long refused, long admitted, List<SetUse> uses) {
    /// Copies the list.
    public SetStatus {
        requireNonNull(name, "name");
        uses = List.copyOf(requireNonNull(uses, "uses"));
    }
}
