// SPDX-License-Identifier: Apache-2.0
package io.fullnat.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.core.localport.LocalPorts;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PortPoolTest {
    @Test
    void eachConnectionHasAPortOfItsOwnUntilItEnds() {
        try (PortPool pool = new PortPool(1_000, 42)) {
            Set<Integer> ports = new HashSet<>();
            for (int client = 0; client < 1_000; client++) {
                ports.add(pool.open(client, 5_000, 0));
            }

            assertThat(ports).hasSize(1_000).doesNotContain(LocalPorts.NONE);
            assertThat(pool.used()).isEqualTo(1_000);
            pool.expire(29);
            assertThat(pool.used()).isEqualTo(1_000);
            pool.expire(60);
            assertThat(pool.used()).isZero();
        }
    }
}
