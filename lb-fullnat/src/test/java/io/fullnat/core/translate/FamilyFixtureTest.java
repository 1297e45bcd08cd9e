// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.translate;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.core.translate.FamilyPacket.Ends;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// RFC 7915 row by row: `rfc7915.txt` has a packet and what it becomes, each with its section.
class FamilyFixtureTest {
    private static final HexFormat HEX = HexFormat.of();

    /// A row of the page.
    record Row(String title, List<String> settings, String in, String out) {
        @Override
        public String toString() {
            return title;
        }
    }

    static Stream<Row> rows() throws IOException {
        return read("rfc7915.txt").stream();
    }

    /// Rows are parted by empty lines: a title, settings, the packet, what it becomes.
    static List<Row> read(String page) throws IOException {
        try (InputStream in = FamilyFixtureTest.class.getResourceAsStream(page)) {
            String all =
                    new String(
                            Objects.requireNonNull(in, page).readAllBytes(),
                            StandardCharsets.UTF_8);
            return Stream.of(all.split("\n\n"))
                    .map(row -> row.lines().filter(line -> !line.startsWith("#")).toList())
                    .filter(row -> !row.isEmpty())
                    .map(FamilyFixtureTest::row)
                    .toList();
        }
    }

    private static Row row(List<String> lines) {
        int last = lines.size() - 1;
        return new Row(
                lines.getFirst(),
                lines.subList(1, last - 1),
                lines.get(last - 1).strip(),
                lines.get(last).strip());
    }

    @ParameterizedTest
    @MethodSource("rows")
    void aPacketBecomesWhatItsSectionSays(Row row) {
        boolean toServer = row.in().startsWith("6");
        byte[] in = FamilyPacket.bytes(row.in(), toServer, Ends.TRANSLATED);
        byte @Nullable [] out = translated(row, in, Ends.TRANSLATED);

        assertThat(out == null ? "nothing" : HEX.formatHex(out))
                .as(row.title())
                .isEqualTo(
                        row.out().equals("nothing")
                                ? "nothing"
                                : HEX.formatHex(
                                        FamilyPacket.bytes(row.out(), toServer, Ends.TRANSLATED)));
    }

    static byte @Nullable [] translated(Row row, byte[] packet, Ends ends) {
        try (FamilyFlows flows = new FamilyFlows(ends)) {
            for (String setting : row.settings()) {
                String[] words = setting.strip().split("=", -1);
                int value = Integer.parseInt(words[1]);
                switch (words[0]) {
                    case "link4" -> flows.link4 = value;
                    case "link6" -> flows.link6 = value;
                    default -> throw new IllegalArgumentException(setting);
                }
            }
            return flows.translated(packet);
        }
    }

    /// What is quoted must not end where its own headers have not.
    @Test
    void anExtensionThatWouldBeginAmongQuotedHeadersIsNone() {
        String headers = "000c" + "00".repeat(102);
        Row row =
                new Row(
                        "an extension behind 128 bytes, of which headers take 144",
                        List.of(),
                        "6 icmp 1/0 rest=0x10000000 { 6 hl=9 nh=60 headers="
                                + headers
                                + " udp 99 }",
                        "4 id=4626 ttl=63 icmp 3/1 { 4 ttl=9 udp 99 }");
        aPacketBecomesWhatItsSectionSays(row);
    }

    @Test
    void thePageIsLongEnoughToBeTheWholeOfIt() throws IOException {
        assertThat(read("rfc7915.txt")).hasSizeGreaterThanOrEqualTo(80);
        assertThat(read("rfc7915.txt")).extracting(Row::title).doesNotHaveDuplicates();
    }
}
