// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import java.util.Arrays;

/// Keeps room for new neighbours. Before the table, the share of it for those that are looked for
/// ([AdjacencyTable#MAX_UNRESOLVED]), or the store of waiting packets is full, entries go in this
/// order: those that were not resolved, those that were only heard of, those not used lately, those
/// in use; of each kind the oldest first. Gateways and real servers go only when they are not used,
/// static neighbours never.
final class NeighbourRoom {
    /// Room that a duty cycle's packets find.
    static final int LOW = 512;

    private static final int BATCH = 512;

    /// As many as may be looked for are left a batch of room: then who is looked for next has it.
    private static final int UNRESOLVED_LIMIT = AdjacencyTable.MAX_UNRESOLVED - BATCH;

    private static final int PAUSE_MS = 100;
    private static final int RECYCLE_MS = 250;

    private static final int AGES = 64;
    private static final int UNRESOLVED = 0;
    private static final int HEARD_OF = 1;
    private static final int STALE = 2;
    private static final int IN_USE = 3;
    private static final int KEPT_UNUSED = 4;
    private static final int KEPT_IN_USE = 5;
    private static final int KINDS = 6;
    private static final int STAYS = KINDS * AGES;

    private final StackContext context;
    private final AdjacencyTable adjacencies;
    private final WaitingPackets waiting;
    private final int waitingLimit;
    private final Reachability reachability;
    private final NeighbourMoves moves;
    private final HeldFrames.Receiver drop = this::drop;
    private final int[] histogram = new int[STAYS];
    private long nextMs;
    private long nextRecycleMs;

    NeighbourRoom(
            StackContext context,
            AdjacencyTable adjacencies,
            WaitingPackets waiting,
            Reachability reachability,
            NeighbourMoves moves) {
        this.context = context;
        this.adjacencies = adjacencies;
        this.waiting = waiting;
        waitingLimit = waiting.capacity() * 3 / 4;
        this.reachability = reachability;
        this.moves = moves;
        nextMs = nowMs();
        nextRecycleMs = nowMs();
    }

    private void drop(long buffer, long data, int length, int port) {
        context.counters().end(Outcome.NEIGHBOUR_TABLE_FULL, buffer);
        context.pool().free(buffer);
    }

    /// Makes room before it is needed. Between bursts.
    ///
    /// @return how many entries went
    int poll() {
        boolean tight = adjacencies.room(false) < LOW;
        boolean inVain = adjacencies.unresolved() > UNRESOLVED_LIMIT;
        if (!tight && !inVain && waiting.size() <= waitingLimit) {
            return 0;
        }
        long now = nowMs();
        int gone = 0;
        if (now - nextMs >= 0) {
            // What is retired will be room soon.
            gone = adjacencies.room(false) + adjacencies.retired() < LOW ? evict(KEPT_UNUSED) : 0;
            if (waiting.size() > waitingLimit || adjacencies.unresolved() > UNRESOLVED_LIMIT) {
                gone += evict(UNRESOLVED);
            }
            nextMs = gone < BATCH ? now + PAUSE_MS : now;
        }
        if (tight && adjacencies.retired() > 0 && now - nextRecycleMs >= 0) {
            recycle();
        }
        return gone;
    }

    /// Makes room for a static neighbour at once. Between bursts.
    void force() {
        if (adjacencies.room(true) == 0) {
            evict(KEPT_IN_USE);
            recycle();
        }
    }

    /// Gives the places of retired entries free. Between bursts.
    void recycle() {
        adjacencies.recycle();
        context.forgetAdjacencies();
        nextRecycleMs = nowMs() + RECYCLE_MS;
    }

    /// Removes an entry and what waits for it.
    void remove(int index) {
        moves.forget(index);
        waiting.release(index, drop);
        reachability.remove(index);
    }

    private int evict(int lastKind) {
        Arrays.fill(histogram, 0);
        int end = adjacencies.end();
        for (int index = 0; index < end; index++) {
            int rank = rank(index);
            if (rank < STAYS) {
                histogram[rank]++;
            }
        }
        int limit = 0;
        int wanted = 0;
        while (limit < (lastKind + 1) * AGES && wanted < BATCH) {
            wanted += histogram[limit++];
        }
        int gone = 0;
        for (int index = 0; index < end && gone < BATCH; index++) {
            if (rank(index) < limit) {
                remove(index);
                gone++;
            }
        }
        context.counters().count(Counter.NEIGHBOURS_EVICTED, gone);
        return gone;
    }

    /// In which order an entry goes: small ones first; [#STAYS] if it does not.
    private int rank(int index) {
        long entry = adjacencies.entry(index);
        int state = Memory.getInt(entry + AdjacencyTable.STATE);
        if (state == AdjacencyTable.FREE || state == AdjacencyTable.STATIC) {
            return STAYS;
        }
        if (state == AdjacencyTable.INCOMPLETE && !adjacencies.isKept(index)) {
            return UNRESOLVED * AGES
                    + AGES
                    - 1
                    - Math.min(AGES - 1, adjacencies.fillingsSince(index) / 128);
        }
        int age = Math.clamp(context.nowSeconds() - adjacencies.used(index), 0, AGES - 1);
        return kind(index, state) * AGES + AGES - 1 - age;
    }

    private int kind(int index, int state) {
        boolean unused = state == AdjacencyTable.STALE || state == AdjacencyTable.INCOMPLETE;
        if (adjacencies.isKept(index)) {
            return unused ? KEPT_UNUSED : KEPT_IN_USE;
        }
        if (!unused) {
            return IN_USE;
        }
        return adjacencies.isReferred(index) ? STALE : HEARD_OF;
    }

    private long nowMs() {
        return context.nowNs() / 1_000_000;
    }
}
