// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.memoryio;

import io.fullnat.api.Clock;

/// What a bad wire does to frames, in each direction independently. Everything is decided by a
/// generator with the given seed, so a test that uses one thread repeats exactly.
///
/// A frame that is not lost arrives after a delay drawn anew for each frame: frames whose delays
/// cross are reordered. A duplicate is a frame of its own with its own delay.
///
/// @param seed starts the generators
/// @param loss probability that a frame is lost, 0 to 1
/// @param duplication probability that a frame that was not lost arrives twice, 0 to 1
/// @param minDelayNs the least delay, 0 or more
/// @param maxDelayNs the greatest delay, not less than the least
/// @param clock tells when a delay is over
public record Impairment(
        long seed, double loss, double duplication, long minDelayNs, long maxDelayNs, Clock clock) {
    /// Checks the ranges.
    ///
    /// @throws IllegalArgumentException naming the value that is out of range
    public Impairment {
        requireProbability("loss", loss);
        requireProbability("duplication", duplication);
        if (minDelayNs < 0 || maxDelayNs < minDelayNs) {
            throw new IllegalArgumentException(
                    "delays " + minDelayNs + "-" + maxDelayNs + " ns are not a range from 0 up");
        }
    }

    /// A wire that impairs nothing yet.
    ///
    /// @param seed starts the generators
    /// @param clock tells when a delay is over
    /// @return no loss, no duplication, no delay
    public static Impairment seeded(long seed, Clock clock) {
        return new Impairment(seed, 0, 0, 0, 0, clock);
    }

    /// The same with loss.
    ///
    /// @param probability 0 to 1
    /// @return a copy
    public Impairment withLoss(double probability) {
        return new Impairment(seed, probability, duplication, minDelayNs, maxDelayNs, clock);
    }

    /// The same with duplication.
    ///
    /// @param probability 0 to 1
    /// @return a copy
    public Impairment withDuplication(double probability) {
        return new Impairment(seed, loss, probability, minDelayNs, maxDelayNs, clock);
    }

    /// The same with delay.
    ///
    /// @param minNs the least delay, 0 or more
    /// @param maxNs the greatest delay; more than the least for reordering
    /// @return a copy
    public Impairment withDelay(long minNs, long maxNs) {
        return new Impairment(seed, loss, duplication, minNs, maxNs, clock);
    }

    private static void requireProbability(String name, double value) {
        if (!(value >= 0 && value <= 1)) {
            throw new IllegalArgumentException(name + " " + value + " is not 0-1");
        }
    }
}
