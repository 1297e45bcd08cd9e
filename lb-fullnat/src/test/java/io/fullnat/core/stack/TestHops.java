// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import io.fullnat.api.IpAddress;
import io.fullnat.api.MacAddress;

/// Next hops, for tests of other packages.
public final class TestHops {
    private TestHops() {}

    /// Adds one that has not answered yet.
    ///
    /// @return its index
    public static int unresolved(AdjacencyTable adjacencies, Device device, String address) {
        IpAddress ip = IpAddress.parse(address);
        return adjacencies.findOrAdd(device, ip.high(), ip.low(), true);
    }

    /// The MAC address that one has said to have.
    public static MacAddress mac(AdjacencyTable adjacencies, int index) {
        return new MacAddress(adjacencies.mac(index));
    }

    /// Has the MAC address of one be unknown.
    public static void forget(AdjacencyTable adjacencies, int index) {
        adjacencies.state(adjacencies.entry(index), AdjacencyTable.INCOMPLETE);
    }

    /// Has it be in doubt whether one is still where it was.
    public static void doubt(AdjacencyTable adjacencies, int index) {
        adjacencies.state(adjacencies.entry(index), AdjacencyTable.STALE);
    }

    /// Has one answer that was asked.
    public static void confirm(AdjacencyTable adjacencies, int index) {
        adjacencies.state(adjacencies.entry(index), AdjacencyTable.REACHABLE);
    }

    /// Has one answer for which packets wait.
    public static void answer(Neighbours neighbours, int device, String address, String mac) {
        IpAddress ip = IpAddress.parse(address);
        neighbours.learn(
                ArpStack.NeighbourUpdates.ANSWERED,
                device,
                ip.high(),
                ip.low(),
                MacAddress.parse(mac).bits(),
                false);
    }

    /// Adds one that can be reached.
    ///
    /// @return its index
    public static int reachable(
            AdjacencyTable adjacencies, Device device, String address, String mac) {
        int index = unresolved(adjacencies, device, address);
        adjacencies.resolve(index, device, MacAddress.parse(mac).bits());
        adjacencies.state(adjacencies.entry(index), AdjacencyTable.REACHABLE);
        return index;
    }
}
