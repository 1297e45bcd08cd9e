// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.connection.ConnectionLayout.DIRECTION;
import static io.fullnat.core.connection.ConnectionLayout.EVENTS;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;

import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.StateTable;
import io.fullnat.core.localport.PortPartition;
import io.fullnat.core.open.FlowContext;
import io.fullnat.core.open.Modifiers;
import io.fullnat.core.stack.Frame;
import io.fullnat.core.translate.FamilyMtu;
import org.jspecify.annotations.Nullable;

/// ICMP errors about packets that the balancer sent: translated, with the headers they quote, and
/// sent to the side that the packet came from (RFC 5508 §4, the same for both directions here, and
/// for both families).
///
/// The quoted packet is one that we translated, so its reversed tuple is the key of the other
/// direction, and that direction's flow says what to write: outside as for any packet of it, inside
/// the same reversed. An error is believed only if its [Quotation] is of the host that it is for,
/// and came from the side that the quoted packet was sent to; connections neither live longer nor
/// end by it (REQ-6).
final class IcmpTranslator {
    private final FlowContext context;
    private final Quotation quotation;
    private final Forwarder forwarder;
    private final Peers peers;
    private final Arrivals arrivals;

    IcmpTranslator(
            FlowContext context,
            Quotation quotation,
            Forwarder forwarder,
            Peers peers,
            Arrivals arrivals) {
        this.arrivals = arrivals;
        this.context = context;
        this.quotation = quotation;
        this.forwarder = forwarder;
        this.peers = peers;
    }

    /// Handles a well-formed ICMP error. Returns null when its buffer has gone its way, else how it
    /// ended; [Outcome#ICMP_IGNORED] if it is about no connection.
    @Nullable Outcome translate(Frame frame, int hopsDone) {
        if (!quotation.read(frame.l3())) {
            return Outcome.ICMP_IGNORED;
        }
        long flow = quotation.find();
        if (flow == 0) {
            return relay(frame, hopsDone);
        }
        boolean across = Crossing.isOf(flow);
        Outcome refusal =
                across ? forwarder.checkRoute(frame, flow) : forwarder.checkLink(frame, flow);
        if (refusal != null) {
            return refusal;
        }
        if (!forwarder.isUsable()) {
            return forwarder.waitFor(frame); // and comes here again
        }
        if (Memory.getByte(flow + DIRECTION) == OUTBOUND && quotation.isUnreachable()) {
            context.life().unreachable(ConnectionLayout.entryOf(flow, OUTBOUND));
        }
        tellModifier(flow, across);
        if (StateTable.isShifted(Memory.getByte(flow + EVENTS))) {
            quotation.moveNumbers(context.table().shifts(), flow);
        }
        if (across) {
            return translateAcross(frame, flow);
        }
        quotation.translate(flow);
        forwarder.sendIcmp(frame);
        return null;
    }

    /// A modifier that makes packets longer is to know of a link that does not take them.
    private void tellModifier(long flow, boolean across) {
        long entry = ConnectionLayout.entryOf(flow, Memory.getByte(flow + DIRECTION));
        Modifiers modifiers = context.modifiers();
        if (modifiers == null || flow == entry || !ConnectionLayout.isModified(entry)) {
            return;
        }
        int longest = quotation.tooBig();
        if (longest != 0) {
            int growth = quotation instanceof Ipv6Quotation ? FamilyMtu.GROWTH : -FamilyMtu.GROWTH;
            modifiers.tooBig(entry, across ? longest - growth : longest);
        }
    }

    /// What the other family has no words for ends here.
    private @Nullable Outcome translateAcross(Frame frame, long flow) {
        int from = context.stack().view().device(frame.device()).mtu();
        long ip = quotation.translateAcross(flow, forwarder.mtu(), from);
        if (ip == 0) {
            return Outcome.ICMP_IGNORED;
        }
        frame.moveTo(ip);
        forwarder.sendIcmpAcross(frame);
        return null;
    }

    /// Another worker may know the connection. About a packet to a real server, the local port says
    /// who. About one to a client nobody knows where the client's packets arrive, so the error goes
    /// from worker to worker until one knows.
    private @Nullable Outcome relay(Frame frame, int hopsDone) {
        long high = quotation.sourceHigh();
        long low = quotation.sourceLow();
        boolean toServer =
                context.stack().view().isLocalAddress(high, low)
                        && PortPartition.isLocalPort(quotation.sourcePort())
                        && arrivals.isServersSide(high, low, frame.device());
        boolean toClient = context.services().isVirtualAddress(high, low);
        int next;
        if (toServer) {
            next = quotation.owner(context.returnPath(high, low));
        } else if (toClient) {
            next = (peers.self() + 1) % peers.count();
        } else {
            return Outcome.ICMP_IGNORED;
        }
        boolean done = toServer ? hopsDone > 0 : hopsDone + 1 >= peers.count();
        if (done || next == peers.self()) {
            return Outcome.ICMP_IGNORED;
        }
        peers.handOver(next, frame, hopsDone + 1);
        return null;
    }
}
