// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.IpPrefix;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Where routes lead. [io.fullnat.core.address.PrefixMapTest] looks for the longest prefix.
class RouteTableTest {
    private static final RouteTable.Hop LINK = RouteTable.Hop.onLink(1);
    private static final RouteTable.Hop GATEWAY = new RouteTable.Hop(2, 0, 0xFFFF_0A00_0001L);

    @Test
    void theLongestPrefixSaysWhere() {
        RouteTable routes =
                new RouteTable(List.of(entry("0.0.0.0/0", GATEWAY), entry("10.0.0.5/8", LINK)));

        assertThat(find(routes, "10.9.9.9")).isEqualTo(LINK);
        assertThat(find(routes, "11.0.0.0")).isEqualTo(GATEWAY);
    }

    @Test
    void withoutARouteNothingIsFound() {
        assertThat(find(new RouteTable(List.of()), "10.0.0.1")).isNull();
        assertThat(find(new RouteTable(List.of(entry("10.0.0.0/8", LINK))), "11.0.0.1")).isNull();
    }

    @Test
    void aRouteOfAllOfIpv4IsNoneOfIpv6() {
        RouteTable routes = new RouteTable(List.of(entry("0.0.0.0/0", GATEWAY)));

        assertThat(routes.find(0x2001_0DB8_0000_0000L, 1)).isNull();
    }

    @Test
    void aHopKnowsWhetherItHasAGateway() {
        assertThat(LINK.hasGateway()).isFalse();
        assertThat(GATEWAY.hasGateway()).isTrue();
        assertThat(new RouteTable.Hop(0, 0xFE80L << 48, 0).hasGateway()).isTrue();
    }

    private static RouteTable.Entry entry(String prefix, RouteTable.Hop hop) {
        IpPrefix parsed = IpPrefix.parse(prefix);
        return new RouteTable.Entry(
                parsed.address().high(), parsed.address().low(), parsed.mappedLength(), hop);
    }

    private static RouteTable.@Nullable Hop find(RouteTable routes, String address) {
        IpPrefix host = IpPrefix.parse(address);
        return routes.find(host.address().high(), host.address().low());
    }
}
