// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Protocol;
import io.fullnat.api.service.Frontend;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Files with services of all ports, of ranges, and groups.
final class SeveralPortsFileTest {
    private static final String NETWORK =
            """
            ports:
              - {name: out, device: "null:"}
              - {name: in, device: "null:"}
            addresses:
              - {address: 192.0.2.80/32, device: out}
              - {address: 192.0.2.81/32, device: out}
              - {address: "2001:db8::80/128", device: out}
            services:
            """;

    private static final String SERVICES =
            """
              - protocol: tcp
                address: 192.0.2.80:0
                servers: [{address: "10.0.1.11:0"}]
                locals: [{address: 10.0.1.100, device: in}]
              - protocol: tcp
                address: 192.0.2.80:1-1000
                servers: [{address: "10.0.1.11:0"}, {address: "10.0.1.11:80"}]
                locals: [{address: 10.0.1.100, device: in}]
              - protocol: tcp
                address: "[2001:db8::80]:80"
                servers: [{address: "10.0.1.11:80"}]
                locals: [{address: 10.0.1.100, device: in}]
              - protocol: tcp
                group: shop
                frontends: ["192.0.2.80:80", "192.0.2.81:1-1000", "[2001:db8::80]:0"]
                servers: [{address: "10.0.1.11:0"}]
                locals: [{address: 10.0.1.100, device: in}]
            """;

    @Test
    void portsRangesAndGroupsAreRead() {
        List<VirtualService> services = ConfigurationFile.parse("f", NETWORK + SERVICES).services();

        assertThat(services)
                .extracting(VirtualService::key)
                .containsExactly(
                        ServiceKey.tcp("192.0.2.80", 0),
                        ServiceKey.parse(Protocol.TCP, "192.0.2.80:1-1000"),
                        ServiceKey.tcp("2001:db8::80", 80),
                        ServiceKey.group(Protocol.TCP, "shop"));
        assertThat(services.getFirst().realServers())
                .containsExactly(RealServer.of("10.0.1.11", 0));
        assertThat(services.getLast().frontends())
                .containsExactly(
                        Frontend.parse("192.0.2.80:80"),
                        Frontend.parse("192.0.2.81:1-1000"),
                        Frontend.parse("[2001:db8::80]:0"));
    }

    @Test
    void whatIsWrittenIsReadAgain() {
        Configuration read = ConfigurationFile.parse("f", NETWORK + SERVICES);

        assertThat(ConfigurationFile.parse("g", ConfigurationWriter.write(read))).isEqualTo(read);
    }

    /// P14, P15: each names the entry, and what is in its way.
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "address: 192.0.2.80:500-1500 | overlap those of TCP 192.0.2.80:1-1000",
                "address: 192.0.2.80:1-65535 | the same ports are those of TCP 192.0.2.80:0",
                "address: 192.0.2.80:80 | the same ports are those of 192.0.2.80:80 of TCP group:shop",
                "address: 192.0.2.80:9-8 | are no range",
                "address: 192.0.2.99:0 | no entry of addresses is 192.0.2.99",
                "group: shop | there are two services TCP group:shop",
                "group: a b | is no name of a group",
                "{group: x, address: \"192.0.2.80:7\"} | a group has frontends; leave address out",
                "{group: x, frontends: [\"192.0.2.99:7\"]} | 192.0.2.99:7: no entry of addresses",
                "{group: x, frontends: [\"192.0.2.80:7\", \"192.0.2.80:7\"]} | are the same",
                "{group: x, frontends: [\"192.0.2.80:1-1000\"]} | the same ports are those of TCP",
                "{group: x, frontends: [\"10.0.1.100:7\"], routed: true} | a service's virtual address",
                "{address: \"192.0.2.80:7\", frontends: [\"192.0.2.80:8\"]} | only groups have them",
            })
    void whatCannotBeIsToldWithItsEntry(String said, String reason) {
        String body =
                said.startsWith("{")
                        ? "  - " + said.replace("}", ", protocol: tcp, locals: []}")
                        : "  - " + said + "\n    protocol: tcp\n    locals: []";

        assertThatThrownBy(() -> ConfigurationFile.parse("f", NETWORK + SERVICES + body + "\n"))
                .isInstanceOf(BalancerException.class)
                .hasMessageContaining(reason);
    }
}
