// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.transmit;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.BufferPool;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.api.io.PortQueue;
import io.fullnat.api.io.Refusal;
import io.fullnat.core.tap.Tap;

/// What one worker sends on one port: packets gather here and go out together at the end of a
/// burst. What the device does not take stays for the next cycle; only when the queue is full are
/// packets dropped, or when the device says that they can never be sent. A forwarded packet is
/// counted when the device has taken it.
public final class Transmitter {
    /// A packet of the balancer's own: an answer, a request. Not counted.
    public static final int OWN = 0;

    /// A packet towards a real server.
    public static final int IN = 1;

    /// A packet towards a client.
    public static final int OUT = 2;

    /// A translated ICMP error.
    public static final int ICMP = 3;

    private static final Outcome[] OUTCOMES = {
        Outcome.ARP, Outcome.FORWARDED_IN, Outcome.FORWARDED_OUT, Outcome.FORWARDED_ICMP
    };

    /// Of a tag, [#tag(int, int)], the low bits that are the kind; above are the offloads, then the
    /// port.
    private static final int KIND_MASK = (1 << PacketBurst.TAG_LOW_BITS) - 1;

    private static final int PORT_SHIFT = PacketBurst.TAG_LOW_BITS + PacketBurst.OFFLOAD_BITS;

    private static final int MAX_PORTS = 1 << (PacketBurst.TAG_BITS - PORT_SHIFT);

    /// Packets waiting by kind: 16 bits each, so that one addition counts a packet.
    private static final int COUNT_BITS = 16;

    private static final int MAX_CAPACITY = (1 << COUNT_BITS) - 1;

    private final String port;
    private final BufferPool pool;
    private final WorkerCounters counters;
    private final LinkGate link;
    private final PacketBurst waiting;
    private PortQueue queue;
    private long counts;

    /// A transmitter of one worker.
    ///
    /// @param port the port's name
    /// @param queue the worker's queue of the port
    /// @param pool the worker's buffers
    /// @param counters the worker's
    /// @param link the port's
    /// @param capacity how many packets may wait
    public Transmitter(
            String port,
            PortQueue queue,
            BufferPool pool,
            WorkerCounters counters,
            LinkGate link,
            int capacity) {
        if (capacity > MAX_CAPACITY) {
            throw new IllegalArgumentException("capacity " + capacity + " > " + MAX_CAPACITY);
        }
        this.port = port;
        this.queue = queue;
        this.pool = pool;
        this.counters = counters;
        this.link = link;
        waiting = new PacketBurst(capacity);
    }

    /// Takes a packet to send.
    ///
    /// @param buffer its handle
    /// @param data its first byte
    /// @param length its length
    /// @param kind how to count it: [#OWN], [#IN], [#OUT] or [#ICMP]
    public void add(long buffer, long data, int length, int kind) {
        addTagged(buffer, data, length, kind);
    }

    private void addTagged(long buffer, long data, int length, int tag) {
        int kind = tag & KIND_MASK;
        if (waiting.isFull()) {
            flush();
            if (waiting.isFull()) {
                drop(buffer, kind, Outcome.TRANSMIT_FULL);
                return;
            }
        }
        waiting.addToSend(buffer, data, length, tag);
        counts += 1L << (kind * COUNT_BITS);
    }

    /// How a packet is sent, as one number: without offloads.
    ///
    /// @param port by which, 0 to 16,383
    /// @param kind as in [#add]
    /// @return what [#addAll] expects as the packet's tag
    public static int tag(int port, int kind) {
        if (port >= MAX_PORTS) {
            throw new IllegalArgumentException("port " + port + " is not below " + MAX_PORTS);
        }
        return port << PORT_SHIFT | kind;
    }

    /// The port of a tag.
    ///
    /// @param tag from [#tag]
    /// @return its number
    public static int port(int tag) {
        return tag >>> PORT_SHIFT;
    }

    /// Takes packets of one tag that stand next to each other, as [#add] takes each of them.
    ///
    /// @param burst where they are, each with the same tag
    /// @param first index of the first one
    /// @param end index after the last one
    public void addAll(PacketBurst burst, int first, int end) {
        int kind = burst.tag(first) & KIND_MASK;
        int count = end - first;
        if (waiting.room() < count) {
            flush();
        }
        if (waiting.room() >= count) {
            waiting.append(burst, first, count);
            counts += (long) count << (kind * COUNT_BITS);
            return;
        }
        for (int i = first; i < end; i++) {
            addTagged(burst.buffer(i), burst.data(i), burst.length(i), burst.tag(i));
        }
    }

    /// Whether what is sent is lost, as the port's link is known to be down.
    ///
    /// @return true while it is down
    public boolean isLinkDown() {
        return link.isDown();
    }

    /// How often the port's link has come back: tells whether it was down in between.
    ///
    /// @return a number that is another one after each time
    public int linkReturns() {
        return link.returns();
    }

    /// Offers what waits to the device.
    ///
    /// @return how many packets it took
    public int flush() {
        int size = waiting.size();
        if (size == 0) {
            return 0;
        }
        if (link.isDown()) {
            loseAll();
            return 0;
        }
        int sent = offer();
        if (sent == size) {
            countAll();
            waiting.clear();
        } else {
            sent = takenOfSome(sent);
        }
        counters.count(Counter.SENT, sent);
        return sent;
    }

    /// The device did not take all.
    ///
    /// @param first how many it took
    /// @return how many it has taken after what it never takes was dropped
    private int takenOfSome(int first) {
        int sent = first;
        int taken = first;
        while (true) {
            countFirst(taken);
            waiting.removeFirst(taken);
            if (waiting.size() == 0) {
                return sent;
            }
            switch (refusal()) {
                case BUSY -> {
                    return sent;
                }
                case LINK_DOWN -> {
                    loseAll();
                    return sent;
                }
                case PACKET -> dropFirst();
            }
            if (waiting.size() == 0) {
                return sent;
            }
            taken = offer();
            sent += taken;
        }
    }

    private void loseAll() {
        link.addLost(waiting.size());
        dropAll(Outcome.LINK_DOWN);
    }

    private void dropFirst() {
        int kind = waiting.tag(0) & KIND_MASK;
        counts -= 1L << (kind * COUNT_BITS);
        drop(waiting.buffer(0), kind, Outcome.TRANSMIT_REFUSED);
        waiting.removeFirst(1);
    }

    private int offer() {
        Tap tap = counters.tap();
        if (tap != null) {
            tap.offering(waiting, port);
        }
        int sent;
        try {
            sent = queue.transmit(waiting);
        } catch (Throwable fault) {
            failed(fault);
            return 0;
        }
        if (tap != null) {
            tell(tap, sent);
        }
        return sent;
    }

    private void tell(Tap tap, int sent) {
        for (int i = 0; i < sent; i++) {
            int kind = waiting.tag(i) & KIND_MASK;
            tap.sent(waiting.buffer(i), kind == OWN ? null : OUTCOMES[kind]);
        }
    }

    private Refusal refusal() {
        try {
            return queue.refusal();
        } catch (Throwable fault) {
            failed(fault);
            return Refusal.BUSY;
        }
    }

    private void failed(Throwable fault) {
        FaultyQueue faulty = new FaultyQueue(queue, port, counters.faults());
        faulty.sendingFailed(fault);
        queue = faulty;
    }

    private void countAll() {
        for (int kind = IN; kind <= ICMP; kind++) {
            int count = count(kind);
            if (count != 0) {
                counters.count(OUTCOMES[kind], count);
            }
        }
        counts = 0;
    }

    private int count(int kind) {
        return (int) (counts >>> (kind * COUNT_BITS)) & MAX_CAPACITY;
    }

    private void countFirst(int sent) {
        for (int i = 0; i < sent; i++) {
            int kind = waiting.tag(i) & KIND_MASK;
            counts -= 1L << (kind * COUNT_BITS);
            if (kind != OWN) {
                counters.count(OUTCOMES[kind]);
            }
        }
    }

    /// How many received packets wait here.
    ///
    /// @return own packets not counted
    public int forwardedWaiting() {
        return waiting.size() - count(OWN);
    }

    /// How many packets of somebody else's, the kernel's, may wait here: only the first half of the
    /// places is for them, so that however many there are, at a port that takes nothing, the other
    /// half is left to the worker's own.
    ///
    /// @return 0 or more
    public int roomForOthers() {
        return Math.max(0, waiting.room() - waiting.capacity() / 2);
    }

    /// Drops what waits: the worker ends.
    public void close() {
        dropAll(Outcome.SHUTDOWN);
    }

    private void dropAll(Outcome outcome) {
        for (int i = 0; i < waiting.size(); i++) {
            drop(waiting.buffer(i), waiting.tag(i) & KIND_MASK, outcome);
        }
        waiting.clear();
        counts = 0;
    }

    private void drop(long buffer, int kind, Outcome outcome) {
        if (kind != OWN) {
            counters.end(outcome, buffer);
        } else {
            forget(buffer);
        }
        pool.free(buffer);
    }

    private void forget(long buffer) {
        Tap tap = counters.tap();
        if (tap != null) {
            tap.forget(buffer);
        }
    }
}
