// SPDX-License-Identifier: Apache-2.0
package io.fullnat.testing;

import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.jspecify.annotations.Nullable;

/// The one place from which tests get random numbers. The seed is always the same, unless the
/// property `seed` says otherwise: a number, to repeat a run, or `random`, for nightly runs that
/// look further. A test that fails says which it was: [SeedOnFailure].
///
/// Thread-safe; what [#generator()] makes belongs to one thread.
public final class Seed {
    private static final long FIXED = 20260101L;

    private static final long VALUE = choose(System.getProperty("seed"));

    private static volatile boolean used;

    private Seed() {}

    /// @param property what `-Dseed=` says, null if nothing
    static long choose(@Nullable String property) {
        if (property == null || property.isBlank()) {
            return FIXED;
        }
        if (property.equals("random")) {
            return System.nanoTime() ^ ProcessHandle.current().pid() << 48;
        }
        try {
            return Long.parseLong(property);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "-Dseed=" + property + " is neither a number nor \"random\"", e);
        }
    }

    /// Whether somebody has asked for numbers.
    static boolean isUsed() {
        return used;
    }

    /// The seed of this run, for what wants a number.
    ///
    /// @return always the same
    public static long value() {
        return of(0);
    }

    /// A generator that starts at the seed.
    ///
    /// @return the same numbers for the same seed
    public static RandomGenerator generator() {
        return generator(0);
    }

    /// A generator of its own for a case, a thread or a class: other numbers than [#generator()]'s.
    ///
    /// @param salt which one
    /// @return the same numbers for the same seed and salt
    public static RandomGenerator generator(long salt) {
        return RandomGeneratorFactory.of("L64X128MixRandom").create(of(salt));
    }

    /// A seed of its own for a case, a thread or a class.
    ///
    /// @param salt which one; 0 for that of the run
    /// @return [#value()] plus the salt
    public static long of(long salt) {
        used = true;
        return VALUE + salt;
    }

    /// What to say when a case fails.
    ///
    /// @param caseNumber which one
    /// @return the number and the seed
    public static String message(int caseNumber) {
        return "case " + caseNumber + "; " + advice();
    }

    static String advice() {
        return "repeat with -Dseed=" + VALUE;
    }
}
