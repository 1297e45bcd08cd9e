// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.health;

/// Whether a TCP connection can be established. Immutable and thread-safe.
public record TcpProbe() implements ProbeSpec {
    @Override
    public String word() {
        return "tcp";
    }

    @Override
    public String toString() {
        return word();
    }
}
