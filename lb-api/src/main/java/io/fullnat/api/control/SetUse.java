// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.control;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.ServiceKey;

/// How often a rule of a service that names a set has decided. Immutable and thread-safe.
///
/// @param service whose rule it is
/// @param rule that names the set
/// @param count first packets of connections that the rule has refused, or of connections it has
///   let begin, since the rule is there or the service's counts were set to zero
public record SetUse(ServiceKey service, AccessRule rule, long count) {
    /// Refuses null.
    public SetUse {
        requireNonNull(service, "service");
        requireNonNull(rule, "rule");
    }
}
