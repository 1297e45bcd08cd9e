// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import io.fullnat.api.counter.Counter;
import io.fullnat.core.packet.Arp;
import io.fullnat.core.packet.Ethernet;

/// The ARP requests of one worker.
final class ArpRequests {
    private static final int UNKNOWN = 0;

    private final StackContext context;
    private final LinkAnswers answers;

    ArpRequests(StackContext context) {
        this.context = context;
        answers = new LinkAnswers(context);
    }

    /// Asks for a neighbour.
    ///
    /// @param device where it is
    /// @param destination its MAC address, or all
    /// @param low last half of its address, which is one of IPv4
    void ask(Device device, long destination, long low) {
        NetworkView.Own own = context.view().sourceFor(device.index(), 0, low);
        int source = own == null ? UNKNOWN : (int) own.low();
        send(device, destination, source, (int) low, Counter.ARP_REQUESTS);
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
