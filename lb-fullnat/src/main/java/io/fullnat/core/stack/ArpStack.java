package io.fullnat.core.stack;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.core.packet.Arp;
import io.fullnat.core.packet.Ethernet;
import io.fullnat.core.packet.Ipv4;

/// ARP (RFC 826) of one worker: answers for own addresses, resolves next hops, keeps packets
/// meanwhile, asks again before an entry gets old, announces new addresses (RFC 5227 §3).
///
/// A neighbour is asked [#PROBES] times a second apart; when it stays silent the packets that wait
/// for it end with `NEIGHBOUR_UNREACHABLE`, and the next packet starts anew. An answered entry is
/// good for [#REACHABLE_SECONDS], then it is asked again, by unicast, while it stays in use.
///
/// An ARP packet arrives at one worker; what it says about a neighbour is passed to the others
/// through the [Gossip].
public final class ArpStack {
    /// How long an answer holds.
    public static final int REACHABLE_SECONDS = 60;

    /// Requests before giving up.
    public static final int PROBES = 3;

    private static final int PROBE_INTERVAL_MS = 1000;
    private static final int SCAN_INTERVAL_MS = 100;
    private static final int SCAN_STEP = 256;

    /// Where a worker tells the others of a neighbour.
    @FunctionalInterface
    public interface Gossip {
        /// Called when a neighbour has been heard.
        ///
        /// @param device its device's number
        /// @param address in host order
        /// @param mac its MAC address
        void heard(int device, int address, long mac);
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
    private final NextHops hops;
    private final LinkAnswers answers;
    private final Gossip gossip;
    private final WaitingPackets waiting = new WaitingPackets();
    private final WaitingPackets.Receiver resume;
    private final WaitingPackets.Receiver giveUp;
    private int scanPosition;
    private long nextScanMs;

    /// The ARP of one worker.
    ///
    /// @param context of the worker
    /// @param hops the worker's next hops
    /// @param gossip to the other workers
    /// @param waiters where packets go on
    public ArpStack(StackContext context, NextHops hops, Gossip gossip, Waiters waiters) {
        this.context = context;
        this.hops = hops;
        this.gossip = gossip;
        answers = new LinkAnswers(context);
        resume = waiters::resume;
        giveUp = waiters::giveUp;
    }

    /// Handles a received ARP packet.
    ///
    /// @param frame whose link header has been read; its buffer is used up
    public void receive(Frame frame) {
        Outcome outcome = outcome(frame);
        context.counters().count(outcome);
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
        learn(frame.device(), arp, operation);
        return Outcome.ARP;
    }

    private void learn(int device, long arp, int operation) {
        int address = Arp.senderAddress(arp);
        long mac = Arp.senderMac(arp);
        boolean believable = address != 0 && (mac >>> 40 & 1) == 0 && mac != 0;
        if (!believable || context.view().isOwn(address)) {
            return;
        }
        boolean asksUs =
                operation == Arp.OPERATION_REQUEST && isHere(device, Arp.targetAddress(arp));
        boolean news = heard(device, address, mac, asksUs);
        if (news || operation == Arp.OPERATION_REPLY) {
            gossip.heard(device, address, mac);
        }
    }

    /// Takes what another worker heard.
    ///
    /// @param device its device's number
    /// @param address in host order
    /// @param mac its MAC address
    public void heardElsewhere(int device, int address, long mac) {
        heard(device, address, mac, false);
    }

    /// Notes a neighbour's MAC address; adds an entry only for one who asked us, and not beyond
    /// half of the table, so that a flood of requests leaves room. Returns whether it was news.
    private boolean heard(int device, int address, long mac, boolean mayAdd) {
        Device where = context.view().device(device);
        int index = hops.find(device, address);
        if (index == NextHops.NONE) {
            if (!mayAdd || hops.size() > NextHops.CAPACITY / 2) {
                return false;
            }
            index = hops.findOrAdd(where, address);
        }
        long line = hops.line(index);
        int state = Memory.getInt(line + NextHops.STATE);
        if (state == NextHops.STATIC) {
            return false;
        }
        boolean moved = hops.resolve(index, where, mac);
        if (moved) {
            context.counters().count(Counter.NEIGHBOUR_MOVES);
        }
        NextHops.state(line, NextHops.REACHABLE);
        Memory.putInt(line + NextHops.CONFIRMED, context.nowSeconds());
        Memory.putInt(line + NextHops.PROBES, 0);
        if (state == NextHops.INCOMPLETE) {
            waiting.release(index, resume);
        }
        return moved || state == NextHops.INCOMPLETE;
    }

    private boolean isHere(int device, int address) {
        return context.view().ownDevice(address) == device;
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

    /// Keeps a packet until a next hop is known, and asks for it.
    ///
    /// @param index of the next hop, incomplete
    /// @param frame as it was received
    /// @return false if too many wait: the packet is still the caller's
    public boolean await(int index, Frame frame) {
        boolean first = waiting.isEmpty(index);
        if (!waiting.add(index, frame.buffer(), frame.l2(), frame.length(), frame.port())) {
            return false;
        }
        if (first) {
            ask(index);
        }
        return true;
    }

    /// Asks for a next hop unless that has just been done.
    ///
    /// @param index of the next hop, incomplete
    public void ask(int index) {
        long line = hops.line(index);
        if (Memory.getInt(line + NextHops.PROBES) == 0) {
            probe(line, Ethernet.BROADCAST);
        }
    }

    private void probe(long line, long destination) {
        Device device = context.view().device(Memory.getInt(line + NextHops.DEVICE));
        int target = Memory.getInt(line + NextHops.ADDRESS);
        Memory.putInt(line + NextHops.PROBES, Memory.getInt(line + NextHops.PROBES) + 1);
        Memory.putInt(line + NextHops.NEXT_PROBE, (int) (nowMs() + PROBE_INTERVAL_MS));
        int source = context.view().sourceFor(device.index(), target);
        request(device, destination, source, target, Counter.ARP_REQUESTS);
    }

    /// Announces an own address: a request for it from itself, to all (RFC 5227 §2.3).
    ///
    /// @param device where it is
    /// @param address in host order
    public void announce(Device device, int address) {
        request(device, Ethernet.BROADCAST, address, address, Counter.ARP_ANNOUNCEMENTS);
    }

    private void request(Device device, long destination, int source, int target, Counter counter) {
        long arp = answers.start(device, destination, Ethernet.TYPE_ARP);
        if (arp != 0) {
            Arp.write(arp, Arp.OPERATION_REQUEST, device.mac(), source, 0, target);
            answers.send(device.port(), arp, Arp.LENGTH, counter);
        }
    }

    /// Applies the static neighbours of a new view.
    public void applyStatic() {
        NetworkView view = context.view();
        for (int index = 0; index < hops.size(); index++) {
            long line = hops.line(index);
            if (Memory.getInt(line + NextHops.STATE) == NextHops.STATIC) {
                NextHops.state(line, NextHops.PROBING);
                Memory.putInt(line + NextHops.PROBES, 0);
            }
        }
        for (NetworkView.StaticNeighbour neighbour : view.neighbours()) {
            int index = hops.findOrAdd(view.device(neighbour.device()), neighbour.address());
            if (index != NextHops.NONE) {
                hops.resolve(index, view.device(neighbour.device()), neighbour.mac());
                NextHops.state(hops.line(index), NextHops.STATIC);
                waiting.release(index, resume);
            }
        }
    }

    /// Asks again where it is time, and gives up where it is in vain. Called each cycle; looks at
    /// [#SCAN_STEP] entries each tenth of a second.
    ///
    /// @return how many entries were looked at
    public int poll() {
        long nowMs = nowMs();
        if (nowMs - nextScanMs < 0 || hops.size() == 0) {
            return 0;
        }
        nextScanMs = nowMs + SCAN_INTERVAL_MS;
        int count = Math.min(SCAN_STEP, hops.size());
        for (int i = 0; i < count; i++) {
            scanPosition = scanPosition + 1 < hops.size() ? scanPosition + 1 : 0;
            age(scanPosition, nowMs);
        }
        return count;
    }

    private void age(int index, long nowMs) {
        long line = hops.line(index);
        int state = Memory.getInt(line + NextHops.STATE);
        int probes = Memory.getInt(line + NextHops.PROBES);
        switch (state) {
            case NextHops.REACHABLE -> {
                int age = context.nowSeconds() - Memory.getInt(line + NextHops.CONFIRMED);
                if (age > REACHABLE_SECONDS) {
                    NextHops.state(line, NextHops.PROBING);
                    probe(line, Ethernet.destination(line));
                }
            }
            case NextHops.PROBING -> {
                if (isDue(line, probes, nowMs)) {
                    if (probes < PROBES) {
                        probe(line, Ethernet.destination(line));
                    } else {
                        NextHops.state(line, NextHops.INCOMPLETE);
                        Memory.putInt(line + NextHops.PROBES, 0);
                    }
                }
            }
            case NextHops.INCOMPLETE -> {
                if (probes > 0 && isDue(line, probes, nowMs)) {
                    if (probes < PROBES && !waiting.isEmpty(index)) {
                        probe(line, Ethernet.BROADCAST);
                    } else {
                        Memory.putInt(line + NextHops.PROBES, 0);
                        waiting.release(index, giveUp);
                    }
                }
            }
            default -> {
                // static: nothing gets old
            }
        }
    }

    private static boolean isDue(long line, int probes, long nowMs) {
        return probes == 0 || (int) nowMs - Memory.getInt(line + NextHops.NEXT_PROBE) >= 0;
    }

    private long nowMs() {
        return context.nowNs() / 1_000_000;
    }

    /// How many packets wait for a neighbour.
    ///
    /// @return packets
    public int waitingPackets() {
        return waiting.size();
    }

    /// Ends the packets that wait: the worker ends.
    public void close() {
        for (int index = 0; index < hops.size(); index++) {
            waiting.release(
                    index,
                    (buffer, data, length, port) -> {
                        context.pool().free(buffer);
                        context.counters().count(Outcome.SHUTDOWN);
                    });
        }
    }

    /// The IPv4 packet's next hop on a device.
    ///
    /// @param hop where a route leads
    /// @param destination in host order
    /// @return index of the next hop, added if it was not known; [NextHops#NONE] if no room
    public int nextHop(RouteTable.Hop hop, int destination) {
        int address = hop.gateway() == 0 ? destination : hop.gateway();
        int again = hops.findAgain(hop.device(), address);
        return again == NextHops.NONE
                ? hops.findOrAdd(context.view().device(hop.device()), address)
                : again;
    }

    /// The next hop of a received packet's IPv4 destination.
    ///
    /// @param ip address of the header
    /// @return as [#nextHop(RouteTable.Hop, int)]; [NextHops#NONE] if no route leads there
    public int nextHopOf(long ip) {
        int destination = Ipv4.destination(ip);
        RouteTable.Hop hop = context.view().routes().find(destination);
        return hop == null ? NextHops.NONE : nextHop(hop, destination);
    }
}
