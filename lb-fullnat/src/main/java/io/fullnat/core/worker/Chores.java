// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.worker;

import io.fullnat.api.counter.Counter;
import io.fullnat.core.open.ConnectionPurge;
import io.fullnat.core.open.FlowContext;
import io.fullnat.core.open.PurgeRules;
import io.fullnat.core.path.SlowPath;
import io.fullnat.core.stack.NeighbourStack;
import io.fullnat.core.stack.StackContext;
import io.fullnat.core.transmit.LinkGate;
import io.fullnat.core.transmit.Transmitter;
import io.fullnat.core.transmit.WorkerCounters;
import java.util.List;
import java.util.function.IntSupplier;

/// What a worker does beside packets: neighbours, timers, purges, gauges. In a duty cycle without
/// packets all of it is looked at; while packets come, in one of [#EVERY], for it costs some
/// hundred nanoseconds however little there is to do, which is one to three a packet of full
/// bursts. A cycle with two of those takes from 3 µs to some 30 µs, so nothing waits longer than a
/// quarter of a millisecond. For the worker's thread.
final class Chores {
    /// Duty cycles with packets of which one has them.
    static final int EVERY = 8;

    /// Connections looked at for a duty cycle, whose time may be over.
    private static final int EXPIRE_LIMIT = 64;

    private final StackContext stack;
    private final FlowContext context;
    private final WorkerCounters counters;
    private final NeighbourStack neighbours;
    private final LinkReturns linkReturns;
    private final SlowPath slow;
    private final ConnectionPurge purge;
    private final ViewExchange exchange;
    private final TableFills fills;
    private final Transmitter[] transmitters;

    /// One after the other by one call, behind which the compiler sees too many to take them into
    /// the duty cycle: it takes in no more than so much, and what handles packets comes later
    /// there.
    private final IntSupplier[] steps;

    /// Duty cycles since they were done last.
    private int since;

    /// Connections that are looked at this time.
    private int due;

    /// @param context the worker's connections
    /// @param neighbours what it knows of others on its links
    /// @param links of all ports whose return it announces
    /// @param slow with what waits for an answer or for its first fragment
    /// @param exchange is told when a purge is done
    Chores(
            FlowContext context,
            NeighbourStack neighbours,
            List<LinkGate> links,
            SlowPath slow,
            ViewExchange exchange) {
        this.context = context;
        this.neighbours = neighbours;
        this.slow = slow;
        this.exchange = exchange;
        stack = context.stack();
        counters = stack.counters();
        transmitters = stack.transmitters();
        linkReturns = new LinkReturns(links);
        purge = new ConnectionPurge(context);
        fills = new TableFills(counters, context, neighbours.neighbours());
        steps =
                new IntSupplier[] {
                    this::announceReturned,
                    neighbours::poll,
                    this::expire,
                    context.retiming()::step,
                    this::purgeSome,
                    slow::poll
                };
    }

    /// Whether they are to be done in this duty cycle.
    ///
    /// @param work how much else there was to do in it
    boolean areDue(int work) {
        since++;
        return work == 0 || since >= EVERY;
    }

    /// Does them.
    ///
    /// @return how much there was to do
    int run() {
        due = EXPIRE_LIMIT * Math.min(since, EVERY);
        since = 0;
        int work = 0;
        for (IntSupplier step : steps) {
            work += step.getAsInt();
        }
        return work;
    }

    private int announceReturned() {
        neighbours.returned(linkReturns.poll(stack.view()));
        return 0;
    }

    private int expire() {
        return context.table().expire(stack.nowSeconds(), context.resets().expiryLimit(due));
    }

    /// Ends connections from this cycle on, until none is left that is to end.
    ///
    /// @param rules which ones
    void purge(PurgeRules rules) {
        purge.start(rules);
        since = EVERY;
    }

    private int purgeSome() {
        int work = purge.step();
        if (work > 0 && purge.isDone()) {
            exchange.purged(purge.ended());
        }
        return work;
    }

    /// Tells how many packets wait and how full stores are.
    void tell() {
        int waiting = fills.tell() + slow.held();
        for (Transmitter transmitter : transmitters) {
            waiting += transmitter.forwardedWaiting();
        }
        counters.set(Counter.WAITING, waiting);
    }

    /// The worker ends: nothing waits any more.
    void end() {
        tell();
        counters.set(Counter.WAITING, 0);
    }
}
