// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.service;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OutagePaceTest {
    private static final long SECOND = 1_000_000_000;

    /// Looks in a time in which one is wanted each microsecond.
    private static int looks(OutagePace pace, long from, long time) {
        int looks = 0;
        for (long now = from; now - from < time; now += 1_000) {
            if (!pace.isEarly(now)) {
                pace.looked(now);
                looks++;
            }
        }
        return looks;
    }

    @ParameterizedTest
    @ValueSource(longs = {0, SECOND, -5, Long.MAX_VALUE - 7, Long.MIN_VALUE})
    void thousandsOfServersAreLookedAtNowAndThen(long from) {
        OutagePace pace = new OutagePace(10_000);
        assertThat(looks(pace, from, SECOND)).isBetween(395, 405);
        assertThat(pace.isEarly(from + 2 * SECOND)).isFalse();
    }

    @Test
    void fewServersAreLookedAtAsOftenAsWanted() {
        assertThat(looks(new OutagePace(4), 0, SECOND)).isEqualTo(1_000_000);
        assertThat(looks(new OutagePace(0), 0, SECOND)).isEqualTo(1_000_000);
    }

    @Test
    void aServerThatComesBackIsSeenSoon() {
        OutagePace pace = new OutagePace(10_000);
        looks(pace, 0, SECOND);
        assertThat(pace.isEarly(SECOND + 2_500_000)).isFalse();
    }
}
