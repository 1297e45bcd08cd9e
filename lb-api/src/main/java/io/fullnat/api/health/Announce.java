// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.health;

import static java.util.Objects.requireNonNull;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// Whether the network is told that the virtual address of a service is served here.
///
/// Services share an address: it is announced while at least one of them asks for it.
public enum Announce {
    /// It is none of the balancer's business.
    NEVER,
    /// While the service is there.
    ALWAYS,
    /// While the service is there and its [Quorum] is up.
    WHEN_HEALTHY;

    /// The word for it in configurations and commands.
    ///
    /// @return `never`, `always` or `when-healthy`
    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /// The one with this word.
    ///
    /// @param word as [#word()] gives it
    /// @return empty if it is none
    public static Optional<Announce> of(String word) {
        requireNonNull(word, "word");
        return Arrays.stream(values()).filter(each -> each.word().equals(word)).findAny();
    }
}
