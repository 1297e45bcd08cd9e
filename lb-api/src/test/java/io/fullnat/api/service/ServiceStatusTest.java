// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Outcome;
import io.fullnat.api.health.ServiceHealth;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/// A service's state with other servers.
final class ServiceStatusTest {
    private static RealServerStatus server(int port) {
        return new RealServerStatus(
                RealServer.of("10.0.1.11", port), 1, 2, TrafficCounts.ZERO, TrafficRates.ZERO);
    }

    @Test
    void nothingButTheServersIsAnother() {
        ServiceStatus status =
                new ServiceStatus(
                        VirtualService.of(ServiceKey.tcp("192.0.2.80", 80)),
                        List.of(server(2), server(1)),
                        List.of(),
                        new TrafficCounts(1, 2, 3, 4, 5),
                        TrafficRates.ZERO,
                        ServiceHealth.UNKNOWN,
                        Map.of(Outcome.ACCESS_DENIED, 7L),
                        OptionalLong.of(3),
                        Optional.of(server(9)));
        List<RealServerStatus> sorted = List.of(server(1), server(2));

        assertThat(status.withRealServers(sorted).realServers()).isEqualTo(sorted);
        assertThat(status.withRealServers(sorted)).isNotEqualTo(status);
        assertThat(status.withRealServers(sorted).withRealServers(status.realServers()))
                .isEqualTo(status);
    }
}
