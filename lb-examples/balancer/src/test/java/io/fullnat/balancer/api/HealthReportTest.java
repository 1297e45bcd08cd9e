// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.health.ServerHealth;
import io.fullnat.api.health.ServerHealth.State;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Which reports of a health checker are handed on.
final class HealthReportTest {
    @ParameterizedTest
    @CsvSource({
        "UNCHECKED, UNCHECKED, true,  true",
        "UNCHECKED, UNCHECKED, false, true",
        "UP,        UP,        true,  false",
        "UP,        UP,        false, true",
        "DOWN,      UP,        true,  true",
        "DOWN,      UP,        false, false",
        "UP,        DOWN,      true,  true", // it brings up what does not recover by itself
        "DOWN,      DOWN,      false, false",
    })
    void saysSomethingNew(State external, State passive, boolean up, boolean news) {
        ServerHealth none = ServerHealth.UNCHECKED;
        ServerHealth health =
                new ServerHealth(
                        none.up(),
                        none.use(),
                        none.admin(),
                        none.active(),
                        passive,
                        external,
                        none.reason(),
                        none.since(),
                        none.lastCheck(),
                        none.share(),
                        none.version());
        assertThat(ServerRoutes.isNews(health, up)).isEqualTo(news);
    }
}
