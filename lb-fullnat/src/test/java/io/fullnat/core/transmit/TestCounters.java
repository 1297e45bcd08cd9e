// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.transmit;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.core.memory.Region;
import java.util.stream.IntStream;

/// A worker's counters in memory of their own, for tests of what counts.
public final class TestCounters implements AutoCloseable {
    private static final int OUTCOMES = Outcome.values().length;
    private static final int COUNTERS = Counter.values().length;

    private final Region memory =
            Region.allocate((OUTCOMES + COUNTERS) * 8L, "the counters of a test");

    /// The counters, all 0.
    public final WorkerCounters counters =
            new WorkerCounters(
                    places(memory.address(), OUTCOMES),
                    places(memory.address() + OUTCOMES * 8L, COUNTERS));

    private static long[] places(long first, int count) {
        return IntStream.range(0, count).mapToLong(i -> first + 8L * i).toArray();
    }

    @Override
    public void close() {
        memory.close();
    }
}
