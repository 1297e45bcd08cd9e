// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.top;

import io.fullnat.balancer.text.Figures;
import java.time.Duration;
import java.util.Locale;

/// Numbers in few columns.
final class Amounts {
    private static final int SMALL = 10;

    private Amounts() {}

    /// What happens in a second, in at most seven columns; with a decimal if it is little.
    static String rate(double value) {
        if (value <= 0) {
            return "0";
        }
        return value < SMALL - 0.05
                ? String.format(Locale.ROOT, "%.1f", Math.max(0.1, value))
                : Figures.count(Math.round(value));
    }

    static String percent(double share) {
        return String.format(Locale.ROOT, "%.0f%%", 100 * share);
    }

    /// A time in at most eleven columns: `9 s`, `12:34`, `4:05:06`, `12d 04:05`.
    static String time(Duration time) {
        long seconds = Math.max(0, time.toSeconds());
        if (seconds < 60) {
            return seconds + " s";
        }
        long days = seconds / 86_400;
        int hours = (int) (seconds / 3600 % 24);
        int minutes = (int) (seconds / 60 % 60);
        int rest = (int) (seconds % 60);
        if (days > 0) {
            return String.format(Locale.ROOT, "%dd %02d:%02d", days, hours, minutes);
        }
        return hours > 0
                ? String.format(Locale.ROOT, "%d:%02d:%02d", hours, minutes, rest)
                : String.format(Locale.ROOT, "%d:%02d", minutes, rest);
    }

    /// Seconds as they were typed: `2`, `0.5`.
    static String seconds(Duration time) {
        return Double.toString(time.toMillis() / 1000.0).replaceFirst("\\.0$", "");
    }
}
