// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.transmit;

import io.fullnat.api.counter.Counter;
import io.fullnat.core.memory.Region;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.J_Result;

/// Control and a callback count a fault each, at once: both are counted.
@JCStressTest
@Outcome(id = "2", expect = Expect.ACCEPTABLE, desc = "both")
@Outcome(expect = Expect.FORBIDDEN, desc = "one was lost")
@State
public class SharedCounterStress {
    private static final int PLACES = 1 << 16;
    private static final Region COUNTS =
            Region.allocate((long) PLACES * Region.CACHE_LINE, "counters");
    private static final AtomicInteger NEXT = new AtomicInteger();

    private final WorkerCounters counters = counters();
    private final long before = counters.get(Counter.FAULTS);

    /// Places are used again, so what was counted there before is left out.
    private static WorkerCounters counters() {
        long[] others = new long[Counter.values().length];
        long place = NEXT.getAndIncrement() & (PLACES - 1);
        Arrays.fill(others, COUNTS.address() + place * Region.CACHE_LINE);
        return new WorkerCounters(new long[0], others);
    }

    /// Control.
    @Actor
    public void control() {
        counters.countShared(Counter.FAULTS);
    }

    /// A callback.
    @Actor
    public void callback() {
        counters.countShared(Counter.FAULTS);
    }

    /// When both have done so.
    @Arbiter
    public void both(J_Result result) {
        result.r1 = counters.get(Counter.FAULTS) - before;
    }
}
