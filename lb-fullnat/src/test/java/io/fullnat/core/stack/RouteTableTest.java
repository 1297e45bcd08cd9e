// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Routes against the plainest search there is.
class RouteTableTest {
    private static final int LOOK_UPS = 20_000;

    @Test
    void withoutARouteNothingIsFound() {
        assertThat(new RouteTable(List.of()).find(0x0A000001)).isNull();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 8, 9, 40, 500})
    void theLongestPrefixThatFitsIsFoundHoweverManyRoutesThereAre(int count) {
        SplittableRandom random = new SplittableRandom(count);
        Map<Long, RouteTable.Entry> routes = new HashMap<>();
        while (routes.size() < count) {
            int length = random.nextInt(33);
            int network = random.nextInt() & 0x0FFF_FFFF & mask(length);
            RouteTable.Hop hop = new RouteTable.Hop(routes.size(), random.nextInt());
            routes.putIfAbsent(
                    (long) network << 8 | length, new RouteTable.Entry(network, length, hop));
        }
        List<RouteTable.Entry> entries = List.copyOf(routes.values());
        RouteTable table = new RouteTable(entries);
        for (int i = 0; i < LOOK_UPS; i++) {
            int near = entries.get(random.nextInt(count)).network();
            int destination = near ^ random.nextInt() >>> random.nextInt(32);
            assertThat(table.find(destination)).isEqualTo(longest(entries, destination));
        }
    }

    private static RouteTable.@Nullable Hop longest(List<RouteTable.Entry> routes, int address) {
        RouteTable.Entry best = null;
        for (RouteTable.Entry route : routes) {
            boolean fits = (address & mask(route.length())) == route.network();
            if (fits && (best == null || route.length() > best.length())) {
                best = route;
            }
        }
        return best == null ? null : best.hop();
    }

    private static int mask(int length) {
        return (int) (0xFFFF_FFFFL << (32 - length));
    }
}
