// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.text;

import java.util.Locale;

/// Times for tables, in at most six characters.
public final class Micros {
    private static final double THOUSAND = 1e3;
    private static final double MILLION = 1e6;
    private static final double ROUNDED_UP = 999.5;

    private Micros() {}

    /// A time in three digits and its unit.
    ///
    /// @param micros microseconds, 0 or more
    /// @return as `850us`, `1.25ms`, `12.5ms`, `1.25s`
    public static String text(long micros) {
        if (micros < THOUSAND) {
            return micros + "us";
        }
        return micros < ROUNDED_UP * THOUSAND
                ? digits(micros / THOUSAND) + "ms"
                : digits(micros / MILLION) + "s";
    }

    private static String digits(double value) {
        String form = value < 9.995 ? "%.2f" : value < 99.95 ? "%.1f" : "%.0f";
        return String.format(Locale.ROOT, form, value);
    }
}
