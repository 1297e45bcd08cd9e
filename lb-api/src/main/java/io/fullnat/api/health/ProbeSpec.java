// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.health;

/// What a probe asks a server. Two of them are equal if they ask the same: servers that several
/// services ask the same are probed once. Immutable and thread-safe.
public sealed interface ProbeSpec permits NamedProbe, TcpProbe {
    /// The word for its kind in configurations, commands and listings.
    ///
    /// @return for example `tcp`
    String word();
}
