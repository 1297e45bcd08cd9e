// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.translate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// Type and code of errors in the other family, over all that eight bits can say: as the lists of
/// RFC 7915 §4.2 and §5.2 have them, and nothing beside.
class IcmpFamiliesTest {
    /// By type and code of ICMP: those of ICMPv6.
    private static final Map<String, String> TO_6 =
            Map.ofEntries(
                    Map.entry("3/0", "1/0"),
                    Map.entry("3/1", "1/0"),
                    Map.entry("3/2", "4/1"),
                    Map.entry("3/3", "1/4"),
                    Map.entry("3/4", "2/0"),
                    Map.entry("3/5", "1/0"),
                    Map.entry("3/6", "1/0"),
                    Map.entry("3/7", "1/0"),
                    Map.entry("3/8", "1/0"),
                    Map.entry("3/9", "1/1"),
                    Map.entry("3/10", "1/1"),
                    Map.entry("3/11", "1/0"),
                    Map.entry("3/12", "1/0"),
                    Map.entry("3/13", "1/1"),
                    Map.entry("3/15", "1/1"),
                    Map.entry("11/0", "3/0"),
                    Map.entry("11/1", "3/1"),
                    Map.entry("12/0", "4/0"),
                    Map.entry("12/2", "4/0"));

    /// By type and code of ICMPv6, "packet too big" (2) aside: those of ICMP.
    private static final Map<String, String> TO_4 =
            Map.of(
                    "1/0", "3/1",
                    "1/1", "3/10",
                    "1/2", "3/1",
                    "1/3", "3/1",
                    "1/4", "3/3",
                    "3/0", "11/0",
                    "3/1", "11/1",
                    "4/0", "12/0",
                    "4/1", "3/2");

    private static final Map<Integer, Integer> POINTERS_TO_6 =
            Map.ofEntries(
                    Map.entry(0, 0),
                    Map.entry(1, 1),
                    Map.entry(2, 4),
                    Map.entry(3, 4),
                    Map.entry(8, 7),
                    Map.entry(9, 6),
                    Map.entry(12, 8),
                    Map.entry(13, 8),
                    Map.entry(14, 8),
                    Map.entry(15, 8),
                    Map.entry(16, 24),
                    Map.entry(17, 24),
                    Map.entry(18, 24),
                    Map.entry(19, 24));

    private static String text(int typeAndCode) {
        return (typeAndCode >> 8) + "/" + (typeAndCode & 0xFF);
    }

    @Test
    void errorsOfIcmpHaveTheCounterpartsOfSection42() {
        Map<String, String> found = new TreeMap<>();
        for (int error = 0; error < 0x10000; error++) {
            int other = IcmpFamilies.to6(error >> 8, error & 0xFF);
            if (other != IcmpFamilies.NONE) {
                found.put(text(error), text(other));
            }
        }
        assertThat(found).isEqualTo(TO_6);
    }

    @Test
    void errorsOfIcmpv6HaveTheCounterpartsOfSection52() {
        Map<String, String> found = new TreeMap<>();
        for (int error = 0; error < 0x10000; error++) {
            int other = IcmpFamilies.to4(error >> 8, error & 0xFF);
            if (error >> 8 == 2) {
                assertThat(text(other)).as("too big, code %d", error & 0xFF).isEqualTo("3/4");
            } else if (other != IcmpFamilies.NONE) {
                found.put(text(error), text(other));
            }
        }
        assertThat(found).isEqualTo(TO_4);
    }

    @Test
    void pointersToIpv6AreThoseOfFigure3() {
        for (int pointer = 0; pointer < 256; pointer++) {
            assertThat(IcmpFamilies.pointerTo6(pointer))
                    .as("%d", pointer)
                    .isEqualTo(POINTERS_TO_6.getOrDefault(pointer, IcmpFamilies.NONE));
        }
    }

    @Test
    void pointersToIpv4AreThoseOfFigure6() {
        int[] expected = {0, 1, -1, -1, 2, 2, 9, 8};
        for (int pointer = 0; pointer < 8; pointer++) {
            assertThat(IcmpFamilies.pointerTo4(pointer)).isEqualTo(expected[pointer]);
        }
        for (int pointer = 8; pointer < 40; pointer++) {
            assertThat(IcmpFamilies.pointerTo4(pointer)).isEqualTo(pointer < 24 ? 12 : 16);
        }
        for (int pointer : new int[] {40, 41, 1000, Integer.MAX_VALUE, Integer.MIN_VALUE, -1}) {
            assertThat(IcmpFamilies.pointerTo4(pointer)).isEqualTo(IcmpFamilies.NONE);
        }
    }
}
