// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.io.Memory;
import io.fullnat.core.address.Addresses;

/// The requests of one worker for neighbours, and its announcements of own addresses, of the family
/// of the address that they are about; limited in rate for both together.
final class NeighbourRequests {
    private final StackContext context;
    private final AdjacencyTable adjacencies;
    private final ArpRequests arp;
    private final NdRequests discovery;
    private final RequestBudget forKept;
    private final RequestBudget forOthers;

    NeighbourRequests(
            StackContext context,
            AdjacencyTable adjacencies,
            ArpRequests arp,
            NdRequests discovery) {
        this.context = context;
        this.adjacencies = adjacencies;
        this.arp = arp;
        this.discovery = discovery;
        forKept = new RequestBudget(context.nowNs());
        forOthers = new RequestBudget(context.nowNs());
    }

    /// Asks for a neighbour.
    ///
    /// @param index of its entry
    /// @param destination its MAC address, or all: with IPv6 those in its solicited-node group
    /// @return false if there were too many requests lately, or nobody may ask yet: nothing was
    ///   sent
    boolean ask(int index, long destination) {
        RequestBudget budget = adjacencies.isKept(index) ? forKept : forOthers;
        if (!budget.tryTake(context.nowNs())) {
            context.counters().count(Counter.ARP_REQUESTS_SUPPRESSED);
            return false;
        }
        long entry = adjacencies.entry(index);
        Device device = context.view().device(Memory.getInt(entry + AdjacencyTable.DEVICE));
        long high = adjacencies.high(index);
        long low = adjacencies.low(index);
        if (Addresses.isIpv4(high, low)) {
            arp.ask(device, destination, low);
            return true;
        }
        return discovery.ask(device, destination, high, low);
    }

    /// Whether an announcement that a stranger caused may be sent.
    boolean mayDefend() {
        return forOthers.tryTake(context.nowNs());
    }

    /// Announces an own address.
    ///
    /// @param device where it is
    /// @param high first half of the address
    /// @param low last half
    /// @return false if it may not be announced, as it may be another station's
    boolean announce(Device device, long high, long low) {
        if (Addresses.isIpv4(high, low)) {
            arp.announce(device, low);
            return true;
        }
        return discovery.announce(device, high, low);
    }

    /// Asks who else has an own address, without claiming it.
    ///
    /// @param device where it is
    /// @param high first half of the address
    /// @param low last half
    void probeOwn(Device device, long high, long low) {
        if (Addresses.isIpv4(high, low)) {
            arp.probeOwn(device, low);
        } else {
            discovery.probeOwn(device, high, low, AddressStates.nonce());
        }
    }
}
