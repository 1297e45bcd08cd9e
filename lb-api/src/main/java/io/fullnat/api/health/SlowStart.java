// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.health;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.BalancerException;
import java.time.Duration;

/// How the share of a real server grows that has come up, or has been added to a service that was
/// there: in a straight line from the floor to its whole weight. Each server has a start of its
/// own. Immutable and thread-safe.
///
/// @param duration until it has its whole weight, up to an hour; 0 for at once
/// @param floor its share at the beginning, 1 to 100 percent of its weight
public record SlowStart(Duration duration, int floor) {
    /// The floor if none is said, in percent.
    public static final int DEFAULT_FLOOR = 10;

    /// Servers have their whole weight at once.
    public static final SlowStart NONE = new SlowStart(Duration.ZERO, DEFAULT_FLOOR);

    /// Checks both.
    ///
    /// @throws BalancerException [io.fullnat.api.ErrorCode#INVALID_ARGUMENT] for a value out of
    ///   range
    public SlowStart {
        requireNonNull(duration, "duration");
        Limits.require("slow start", duration, Duration.ZERO, Duration.ofHours(1));
        Limits.require("floor of slow start", floor, 1, 100);
    }

    /// A slow start from the usual floor.
    ///
    /// @param duration until a server has its whole weight
    /// @return a new value
    /// @throws BalancerException [io.fullnat.api.ErrorCode#INVALID_ARGUMENT] if it is out of range
    public static SlowStart over(Duration duration) {
        return new SlowStart(duration, DEFAULT_FLOOR);
    }

    /// In the words of configurations and commands.
    @Override
    public String toString() {
        return Limits.seconds(duration) + " floor " + floor + " %";
    }
}
