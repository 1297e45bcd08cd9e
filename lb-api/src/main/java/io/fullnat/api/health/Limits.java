// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.health;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.math.BigDecimal;
import java.time.Duration;

/// Checks numbers and times of health checks. Thread-safe.
final class Limits {
    private Limits() {}

    static BalancerException wrong(String message) {
        return new BalancerException(ErrorCode.INVALID_ARGUMENT, message);
    }

    static void require(String what, int value, int least, int most) {
        if (value < least || value > most) {
            throw wrong(what + " " + value + " is not " + least + "-" + most);
        }
    }

    /// Refuses a time that is out of range or is told more precisely than in milliseconds.
    static void require(String what, Duration time, Duration least, Duration most) {
        if (time.compareTo(least) < 0
                || time.compareTo(most) > 0
                || time.toNanosPart() % 1_000_000 != 0) {
            throw wrong(
                    what
                            + " "
                            + seconds(time)
                            + " is not "
                            + seconds(least)
                            + " to "
                            + seconds(most)
                            + " in whole milliseconds");
        }
    }

    /// A time as people write it: `3 s`, `0.25 s`.
    static String seconds(Duration time) {
        return new BigDecimal(time.getSeconds())
                        .add(BigDecimal.valueOf(time.getNano(), 9))
                        .stripTrailingZeros()
                        .toPlainString()
                + " s";
    }
}
