// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.text;

import java.util.Locale;

/// Numbers for tables that are to fit a terminal of 80 columns.
public final class Figures {
    private static final String[] UNITS = {"", "k", "M", "G", "T", "P", "E"};
    private static final int MOST = 99_999;
    private static final double ROUNDED_UP = 999.95;

    private Figures() {}

    /// A count in at most seven characters: exact up to 99,999, then three digits and a unit.
    ///
    /// @param value the count
    /// @return as `12,345` or `1.23M`
    public static String count(long value) {
        double rest = value;
        int unit = 0;
        if (Math.abs(value) > MOST) {
            // 999.95 would be written as 1000.0.
            while (Math.abs(rest) >= ROUNDED_UP && unit < UNITS.length - 1) {
                rest /= 1000;
                unit++;
            }
        }
        return unit == 0
                ? String.format(Locale.ROOT, "%,d", value)
                : String.format(Locale.ROOT, rest < 10 ? "%.2f%s" : "%.1f%s", rest, UNITS[unit]);
    }
}
