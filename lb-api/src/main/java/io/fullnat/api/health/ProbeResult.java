// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.health;

import static java.util.Objects.requireNonNull;

/// What a probe found out. Immutable and thread-safe.
///
/// @param known whether the server was asked at all; if not, it counts as it did before
/// @param passed whether the server answered as it should; false if that is not known
/// @param detail what operators read of it, for example `HTTP status 500`; empty if there is
///   nothing to say
public record ProbeResult(boolean known, boolean passed, String detail) {
    /// Refuses null.
    public ProbeResult {
        requireNonNull(detail, "detail");
        if (passed && !known) {
            throw new IllegalArgumentException("a probe that has not asked cannot pass");
        }
    }

    /// What a server that was asked has answered.
    ///
    /// @param passed whether it answered as it should
    /// @param detail as above
    public ProbeResult(boolean passed, String detail) {
        this(true, passed, detail);
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

    /// The server could not be asked, which is not its fault: no file descriptor is left here, no
    /// port, the source address is not there. It stays up or down as it is, and the operator is
    /// told ([io.fullnat.api.control.Condition#CHECKS_IMPOSSIBLE]).
    ///
    /// @param detail what was wanting
    /// @return a new value
    public static ProbeResult unknown(String detail) {
        return new ProbeResult(false, false, detail);
    }
}
