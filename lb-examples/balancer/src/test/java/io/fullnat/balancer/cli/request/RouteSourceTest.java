// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.request;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.IpAddress;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.DesiredState;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Route;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// The source that a route may name.
final class RouteSourceTest {
    private static final Route ROUTE =
            new Route(IpPrefix.parse("10.0.0.0/8"), Optional.empty(), "wan");

    @Test
    void anAddressOfTheKernelAloneIsNotSpokenFrom() {
        Present present =
                new Present(
                        DesiredState.EMPTY
                                .with(add("192.0.2.1/24", false))
                                .with(add("192.0.2.9/24", true)),
                        Map.of("wan", 1500));

        RouteSource.require(present, IpAddress.parse("192.0.2.1"), ROUTE);
        assertThatThrownBy(() -> RouteSource.require(present, IpAddress.parse("192.0.2.9"), ROUTE))
                .hasMessageContaining("\"src 192.0.2.9\"")
                .hasMessageContaining("which has 192.0.2.1;");
    }

    private static Change add(String prefix, boolean kernel) {
        return new Change.AddAddress(new InterfaceAddress(IpPrefix.parse(prefix), "wan", kernel));
    }
}
