// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import io.fullnat.api.network.NeighbourSettings;
import java.util.List;

/// What one worker has to do with its links: its [Neighbours], of whom ARP and neighbour discovery
/// tell, and its own addresses, which are announced, defended, and looked after on both families.
///
/// One worker speaks for all: it alone announces addresses, looks for duplicates, and joins groups.
public final class NeighbourStack {
    private final Neighbours neighbours;
    private final ArpStack arp;
    private final NdStack discovery;
    private final AddressDefence defence;
    private final Announcer announcer;
    private final ListenerReports reports;
    private final DuplicateDetection duplicates;
    private final boolean speaksForAll;

    /// The links of one worker.
    ///
    /// @param context of the worker
    /// @param adjacencies the worker's next hops
    /// @param states of own addresses, shared by all workers
    /// @param versions of multicast listeners, shared by all workers
    /// @param updates to the other workers
    /// @param news to the control plane
    /// @param waiters where packets go on
    /// @param settings what is believed and defended
    /// @param speaksForAll whether this worker is the one that speaks for all
    public NeighbourStack(
            StackContext context,
            AdjacencyTable adjacencies,
            AddressStates states,
            ListenerVersions versions,
            ArpStack.NeighbourUpdates updates,
            NeighbourNews news,
            ArpStack.Waiters waiters,
            NeighbourSettings settings,
            boolean speaksForAll) {
        this.speaksForAll = speaksForAll;
        NdRequests solicitations = new NdRequests(context, states);
        NeighbourRequests requests =
                new NeighbourRequests(
                        context, adjacencies, new ArpRequests(context), solicitations);
        neighbours =
                new Neighbours(
                        context,
                        adjacencies,
                        requests,
                        updates,
                        news,
                        waiters,
                        settings.verifyMoves());
        defence = new AddressDefence(context, requests, news, settings.defendAddresses());
        announcer = new Announcer(context, requests);
        arp = new ArpStack(context, neighbours, updates, defence);
        reports = new ListenerReports(context, states, versions);
        discovery = new NdStack(context, neighbours, updates, defence, states, reports);
        duplicates = new DuplicateDetection(context, states, solicitations, announcer, news);
    }

    /// The worker's neighbours.
    ///
    /// @return them
    public Neighbours neighbours() {
        return neighbours;
    }

    /// ARP.
    ///
    /// @return what handles its packets
    public ArpStack arp() {
        return arp;
    }

    /// Neighbour discovery and multicast listeners.
    ///
    /// @return what handles their messages
    public NdStack discovery() {
        return discovery;
    }

    /// Takes what another worker heard.
    ///
    /// @param how as in [ArpStack.NeighbourUpdates#learnt]
    /// @param device its device's number
    /// @param high first half of its address
    /// @param low last half
    /// @param mac its MAC address; 0 if it did not say
    public void heardElsewhere(int how, int device, long high, long low, long mac) {
        neighbours.learn(how, device, high, low, mac, false);
    }

    /// Announces addresses that are ours from now on; those of IPv6 once it is sure that nobody
    /// else has them.
    ///
    /// @param addresses of the present view
    public void announce(List<NetworkView.Own> addresses) {
        announcer.add(addresses);
    }

    /// Announces addresses again, and joins groups again: links have come back, and what is at
    /// their other end may have forgotten both.
    ///
    /// @param addresses of the present view; mostly none
    public void returned(List<NetworkView.Own> addresses) {
        if (!addresses.isEmpty()) {
            announcer.add(addresses);
            reports.repeat(addresses);
        }
    }

    /// Does what is due: asks again, gives up, believes, makes room, announces. Called each cycle,
    /// between bursts.
    ///
    /// @return how much was done
    public int poll() {
        int work = neighbours.poll() + defence.poll() + announcer.poll();
        if (!speaksForAll) {
            return work + reports.poll();
        }
        // An address that has become valid is the source of reports from now on, and groups are
        // joined before one asks in them for duplicates (RFC 4862 §5.4.2).
        work += duplicates.decide() + reports.follow() + reports.poll();
        return work + duplicates.ask();
    }
}
