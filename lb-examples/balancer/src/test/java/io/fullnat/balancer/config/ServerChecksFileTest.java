// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.service.RealServer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Servers with checks of their own come back from what is written of them.
final class ServerChecksFileTest {
    private static final String FILE =
            """
            ports: [{name: lan, device: 'null:'}]
            services:
              - protocol: tcp
                address: 192.0.2.80:80
                routed: true
                servers:
                  - {address: "10.0.1.11:80", weight: 3, description: "a, b", checks: %s}
                locals: [{address: 10.0.1.100, device: lan}]
            """;

    private static List<RealServer> servers(Configuration configuration) {
        return configuration.services().getFirst().realServers();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[ping]",
                "[]",
                "[tcp port=22, ping interval=5]",
                "['http header.X=\"a, ] b\" path=/up', 'tcp send=\"\\\\r\\\\n\" expect=\"{:\"']"
            })
    void comeBack(String checks) {
        Configuration configuration = ConfigurationFile.parse("f", FILE.formatted(checks));
        Configuration again =
                ConfigurationFile.parse("g", ConfigurationWriter.write(configuration));
        assertThat(servers(again)).isEqualTo(servers(configuration));
    }

    @Test
    void areWrittenOnTheLineOfTheServer() {
        Configuration configuration =
                ConfigurationFile.parse("f", FILE.formatted("[ping, tcp port=22]"));
        assertThat(ConfigurationWriter.write(configuration))
                .contains("checks: [ping, 'tcp port=22']");
    }
}
