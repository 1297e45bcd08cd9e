// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.api.service.Admission;
import io.fullnat.api.service.ServicePolicy.Refusal;
import io.fullnat.core.open.ConnectionOpener;
import io.fullnat.core.open.FlowContext;
import io.fullnat.core.packet.Ethernet;
import io.fullnat.core.packet.Icmp;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Vlan;
import io.fullnat.core.stack.Frame;
import io.fullnat.core.stack.IcmpAnswers;
import io.fullnat.core.stack.Neighbourhood;
import io.fullnat.core.stack.NetworkView;
import io.fullnat.core.stack.StackContext;
import org.jspecify.annotations.Nullable;

/// The entrances of the slow path, where packets are counted that end, and buffers given back.
///
/// A packet of which nothing is known goes through all stages ([#process]): [EthernetInput],
/// [Ipv4Input], [TransportInput] or [LocalInput]. A packet with plain headers is *prepared* for the
/// [FastPath] to translate ([#prepare]). Both open connections by [SessionStart] and follow flows
/// by [Forwarder].
public final class SlowPath {
    /// Instead of a flow: the packet has come to its end.
    static final long ENDED = 0;

    /// Instead of a flow: the packet takes the whole way.
    static final long DIVERTED = -1;

    private final StackContext stack;
    private final IcmpAnswers answers;
    private final Peers peers;
    private final Arrivals arrivals;
    private final SessionStart sessions;
    private final Forwarder forwarder;
    private final EthernetInput ethernet;
    private final Frame received = new Frame();
    private final Frame resumed = new Frame();
    private Frame frame = received;

    /// The slow path of one worker.
    ///
    /// @param context the worker's connections
    /// @param neighbours the worker's stack
    /// @param peers the other workers
    /// @param unusedPorts what a client hears that sends to a port without a service
    /// @param admission asked who may connect; null if nobody is asked
    public SlowPath(
            FlowContext context,
            Neighbourhood neighbours,
            Peers peers,
            Refusal unusedPorts,
            @Nullable Admission admission) {
        this.stack = context.stack();
        this.peers = peers;
        answers = neighbours.answers();
        arrivals = new Arrivals(context);
        forwarder = new Forwarder(context, neighbours, arrivals);
        Rejection rejection = new Rejection(answers, unusedPorts);
        sessions =
                new SessionStart(
                        context,
                        new ConnectionOpener(context, admission),
                        rejection,
                        new NoSession(context, arrivals, peers, rejection));
        IcmpTranslator translator = new IcmpTranslator(context, forwarder, peers, arrivals);
        Ipv4Input ipv4 =
                new Ipv4Input(
                        arrivals,
                        new TransportInput(sessions, forwarder),
                        new LocalInput(context, arrivals, answers, translator, rejection));
        ethernet = new EthernetInput(stack, neighbours.arp(), ipv4);
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
        frame.set(buffer, data, length, port);
        Outcome outcome;
        try {
            outcome = ethernet.receive(frame, verdict, hopsDone);
        } catch (Throwable fault) {
            outcome = Outcome.FAULT;
            report(fault);
        }
        end(buffer, outcome);
    }

    private void end(long buffer, @Nullable Outcome outcome) {
        if (outcome != null) {
            stack.counters().count(outcome);
            free(buffer);
        }
    }

    /// A pool that throws must not cost the packets behind in the burst.
    private void free(long buffer) {
        try {
            stack.pool().free(buffer);
        } catch (Throwable fault) {
            stack.counters().faults().report("giving a buffer back", fault);
        }
    }

    /// Makes a packet whose headers are plain and right ready to be translated by a flow: opens its
    /// connection, looks its route up, moves its state on, as is needed. The packet itself is not
    /// changed but by its connection's modifier; [#header()] is where it begins then.
    ///
    /// @param buffer its handle, used up if the packet ends here
    /// @param data its first byte
    /// @param length its length
    /// @param port where it came in
    /// @param ip its IP header
    /// @param hash of its key
    /// @param known its connection's flow, or 0
    /// @return the flow; [#ENDED]; or [#DIVERTED] if it is to be handled by [#process]
    long prepare(long buffer, long data, int length, int port, long ip, long hash, long known) {
        try {
            long flow = known == 0 ? sessions.find(ip, hash) : known;
            int device = device(data, port);
            if (flow == 0) {
                flow = open(buffer, data, length, port, device, ip, hash);
                if (flow == ENDED) {
                    return ENDED;
                }
            } else if (SessionStart.asksAnew(flow, ip)) {
                return DIVERTED;
            }
            return forwarder.resolve(flow, ip, device) ? flow : DIVERTED;
        } catch (Throwable fault) {
            report(fault);
            end(buffer, Outcome.FAULT);
            return ENDED;
        }
    }

    /// Where the IP header is of the packet that was prepared last.
    long header() {
        return forwarder.header();
    }

    /// Opens the connection of a plain packet that has none; its flow, or [#ENDED].
    private long open(
            long buffer, long data, int length, int port, int device, long ip, long hash) {
        frame.set(buffer, data, length, port);
        Outcome ended;
        if (device == NetworkView.NONE) {
            ended = Outcome.UNKNOWN_VLAN;
        } else {
            frame.link(device, (int) (ip - data));
            ended = arrivals.refusal(0, Ipv4.sourceLow(ip), device);
            if (ended == null) {
                long flow = sessions.open(frame, hash, 0);
                if (flow != 0) {
                    return flow;
                }
                ended = sessions.ended();
            }
        }
        end(buffer, ended);
        return ENDED;
    }

    /// The device by which a frame came, or [NetworkView#NONE].
    private int device(long data, int port) {
        boolean tagged = Ethernet.type(data) == Ethernet.TYPE_VLAN;
        return stack.view().deviceOf(port, tagged ? Vlan.id(data) : 0);
    }

    private void report(Throwable fault) {
        stack.counters().faults().report("handling a packet", fault);
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
        try {
            int device = device(data, port);
            if (device != NetworkView.NONE) {
                boolean tagged = Ethernet.type(data) == Ethernet.TYPE_VLAN;
                frame.link(device, Ethernet.HEADER_LENGTH + (tagged ? Vlan.TAG_LENGTH : 0));
                answers.errorToPeer(
                        frame, Icmp.TYPE_DESTINATION_UNREACHABLE, Icmp.CODE_HOST_UNREACHABLE, 0);
            }
        } catch (Throwable fault) {
            report(fault);
        }
        end(buffer, Outcome.NEIGHBOUR_UNREACHABLE);
    }
}
