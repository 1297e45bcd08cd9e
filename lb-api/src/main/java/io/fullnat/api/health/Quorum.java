// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.health;

import io.fullnat.api.BalancerException;

/// How much of a service must be up. The weights of its real servers that are up are added: when
/// the sum falls below quorum - hysteresis the quorum is lost, when it has reached quorum +
/// hysteresis, but no more than all servers together can, it is there again. In between it stays as
/// it is. Immutable and thread-safe.
///
/// @param weight the least sum, 1 or more
/// @param hysteresis how far it may go past that before it counts; less than the weight
public record Quorum(int weight, int hysteresis) {
    /// One server, whatever its weight.
    public static final Quorum ONE = new Quorum(1, 0);

    private static final int MAX = 1 << 30;

    /// Checks both.
    ///
    /// @throws BalancerException [io.fullnat.api.ErrorCode#INVALID_ARGUMENT] for a value out of
    ///   range, or a hysteresis with which the quorum could never be lost
    public Quorum {
        Limits.require("quorum", weight, 1, MAX);
        Limits.require("hysteresis of a quorum", hysteresis, 0, MAX);
        if (hysteresis >= weight) {
            throw Limits.wrong(
                    "hysteresis "
                            + hysteresis
                            + " is not less than the quorum "
                            + weight
                            + ", which could never be lost; lower the hysteresis to "
                            + (weight - 1)
                            + " or less");
        }
    }

    /// In the words of configurations and commands.
    @Override
    public String toString() {
        return weight + (hysteresis == 0 ? "" : " hysteresis " + hysteresis);
    }
}
