// SPDX-License-Identifier: Apache-2.0
package io.fullnat.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PortPoolTest {
    @Test
    void eachFlowHasAPortOfItsOwnUntilItEnds() {
        try (PortPool pool = new PortPool(1_000)) {
            Map<Integer, Endpoint> clients = new HashMap<>();
            for (int port = 1; port <= 1_000; port++) {
                Endpoint client = Endpoint.of("198.51.100.7", port);
                clients.put(pool.open(client, 0), client);
            }

            assertThat(clients).hasSize(1_000).doesNotContainKey(PortPool.NONE);
            clients.forEach((port, client) -> assertThat(pool.client(port)).isEqualTo(client));
            assertThat(pool.open(Endpoint.of("198.51.100.8", 1), 0)).isEqualTo(PortPool.NONE);
            assertThat(pool.used()).isEqualTo(1_000);
            pool.expire(29);
            assertThat(pool.used()).isEqualTo(1_000);
            pool.expire(60);
            assertThat(pool.used()).isZero();
            assertThat(pool.client(clients.keySet().iterator().next())).isNull();
        }
    }
}
