// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class StrangerLimitTest {
    @Test
    void admitsTenASecondAndCountsTheOthers() {
        AtomicLong now = new AtomicLong(5);
        StrangerLimit limit = new StrangerLimit(now::get);
        int admitted = 0;
        for (int i = 0; i < 1000; i++) {
            admitted += limit.admits() ? 1 : 0;
        }
        assertThat(admitted).isEqualTo(10);
        now.addAndGet(1_000_000_000);
        assertThat(limit.admits()).isTrue();
        assertThat(limit.takeLeft()).isEqualTo(990);
        assertThat(limit.takeLeft()).isZero();
    }
}
