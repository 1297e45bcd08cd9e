// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.service;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.math.BigDecimal;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// How much traffic may pass a second in each direction, as a bucket of tokens: it holds `burst`
/// tokens and gets `perSecond` of them a second. A packet takes one, or as many as it has bits;
/// those that find too few are dropped. A packet longer than the whole burst passes when the bucket
/// is full. Immutable and thread-safe.
///
/// @param unit what is counted
/// @param perSecond how many a second, within the range of the unit
/// @param burst how many at once, at least the unit's least, at most what comes in an hour
public record TrafficLimit(Unit unit, long perSecond, long burst) {
    private static final int USUAL_PART = 10; // of a second
    private static final long MAX_FILL_SECONDS = 3600;
    private static final Pattern WORDS = Pattern.compile("([^,]+)(?:,([^,]+))?");
    private static final Pattern NUMBER =
            Pattern.compile("([0-9]{1,12}(?:\\.[0-9]{1,9})?)([kMG]?)");

    /// What a limit counts.
    public enum Unit {
        /// Packets.
        PACKETS("packets", 1, 1_000_000_000L, 1, 32),
        /// Bits of IP packets, headers included.
        BITS("bits", 1000, 400_000_000_000L, 12_000, 600_000);

        private final String word;
        private final long min;
        private final long max;
        private final long minBurst;
        private final long usualBurst;

        Unit(String word, long min, long max, long minBurst, long usualBurst) {
            this.word = word;
            this.min = min;
            this.max = max;
            this.minBurst = minBurst;
            this.usualBurst = usualBurst;
        }

        private long burst(long perSecond) {
            return Math.max(perSecond / USUAL_PART, usualBurst);
        }
    }

    /// Refuses what is out of range.
    public TrafficLimit {
        requireNonNull(unit, "unit");
        if (perSecond < unit.min || perSecond > unit.max) {
            throw wrong(
                    text(perSecond)
                            + " "
                            + unit.word
                            + " a second is not "
                            + text(unit.min)
                            + "-"
                            + text(unit.max));
        }
        long most = perSecond * MAX_FILL_SECONDS;
        if (burst < unit.minBurst || burst > most) {
            throw wrong(
                    "a burst of "
                            + text(burst)
                            + " "
                            + unit.word
                            + " is not "
                            + text(unit.minBurst)
                            + "-"
                            + text(most)
                            + ", an hour of the rate");
        }
    }

    /// A limit whose burst is what comes in a tenth of a second: 32 packets or 600,000 bits at
    /// least.
    ///
    /// @param unit what is counted
    /// @param perSecond how many a second
    /// @return the limit
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] if it is out of range
    public static TrafficLimit of(Unit unit, long perSecond) {
        return new TrafficLimit(unit, perSecond, unit.burst(perSecond));
    }

    /// Reads a limit.
    ///
    /// @param unit what is counted
    /// @param text how many a second, and the burst behind a comma if it is not the usual one; `k`,
    ///   `M` and `G` stand for thousands, millions and thousand millions: `5000`, `100M`,
    ///   `2.5G,10M`
    /// @return the limit
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] if it is none
    public static TrafficLimit parse(Unit unit, String text) {
        Matcher words = WORDS.matcher(text);
        if (!words.matches()) {
            throw none(unit, text);
        }
        long perSecond = number(unit, text, words.group(1));
        String burst = words.group(2);
        return burst == null
                ? of(unit, perSecond)
                : new TrafficLimit(unit, perSecond, number(unit, text, burst));
    }

    private static long number(Unit unit, String text, String word) {
        Matcher parts = NUMBER.matcher(word);
        if (!parts.matches()) {
            throw none(unit, text);
        }
        int power = 3 * " kMG".indexOf(parts.group(2).isEmpty() ? " " : parts.group(2));
        try {
            return new BigDecimal(parts.group(1)).movePointRight(power).longValueExact();
        } catch (ArithmeticException e) {
            throw none(unit, text);
        }
    }

    private static BalancerException none(Unit unit, String text) {
        return wrong(
                "\""
                        + text
                        + "\" is no limit: "
                        + unit.word
                        + " a second and, if it is to differ, the burst, as in \"5000\", \"100M\","
                        + " \"2.5G,10M\"");
    }

    private static BalancerException wrong(String message) {
        return new BalancerException(ErrorCode.INVALID_ARGUMENT, message);
    }

    private static String text(long number) {
        int power = 0;
        long rest = number;
        while (power < 3 && rest != 0 && rest % 1000 == 0) {
            rest /= 1000;
            power++;
        }
        return power == 0 ? Long.toString(rest) : rest + " kMG".substring(power, power + 1);
    }

    /// As [#parse] reads it.
    @Override
    public String toString() {
        return burst == unit.burst(perSecond)
                ? text(perSecond)
                : text(perSecond) + "," + text(burst);
    }
}
