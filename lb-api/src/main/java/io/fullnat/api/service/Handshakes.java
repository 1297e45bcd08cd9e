// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.service;

import static java.util.Objects.requireNonNull;

/// How long the handshakes of TCP with a real server, or with all of a service, take.
///
/// @param lastMinute of the last minute: of at least 50 and at most 60 seconds
/// @param total since the server was added, or its counts were zeroed
public record Handshakes(HandshakeTimes lastMinute, HandshakeTimes total) {
    /// There was none.
    public static final Handshakes NONE = new Handshakes(HandshakeTimes.NONE, HandshakeTimes.NONE);

    /// Refuses null.
    public Handshakes {
        requireNonNull(lastMinute, "lastMinute");
        requireNonNull(total, "total");
    }

    /// Those of two servers.
    ///
    /// @param other to be added
    /// @return together
    public Handshakes plus(Handshakes other) {
        if (other.equals(NONE)) {
            return this;
        }
        return equals(NONE)
                ? other
                : new Handshakes(lastMinute.plus(other.lastMinute), total.plus(other.total));
    }
}
