// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.packet;

import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/// Where random tests get their numbers from: a fixed seed, or that of `-Dseed=`, which failure
/// messages name.
public final class Seed {
    /// The seed of this run.
    public static final long VALUE = Long.getLong("seed", 20260101L);

    private Seed() {}

    /// A generator that starts at the seed.
    public static RandomGenerator generator() {
        return RandomGeneratorFactory.of("L64X128MixRandom").create(VALUE);
    }

    /// What to say when a case fails.
    public static String message(int caseNumber) {
        return "case " + caseNumber + "; repeat with -Dseed=" + VALUE;
    }
}
