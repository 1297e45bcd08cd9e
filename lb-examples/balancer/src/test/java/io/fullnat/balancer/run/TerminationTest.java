// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/// A command waits as long as it says.
final class TerminationTest {
    private final Termination termination = new Termination();

    @Test
    void forEverIsNotTooLong() {
        termination.request();

        assertThat(termination.await(Long.MAX_VALUE)).isTrue();
        assertThat(termination.await(Duration.ofSeconds(Long.MAX_VALUE))).isTrue();
    }

    @Test
    void theTimePasses() {
        assertThat(termination.await(0)).isFalse();
        assertThat(termination.await(Duration.ofMillis(1))).isFalse();
        assertThat(termination.isRequested()).isFalse();
    }
}
