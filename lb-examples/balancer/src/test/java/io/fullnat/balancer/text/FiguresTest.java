// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.text;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FiguresTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0 | 0",
                "99999 | 99,999",
                "100000 | 100.0k",
                "999949 | 999.9k",
                "999950 | 1.00M",
                "999999999 | 1.00G",
                "9223372036854775807 | 9.22E",
            })
    void countsTakeSixColumns(long count, String shown) {
        assertThat(Figures.count(count)).isEqualTo(shown);
        assertThat(shown.length()).isLessThanOrEqualTo(6);
    }
}
