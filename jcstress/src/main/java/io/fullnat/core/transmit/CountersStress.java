// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.transmit;

import io.fullnat.api.counter.Counter;
import io.fullnat.core.memory.Region;
import java.util.Arrays;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/// Who reads a counter twice does not see it go back.
@JCStressTest
@Outcome(id = "0", expect = Expect.ACCEPTABLE, desc = "never less than before")
@Outcome(id = "1", expect = Expect.FORBIDDEN, desc = "less than before")
@State
public class CountersStress {
    private static final Region COUNTS = Region.allocate(Region.CACHE_LINE, "counters");
    private static final WorkerCounters COUNTERS = counters();

    private static WorkerCounters counters() {
        long[] others = new long[Counter.values().length];
        Arrays.fill(others, COUNTS.address());
        return new WorkerCounters(new long[0], others);
    }

    /// The worker.
    @Actor
    public void worker() {
        COUNTERS.count(Counter.RECEIVED);
        COUNTERS.count(Counter.RECEIVED);
    }

    /// The thread that asks.
    @Actor
    public void reader(I_Result result) {
        long first = COUNTERS.get(Counter.RECEIVED);
        long second = COUNTERS.get(Counter.RECEIVED);
        long third = COUNTERS.get(Counter.RECEIVED);
        result.r1 = second < first || third < second ? 1 : 0;
    }
}
