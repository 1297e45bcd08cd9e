// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.health;

import static java.util.Objects.requireNonNull;

/// What a probe found out. Immutable and thread-safe.
///
/// @param passed whether the server answered as it should
/// @param detail what operators read of it, for example `HTTP status 500`; empty if there is
///   nothing to say
public record ProbeResult(boolean passed, String detail) {
    /// Refuses null.
    public ProbeResult {
        requireNonNull(detail, "detail");
    }

    /// The server answered as it should.
    ///
    /// @param detail what it answered; may be empty
    /// @return a new value
    public static ProbeResult passed(String detail) {
        return new ProbeResult(true, detail);
    }

    /// The server did not answer, or badly.
    ///
    /// @param detail what was wrong
    /// @return a new value
    public static ProbeResult failed(String detail) {
        return new ProbeResult(false, detail);
    }
}
