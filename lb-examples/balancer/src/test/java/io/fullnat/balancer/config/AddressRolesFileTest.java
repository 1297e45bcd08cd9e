// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// What an address may be at once: the configuration file, which says the line, too.
class AddressRolesFileTest {
    private static final String FILE =
            """
            ports:
              - {name: wan, device: "af_packet:a"}
              - {name: lan, device: "af_packet:b"}
            addresses:
              - {address: 192.0.2.1/24, device: wan}
              - {address: 192.0.2.80/32, device: wan}
              - {address: 10.0.1.1/24, device: lan}
              OWN
            routes:
              - {to: 10.50.0.0/16, via: GATEWAY, device: lan}
            neighbours:
              - {address: NEIGHBOUR, mac: "02:00:00:00:00:99", device: lan}
            services:
              - protocol: tcp
                address: 192.0.2.80:80
                servers: [{address: "SERVER:9090"}]
                locals: [{address: LOCAL, device: lan}]
              - protocol: udp
                address: VIRTUAL:53
                routed: true
                locals: []
            """;
    private static final Map<String, String> LEGAL =
            Map.of(
                    "OWN", "10.0.1.2",
                    "GATEWAY", "10.0.1.3",
                    "NEIGHBOUR", "10.0.1.4",
                    "SERVER", "10.0.1.5",
                    "LOCAL", "10.0.1.6",
                    "VIRTUAL", "10.0.1.7");
    private static final Map<String, Integer> LINES =
            Map.of(
                    "OWN",
                    8,
                    "GATEWAY",
                    10,
                    "NEIGHBOUR",
                    12,
                    "SERVER",
                    16,
                    "LOCAL",
                    17,
                    "VIRTUAL",
                    19);
    private static final List<String> OURS = List.of("OWN", "LOCAL", "VIRTUAL");
    private static final List<String> OTHERS = List.of("GATEWAY", "NEIGHBOUR", "SERVER");

    private static String file(Map<String, String> changed) {
        Map<String, String> values = new HashMap<>(LEGAL);
        values.putAll(changed);
        String text = FILE;
        for (Map.Entry<String, String> entry : values.entrySet()) {
            String value =
                    entry.getKey().equals("OWN")
                            ? "- {address: " + entry.getValue() + "/32, device: lan}"
                            : entry.getValue();
            text = text.replace(entry.getKey(), value);
        }
        return text;
    }

    private static void assertRefused(Map<String, String> changed, String role, String... words) {
        assertThatThrownBy(() -> ConfigurationFile.parse("f", file(changed)))
                .isInstanceOf(BalancerException.class)
                .hasMessageContaining("f:" + line(role) + ": ")
                .message()
                .contains(words);
        assertThat(codeOf(changed)).isEqualTo(ErrorCode.INVALID_CONFIGURATION);
    }

    private static int line(String role) {
        return Objects.requireNonNull(LINES.get(role));
    }

    private static ErrorCode codeOf(Map<String, String> changed) {
        try {
            ConfigurationFile.parse("f", file(changed));
            throw new AssertionError("the file was accepted");
        } catch (BalancerException refusal) {
            return refusal.code();
        }
    }

    @Test
    void theFileIsLegal() {
        assertThat(ConfigurationFile.parse("f", file(Map.of())).services()).hasSize(2);
    }

    private static Stream<Arguments> pairs() {
        return OURS.stream().flatMap(own -> OTHERS.stream().map(other -> Arguments.of(own, other)));
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void anAddressIsOursOrAnothers(String own, String other) {
        assertRefused(Map.of(own, "10.0.1.50", other, "10.0.1.50"), other, "10.0.1.50 is ", "; ");
    }

    private static Stream<Arguments> ofNoHost() {
        return LEGAL.keySet().stream()
                .sorted()
                .flatMap(role ->
                        Stream.of("10.0.1.0", "10.0.1.255", "127.0.0.1", "224.0.0.1")
                                .map(address -> Arguments.of(role, address)));
    }

    @ParameterizedTest
    @MethodSource("ofNoHost")
    void whatNoHostHasIsNothing(String role, String address) {
        assertRefused(Map.of(role, address), role, address);
    }
}
