// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

/// Where a worker tells the control plane of neighbours and addresses. Nothing is allocated, nobody
/// waits; news that find no room are lost, the counters are not.
@FunctionalInterface
public interface NeighbourNews {
    /// A neighbour has changed its MAC address.
    int MOVED = 1;

    /// A neighbour's MAC address was claimed by another station, while the old one still answers.
    int MOVE_REFUSED = 2;

    /// Another station has an own address.
    int ADDRESS_CONFLICT = 3;

    /// Something was heard.
    ///
    /// @param what [#MOVED], [#MOVE_REFUSED] or [#ADDRESS_CONFLICT]
    /// @param device the device's number
    /// @param high first half of the address
    /// @param low last half
    /// @param before the MAC address that was known, or is ours
    /// @param now the other one
    void tell(int what, int device, long high, long low, long before, long now);
}
