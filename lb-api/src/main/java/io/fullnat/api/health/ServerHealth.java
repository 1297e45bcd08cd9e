// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.health;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/// How a real server of a service is, and why. Four have a say, each for itself: the operator, by
/// its weight or by inhibiting it, the checks, what its connections meet, and external reports. It
/// is up only if none of them says that it is down. Immutable and thread-safe.
///
/// @param up whether it is alive for all that is known, has a weight and is not inhibited
/// @param use what comes of it
/// @param admin down with weight 0, and if it is inhibited
/// @param active what the checks say together
/// @param passive what connections have met
/// @param external what was last reported
/// @param reason what the one says that has it down, or why it is used otherwise than `up` says;
///   empty if there is nothing to say
/// @param since how long `up` has been as it is
/// @param lastCheck since the last probe ended; empty if there was none
/// @param share of its weight that it has now, 0 to 1: less than 1 in slow start
/// @param version of the last external report; 0 if there was none
public record ServerHealth(
        boolean up,
        Use use,
        State admin,
        State active,
        State passive,
        State external,
        String reason,
        Duration since,
        Optional<Duration> lastCheck,
        double share,
        long version) {
    /// A server of which nothing is known, just added, with a weight.
    public static final ServerHealth UNCHECKED =
            new ServerHealth(
                    true,
                    Use.IN,
                    State.UP,
                    State.UNCHECKED,
                    State.UNCHECKED,
                    State.UNCHECKED,
                    "",
                    Duration.ZERO,
                    Optional.empty(),
                    1,
                    0);

    /// What one of those says that have a say.
    public enum State {
        /// Nothing: it is not asked.
        UNCHECKED,
        /// Nothing yet.
        UNKNOWN,
        /// It may be used.
        UP,
        /// It must not.
        DOWN;

        /// The word for it in listings.
        ///
        /// @return for example `unknown`
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// Whether a server gets new connections.
    public enum Use {
        /// It does.
        IN,
        /// It does, with a share that grows.
        SLOW_START,
        /// It does though it is down, as too many others are, or as nobody else is up.
        KEPT,
        /// It does not.
        OUT;

        /// The word for it in listings.
        ///
        /// @return for example `slow-start`
        public String word() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /// Refuses null.
    public ServerHealth {
        requireNonNull(use, "use");
        requireNonNull(admin, "admin");
        requireNonNull(active, "active");
        requireNonNull(passive, "passive");
        requireNonNull(external, "external");
        requireNonNull(reason, "reason");
        requireNonNull(since, "since");
        requireNonNull(lastCheck, "lastCheck");
    }
}
