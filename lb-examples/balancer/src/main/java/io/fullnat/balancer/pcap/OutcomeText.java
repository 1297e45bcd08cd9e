// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.pcap;

import io.fullnat.api.counter.Outcome;
import java.util.Locale;

/// A packet's outcome as captures tell it.
public final class OutcomeText {
    private OutcomeText() {}

    /// The comment of a packet.
    ///
    /// @param outcome how it ended
    /// @return `NAME (kind): meaning`
    public static String of(Outcome outcome) {
        return outcome.name()
                + " ("
                + outcome.kind().name().toLowerCase(Locale.ROOT)
                + "): "
                + outcome.meaning();
    }
}
