// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.service;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.math.BigDecimal;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// How many connections may begin a second, as a bucket of tokens: it holds `burst` tokens, gets
/// `perSecond` of them a second, and each connection takes one. Over any time no more begin than
/// the bucket holds and gets. Immutable and thread-safe.
///
/// @param milliPerSecond thousandths of connections a second, 1 to 10^10
/// @param burst how many may begin at once, 1 to 1,000,000
public record ConnectionRate(long milliPerSecond, int burst) {
    /// The most connections a second.
    public static final int MAX_PER_SECOND = 10_000_000;

    /// The largest burst.
    public static final int MAX_BURST = 1_000_000;

    /// What an hour of the rate must be able to fill.
    private static final long MAX_FILL_SECONDS = 3600;

    private static final int MILLI = 1000;
    private static final Pattern WORDS =
            Pattern.compile("([0-9]{1,8}(?:\\.[0-9]{1,3})?)(?:,([0-9]{1,7}))?");

    /// Refuses what is out of range.
    public ConnectionRate {
        if (milliPerSecond < 1 || milliPerSecond > (long) MAX_PER_SECOND * MILLI) {
            throw wrong("rate " + perSecond(milliPerSecond) + " is not 0.001-" + MAX_PER_SECOND);
        }
        if (burst < 1 || burst > MAX_BURST) {
            throw wrong("burst " + burst + " is not 1-" + MAX_BURST);
        }
        if ((long) burst * MILLI > milliPerSecond * MAX_FILL_SECONDS) {
            throw wrong(
                    "burst "
                            + burst
                            + " is more than an hour of "
                            + perSecond(milliPerSecond)
                            + " a second; take a smaller one");
        }
    }

    /// A rate whose burst is what comes in a second, 1 at least.
    ///
    /// @param milliPerSecond thousandths of connections a second
    /// @return the rate
    public static ConnectionRate of(long milliPerSecond) {
        return new ConnectionRate(milliPerSecond, usualBurst(milliPerSecond));
    }

    private static int usualBurst(long milliPerSecond) {
        return Math.clamp(milliPerSecond / MILLI, 1, MAX_BURST);
    }

    /// Reads a rate.
    ///
    /// @param text connections a second, with up to three decimals, and the burst behind a comma if
    ///   it is not what comes in a second: `100`, `0.5`, `1000,50`
    /// @return the rate
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] if it is none
    public static ConnectionRate parse(String text) {
        Matcher words = WORDS.matcher(text);
        if (!words.matches()) {
            throw wrong(
                    "\""
                            + text
                            + "\" is no rate: connections a second and, if it is to differ, the"
                            + " burst, as in \"100\", \"0.5\", \"1000,50\"");
        }
        long milli = new BigDecimal(words.group(1)).movePointRight(3).longValueExact();
        String burst = words.group(2);
        return burst == null ? of(milli) : new ConnectionRate(milli, Integer.parseInt(burst));
    }

    private static String perSecond(long milli) {
        return BigDecimal.valueOf(milli, 3).stripTrailingZeros().toPlainString();
    }

    private static BalancerException wrong(String message) {
        return new BalancerException(ErrorCode.INVALID_ARGUMENT, message);
    }

    /// As [#parse] reads it.
    @Override
    public String toString() {
        String rate = perSecond(milliPerSecond);
        return burst == usualBurst(milliPerSecond) ? rate : rate + "," + burst;
    }
}
