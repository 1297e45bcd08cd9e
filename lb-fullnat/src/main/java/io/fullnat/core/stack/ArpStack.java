// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import io.fullnat.api.IpAddress;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.core.packet.Arp;
import io.fullnat.core.packet.Ethernet;

/// ARP packets (RFC 826) of one worker: answers for own addresses, hears neighbours, and other
/// stations that claim own addresses (RFC 5227).
///
/// An ARP packet arrives at one worker; what it says about a neighbour is passed to the others
/// through the [NeighbourUpdates].
public final class ArpStack {
    /// Where a worker tells the others of a neighbour.
    @FunctionalInterface
    public interface NeighbourUpdates {
        /// A neighbour has spoken.
        int SPOKE = 1;

        /// A neighbour has answered one of us.
        int ANSWERED = 2;

        /// A neighbour has moved: its older MAC address is silent.
        int MOVED = 3;

        /// A neighbour has spoken, but does not want another MAC address that is known replaced
        /// (RFC 4861 §4.4, without the flag "override").
        int SPOKE_MEEKLY = 4;

        /// The same in answer to one of us.
        int ANSWERED_MEEKLY = 5;

        /// Called when a neighbour has been heard.
        ///
        /// @param how [#SPOKE], [#ANSWERED], [#MOVED], [#SPOKE_MEEKLY] or [#ANSWERED_MEEKLY]
        /// @param device its device's number
        /// @param high first half of its address
        /// @param low last half
        /// @param mac its MAC address; 0 if it did not say
        void learnt(int how, int device, long high, long low, long mac);
    }

    /// Where packets go when their wait is over.
    public interface Waiters {
        /// The neighbour is known: handle the packet again from its start.
        ///
        /// @param buffer its handle
        /// @param data its first byte
        /// @param length its length
        /// @param port where it came in
        void resume(long buffer, long data, int length, int port);

        /// The neighbour did not answer: end the packet.
        ///
        /// @param buffer its handle
        /// @param data its first byte
        /// @param length its length
        /// @param port where it came in
        void giveUp(long buffer, long data, int length, int port);
    }

    private final StackContext context;
    private final LinkAnswers answers;
    private final NeighbourUpdates updates;
    private final Neighbours neighbours;
    private final AddressDefence defence;

    /// The ARP of one worker.
    ///
    /// @param context of the worker
    /// @param neighbours of the worker
    /// @param updates to the other workers
    /// @param defence of own addresses
    ArpStack(
            StackContext context,
            Neighbours neighbours,
            NeighbourUpdates updates,
            AddressDefence defence) {
        this.context = context;
        this.neighbours = neighbours;
        this.updates = updates;
        this.defence = defence;
        answers = new LinkAnswers(context);
    }

    /// The worker's neighbours.
    ///
    /// @return them
    public Neighbours neighbours() {
        return neighbours;
    }

    /// Handles a received ARP packet.
    ///
    /// @param frame whose link header has been read; its buffer is used up
    public void receive(Frame frame) {
        Outcome outcome = outcome(frame);
        context.counters().end(outcome, frame.buffer());
        if (outcome == Outcome.ARP && answerRequest(frame)) {
            return;
        }
        context.pool().free(frame.buffer());
    }

    private Outcome outcome(Frame frame) {
        long arp = frame.l3();
        if (frame.l3Length() < Arp.LENGTH) {
            return Outcome.TRUNCATED;
        }
        int operation = Arp.operation(arp);
        if (!Arp.isIpv4OverEthernet(arp)
                || (operation != Arp.OPERATION_REQUEST && operation != Arp.OPERATION_REPLY)) {
            return Outcome.MALFORMED;
        }
        learn(frame, arp, operation);
        return Outcome.ARP;
    }

    private void learn(Frame frame, long arp, int operation) {
        int sender = Arp.senderAddress(arp);
        long mac = Arp.senderMac(arp);
        boolean believable = sender != 0 && (mac >>> 40 & 1) == 0 && mac != 0;
        if (!believable || context.view().isOwnMac(mac)) {
            return;
        }
        int device = frame.device();
        long address = IpAddress.mapped(sender);
        if (context.view().isOwn(0, address)) {
            if (isHere(device, sender)) {
                defence.claimed(context.view().device(device), 0, address, mac);
            }
            return;
        }
        boolean asks = operation == Arp.OPERATION_REQUEST;
        boolean asksUs = asks && isHere(device, Arp.targetAddress(arp));
        int how =
                asks || Ethernet.isGroup(frame.l2())
                        ? NeighbourUpdates.SPOKE
                        : NeighbourUpdates.ANSWERED;
        int news = neighbours.learn(how, device, 0, address, mac, asksUs);
        if (news != 0) {
            updates.learnt(news, device, 0, address, mac);
        }
    }

    private boolean isHere(int device, int address) {
        return context.view().ownDevice(0, IpAddress.mapped(address)) == device;
    }

    /// Answers in the request's own buffer.
    private boolean answerRequest(Frame frame) {
        long arp = frame.l3();
        int wanted = Arp.targetAddress(arp);
        if (Arp.operation(arp) != Arp.OPERATION_REQUEST || !isHere(frame.device(), wanted)) {
            return false;
        }
        long mac = context.view().device(frame.device()).mac();
        Arp.write(
                arp, Arp.OPERATION_REPLY, mac, wanted, Arp.senderMac(arp), Arp.senderAddress(arp));
        answers.sendBack(frame);
        context.counters().count(Counter.ARP_REPLIES);
        return true;
    }
}
