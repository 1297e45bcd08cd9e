// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.io.Memory;
import io.fullnat.core.packet.Arp;
import io.fullnat.core.packet.Ethernet;

/// The ARP requests of one worker, limited in rate.
final class ArpRequests {
    private static final int UNKNOWN = 0;

    private final StackContext context;
    private final AdjacencyTable adjacencies;
    private final LinkAnswers answers;
    private final RequestBudget forKept;
    private final RequestBudget forOthers;

    ArpRequests(StackContext context, AdjacencyTable adjacencies, LinkAnswers answers) {
        this.context = context;
        this.adjacencies = adjacencies;
        this.answers = answers;
        forKept = new RequestBudget(context.nowNs());
        forOthers = new RequestBudget(context.nowNs());
    }

    /// Asks for a neighbour.
    ///
    /// @param index of its entry
    /// @param destination its MAC address, or all
    /// @return false if there were too many requests lately: nothing was sent
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
        NetworkView.Own own = context.view().sourceFor(device.index(), high, low);
        int source = own == null ? UNKNOWN : (int) own.low();
        send(device, destination, source, (int) low, Counter.ARP_REQUESTS);
        return true;
    }

    /// Whether an announcement that a stranger caused may be sent.
    boolean mayDefend() {
        return forOthers.tryTake(context.nowNs());
    }

    /// Announces an own address: a request for it from itself, to all (RFC 5227 §2.3).
    ///
    /// @param device where it is
    /// @param low last half of the address, which is one of IPv4
    void announce(Device device, long low) {
        send(device, Ethernet.BROADCAST, (int) low, (int) low, Counter.ARP_ANNOUNCEMENTS);
    }

    /// Asks who else has an own address (RFC 5227 §2.1.1, an ARP probe: it is nobody's claim).
    ///
    /// @param device where it is
    /// @param low last half of the address, which is one of IPv4
    void probeOwn(Device device, long low) {
        send(device, Ethernet.BROADCAST, UNKNOWN, (int) low, Counter.ARP_REQUESTS);
    }

    private void send(Device device, long destination, int source, int target, Counter counter) {
        long arp = answers.start(device, destination, Ethernet.TYPE_ARP);
        if (arp != 0) {
            Arp.write(arp, Arp.OPERATION_REQUEST, device.mac(), source, 0, target);
            answers.send(device.port(), arp, Arp.LENGTH, counter);
        }
    }
}
