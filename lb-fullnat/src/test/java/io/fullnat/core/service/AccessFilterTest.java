// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.IpAddress;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.Clients;
import io.fullnat.testing.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Who may connect.
class AccessFilterTest {
    private static boolean admits(AccessFilter filter, String client) {
        IpAddress address = IpAddress.parse(client);
        return filter.admits(address.high(), address.low());
    }

    private static IpPrefix prefix(AccessRule rule) {
        return ((Clients.Network) rule.clients()).prefix();
    }

    private static AccessFilter filter(AccessRule... rules) {
        return new AccessFilter(List.of(rules));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "10.0.0.1", "192.0.2.7", "255.255.255.255"})
    void withoutRulesAllMayAndAClosedOneAdmitsNobody(String client) {
        assertThat(admits(filter(), client)).isTrue();
        assertThat(admits(AccessFilter.OPEN, client)).isTrue();
        assertThat(admits(AccessFilter.CLOSED, client)).isFalse();
    }

    @Test
    void aDeniedNetworkIsKeptOutToItsLastAddressAndNoFurther() {
        AccessFilter filter = filter(AccessRule.deny("192.0.2.128/25"));

        assertThat(admits(filter, "192.0.2.127")).isTrue();
        assertThat(admits(filter, "192.0.2.128")).isFalse();
        assertThat(admits(filter, "192.0.2.255")).isFalse();
        assertThat(admits(filter, "192.0.3.0")).isTrue();
    }

    @Test
    void asSoonAsSomeAreAllowedOthersAreNot() {
        AccessFilter filter =
                filter(AccessRule.allow("10.0.0.0/8"), AccessRule.allow("192.0.2.7/32"));

        assertThat(admits(filter, "10.255.0.1")).isTrue();
        assertThat(admits(filter, "192.0.2.7")).isTrue();
        assertThat(admits(filter, "192.0.2.8")).isFalse();
        assertThat(admits(filter, "11.0.0.0")).isFalse();
    }

    @Test
    void whatIsDeniedIsSoEvenIfItIsAllowedMoreExactly() {
        AccessFilter filter =
                filter(AccessRule.deny("10.0.0.0/8"), AccessRule.allow("10.1.2.3/32"));

        assertThat(admits(filter, "10.1.2.3")).isFalse();
        assertThat(admits(filter, "10.1.2.4")).isFalse();
    }

    @Test
    void allOfThemCanBeDeniedOrAllowed() {
        assertThat(admits(filter(AccessRule.deny("0.0.0.0/0")), "1.2.3.4")).isFalse();
        assertThat(admits(filter(AccessRule.allow("0.0.0.0/0")), "1.2.3.4")).isTrue();
    }

    /// Against looking at each rule in turn.
    @Test
    void manyRulesOfAllLengths() {
        RandomGenerator random = Seed.generator(5);
        List<AccessRule> rules = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            String prefix = address(random.nextInt()) + "/" + random.nextInt(4, 33);
            rules.add(i % 2 == 0 ? AccessRule.deny(prefix) : AccessRule.allow(prefix));
        }
        AccessFilter filter = new AccessFilter(rules);
        for (int i = 0; i < 20_000; i++) {
            AccessRule near = rules.get(random.nextInt(rules.size()));
            int bits = (int) prefix(near).address().low() ^ (1 << random.nextInt(32));
            assertThat(admits(filter, address(bits)))
                    .as(address(bits))
                    .isEqualTo(
                            !matches(rules, AccessRule.Action.DENY, bits)
                                    && matches(rules, AccessRule.Action.ALLOW, bits));
        }
    }

    private static boolean matches(List<AccessRule> rules, AccessRule.Action action, int bits) {
        return rules.stream()
                .filter(rule -> rule.action() == action)
                .anyMatch(rule -> {
                    int shift = 32 - prefix(rule).length();
                    int network = (int) prefix(rule).address().low();
                    return network >>> shift == bits >>> shift;
                });
    }

    private static String address(int bits) {
        return (bits >>> 24)
                + "."
                + (bits >>> 16 & 255)
                + "."
                + (bits >>> 8 & 255)
                + "."
                + (bits & 255);
    }
}
