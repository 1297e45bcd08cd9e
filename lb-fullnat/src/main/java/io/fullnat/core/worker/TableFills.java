// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.worker;

import io.fullnat.api.counter.Counter;
import io.fullnat.core.open.FlowContext;
import io.fullnat.core.open.Modifiers;
import io.fullnat.core.stack.AdjacencyTable;
import io.fullnat.core.stack.Neighbours;
import io.fullnat.core.transmit.WorkerCounters;

/// How full the tables and stores of a worker are besides that of its connections, for those who
/// read its counters. Told only when something has changed, so that a worker which uses none of
/// them writes none of their lines. For the worker's thread.
final class TableFills {
    private final WorkerCounters counters;
    private final FlowContext context;
    private final Neighbours neighbours;
    private int modified;
    private int pending;
    private int held;
    private int waiting;

    /// Tells how much there is room for.
    TableFills(WorkerCounters counters, FlowContext context, Neighbours neighbours) {
        this.counters = counters;
        this.context = context;
        this.neighbours = neighbours;
        Modifiers modifiers = context.modifiers();
        counters.set(Counter.MODIFIER_CAPACITY, modifiers == null ? 0 : modifiers.capacity());
        counters.set(Counter.SYN_PROXY_HOLD_CAPACITY, context.handshakes().holdCapacity());
        counters.set(Counter.NEIGHBOUR_CAPACITY, AdjacencyTable.CAPACITY);
        counters.set(Counter.NEIGHBOUR_WAITING_CAPACITY, neighbours.waitingCapacity());
    }

    /// Tells how full they are.
    ///
    /// @return packets that wait for neighbours or are held
    int tell() {
        Modifiers modifiers = context.modifiers();
        int modifiedNow = modifiers == null ? 0 : modifiers.size();
        int pendingNow = context.handshakes().size();
        int heldNow = context.handshakes().held();
        int waitingNow = neighbours.waitingPackets();
        if (modifiedNow != modified) {
            modified = modifiedNow;
            counters.set(Counter.MODIFIERS, modifiedNow);
        }
        if (pendingNow != pending) {
            pending = pendingNow;
            counters.set(Counter.SYN_PROXY_PENDING, pendingNow);
        }
        if (heldNow != held) {
            held = heldNow;
            counters.set(Counter.SYN_PROXY_HOLDS, heldNow);
        }
        if (waitingNow != waiting) {
            waiting = waitingNow;
            counters.set(Counter.NEIGHBOUR_WAITING, waitingNow);
        }
        return waitingNow + heldNow;
    }
}
