// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.limit;

import io.fullnat.api.service.TrafficLimit;
import io.fullnat.api.service.TrafficLimit.Unit;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/// Two workers have a packet of a service that lets one pass: one does.
@JCStressTest
@Outcome(id = "false, true", expect = Expect.ACCEPTABLE, desc = "the first passes")
@Outcome(id = "true, false", expect = Expect.ACCEPTABLE, desc = "the second passes")
@Outcome(expect = Expect.FORBIDDEN, desc = "both, or neither")
@State
public class TrafficTokenStress {
    private static final int SLOTS = 1 << 16;
    private static final TrafficBuckets BUCKETS = new TrafficBuckets(SLOTS);
    private static final TrafficTokens ONE =
            new TrafficTokens(new TrafficLimit(Unit.PACKETS, 1, 1));
    private static final AtomicInteger NEXT = new AtomicInteger();

    /// Each turn of all slots is an hour later, when their buckets are full again.
    private final int number = NEXT.getAndIncrement() & Integer.MAX_VALUE;

    private boolean take() {
        long hour = TrafficTokens.time(3_600_000_000_000L);
        long now = (1 + number / SLOTS) * hour;
        return BUCKETS.take(number % SLOTS, TrafficBuckets.PACKETS, ONE, now, 60);
    }

    /// A worker.
    @Actor
    public void first(ZZ_Result result) {
        result.r1 = take();
    }

    /// Another.
    @Actor
    public void second(ZZ_Result result) {
        result.r2 = take();
    }
}
