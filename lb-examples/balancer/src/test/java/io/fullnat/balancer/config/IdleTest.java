// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.core.IdleMode;
import org.junit.jupiter.api.Test;

/// What workers do while there is nothing to do.
class IdleTest {
    @Test
    void workersSpinOnlyIfTheyHaveProcessorsAndCardsForThemselves() {
        assertThat(idle("0000:03:00.0", "cpus: [1]")).isEqualTo(IdleMode.SPIN);
        assertThat(idle("0000:03:00.0", "count: 1")).isEqualTo(IdleMode.BACK_OFF);
        assertThat(idle("af_packet:eth0", "cpus: [1]")).isEqualTo(IdleMode.BACK_OFF);
        assertThat(idle("af_packet:eth0", "cpus: [1], idle: spin")).isEqualTo(IdleMode.SPIN);
        assertThat(idle("0000:03:00.0", "cpus: [1], idle: park")).isEqualTo(IdleMode.PARK);
    }

    private static IdleMode idle(String device, String workers) {
        String ports = "ports: [{name: out, device: '" + device + "'}]\n";
        return ConfigurationFile.parse("f", ports + "workers: {" + workers + "}").idle();
    }
}
