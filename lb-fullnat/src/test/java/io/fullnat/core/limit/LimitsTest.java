// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.limit;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Clock;
import io.fullnat.api.IpAddress;
import io.fullnat.api.service.ClientNetworks;
import io.fullnat.api.service.CookieSecrets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LimitsTest {
    private final Limits limits =
            new Limits(
                    2,
                    2,
                    16,
                    new ClientNetworks(20, 56),
                    7,
                    new SynProxyStates(2, CookieSecrets.random(), Clock.system()));

    @AfterEach
    void close() {
        limits.close();
    }

    private long network(String address) {
        IpAddress parsed = IpAddress.parse(address);
        return limits.network(1, parsed.high(), parsed.low());
    }

    private long client(int service, String address) {
        IpAddress parsed = IpAddress.parse(address);
        return limits.client(service, parsed.high(), parsed.low());
    }

    @Test
    void networksAreThePrefixesOfTheirFamily() {
        assertThat(network("203.0.112.1")).isEqualTo(network("203.0.127.255"));
        assertThat(network("203.0.112.1")).isNotEqualTo(network("203.0.128.1"));
        assertThat(network("2001:db8:0:100::1")).isEqualTo(network("2001:db8:0:1ff:1::"));
        assertThat(network("2001:db8:0:100::1")).isNotEqualTo(network("2001:db8:0:200::1"));
    }

    @Test
    void clientsOfServicesAreNamedApart() {
        assertThat(client(0, "203.0.113.1")).isEqualTo(client(0, "203.0.113.1"));
        assertThat(client(0, "203.0.113.1"))
                .isNotEqualTo(client(1, "203.0.113.1"))
                .isNotEqualTo(client(0, "203.0.113.2"));
        assertThat(client(1, "203.0.112.0")).as("no network").isNotEqualTo(network("203.0.112.0"));
    }
}
