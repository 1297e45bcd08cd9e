// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.health;

import static java.util.Objects.requireNonNull;

/// How the servers of a service are together. Immutable and thread-safe.
///
/// @param quorumUp whether as much of it is up as its quorum asks for
/// @param weightUp the weights of its servers that are up, added
/// @param sorry whether its sorry server gets the new connections
/// @param announcement what the network was told of its virtual address
public record ServiceHealth(
        boolean quorumUp, long weightUp, boolean sorry, Announcement announcement) {
    /// A service of which nothing is known.
    public static final ServiceHealth UNKNOWN =
            new ServiceHealth(true, 0, false, Announcement.NONE);

    /// Refuses null.
    public ServiceHealth {
        requireNonNull(announcement, "announcement");
    }

    /// The same, of which the network was told something else.
    ///
    /// @param other what it was told
    /// @return the value with that
    public ServiceHealth withAnnouncement(Announcement other) {
        return other == announcement ? this : new ServiceHealth(quorumUp, weightUp, sorry, other);
    }
}
