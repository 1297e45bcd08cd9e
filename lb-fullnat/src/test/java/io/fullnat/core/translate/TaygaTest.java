// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.translate;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// An independent judge: what TAYGA 0.9.2 (Debian 12) made of the packets of the fixture page,
/// recorded by `src/test/tayga/record`. Where it made something else, this class says why.
///
/// Not compared: identification and DF of whole packets of IPv4, and with them the sums over them,
/// but of those that came as atomic fragments. TAYGA sets DF and no identification whatever the
/// length is, as RFC 2765 had it; RFC 7915 §5.1 wants DF for more than 1,260 bytes only.
class TaygaTest {
    private static final HexFormat HEX = HexFormat.of();
    private static final int ICMP = 1;

    /// The section that says that packets with a fragment header keep their identification.
    private static final String ATOMIC = "§5.1.1";

    /// By the beginning of a row's title.
    private static final Map<String, String> DIFFERENCES =
            Map.ofEntries(
                    Map.entry("§4.1 unexpired", "it does not look at options"),
                    Map.entry("§4.5 UDP checksum 0", "it drops what has no checksum"),
                    Map.entry("§4.2 3/4 MTU at most", "its links are not as small as the row's"),
                    Map.entry("§4.2 3/4 MTU of 65,535", "the same"),
                    Map.entry(
                            "§4.2 3/4 MTU 0 is the plateau below the packet's length: 1,500",
                            "the same"),
                    Map.entry("§5.2 2/0 MTU at most", "the same"),
                    Map.entry("§5.2 2/0 MTU of 2^32-1", "the same"),
                    Map.entry("§5.2 2/0 MTU of 65,555", "the same"),
                    Map.entry("§4.2 11/2", "it does not look at the code"),
                    Map.entry("§5.2 3/2", "the same"),
                    Map.entry("§4.2 12/", "it does not translate parameter problems"),
                    Map.entry("§5.2 4/0", "the same, but for 4/1"),
                    Map.entry("§4.2 type 0 echo", "pings end at the balancer, which answers them"),
                    Map.entry("§4.2 type 8 echo", "the same"),
                    Map.entry("§5.2 type 128 echo", "the same"),
                    Map.entry("§5.2 type 129 echo", "the same"),
                    Map.entry(
                            "§4.3 quoted TCP of 8 bytes",
                            "it drops what does not quote the checksum"),
                    Map.entry("§5.3 quoted TCP of 8 bytes", "the same"),
                    Map.entry("§4.3 a quoted UDP checksum of 0", "it drops the error"),
                    Map.entry("§4.3 an extension", "it knows no extensions (RFC 4884)"),
                    Map.entry("§5.3 an extension", "the same"),
                    Map.entry("§4.3 a length beyond", "the same"),
                    Map.entry(
                            "§5.2 2/0 MTU of 1279", "it does not ask for the least (RFC 8201 §4)"),
                    Map.entry("§5.2 2/0 MTU leaves room", "it leaves none"),
                    Map.entry("§5.2 1/3", "it drops the error"),
                    Map.entry(
                            "§4.3 quoted first fragment", "it quotes fragments as whole packets"));

    private static Map<String, String[]> recorded() throws IOException {
        Map<String, String[]> rows = new HashMap<>();
        try (InputStream in = TaygaTest.class.getResourceAsStream("tayga.txt")) {
            byte[] all = Objects.requireNonNull(in).readAllBytes();
            new String(all, StandardCharsets.UTF_8)
                    .lines()
                    .map(line -> line.split("\t"))
                    .forEach(columns -> rows.put(columns[0], columns));
        }
        return rows;
    }

    @Test
    void bothTranslateAlikeButWhereItIsSaidWhyNot() throws IOException {
        Map<String, String[]> recorded = recorded();
        List<String> unexplained = new ArrayList<>();
        TreeSet<String> explained = new TreeSet<>();
        int alike = 0;
        for (FamilyFixtureTest.Row row : FamilyFixtureTest.read("rfc7915.txt")) {
            byte[] packet = JudgedRows.packet(row);
            String[] columns = Objects.requireNonNull(recorded.get(row.title()), row.title());
            assertThat(columns[1]).as(row.title()).isEqualTo(HEX.formatHex(packet));
            byte @Nullable [] ours =
                    FamilyFixtureTest.translated(row, packet, JudgedRows.SAME_PORTS);
            boolean all = row.title().startsWith(ATOMIC);
            String here = ours == null ? "nothing" : compared(ours, all);
            String there =
                    columns[2].equals("nothing")
                            ? "nothing"
                            : compared(HEX.parseHex(columns[2]), all);
            if (here.equals(there)) {
                alike++;
                continue;
            }
            String why =
                    DIFFERENCES.keySet().stream()
                            .filter(row.title()::startsWith)
                            .findFirst()
                            .orElse("");
            if (why.isEmpty()) {
                unexplained.add(row.title() + "\n ours   " + here + "\n theirs " + there);
            } else {
                explained.add(why);
            }
        }
        assertThat(unexplained).isEmpty();
        assertThat(explained)
                .as("differences that there are")
                .isEqualTo(new TreeSet<>(DIFFERENCES.keySet()));
        assertThat(alike).isGreaterThan(130);
    }

    /// @param all whether identification and DF are of interest
    private static String compared(byte[] bytes, boolean all) {
        ByteBuffer packet = ByteBuffer.wrap(bytes.clone());
        if (bytes[0] >>> 4 == 4) {
            if (!all) {
                forget(packet, 0);
            }
            if (bytes[9] == ICMP) {
                forget(packet, 28);
                packet.putShort(22, (short) 0); // covers what was forgotten
            }
        }
        return HEX.formatHex(packet.array());
    }

    /// Identification, DF and header checksum of a header, but of a fragment.
    private static void forget(ByteBuffer packet, int at) {
        int flags = packet.getShort(at + 6);
        if ((flags & 0x2000) == 0) {
            packet.putShort(at + 4, (short) 0);
        }
        packet.putShort(at + 6, (short) (flags & ~0x4000)).putShort(at + 10, (short) 0);
    }
}
