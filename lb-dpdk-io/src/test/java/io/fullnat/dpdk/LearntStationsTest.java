// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.MacAddress;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// Stations on a [TapInterface] besides its own.
class LearntStationsTest {
    private static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long START_NS = Long.MAX_VALUE - 10 * SECOND_NS; // the clock wraps

    private final LearntStations stations = new LearntStations(3);

    private static MacAddress station(int number) {
        return new MacAddress(0x0200_0000_0000L + number);
    }

    @Test
    void shouldForgetOneThatIsSilent() {
        stations.heard(station(1), START_NS);
        stations.heard(station(2), START_NS + 200 * SECOND_NS);
        assertThat(stations.known(START_NS + 299 * SECOND_NS))
                .containsExactlyInAnyOrder(station(1), station(2));
        assertThat(stations.known(START_NS + 300 * SECOND_NS)).containsExactly(station(2));
        stations.heard(station(2), START_NS + 400 * SECOND_NS);
        assertThat(stations.known(START_NS + 600 * SECOND_NS)).containsExactly(station(2));
        assertThat(stations.known(START_NS + 700 * SECOND_NS)).isEmpty();
    }

    @Test
    void shouldForgetOneThatSpeaksElsewhere() {
        stations.heard(station(1), START_NS);
        stations.heard(station(2), START_NS);
        stations.elsewhere(station(1));
        stations.elsewhere(station(3));
        assertThat(stations.known(START_NS)).containsExactly(station(2));
        assertThat(stations.isEmpty()).isFalse();
        stations.heard(station(1), START_NS);
        assertThat(stations.known(START_NS)).contains(station(1));
    }

    @Test
    void shouldLearnNewOnesWhenThereAreTooMany() {
        for (int number = 1; number <= 3; number++) {
            stations.heard(station(number), START_NS + number);
        }
        stations.heard(station(1), START_NS + 4);
        stations.heard(station(4), START_NS + 5);
        assertThat(stations.known(START_NS + 6))
                .as("without the one that has been silent longest")
                .containsExactlyInAnyOrder(station(1), station(3), station(4));
    }
}
