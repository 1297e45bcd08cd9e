// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import io.fullnat.api.io.Memory;
import io.fullnat.core.packet.Ethernet;

/// How sure a worker is of its neighbours, after the neighbour unreachability detection of RFC 4861
/// §7.3, by ARP and by neighbour discovery.
///
/// An answer holds for a while ([#KEPT_SECONDS], [#OTHERS_SECONDS]). Then the entry is stale, and
/// the next packet to it leaves the fast path once: the neighbour is asked by unicast, after a
/// second by broadcast, and used meanwhile. So neighbours in use are asked again and again, and
/// only they; nobody counts packets. After [#PROBES] unanswered requests packets wait; when the
/// wait is in vain they end with `NEIGHBOUR_UNREACHABLE`, and so do those that come before the next
/// request is allowed, 1, 2, then 4 s later. Entries that nobody uses go.
final class Reachability {
    /// How long an answer of a gateway or real server holds.
    static final int KEPT_SECONDS = 5;

    /// How long an answer of another neighbour holds.
    static final int OTHERS_SECONDS = 30;

    /// Requests before giving up.
    static final int PROBES = 3;

    /// Between requests for one neighbour.
    static final int PROBE_INTERVAL_MS = 1000;

    /// How long a neighbour that was resolved stays without being used.
    static final int UNUSED_SECONDS = 90;

    /// As long as the others, for a gateway or real server.
    static final int UNUSED_KEPT_SECONDS = 3600;

    /// How long a neighbour that was not resolved stays without being asked for.
    static final int UNRESOLVED_SECONDS = 15;

    private static final int SCAN_INTERVAL_MS = 100;
    private static final int SCAN_STEP = 256;
    private static final int SCANS = 10;
    private static final int MAX_FAILURES = 3;

    private final StackContext context;
    private final AdjacencyTable adjacencies;
    private final WaitingPackets waiting;
    private final NeighbourRequests requests;
    private final HeldFrames.Receiver giveUp;
    private final byte[] failures = new byte[AdjacencyTable.CAPACITY];
    private final int[] giveUpMs = new int[AdjacencyTable.CAPACITY];
    private int scanPosition;
    private long nextScanMs;

    Reachability(
            StackContext context,
            AdjacencyTable adjacencies,
            WaitingPackets waiting,
            NeighbourRequests requests,
            HeldFrames.Receiver giveUp) {
        this.context = context;
        this.adjacencies = adjacencies;
        this.waiting = waiting;
        this.requests = requests;
        this.giveUp = giveUp;
    }

    /// Takes note that a packet is sent to a neighbour whose MAC address is known.
    void use(int index) {
        long entry = adjacencies.entry(index);
        if (Memory.getInt(entry + AdjacencyTable.STATE) == AdjacencyTable.STALE) {
            adjacencies.use(index, context.nowSeconds());
            startProbing(index);
            ask(index, adjacencies.mac(index));
        }
    }

    /// Begins to ask whether a neighbour is still where it was.
    void startProbing(int index) {
        long entry = adjacencies.entry(index);
        adjacencies.state(entry, AdjacencyTable.PROBING);
        Memory.putInt(entry + AdjacencyTable.PROBES, 0);
    }

    /// Whether packets may wait for a neighbour: not if it has just been asked in vain.
    boolean mayWait(int index) {
        return failures[index] == 0
                || nowMs() - Memory.getInt(adjacencies.entry(index) + AdjacencyTable.NEXT_PROBE)
                        >= 0;
    }

    /// Asks for a neighbour for which the first packet waits.
    void startWaiting(int index) {
        Memory.putInt(adjacencies.entry(index) + AdjacencyTable.PROBES, 0);
        int requestsAllowed = failures[index] == 0 ? PROBES : 1;
        giveUpMs[index] = nowMs() + requestsAllowed * PROBE_INTERVAL_MS;
        ask(index, Ethernet.BROADCAST);
    }

    /// Asks for a neighbour for which no packet waits though one is to be sent: once a second,
    /// however many these are. Nobody gives up for them.
    void askBeforeWaiting(int index) {
        long entry = adjacencies.entry(index);
        if (Memory.getInt(entry + AdjacencyTable.PROBES) == 0 || isDue(entry)) {
            ask(index, Ethernet.BROADCAST);
        }
    }

    /// A neighbour has answered.
    void confirm(int index) {
        long entry = adjacencies.entry(index);
        adjacencies.state(entry, AdjacencyTable.REACHABLE);
        Memory.putInt(entry + AdjacencyTable.CONFIRMED, context.nowSeconds());
        forgive(index);
    }

    /// A neighbour's MAC address is known, but not from an answer.
    void suppose(int index) {
        adjacencies.state(adjacencies.entry(index), AdjacencyTable.STALE);
        forgive(index);
    }

    /// A neighbour's MAC address is in doubt: it is asked when a packet is sent to it next.
    void doubt(int index) {
        long entry = adjacencies.entry(index);
        if (Memory.getInt(entry + AdjacencyTable.STATE) == AdjacencyTable.REACHABLE) {
            adjacencies.state(entry, AdjacencyTable.STALE);
        }
    }

    private void forgive(int index) {
        Memory.putInt(adjacencies.entry(index) + AdjacencyTable.PROBES, 0);
        failures[index] = 0;
    }

    /// Whether a neighbour was asked where it was and did not answer for a second.
    boolean isSilent(int index) {
        long entry = adjacencies.entry(index);
        return Memory.getInt(entry + AdjacencyTable.STATE) == AdjacencyTable.PROBING
                && Memory.getInt(entry + AdjacencyTable.PROBES) > 1;
    }

    private void ask(int index, long destination) {
        if (requests.ask(index, destination)) {
            long entry = adjacencies.entry(index);
            Memory.putInt(
                    entry + AdjacencyTable.PROBES,
                    Memory.getInt(entry + AdjacencyTable.PROBES) + 1);
            Memory.putInt(entry + AdjacencyTable.NEXT_PROBE, nowMs() + PROBE_INTERVAL_MS);
        }
    }

    /// Asks again where it is time, gives up where it is in vain, forgets what is not used. Looks
    /// at each entry once a second at least, at [#SCAN_STEP] or more each tenth of a second.
    ///
    /// @return how many entries were looked at
    int poll() {
        long now = context.nowNs() / 1_000_000;
        int end = adjacencies.end();
        if (now - nextScanMs < 0 || adjacencies.size() == 0) {
            return 0;
        }
        nextScanMs = now + SCAN_INTERVAL_MS;
        int count = Math.min(Math.max(SCAN_STEP, end / SCANS + 1), end);
        for (int i = 0; i < count; i++) {
            scanPosition = scanPosition + 1 < end ? scanPosition + 1 : 0;
            age(scanPosition);
        }
        return count;
    }

    private void age(int index) {
        long entry = adjacencies.entry(index);
        switch (Memory.getInt(entry + AdjacencyTable.STATE)) {
            case AdjacencyTable.REACHABLE -> {
                int age = context.nowSeconds() - Memory.getInt(entry + AdjacencyTable.CONFIRMED);
                if (age >= (adjacencies.isKept(index) ? KEPT_SECONDS : OTHERS_SECONDS)) {
                    adjacencies.state(entry, AdjacencyTable.STALE);
                }
            }
            case AdjacencyTable.PROBING -> probeAgain(index, entry);
            case AdjacencyTable.STALE ->
                    removeIfUnused(
                            index,
                            adjacencies.isKept(index) ? UNUSED_KEPT_SECONDS : UNUSED_SECONDS);
            case AdjacencyTable.INCOMPLETE -> {
                if (waiting.isEmpty(index)) {
                    removeIfUnused(index, UNRESOLVED_SECONDS);
                } else {
                    resolveAgain(index, entry);
                }
            }
            default -> {
                // free, or static: nothing gets old
            }
        }
    }

    private void probeAgain(int index, long entry) {
        int probes = Memory.getInt(entry + AdjacencyTable.PROBES);
        if (probes == 0) {
            ask(index, adjacencies.mac(index));
        } else if (isDue(entry)) {
            if (probes < PROBES) {
                ask(index, Ethernet.BROADCAST);
            } else {
                fail(index, entry);
            }
        }
    }

    private void resolveAgain(int index, long entry) {
        int probes = Memory.getInt(entry + AdjacencyTable.PROBES);
        if (nowMs() - giveUpMs[index] >= 0) {
            fail(index, entry);
            waiting.release(index, giveUp);
        } else if (probes == 0 || (isDue(entry) && probes < PROBES)) {
            ask(index, Ethernet.BROADCAST);
        }
    }

    private void fail(int index, long entry) {
        adjacencies.state(entry, AdjacencyTable.INCOMPLETE);
        Memory.putInt(entry + AdjacencyTable.PROBES, 0);
        int pauseMs = PROBE_INTERVAL_MS << failures[index];
        Memory.putInt(entry + AdjacencyTable.NEXT_PROBE, nowMs() + pauseMs);
        failures[index] = (byte) Math.min(MAX_FAILURES - 1, failures[index] + 1);
        adjacencies.use(index, context.nowSeconds());
    }

    private boolean isDue(long entry) {
        return nowMs() - Memory.getInt(entry + AdjacencyTable.NEXT_PROBE) >= 0;
    }

    private void removeIfUnused(int index, int seconds) {
        if (context.nowSeconds() - adjacencies.used(index) >= seconds) {
            remove(index);
        }
    }

    /// Removes an entry for which no packet waits.
    void remove(int index) {
        failures[index] = 0;
        adjacencies.remove(index);
    }

    private int nowMs() {
        return (int) (context.nowNs() / 1_000_000);
    }
}
