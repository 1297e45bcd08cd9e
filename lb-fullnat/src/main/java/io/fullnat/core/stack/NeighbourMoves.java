// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.io.Memory;

/// Neighbours of which another MAC address was heard: the old one is asked first, by unicast, twice
/// within [#DECISION_MS]. If it answers, the other is not believed; if it is silent, it is.
///
/// Each entry is under suspicion once at a time, and again a second after it was cleared, so that a
/// liar causes two small packets a second.
final class NeighbourMoves {
    /// Until another MAC address is believed.
    static final int DECISION_MS = 800;

    private static final int STEP_MS = DECISION_MS / 2;
    private static final int PAUSE_MS = 1000;
    private static final int STEP = 64;

    /// What to do with a neighbour whose old MAC address is silent.
    @FunctionalInterface
    interface Believer {
        void moved(int index, long mac);
    }

    private final StackContext context;
    private final AdjacencyTable adjacencies;
    private final NeighbourRequests requests;
    private final NeighbourNews news;
    private final Believer believer;
    private final long[] candidates = new long[AdjacencyTable.CAPACITY];
    private final boolean[] askedTwice = new boolean[AdjacencyTable.CAPACITY];
    private final boolean[] queued = new boolean[AdjacencyTable.CAPACITY];
    private final long[] dueMs = new long[AdjacencyTable.CAPACITY];
    private final long[] clearedMs = new long[AdjacencyTable.CAPACITY];

    /// Entries under suspicion, each once, in the order in which they are due.
    private final int[] queue = new int[AdjacencyTable.CAPACITY];

    private int head;
    private int count;

    NeighbourMoves(
            StackContext context,
            AdjacencyTable adjacencies,
            NeighbourRequests requests,
            NeighbourNews news,
            Believer believer) {
        this.context = context;
        this.adjacencies = adjacencies;
        this.requests = requests;
        this.news = news;
        this.believer = believer;
    }

    /// Another MAC address was heard.
    void suspect(int index, long mac) {
        long now = nowMs();
        if (candidates[index] != 0) {
            return;
        }
        if (now - clearedMs[index] < 0) {
            context.counters().count(Counter.NEIGHBOUR_MOVES_REFUSED);
            return;
        }
        if (!requests.ask(index, adjacencies.mac(index))) {
            return;
        }
        candidates[index] = mac;
        askedTwice[index] = false;
        dueMs[index] = now + STEP_MS;
        if (!queued[index]) {
            queued[index] = true;
            enqueue(index);
        }
    }

    /// The MAC address that is known was heard: it is not silent.
    void clear(int index) {
        long candidate = candidates[index];
        if (candidate == 0) {
            return;
        }
        candidates[index] = 0;
        clearedMs[index] = nowMs() + PAUSE_MS;
        context.counters().count(Counter.NEIGHBOUR_MOVES_REFUSED);
        long entry = adjacencies.entry(index);
        news.tell(
                NeighbourNews.MOVE_REFUSED,
                Memory.getInt(entry + AdjacencyTable.DEVICE),
                adjacencies.high(index),
                adjacencies.low(index),
                adjacencies.mac(index),
                candidate);
    }

    /// The entry is another one, or has been decided about.
    void forget(int index) {
        candidates[index] = 0;
        clearedMs[index] = nowMs();
    }

    /// Asks again, and decides.
    int poll() {
        int work = 0;
        long now = nowMs();
        while (count > 0 && work < STEP) {
            int index = queue[head];
            boolean open = candidates[index] != 0;
            if (open && now - dueMs[index] < 0) {
                break;
            }
            head = (head + 1) % queue.length;
            count--;
            work++;
            if (!open) {
                queued[index] = false;
            } else if (askedTwice[index]) {
                queued[index] = false;
                long mac = candidates[index];
                candidates[index] = 0;
                believer.moved(index, mac);
            } else {
                askedTwice[index] = requests.ask(index, adjacencies.mac(index));
                dueMs[index] = now + STEP_MS;
                enqueue(index);
            }
        }
        return work;
    }

    private void enqueue(int index) {
        queue[(head + count) % queue.length] = index;
        count++;
    }

    private long nowMs() {
        return context.nowNs() / 1_000_000;
    }
}
