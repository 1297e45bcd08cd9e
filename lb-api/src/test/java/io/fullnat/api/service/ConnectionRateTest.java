// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConnectionRateTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "100        | 100000      | 100     | 100",
                "0.5        | 500         | 1       | 0.5",
                "0.001      | 1           | 1       | 0.001",
                "1.50       | 1500        | 1       | 1.5",
                "1000,50    | 1000000     | 50      | 1000,50",
                "1000,1000  | 1000000     | 1000    | 1000",
                "10000000   | 10000000000 | 1000000 | 10000000",
            })
    void wordsComeBack(String text, long milli, int burst, String words) {
        ConnectionRate rate = ConnectionRate.parse(text);
        assertThat(rate).isEqualTo(new ConnectionRate(milli, burst)).hasToString(words);
        assertThat(ConnectionRate.parse(words)).isEqualTo(rate);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0         | rate 0 is not 0.001-10000000",
                "10000001  | rate 10000001 is not 0.001-10000000",
                "5,0       | burst 0 is not 1-1000000",
                "0.001,4   | burst 4 is more than an hour of 0.001 a second; take a smaller one",
                "0.0001    | \"0.0001\" is no rate",
                "1/s       | \"1/s\" is no rate",
                "-1        | \"-1\" is no rate",
                "1,        | \"1,\" is no rate",
            })
    void whatIsNoneIsRefused(String text, String message) {
        assertThatThrownBy(() -> ConnectionRate.parse(text))
                .isInstanceOf(BalancerException.class)
                .hasMessageContaining(message);
    }

    @Test
    void limitsSayWhatIsSet() {
        assertThat(new ServiceLimits(1, 2, 3).withRate(Optional.of(ConnectionRate.of(500))))
                .hasToString(
                        "max-connections 1, max-per-client 2, max-per-network 3, max-rate 0.5");
        assertThatThrownBy(() -> ServiceLimits.NONE.withPerClient(-1))
                .hasMessage("max-per-client -1 is not 0-10000000");
    }
}
