// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.metrics;

import java.io.IOException;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Metrics of subjects of which there may be tens of thousands: all of them have the same labels,
/// so these are made once, and values are whole numbers, of times microseconds. Written past the
/// library, which takes seven times as long for as many series (docs/adr/0020); a test compares
/// both. For one thread.
final class Table {
    /// In place of a value that a subject does not have.
    static final long NONE = Long.MIN_VALUE;

    private static final int BUFFER_BYTES = 1 << 16;
    private static final int DIGITS = 20;
    private static final int MICRO_DIGITS = 6;

    private final List<Family> columns;
    private final boolean[] wanted;
    private final List<byte[]> labels = new ArrayList<>();
    private long[] values = new long[0];

    /// @param columns counters and gauges, all with the same labels
    /// @param wanted which of them, by column
    Table(List<Family> columns, boolean[] wanted) {
        this.columns = List.copyOf(columns);
        this.wanted = wanted.clone();
    }

    /// Adds a subject.
    ///
    /// @param names values of the labels
    /// @param row a value for each column, or [#NONE]
    void add(List<String> names, long... row) {
        int at = labels.size() * columns.size();
        if (at + row.length > values.length) {
            values = Arrays.copyOf(values, Math.max(1024, 2 * values.length));
        }
        System.arraycopy(row, 0, values, at, row.length);
        labels.add(text(columns.getFirst().labels(), names));
    }

    private static byte[] text(List<String> names, List<String> values) {
        StringBuilder text = new StringBuilder("{");
        for (int i = 0; i < names.size(); i++) {
            text.append(i == 0 ? "" : ",").append(names.get(i)).append("=\"");
            escape(text, values.get(i));
            text.append('"');
        }
        return text.append("} ").toString().getBytes(StandardCharsets.UTF_8);
    }

    private static void escape(StringBuilder text, String value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            switch (c) {
                case '\\' -> text.append("\\\\");
                case '"' -> text.append("\\\"");
                case '\n' -> text.append("\\n");
                default -> text.append(c);
            }
        }
    }

    /// The metrics that have a series now.
    List<Family> families() {
        List<Family> shown = new ArrayList<>();
        for (int column = 0; column < columns.size(); column++) {
            if (isThere(column)) {
                shown.add(columns.get(column));
            }
        }
        return shown;
    }

    private boolean isThere(int column) {
        boolean there = false;
        for (int row = 0; wanted[column] && !there && row < labels.size(); row++) {
            there = values[row * columns.size() + column] != NONE;
        }
        return there;
    }

    /// Writes all lines.
    void write(Format format, OutputStream out) throws IOException {
        Lines lines = new Lines(out);
        for (int column = 0; column < columns.size(); column++) {
            if (isThere(column)) {
                Family family = columns.get(column);
                lines.add(head(family, format).getBytes(StandardCharsets.UTF_8));
                byte[] name = family.shown().getBytes(StandardCharsets.UTF_8);
                for (int row = 0; row < labels.size(); row++) {
                    long value = values[row * columns.size() + column];
                    if (value != NONE) {
                        lines.add(name);
                        lines.add(labels.get(row));
                        if (family.inMicros()) {
                            lines.addSeconds(value);
                        } else {
                            lines.add(value);
                        }
                    }
                }
            }
        }
        lines.flush();
    }

    private static String head(Family family, Format format) {
        String type = family.kind() == Family.Kind.COUNTER ? " counter\n" : " gauge\n";
        return switch (format) {
            case TEXT ->
                    "# HELP "
                            + family.shown()
                            + " "
                            + family.help()
                            + "\n# TYPE "
                            + family.shown()
                            + type;
            case OPEN_METRICS ->
                    "# TYPE "
                            + family.name()
                            + type
                            + "# HELP "
                            + family.name()
                            + " "
                            + family.help()
                            + "\n";
        };
    }

    /// Bytes on their way, in large pieces.
    private static final class Lines {
        private final OutputStream out;
        private final byte[] buffer = new byte[BUFFER_BYTES];
        private final byte[] digits = new byte[DIGITS];
        private int length;

        Lines(OutputStream out) {
            this.out = out;
        }

        void add(byte[] bytes) throws IOException {
            if (length + bytes.length > buffer.length) {
                flush();
            }
            if (bytes.length > buffer.length) {
                out.write(bytes, 0, bytes.length);
            } else {
                System.arraycopy(bytes, 0, buffer, length, bytes.length);
                length += bytes.length;
            }
        }

        /// A number and the end of its line.
        void add(long value) throws IOException {
            if (length + DIGITS + 1 > buffer.length) {
                flush();
            }
            if (value < 0) {
                add(Long.toString(value).getBytes(StandardCharsets.US_ASCII));
            } else {
                int first = DIGITS;
                for (long left = value; first == DIGITS || left > 0; left /= 10) {
                    digits[--first] = (byte) ('0' + left % 10);
                }
                System.arraycopy(digits, first, buffer, length, DIGITS - first);
                length += DIGITS - first;
            }
            buffer[length++] = '\n';
        }

        /// Microseconds as seconds, and the end of their line.
        void addSeconds(long micros) throws IOException {
            String text =
                    BigDecimal.valueOf(micros, MICRO_DIGITS).stripTrailingZeros().toPlainString();
            add((text + "\n").getBytes(StandardCharsets.US_ASCII));
        }

        void flush() throws IOException {
            out.write(buffer, 0, length);
            length = 0;
        }
    }
}
