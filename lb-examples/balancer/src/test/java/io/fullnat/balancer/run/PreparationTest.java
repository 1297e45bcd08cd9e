// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class PreparationTest {
    @Test
    void forwardsADatagramAndLeavesNoThread() throws InterruptedException {
        Set<Thread> before = Thread.getAllStackTraces().keySet();

        assertThat(Preparation.rehearse()).isTrue();

        Set<Thread> more = new HashSet<>(Thread.getAllStackTraces().keySet());
        more.removeAll(before);
        more.removeIf(thread -> !thread.getName().startsWith("fullnat"));
        for (Thread thread : more) {
            // It says that it has ended just before it does.
            assertThat(thread.join(Duration.ofSeconds(10))).as("%s has ended", thread).isTrue();
        }
    }
}
