// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.health;

import java.util.Map;

/// An ICMP echo request is sent and its reply awaited.
public record PingProbe() implements ProbeSpec {
    /// The word for it.
    public static final String WORD = "ping";

    @Override
    public String word() {
        return WORD;
    }

    @Override
    public Map<String, String> options() {
        return Map.of();
    }

    @Override
    public String toString() {
        return WORD;
    }
}
