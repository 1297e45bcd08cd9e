// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import io.fullnat.api.service.TrafficLimit.Unit;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrafficLimitTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "PACKETS | 1        | 1            | 32          | 1",
                "PACKETS | 5000     | 5000         | 500         | 5k",
                "PACKETS | 100k,1   | 100000       | 1           | 100k,1",
                "PACKETS | 1.5M     | 1500000      | 150000      | 1500k",
                "PACKETS | 1G       | 1000000000   | 100000000   | 1G",
                "BITS    | 1k       | 1000         | 600000      | 1k",
                "BITS    | 100M     | 100000000    | 10000000    | 100M",
                "BITS    | 2.5G,12k | 2500000000   | 12000       | 2500M,12k",
                "BITS    | 123456   | 123456       | 600000      | 123456",
                "BITS    | 400G     | 400000000000 | 40000000000 | 400G",
            })
    void isReadAndSaid(Unit unit, String text, long perSecond, long burst, String said) {
        TrafficLimit limit = TrafficLimit.parse(unit, text);
        assertThat(limit).isEqualTo(new TrafficLimit(unit, perSecond, burst)).hasToString(said);
        assertThat(TrafficLimit.parse(unit, said)).isEqualTo(limit);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "PACKETS | 0       | 0 packets a second is not 1-1G",
                "PACKETS | 2G      | 2G packets a second is not 1-1G",
                "PACKETS | 1,0     | a burst of 0 packets is not 1-3600, an hour of the rate",
                "PACKETS | 1,3601  | a burst of 3601 packets is not 1-3600, an hour of the rate",
                "PACKETS | 1.5     | \"1.5\" is no limit: packets a second and",
                "BITS    | 999     | 999 bits a second is not 1k-400G",
                "BITS    | 401G    | 401G bits a second is not 1k-400G",
                "BITS    | 1M,11k  | a burst of 11k bits is not 12k-3600M, an hour of the rate",
                "BITS    | 1m      | \"1m\" is no limit: bits a second and",
                "BITS    | -1      | \"-1\" is no limit",
                "BITS    | 1M,     | \"1M,\" is no limit",
                "BITS    | 1M,1,1  | \"1M,1,1\" is no limit",
                "BITS    | x       | \"x\" is no limit",
            })
    void whatIsNoneIsRefused(Unit unit, String text, String message) {
        assertThatThrownBy(() -> TrafficLimit.parse(unit, text))
                .isInstanceOf(BalancerException.class)
                .hasMessageContaining(message);
    }

    @Test
    void aServiceHasOneOfEach() {
        Optional<TrafficLimit> packets = Optional.of(TrafficLimit.of(Unit.PACKETS, 7));
        Optional<TrafficLimit> bits = Optional.of(TrafficLimit.of(Unit.BITS, 8000));
        ServiceLimits limits = ServiceLimits.NONE.withPackets(packets).withBandwidth(bits);
        assertThat(limits.withConnections(1))
                .hasToString(
                        "max-connections 1, max-per-client 0, max-per-network 0, max-packets 7,"
                                + " max-bandwidth 8k");
        assertThat(limits.limitsTraffic()).isTrue();
        assertThat(limits.withPackets(Optional.empty()).limitsTraffic()).isTrue();
        assertThat(ServiceLimits.NONE.limitsTraffic()).isFalse();
        assertThatThrownBy(() -> limits.withPackets(bits)).hasMessage("limit 8k is not of PACKETS");
        assertThatThrownBy(() -> limits.withBandwidth(packets))
                .hasMessage("limit 7 is not of BITS");
    }
}
