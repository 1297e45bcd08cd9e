// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.worker;

import io.fullnat.api.Clock;
import io.fullnat.api.counter.Counter;
import io.fullnat.core.stack.StackContext;
import io.fullnat.core.transmit.FaultyClock;
import io.fullnat.core.transmit.WorkerCounters;

/// What a worker knows of time: reads the clock once a duty cycle, and tells from that how much of
/// it there was something to do, and in bursts of what size packets came. For the worker's thread.
final class WorkerTime {
    /// By the number of binary digits of a burst's size.
    private static final Counter[] BURSTS = {
        Counter.BURSTS_OF_1, // never looked at: a burst of none is not counted
        Counter.BURSTS_OF_1,
        Counter.BURSTS_OF_2,
        Counter.BURSTS_OF_4,
        Counter.BURSTS_OF_8,
        Counter.BURSTS_OF_16,
        Counter.BURSTS_OF_32,
        Counter.BURSTS_OF_64
    };

    private final long epochNs;
    private final StackContext stack;
    private final WorkerCounters counters;
    private Clock clock;
    private boolean busy;

    /// @param clock the balancer's
    /// @param epochNs the clock's time at the balancer's start
    /// @param stack is told the time
    /// @param counters the worker's
    WorkerTime(Clock clock, long epochNs, StackContext stack, WorkerCounters counters) {
        this.clock = clock;
        this.epochNs = epochNs;
        this.stack = stack;
        this.counters = counters;
    }

    /// A duty cycle begins: the one before has lasted until now, what the thread waited after it
    /// included, which it does only if there was nothing to do.
    void turn() {
        long before = stack.nowNs();
        read();
        if (busy) {
            counters.count(Counter.BUSY_NANOSECONDS, Math.max(0, stack.nowNs() - before));
        }
    }

    private void read() {
        try {
            stack.time(clock.nanoTime() - epochNs);
        } catch (Throwable fault) {
            clock = new FaultyClock(clock, stack.nowNs() + epochNs, fault, counters.faults());
        }
    }

    /// A burst of a port.
    ///
    /// @param packets 1 to 64
    void received(int packets) {
        counters.count(BURSTS[Integer.SIZE - Integer.numberOfLeadingZeros(packets)]);
    }

    /// A duty cycle ends.
    ///
    /// @param work how much there was to do
    void worked(int work) {
        busy = work > 0;
    }
}
