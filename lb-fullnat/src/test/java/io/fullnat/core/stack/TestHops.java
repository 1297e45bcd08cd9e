// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import io.fullnat.api.IpAddress;
import io.fullnat.api.MacAddress;

/// Next hops that can be reached, for tests of other packages.
public final class TestHops {
    private TestHops() {}

    /// Adds one.
    ///
    /// @return its index
    public static int reachable(
            AdjacencyTable adjacencies, Device device, String address, String mac) {
        IpAddress ip = IpAddress.parse(address);
        int index = adjacencies.findOrAdd(device, ip.high(), ip.low(), true);
        adjacencies.resolve(index, device, MacAddress.parse(mac).bits());
        adjacencies.state(adjacencies.entry(index), AdjacencyTable.REACHABLE);
        return index;
    }
}
