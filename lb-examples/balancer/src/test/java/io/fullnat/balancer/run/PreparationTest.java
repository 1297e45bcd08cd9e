// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class PreparationTest {
    @Test
    void forwardsADatagramAndLeavesNoThread() {
        Set<Thread> before = Thread.getAllStackTraces().keySet();

        assertThat(Preparation.rehearse()).isTrue();

        Set<Thread> more = new HashSet<>(Thread.getAllStackTraces().keySet());
        more.removeAll(before);
        assertThat(more).noneMatch(thread -> thread.getName().startsWith("fullnat"));
    }
}
