// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.overview;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.ManualClock;
import io.fullnat.balancer.api.ApiRig;
import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// One reading is for all who ask soon after, unless something was changed.
final class OverviewSourceTest {
    private final ApiRig rig = new ApiRig().serving();
    private final ManualClock clock = new ManualClock();
    private final OverviewSource source =
            new OverviewSource(rig.control(), InstantSource.fixed(Instant.EPOCH), clock);

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void readsOnceForAllWhoAskWithinHalfASecond() {
        Overview first = source.read();
        clock.advance(OverviewSource.FRESH.minusNanos(1));
        assertThat(source.read()).isSameAs(first);

        clock.advance(OverviewSource.FRESH);
        Overview second = source.read();
        assertThat(second).isNotSameAs(first);
        assertThat(second.nanos() - first.nanos()).isEqualTo(999_999_999L);
    }

    @Test
    void seesAChangeAtOnce() {
        Overview before = source.read();
        rig.delete(ApiRig.WEB, "");
        Overview after = source.read();

        assertThat(before.totals().services()).isEqualTo(1);
        assertThat(after.totals().services()).isZero();
        assertThat(after.services()).isEmpty();
    }
}
