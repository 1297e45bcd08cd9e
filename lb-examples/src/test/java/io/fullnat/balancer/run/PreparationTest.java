package io.fullnat.balancer.run;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class PreparationTest {
    @Test
    void forwardsADatagramAndLeavesNoThread() {
        assertThat(Preparation.rehearse()).isTrue();
        assertThat(Thread.getAllStackTraces().keySet())
                .noneMatch(thread -> thread.getName().startsWith("fullnat-worker"));
    }
}
