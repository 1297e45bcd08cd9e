// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.connection.ConnectionLayout.DIRECTION;
import static io.fullnat.core.connection.ConnectionLayout.GENERATION;
import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.NEXT_HOP;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.open.FlowContext;
import io.fullnat.core.open.ForwardingMode;
import io.fullnat.core.open.ForwardingModes;
import io.fullnat.core.open.Modifiers;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.path.ErrorAnswers.Unreachable;
import io.fullnat.core.service.ServiceEntry;
import io.fullnat.core.service.TrafficTable;
import io.fullnat.core.stack.AdjacencyTable;
import io.fullnat.core.stack.Frame;
import io.fullnat.core.stack.Neighbourhood;
import io.fullnat.core.stack.Neighbours;
import io.fullnat.core.stack.RouteTable;
import io.fullnat.core.stack.StackContext;
import io.fullnat.core.translate.Fragmenter;
import io.fullnat.core.translate.Identifications;
import io.fullnat.core.transmit.Transmitter;
import org.jspecify.annotations.Nullable;

/// Sends a packet of a known connection on, with all the care the fast path has no time for: next
/// hop, time to live, size, state. Nothing of the packet is changed before it is clear that it can
/// be sent; so a packet that must wait, or that an ICMP error quotes, is as it came.
final class Forwarder {
    private final FlowContext context;
    private final Family family;
    private final StackContext stack;
    private final AdjacencyTable adjacencies;
    private final Neighbours neighbours;
    private final ErrorAnswers errors;
    private final Crossing crossing;
    private final Fragmenter fragmenter;
    private final ForwardingModes modes;
    private final DatagramFlows datagrams;
    private final PacketSteps steps;
    private final PacketLimits limits;
    private final Identifications identifications;

    /// Of the packet that is being sent: set by [#route].
    private int next;

    /// Of the fragment that is being sent.
    private int identification;

    /// Of the packet that was resolved last: where its IP header is.
    private long header;

    /// Of the same packet: the second to note in its flow.
    private int seen;

    Forwarder(
            FlowContext context,
            Family family,
            ErrorAnswers errors,
            Crossing crossing,
            Neighbourhood neighbourhood,
            DatagramFlows datagrams,
            Identifications identifications) {
        this.context = context;
        this.family = family;
        this.errors = errors;
        this.crossing = crossing;
        stack = context.stack();
        adjacencies = neighbourhood.adjacencies();
        neighbours = neighbourhood.arp().neighbours();
        modes = context.modes();
        this.datagrams = datagrams;
        this.identifications = identifications;
        fragmenter = new Fragmenter(stack);
        steps = new PacketSteps(context, family, crossing);
        limits = new PacketLimits(context, family);
    }

    /// Sends a TCP or UDP packet on. Returns null when its buffer has gone its way, else why it is
    /// dropped.
    @Nullable Outcome forward(Frame frame, long flow) {
        int direction = Memory.getByte(flow + DIRECTION);
        return forward(frame, flow, direction == INBOUND ? Transmitter.IN : Transmitter.OUT);
    }

    /// Sends a first fragment on.
    ///
    /// @param identification that it gets, unless it stays within IPv6
    @Nullable Outcome forwardFirst(Frame frame, long flow, int identification) {
        this.identification = identification;
        return forward(frame, flow);
    }

    /// Sends a fragment on that is behind the first: it has the addresses of its packet alone, and
    /// says nothing but that the connection is in use.
    ///
    /// @param identification as of the first one
    @Nullable Outcome forwardLater(Frame frame, long flow, int identification) {
        this.identification = identification;
        Outcome refusal = checkLink(frame, flow);
        if (refusal != null) {
            return refusal;
        }
        if (!isUsable()) {
            return waitFor(frame);
        }
        int direction = Memory.getByte(flow + DIRECTION);
        int kind = direction == INBOUND ? Transmitter.IN : Transmitter.OUT;
        if (limits.exceeds(flow, direction, frame.l3())) {
            return limits.keptBack(flow, kind);
        }
        steps.pass(flow);
        stripUoa(direction, frame.l3());
        send(frame, flow, kind, false);
        return null;
    }

    /// Sends a packet of the balancer's own on as if it had been received. It does not wait for a
    /// neighbour.
    @Nullable Outcome forwardOwn(Frame frame, long flow) {
        return forward(frame, flow, Transmitter.OWN);
    }

    private @Nullable Outcome forward(Frame frame, long flow, int kind) {
        long ip = frame.l3();
        Outcome refusal = checkLink(frame, flow);
        if (refusal != null) {
            return refusal;
        }
        if (!isUsable() && kind == Transmitter.OWN) {
            neighbours.ask(next);
            return Outcome.NEIGHBOUR_UNREACHABLE;
        }
        if (!isUsable()) {
            refusal = waitFor(frame);
            if (refusal == null && !datagrams.keep(frame.buffer(), flow)) {
                context.life().end(ConnectionLayout.entryOf(flow, INBOUND)); // it opens another
            }
            return refusal;
        }
        int direction = Memory.getByte(flow + DIRECTION);
        boolean anew = direction == INBOUND && SessionStart.asksAnew(family, flow, ip);
        if (anew ? !beginsAnew(flow, ip) : limits.refuses(flow, direction, ip)) {
            return limits.keptBack(flow, kind);
        }
        stripUoa(direction, ip);
        boolean finished = isFinished(flow);
        ip = changeSyn(flow, direction, ip, frame.device());
        ip = steps.advance(flow, direction, ip, mtu(), false);
        if (ip == PacketSteps.REFUSED && limits.refuses(steps.refusal())) {
            return limits.keptBack(flow, kind);
        }
        frame.moveTo(ip);
        send(frame, flow, kind, finished);
        return null;
    }

    private void stripUoa(int direction, long ip) {
        if (direction == INBOUND && family.stripUoa(ip)) {
            stack.counters().count(Counter.UOA_STRIPPED);
        }
    }

    /// Translates a packet and sends it by the next hop that was checked.
    private void send(Frame frame, long flow, int kind, boolean finished) {
        long ip = frame.l3();
        boolean across = Crossing.isOf(flow);
        if (across || !family.isWide()) {
            identify(ip, across);
        }
        if (across) {
            sendAcross(frame, flow, kind, finished);
            return;
        }
        family.translate(flow, ip);
        count(flow, family.totalLength(ip));
        if (finished) {
            finish(frame, flow, family.transport(ip), mtu());
        }
        send(frame, kind);
    }

    /// Gives what comes in fragments, or is cut here, an identification that is the balancer's:
    /// those of clients that become one source are chosen apart from each other (RFC 6864 §4.3).
    private void identify(long ip, boolean across) {
        if (family.isFragment(ip)) {
            family.identify(ip, identification);
            return;
        }
        boolean fits =
                across
                        ? crossing.length(ip) <= crossing.longest(ip, mtu())
                        : family.totalLength(ip) <= mtu();
        if (!fits && !family.isWide()) {
            family.identify(ip, identifications.nextNumber());
        }
    }

    private void sendAcross(Frame frame, long flow, int kind, boolean finished) {
        neighbours.use(next);
        long ip = frame.l3();
        long hop = adjacencies.entry(next);
        int longest = crossing.longest(ip, mtu());
        boolean whole = crossing.length(ip) <= longest;
        int received = family.totalLength(ip);
        int identification = crossing.identification(ip);
        frame.moveTo(crossing.translate(flow, ip));
        count(flow, received);
        if (finished) {
            finish(frame, flow, crossing.transport(frame.l3()), longest);
        }
        if (whole) {
            crossing.send(frame, hop, transmitter(hop), kind);
        } else {
            crossing.fragment(fragmenter, frame, hop, transmitter(hop), kind, identification);
        }
    }

    /// Whether a flow's packets are to be given to a modifier when they are translated, so that
    /// they go the whole way one by one.
    boolean isFinished(long flow) {
        if (Memory.getByte(flow + DIRECTION) != INBOUND || !ConnectionLayout.isModified(flow)) {
            return false;
        }
        Modifiers modifiers = context.modifiers();
        return modifiers != null && modifiers.finishes(flow);
    }

    /// Gives a translated packet to its connection's modifier, if it still has one, and sends what
    /// goes ahead of it.
    private void finish(Frame frame, long flow, long l4, int mtu) {
        Modifiers modifiers = context.modifiers();
        if (modifiers == null || !ConnectionLayout.isModified(flow)) {
            return;
        }
        frame.moveTo(modifiers.finish(flow, frame.l3(), l4, mtu));
        PacketBurst ahead = modifiers.ahead();
        if (ahead.size() > 0) {
            long hop = adjacencies.entry(next);
            long ip = ahead.data(0);
            long l2 = AdjacencyTable.putHeader(hop, ip);
            int length = (int) (ip - l2) + ahead.length(0);
            transmitter(hop)
                    .add(ahead.buffer(0), l2, CrossFamily.padded(l2, length), Transmitter.OWN);
        }
    }

    /// The largest packet that the next hop that was checked takes.
    int mtu() {
        return Memory.getInt(adjacencies.entry(next) + AdjacencyTable.MTU);
    }

    private Transmitter transmitter(long hop) {
        return stack.transmitter(
                Transmitter.port(Memory.getInt(hop + AdjacencyTable.TRANSMIT_TAG)));
    }

    /// Brings a flow up to date for a plain packet: its route, then its state. The packet is as it
    /// was but for what the connection's modifier does; [#header()] is where it begins then.
    ///
    /// @param device by which the packet came
    /// @param opened whether the packet has just opened the connection
    /// @return the flow; with the state as it was [Preparation#DIVERTED] if the packet cannot be
    ///   sent on by it now, or [Preparation#ENDED] if it is to be dropped: [#limited()] says why
    long resolve(long flow, long ip, int device, boolean opened) {
        if (route(flow, device) != null) {
            return Preparation.DIVERTED;
        }
        long hop = adjacencies.entry(next);
        if (AdjacencyTable.isStale(hop)) {
            neighbours.use(next);
        }
        int mtu = AdjacencyTable.sendable(hop);
        boolean fits =
                Crossing.isOf(flow)
                        ? crossing.length(ip) <= crossing.longest(ip, mtu)
                        : family.totalLength(ip) <= mtu;
        if (!fits) {
            return Preparation.DIVERTED;
        }
        int direction = Memory.getByte(flow + DIRECTION);
        if (limits.refuses(flow, direction, ip)) {
            limits.keptBack(flow, Transmitter.IN);
            return Preparation.ENDED;
        }
        long changed = changeSyn(flow, direction, ip, device);
        header = steps.advance(flow, direction, changed, mtu, opened);
        seen = steps.seen();
        if (header == PacketSteps.REFUSED && limits.refuses(steps.refusal())) {
            limits.keptBack(flow, Transmitter.IN);
            return Preparation.ENDED;
        }
        return flow;
    }

    /// Takes notice of a packet of a real server that goes no farther, as if it were sent on:
    /// state, sequence numbers and modifier.
    ///
    /// @param device by which it came
    void absorb(long flow, long ip, int device) {
        steps.advance(flow, OUTBOUND, ip, context.stack().view().device(device).mtu(), false);
        count(flow, family.totalLength(ip));
    }

    /// What keeps packets back that could be sent.
    PacketLimits limits() {
        return limits;
    }

    /// Where the IP header is of the packet that was resolved last.
    long header() {
        return header;
    }

    /// The second to note in the flow of the packet that was resolved last: the present one, unless
    /// the packet does not let the connection's idle time begin anew.
    int seen() {
        return seen;
    }

    /// Changes options of a SYN, if its service wants it; returns where the IP header begins now.
    private long changeSyn(long flow, int direction, long ip, int device) {
        if (!family.isTcp(ip) || !context.services().hasTcpPolicies()) {
            return ip;
        }
        long entry = ConnectionLayout.entryOf(flow, direction);
        return context.syns().change(entry, ip, family.transport(ip), device, mtu());
    }

    /// A connection that begins anew under the same entry is a new one to modifiers, and gets
    /// sequence numbers of its own: before its SYN is looked at with them, which is never out of a
    /// window, and unless a limit keeps it back.
    private boolean beginsAnew(long flow, long ip) {
        long entry = ConnectionLayout.entryOf(flow, INBOUND);
        if (limits.exceeds(flow, INBOUND, ip)) {
            return false;
        }
        ServiceEntry service = service(ip);
        context.syns().begin(entry, service, Tcp.sequence(family.transport(ip)));
        Modifiers modifiers = context.modifiers();
        if (modifiers != null) {
            modifiers.begin(entry, service);
        }
        return !limits.isOutOfWindow(entry, INBOUND, ip);
    }

    private @Nullable ServiceEntry service(long ip) {
        return context.services()
                .find(
                        family.destinationHigh(ip),
                        family.destinationLow(ip),
                        family.destinationPort(ip),
                        family.protocol(ip));
    }

    /// Sends a translated ICMP error on, by the next hop that was checked.
    void sendIcmp(Frame frame) {
        send(frame, Transmitter.ICMP);
    }

    /// Sends an ICMP error on that was translated into the other family.
    void sendIcmpAcross(Frame frame) {
        neighbours.use(next);
        long hop = adjacencies.entry(next);
        if (crossing.sentLength(frame.l3()) > mtu()) {
            crossing.fragment(fragmenter, frame, hop, transmitter(hop), Transmitter.ICMP, 0);
        } else {
            crossing.send(frame, hop, transmitter(hop), Transmitter.ICMP);
        }
    }

    /// What stands against sending a packet by a flow's next hop: it came by a wrong way, no route,
    /// no room for the neighbour, time to live, size.
    @Nullable Outcome checkLink(Frame frame, long flow) {
        Outcome refusal = checkRoute(frame, flow);
        if (refusal != null) {
            return refusal;
        }
        if (Crossing.isOf(flow)) {
            return checkAcross(frame);
        }
        int mtu = mtu();
        if (family.totalLength(frame.l3()) > mtu && !family.mayFragment(frame.l3())) {
            errors.tooBigToPeer(frame, mtu);
            return Outcome.TOO_BIG;
        }
        return null;
    }

    private @Nullable Outcome checkAcross(Frame frame) {
        long ip = frame.l3();
        Outcome refusal = crossing.refusal(frame);
        if (refusal == null && crossing.length(ip) > mtu() && !crossing.mayFragment(ip)) {
            errors.tooBigToPeer(frame, crossing.told(ip, mtu()));
            return Outcome.TOO_BIG;
        }
        return refusal;
    }

    /// The same but for what a packet's size is about.
    @Nullable Outcome checkRoute(Frame frame, long flow) {
        long ip = frame.l3();
        Outcome astray = route(flow, frame.device());
        if (astray != null && astray != Outcome.NO_ROUTE) {
            return astray;
        }
        if (family.hopLimit(ip) <= 1) {
            errors.timeExceededToPeer(frame);
            return Outcome.TTL_EXPIRED;
        }
        if (astray != null) {
            errors.unreachableToPeer(frame, Unreachable.ROUTE);
        }
        return astray;
    }

    /// Lets a packet wait for the next hop that was checked.
    @Nullable Outcome waitFor(Frame frame) {
        Outcome refusal = neighbours.await(next, frame);
        if (refusal == Outcome.NEIGHBOUR_UNREACHABLE) {
            errors.unreachableToPeer(frame, Unreachable.HOST);
        }
        return refusal;
    }

    /// Whether a packet can be sent by the next hop that was checked.
    boolean isUsable() {
        return AdjacencyTable.isUsable(adjacencies.entry(next));
    }

    /// Makes sure that a packet of a flow may come by a device, and finds the flow's next hop by
    /// the present routes. Returns what stands against it.
    ///
    /// The flow keeps the next hop only if that is fit for sending: so what nobody answers for is
    /// kept by nobody, and makes room without anybody having to look up anything again.
    private @Nullable Outcome route(long flow, int device) {
        int generation = stack.generation(device);
        int noted = Memory.getInt(flow + GENERATION);
        if (noted == generation) {
            next = Memory.getUnsignedShort(flow + NEXT_HOP);
            if (adjacencies.isInUse(next)) {
                return null;
            }
        } else if (noted != stack.due(device)) {
            Outcome astray = Arrivals.refusal(stack.view(), flow, device);
            if (astray != null) {
                return astray;
            }
        }
        long entry = ConnectionLayout.entryOf(flow, Memory.getByte(flow + DIRECTION));
        ForwardingMode mode = modes.of(entry);
        long high = mode.destinationHigh(flow);
        long low = mode.destinationLow(flow);
        RouteTable.Hop hop = stack.view().routes().find(high, low);
        if (hop == null) {
            return Outcome.NO_ROUTE;
        }
        int again = adjacencies.useAgain(hop, stack.nowSeconds());
        next = again == AdjacencyTable.NONE ? neighbours.nextHop(hop, high, low) : again;
        if (next == AdjacencyTable.NONE) {
            return Outcome.NEIGHBOUR_TABLE_FULL;
        }
        if (isUsable()) {
            adjacencies.refer(next);
            Memory.putShort(flow + NEXT_HOP, next);
            Memory.putInt(flow + GENERATION, generation);
        }
        return null;
    }

    private void count(long flow, int totalLength) {
        context.table().shifts().count(flow, totalLength, steps.seen());
        long counters = context.traffic().at(ConnectionLayout.traffic(flow));
        Memory.addLong(counters + TrafficTable.IN_PACKETS, 1);
        Memory.addLong(counters + TrafficTable.IN_BYTES, totalLength);
    }

    private void send(Frame frame, int kind) {
        neighbours.use(next);
        long hop = adjacencies.entry(next);
        long ip = frame.l3();
        int totalLength = family.totalLength(ip);
        Transmitter transmitter = transmitter(hop);
        if (totalLength > Memory.getInt(hop + AdjacencyTable.MTU)) {
            fragmenter.send(frame, hop, transmitter, kind);
            return;
        }
        int length = Fragmenter.frameLength(hop, totalLength, frame.l3Length());
        transmitter.add(frame.buffer(), AdjacencyTable.putHeader(hop, ip), length, kind);
    }
}
