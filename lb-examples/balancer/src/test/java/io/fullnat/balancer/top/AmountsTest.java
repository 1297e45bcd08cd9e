// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.top;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class AmountsTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0 | 0",
                "-1 | 0",
                "0.01 | 0.1",
                "0.5 | 0.5",
                "9.94 | 9.9",
                "9.96 | 10",
                "1234567.8 | 1.23M",
                "1e30 | 9.22E"
            })
    void littleHasADecimal(double rate, String shown) {
        assertThat(Amounts.rate(rate)).isEqualTo(shown);
    }

    @ParameterizedTest
    @CsvSource({
        "-5, 0 s",
        "59, 59 s",
        "60, 1:00",
        "3599, 59:59",
        "3600, 1:00:00",
        "86400, 1d 00:00"
    })
    void timesAreShort(long seconds, String shown) {
        assertThat(Amounts.time(Duration.ofSeconds(seconds))).isEqualTo(shown);
    }

    @Test
    void secondsAreAsTyped() {
        assertThat(Amounts.seconds(Duration.ofSeconds(2))).isEqualTo("2");
        assertThat(Amounts.seconds(Duration.ofMillis(500))).isEqualTo("0.5");
    }
}
