// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.network;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.util.Optional;

/// How long an interface address is one (RFC 4862 §5.5.4), in seconds from when it was added, or
/// was added again. While it is preferred, it is an address like any other; after that, deprecated,
/// it is answered for, but not spoken from if another address fits; when it is not valid any more,
/// it is removed. Immutable and thread-safe.
///
/// @param validSeconds 0 to [#INFINITY]
/// @param preferredSeconds 0 to `validSeconds`
public record AddressLifetime(long validSeconds, long preferredSeconds) {
    /// A lifetime without end (RFC 4861 §4.6.2).
    public static final long INFINITY = 0xffff_ffffL;

    /// Preferred and valid without end.
    public static final AddressLifetime FOREVER = new AddressLifetime(INFINITY, INFINITY);

    /// Refuses what is out of range, and a preferred lifetime that is longer than the valid one.
    public AddressLifetime {
        requireRange("valid", validSeconds);
        requireRange("preferred", preferredSeconds);
        if (preferredSeconds > validSeconds) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT,
                    "the preferred lifetime "
                            + word(preferredSeconds)
                            + " is longer than the valid lifetime "
                            + word(validSeconds)
                            + "; give at most that");
        }
    }

    private static void requireRange(String which, long seconds) {
        if (seconds < 0 || seconds > INFINITY) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT,
                    "the "
                            + which
                            + " lifetime "
                            + seconds
                            + " is none; give 0 to "
                            + (INFINITY - 1)
                            + " seconds, or forever");
        }
    }

    /// One of which not all is said.
    ///
    /// @param validSeconds empty for [#INFINITY]
    /// @param preferredSeconds empty for the valid lifetime
    /// @return the lifetime
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT]
    public static AddressLifetime of(Optional<Long> validSeconds, Optional<Long> preferredSeconds) {
        requireNonNull(preferredSeconds, "preferredSeconds");
        long valid = requireNonNull(validSeconds, "validSeconds").orElse(INFINITY);
        return new AddressLifetime(valid, preferredSeconds.orElse(valid));
    }

    /// Reads one of the two.
    ///
    /// @param text seconds, or `forever`
    /// @return seconds
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT]
    public static long parse(String text) {
        if (requireNonNull(text, "text").equals("forever")) {
            return INFINITY;
        }
        if (text.matches("[0-9]{1,10}") && Long.parseLong(text) < INFINITY) {
            return Long.parseLong(text);
        }
        throw new BalancerException(
                ErrorCode.INVALID_ARGUMENT,
                "\""
                        + text
                        + "\" is no lifetime; give 0 to "
                        + (INFINITY - 1)
                        + " seconds, or forever");
    }

    /// One of the two as text.
    ///
    /// @param seconds how long
    /// @return seconds, or `forever`
    public static String word(long seconds) {
        return seconds == INFINITY ? "forever" : Long.toString(seconds);
    }

    /// Whether neither ends.
    ///
    /// @return true if so
    public boolean isForever() {
        return preferredSeconds == INFINITY;
    }

    @Override
    public String toString() {
        return "valid_lft " + word(validSeconds) + " preferred_lft " + word(preferredSeconds);
    }
}
