// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.top;

import io.fullnat.balancer.text.Figures;
import io.fullnat.balancer.text.Micros;
import java.util.OptionalDouble;

/// What stands in a column of a row.
///
/// @param text as it is shown
/// @param order by which numbers are sorted; what is not known is below all
/// @param style how it looks
record Cell(String text, double order, Style style) {
    private static final String UNKNOWN = "-";

    static Cell text(String text) {
        return new Cell(text, 0, Style.PLAIN);
    }

    static Cell text(String text, Style style) {
        return new Cell(text, 0, style);
    }

    /// A number that is a name.
    static Cell name(long number) {
        return new Cell(Long.toString(number), number, Style.PLAIN);
    }

    static Cell count(long count) {
        return new Cell(Figures.count(count), count, count == 0 ? Style.DIM : Style.PLAIN);
    }

    /// A number of something bad.
    static Cell bad(long count) {
        return new Cell(Figures.count(count), count, count == 0 ? Style.DIM : Style.WARN);
    }

    /// A short time; nothing is known of 0.
    static Cell micros(long micros) {
        return micros == 0
                ? new Cell(UNKNOWN, -1, Style.DIM)
                : new Cell(Micros.text(micros), micros, Style.PLAIN);
    }

    static Cell rate(OptionalDouble rate) {
        if (rate.isEmpty()) {
            return new Cell(UNKNOWN, -1, Style.DIM);
        }
        double value = rate.getAsDouble();
        return new Cell(Amounts.rate(value), value, value == 0 ? Style.DIM : Style.PLAIN);
    }

    /// A rate of something bad.
    static Cell badRate(OptionalDouble rate) {
        Cell cell = rate(rate);
        return new Cell(cell.text, cell.order, cell.order > 0 ? Style.WARN : Style.DIM);
    }

    static Cell bits(OptionalDouble bytes) {
        return rate(bytes.isEmpty() ? bytes : OptionalDouble.of(bytes.getAsDouble() * Byte.SIZE));
    }

    /// A share of a whole.
    ///
    /// @param share 0 to 1
    /// @param much from which on it deserves a look
    static Cell share(double share, double much) {
        return new Cell(Amounts.percent(share), share, share >= much ? Style.WARN : Style.PLAIN);
    }
}
