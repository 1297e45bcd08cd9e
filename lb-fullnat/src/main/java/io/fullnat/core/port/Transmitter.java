package io.fullnat.core.port;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.BufferPool;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.api.io.PortQueue;

/// What one worker sends on one port: packets gather here and go out together at the end of a
/// burst. What the device does not take stays for the next cycle; only when the queue is full are
/// packets dropped. A forwarded packet is counted when the device has taken it.
public final class Transmitter {
    /// How a packet is counted when it is sent.
    public enum Kind {
        /// The balancer's own: an answer, a request.
        OWN(Outcome.ARP),
        /// Towards a real server.
        IN(Outcome.FORWARDED_IN),
        /// Towards a client.
        OUT(Outcome.FORWARDED_OUT),
        /// A translated ICMP error.
        ICMP(Outcome.FORWARDED_ICMP);

        private static final Kind[] ALL = values();

        private final Outcome outcome;

        Kind(Outcome outcome) {
            this.outcome = outcome;
        }
    }

    private static final int KINDS = Kind.ALL.length;

    private final PortQueue queue;
    private final BufferPool pool;
    private final WorkerCounters counters;
    private final PacketBurst waiting;
    private final byte[] kinds;
    private final int[] counts = new int[KINDS];

    /// A transmitter of one worker.
    ///
    /// @param queue the worker's queue of the port
    /// @param pool the worker's buffers
    /// @param counters the worker's
    /// @param capacity how many packets may wait
    public Transmitter(PortQueue queue, BufferPool pool, WorkerCounters counters, int capacity) {
        this.queue = queue;
        this.pool = pool;
        this.counters = counters;
        waiting = new PacketBurst(capacity);
        kinds = new byte[capacity];
    }

    /// Takes a packet to send.
    ///
    /// @param buffer its handle
    /// @param data its first byte
    /// @param length its length
    /// @param kind how to count it
    public void add(long buffer, long data, int length, Kind kind) {
        if (waiting.isFull()) {
            flush();
            if (waiting.isFull()) {
                drop(buffer, kind, Outcome.TRANSMIT_FULL);
                return;
            }
        }
        kinds[waiting.size()] = (byte) kind.ordinal();
        waiting.add(buffer, data, length, 0);
        counts[kind.ordinal()]++;
    }

    /// Offers what waits to the device.
    ///
    /// @return how many packets it took
    public int flush() {
        int size = waiting.size();
        if (size == 0) {
            return 0;
        }
        int sent = queue.transmit(waiting);
        if (sent == size) {
            countAll();
            waiting.clear();
        } else if (sent > 0) {
            countFirst(sent);
            System.arraycopy(kinds, sent, kinds, 0, size - sent);
            waiting.removeFirst(sent);
        }
        counters.count(Counter.SENT, sent);
        return sent;
    }

    private void countAll() {
        for (int kind = 1; kind < KINDS; kind++) {
            if (counts[kind] != 0) {
                counters.count(Kind.ALL[kind].outcome, counts[kind]);
                counts[kind] = 0;
            }
        }
        counts[0] = 0;
    }

    private void countFirst(int sent) {
        for (int i = 0; i < sent; i++) {
            int kind = kinds[i];
            counts[kind]--;
            if (kind != Kind.OWN.ordinal()) {
                counters.count(Kind.ALL[kind].outcome);
            }
        }
    }

    /// How many received packets wait here.
    ///
    /// @return own packets not counted
    public int forwardedWaiting() {
        return waiting.size() - counts[Kind.OWN.ordinal()];
    }

    /// Drops what waits: the worker ends.
    public void close() {
        for (int i = 0; i < waiting.size(); i++) {
            drop(waiting.buffer(i), Kind.ALL[kinds[i]], Outcome.SHUTDOWN);
        }
        waiting.clear();
    }

    private void drop(long buffer, Kind kind, Outcome outcome) {
        pool.free(buffer);
        if (kind != Kind.OWN) {
            counters.count(outcome);
        }
    }
}
