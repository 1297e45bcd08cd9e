// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Other addresses in the place of those that are there.
final class PseudonymsTest {
    private final Pseudonyms pseudonyms = new Pseudonyms(new byte[] {1, 2, 3});

    @Test
    void theSameForTheSame() {
        String other = pseudonyms.of("198.51.100.7");
        assertThat(other).isNotEqualTo("198.51.100.7").matches("\\d+\\.\\d+\\.\\d+\\.\\d+");
        assertThat(pseudonyms.of("from 198.51.100.7:443, 198.51.100.7/32 (198.51.100.7)."))
                .isEqualTo("from %1$s:443, %1$s/32 (%1$s).".formatted(other));
        assertThat(new Pseudonyms(new byte[] {1, 2, 3}).of("198.51.100.7")).isEqualTo(other);
        assertThat(new Pseudonyms(new byte[] {3, 2, 1}).of("198.51.100.7")).isNotEqualTo(other);
        String six = pseudonyms.of("2001:db8:1::7");
        assertThat(six).isNotEqualTo("2001:db8:1::7").startsWith("2001:");
        assertThat(pseudonyms.of("[2001:db8:1::7]:443 2001:db8:1::7/64 2001:0db8:1:0::7"))
                .isEqualTo("[%1$s]:443 %1$s/64 %1$s".formatted(six));
    }

    @Test
    void othersForOthers() {
        Set<String> seen = new HashSet<>();
        for (int third = 0; third < 16; third++) {
            for (int last = 0; last < 256; last++) {
                seen.add(pseudonyms.of("10.1." + third + "." + last));
            }
        }
        assertThat(seen).hasSize(16 * 256);
    }

    @Test
    void networksStayNetworks() {
        String network = pseudonyms.of("10.1.7.0");
        assertThat(network).endsWith(".0");
        String prefix = network.substring(0, network.length() - 1);
        assertThat(pseudonyms.of("10.1.7.9")).startsWith(prefix);
        assertThat(pseudonyms.of("10.1.8.9")).doesNotStartWith(prefix);
        String six = pseudonyms.of("2001:db8:5::");
        assertThat(six).endsWith("::");
        assertThat(pseudonyms.of("2001:db8:5::99")).startsWith(six);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0.0.0.0/0",
                "127.0.0.1",
                "255.255.255.0",
                "224.0.0.18",
                "::",
                "::1",
                "ff02::1",
                "12:34:56",
                "2026-11-29T14:38:42.683Z",
                "1.2.3",
                "300.1.1.1",
                "a:b",
                "6.12.38+deb13",
                "ff:ff:ff:ff:ff:ff",
                "1.2.3.4.5",
                "v1.2.3.4"
            })
    void whatIsNobodysStays(String text) {
        assertThat(pseudonyms.of(text)).isEqualTo(text);
    }

    @Test
    void stationsKeepTheirMaker() {
        assertThat(pseudonyms.of("02:00:5e:10:20:30"))
                .startsWith("02:00:5e:")
                .isNotEqualTo("02:00:5e:10:20:30")
                .isEqualTo(pseudonyms.of("02:00:5E:10:20:30").toLowerCase(Locale.ROOT));
    }
}
