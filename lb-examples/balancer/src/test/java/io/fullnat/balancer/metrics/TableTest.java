// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What a table writes is what Prometheus' library would.
class TableTest {
    private static final Family SEEN = Family.counter("test_seen", "How many came", "name", "kind");
    private static final Family THERE =
            Family.gauge("test_there", "How many are there", "name", "kind");
    private static final Family LEVEL = Family.gauge("test_level", "How deep", "name", "kind");
    private static final List<Family> COLUMNS = List.of(SEEN, THERE, LEVEL);

    /// Plain ones, all that is escaped, other scripts, and one longer than any buffer.
    private static final List<String> NAMES =
            List.of(
                    "192.0.2.80:80",
                    "[2001:db8::80]:53",
                    "",
                    "a\"b\\c\nd",
                    "\u00fc\u4f60\ud83d\ude00\u001b",
                    "x".repeat(70_000));

    private static final long[] NUMBERS = {
        0, 1, 9, 10, 99, 100, 1L << 31, 1L << 32, (1L << 53) - 1, -7, Table.NONE
    };

    private static Table table() {
        Table table = new Table(COLUMNS, new boolean[] {true, true, true});
        for (int i = 0; i < 500; i++) {
            table.add(
                    List.of(NAMES.get(i % NAMES.size()), "k" + i),
                    Math.max(0, number(i)),
                    number(i + 3),
                    Table.NONE);
        }
        return table;
    }

    private static long number(int i) {
        return NUMBERS[i % NUMBERS.length];
    }

    private static String written(Table table, Format format) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        table.write(format, out);
        return out.toString(StandardCharsets.UTF_8);
    }

    private static String byLibrary(Format format) throws IOException {
        Samples samples = new Samples(name -> true);
        for (int i = 0; i < 500; i++) {
            String[] labels = {NAMES.get(i % NAMES.size()), "k" + i};
            samples.add(SEEN, Math.max(0, number(i)), labels);
            if (number(i + 3) != Table.NONE) {
                samples.add(THERE, number(i + 3), labels);
            }
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        format.writer().write(out, samples.snapshots());
        return out.toString(StandardCharsets.UTF_8).replace("# EOF\n", "");
    }

    /// A line as its comment, or as name, sorted labels and number.
    private static List<String> lines(String text) {
        return text.lines().map(TableTest::normal).sorted().toList();
    }

    private static String normal(String line) {
        if (line.startsWith("#")) {
            return line;
        }
        int open = line.indexOf('{');
        int close = line.lastIndexOf('}');
        String labels = line.substring(open + 1, close);
        int kind = labels.indexOf("kind=\"k");
        String kindLabel = labels.substring(kind).replaceAll(",.*", "");
        String nameLabel = labels.replace(kindLabel, "").replaceAll("^,|,$", "");
        return line.substring(0, open)
                + kindLabel
                + nameLabel
                + Double.parseDouble(line.substring(close + 1));
    }

    @ParameterizedTest
    @EnumSource(Format.class)
    void asTheLibraryWrites(Format format) throws IOException {
        assertThat(lines(written(table(), format)))
                .hasSizeGreaterThan(900)
                .isEqualTo(lines(byLibrary(format)));
    }

    /// Whole numbers to the last digit, also those that a double does not hold.
    @Test
    void numbersAreExact() throws IOException {
        Table table = new Table(List.of(SEEN), new boolean[] {true});
        long[] numbers = {0, 7, 10, 4_294_967_295L, 9_007_199_254_740_993L, Long.MAX_VALUE};
        for (long number : numbers) {
            table.add(List.of("n", "k"), number);
        }
        assertThat(
                        written(table, Format.TEXT)
                                .lines()
                                .filter(line -> !line.startsWith("#"))
                                .map(line -> line.substring(line.indexOf(' ') + 1)))
                .containsExactlyElementsOf(
                        Arrays.stream(numbers).mapToObj(Long::toString).toList());
    }

    @Test
    void whatNobodyHasOrWantsIsLeftOut() throws IOException {
        Table some = new Table(COLUMNS, new boolean[] {false, true, true});
        some.add(List.of("n", "k"), 1, 2, Table.NONE);
        assertThat(some.families()).containsExactly(THERE);
        assertThat(written(some, Format.TEXT))
                .isEqualTo(
                        """
                        # HELP test_there How many are there
                        # TYPE test_there gauge
                        test_there{name="n",kind="k"} 2
                        """);
        Table empty = new Table(COLUMNS, new boolean[] {true, true, true});
        assertThat(empty.families()).isEmpty();
        assertThat(Stream.of(Format.values()).map(format -> textOf(empty, format)))
                .containsOnly("");
    }

    private static String textOf(Table table, Format format) {
        try {
            return written(table, format);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
