// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.api.service.Admission;
import io.fullnat.core.connection.ConnectionTable;
import io.fullnat.core.open.ConnectionOpener;
import io.fullnat.core.open.FlowContext;
import io.fullnat.core.packet.Ethernet;
import io.fullnat.core.packet.Ipv6;
import io.fullnat.core.packet.Vlan;
import io.fullnat.core.path.ErrorAnswers.Unreachable;
import io.fullnat.core.punt.PuntGate;
import io.fullnat.core.stack.Frame;
import io.fullnat.core.stack.HeldFrames;
import io.fullnat.core.stack.IcmpAnswers;
import io.fullnat.core.stack.Neighbourhood;
import io.fullnat.core.stack.NetworkView;
import io.fullnat.core.stack.StackContext;
import io.fullnat.core.translate.Identifications;
import org.jspecify.annotations.Nullable;

/// The entrances of the slow path.
///
/// A packet of which nothing is known goes through all stages ([#process]): [EthernetInput],
/// [Ipv4Input], [TransportInput] or [LocalInput]. A packet with plain headers is *prepared* for the
/// [FastPath] to translate ([Preparation]). Both open connections by [SessionStart] and follow
/// flows by [Forwarder].
public final class SlowPath implements AutoCloseable {
    private final StackContext stack;
    private final Peers peers;
    private final Arrivals arrivals;
    private final Stages ipv4;
    private final Stages ipv6;
    private final Identifications identifications;
    private final Ipv6Quotation quotation;
    private final EthernetInput ethernet;
    private final KernelPath kernel;
    private final PacketEnd end;
    private final DatagramFlows datagrams = new DatagramFlows();
    private final FragmentTable fragments;
    private final EarlyFragments early;
    private final HeldFrames.Receiver behindFirst = this::processHeld;
    private final HandshakeFamilies handshakes;
    private final Frame received = new Frame();
    private final Frame resumed = new Frame();
    private Frame frame = received;

    /// The slow path of one worker.
    ///
    /// @param context the worker's connections
    /// @param neighbours the worker's stack
    /// @param peers the other workers
    /// @param admission asked who may connect; null if nobody is asked
    /// @param punts the worker's way to the kernel
    public SlowPath(
            FlowContext context,
            Neighbourhood neighbours,
            Peers peers,
            @Nullable Admission admission,
            PuntGate punts) {
        this.stack = context.stack();
        this.peers = peers;
        arrivals = new Arrivals(context);
        kernel = new KernelPath(context, punts);
        end = new PacketEnd(stack);
        fragments = new FragmentTable(stack, context.table());
        early = new EarlyFragments(stack, fragments, end);
        identifications = new Identifications(peers.self(), peers.count());
        ConnectionOpener opener = new ConnectionOpener(context, admission);
        handshakes = new HandshakeFamilies(context, end, this::resume);
        Stages.Worker worker =
                new Stages.Worker(
                        context,
                        neighbours,
                        peers,
                        arrivals,
                        opener,
                        kernel,
                        end,
                        datagrams,
                        fragments,
                        early,
                        identifications,
                        new HandshakeSegments(stack),
                        handshakes);
        ConnectionTable table = context.table();
        IcmpAnswers answers = neighbours.answers();
        ipv4 =
                new Stages(
                        worker,
                        new Ipv4Family(table),
                        new Ipv4Errors(answers),
                        new CrossingTo6(answers),
                        new Ipv4Quotation(table));
        Ipv6Family family = new Ipv6Family(table.wide());
        Ipv6Errors errors = new Ipv6Errors(neighbours.ipv6Answers(), family.chain());
        quotation = new Ipv6Quotation(family, table.wide(), identifications);
        CrossingTo4 crossing = new CrossingTo4(family, identifications);
        ipv6 = new Stages(worker, family, errors, crossing, quotation);
        handshakes.set(ipv4.handshakes(), ipv6.handshakes());
        Ipv6LocalInput local =
                new Ipv6LocalInput(context, arrivals, neighbours, errors, ipv6, kernel, family);
        ethernet =
                new EthernetInput(
                        stack,
                        neighbours.arp(),
                        ipv4Input(context, answers),
                        new Ipv6Input(arrivals, family, ipv6.transport(), ipv6.fragments(), local),
                        kernel);
    }

    private Ipv4Input ipv4Input(FlowContext context, IcmpAnswers answers) {
        IcmpTranslator translator = ipv4.translator();
        LocalInput local = new LocalInput(context, arrivals, answers, translator, ipv4.rejection());
        return new Ipv4Input(arrivals, ipv4.transport(), ipv4.fragments(), local);
    }

    /// Where plain packets of IPv4 are prepared.
    Preparation ipv4() {
        return ipv4.preparation();
    }

    /// Where plain packets of IPv6 are prepared.
    Preparation ipv6() {
        return ipv6.preparation();
    }

    /// Those of packets of IPv4 that the balancer chooses.
    Identifications identifications() {
        return identifications;
    }

    /// Handles one packet.
    ///
    /// @param buffer its handle, used up
    /// @param data its first byte
    /// @param length its length
    /// @param verdict of its [PacketBurst]
    /// @param port where it came in
    /// @param hopsDone how many workers have looked for its connection before
    public void process(long buffer, long data, int length, int verdict, int port, int hopsDone) {
        Frame packet = frame;
        packet.set(buffer, data, length, port);
        Outcome outcome;
        try {
            outcome = ethernet.receive(packet, verdict, hopsDone);
            if (outcome != null) {
                outcome = kernel.ended(packet, outcome);
            }
        } catch (Throwable fault) {
            outcome = Outcome.FAULT;
            end.report(fault);
        }
        if (outcome != null) {
            datagrams.forget(buffer);
        }
        end.end(buffer, outcome);
        if (early.areReleased()) {
            early.goOn(behindFirst);
        }
    }

    /// Handles a fragment again that came before the first one, which is done with.
    private void processHeld(long buffer, long data, int length, int origin) {
        process(
                buffer,
                data,
                length,
                PacketBurst.IP_CHECKSUM_GOOD,
                EarlyFragments.port(origin),
                EarlyFragments.hopsDone(origin));
    }

    /// Handles a packet again that waited for a neighbour, from its start.
    ///
    /// @param buffer its handle, used up
    /// @param data its first byte
    /// @param length its length
    /// @param port where it came in
    public void resume(long buffer, long data, int length, int port) {
        // Called from within the handling of the ARP packet that ends the wait. The waiting packet
        // passed the checksum test before, and hand-over, if any, was settled.
        frame = resumed;
        process(buffer, data, length, PacketBurst.IP_CHECKSUM_GOOD, port, peers.count());
        frame = received;
    }

    /// Ends a packet whose next hop does not answer.
    ///
    /// @param buffer its handle, used up
    /// @param data its first byte
    /// @param length its length
    /// @param port where it came in
    public void giveUp(long buffer, long data, int length, int port) {
        frame.set(buffer, data, length, port);
        datagrams.forget(buffer);
        try {
            int device = arrivals.device(data, port);
            if (device != NetworkView.NONE) {
                boolean tagged = Ethernet.type(data) == Ethernet.TYPE_VLAN;
                frame.link(device, Ethernet.HEADER_LENGTH + (tagged ? Vlan.TAG_LENGTH : 0));
                boolean isIpv6 = Ipv6.version(frame.l3()) == 6;
                (isIpv6 ? ipv6 : ipv4).errors().unreachableToPeer(frame, Unreachable.HOST);
            }
        } catch (Throwable fault) {
            end.report(fault);
        }
        end.end(buffer, Outcome.NEIGHBOUR_UNREACHABLE);
    }

    /// Asks real servers again that have not answered the SYN of a client that was told to be
    /// connected, and drops fragments whose first one has not come.
    ///
    /// @return how much was done
    public int poll() {
        return handshakes.poll() + early.poll();
    }

    /// How many fragments wait for their first one.
    public int held() {
        return early.size();
    }

    /// Drops the fragments that wait for their first one: the worker ends.
    public void discard() {
        early.discard();
    }

    @Override
    public void close() {
        ipv4.handshakes().close();
        ipv6.handshakes().close();
        quotation.close();
        fragments.close();
    }
}
