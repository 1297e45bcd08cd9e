// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.service;

import io.fullnat.api.io.Memory;
import io.fullnat.core.memory.Region;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/// Control gives a server's counters to another server when its last connection has ended: nothing
/// that a worker counted for the first one comes after they were zeroed.
@JCStressTest
@Outcome(id = "0, .*", expect = Expect.ACCEPTABLE, desc = "not given away yet")
@Outcome(id = "1, 0", expect = Expect.ACCEPTABLE, desc = "given away, at zero")
@Outcome(id = "1, .*", expect = Expect.FORBIDDEN, desc = "counted for the other server")
@State
public class SlotReuseStress {
    private static final int SLOTS = 1 << 18;
    private static final TrafficTable TABLE = new TrafficTable(SLOTS, 1, 1);
    private static final AtomicInteger NEXT = new AtomicInteger();

    private final long counters = TABLE.server(NEXT.getAndIncrement() & (SLOTS - 1));

    /// A server with one connection.
    public SlotReuseStress() {
        Memory.zero(counters, Region.CACHE_LINE);
        Memory.putLong(counters + TrafficTable.LIVE, 1);
    }

    /// The worker: the last packet, and the end.
    @Actor
    public void worker() {
        Memory.addLong(counters + TrafficTable.IN_PACKETS, 1);
        Memory.addLong(counters + TrafficTable.IN_BYTES, 40);
        TrafficTable.end(counters + TrafficTable.LIVE);
    }

    /// Control.
    @Actor
    public void control(II_Result result) {
        if (TrafficTable.live(counters + TrafficTable.LIVE) == 0) {
            Memory.zero(counters, Region.CACHE_LINE);
            result.r1 = 1;
        }
    }

    /// What the next server has.
    @Arbiter
    public void next(II_Result result) {
        result.r2 = (int) Memory.getLong(counters + TrafficTable.IN_BYTES);
    }
}
