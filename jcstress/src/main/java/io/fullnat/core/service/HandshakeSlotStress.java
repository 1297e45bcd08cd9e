// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.service;

import io.fullnat.api.io.Memory;
import io.fullnat.api.service.HandshakeTimes;
import io.fullnat.core.memory.Region;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/// Control gives a server's slot to another server when its last connection has ended: no handshake
/// that a worker timed for the first one is counted for the next, in any bucket.
@JCStressTest
@Outcome(id = "0, 3", expect = Expect.ACCEPTABLE, desc = "not given away yet")
@Outcome(id = "1, 0", expect = Expect.ACCEPTABLE, desc = "given away, at zero")
@Outcome(expect = Expect.FORBIDDEN, desc = "counted for the other server, or lost")
@State
public class HandshakeSlotStress {
    private static final int SLOTS = 1 << 16;
    private static final TrafficTable TABLE = new TrafficTable(SLOTS, 1, 1);
    private static final AtomicInteger NEXT = new AtomicInteger();
    private static final int LONG_MICROS = 10_000_000;

    private final int slot = NEXT.getAndIncrement() & (SLOTS - 1);
    private final long counters = TABLE.server(slot);
    private final HandshakeTable handshakes = TABLE.handshakes();

    /// A server with one connection, which has shaken hands before.
    public HandshakeSlotStress() {
        Memory.zero(counters, Region.CACHE_LINE);
        Memory.putLong(counters + TrafficTable.LIVE, 1);
        handshakes.clear(slot);
        handshakes.count(slot, 0);
    }

    /// The worker: two answers of the server, and the end.
    @Actor
    public void worker() {
        handshakes.count(slot, 0);
        handshakes.count(slot, LONG_MICROS);
        TrafficTable.end(counters + TrafficTable.LIVE);
    }

    /// Control.
    @Actor
    public void control(II_Result result) {
        if (TrafficTable.live(counters + TrafficTable.LIVE) == 0) {
            handshakes.clear(slot);
            result.r1 = 1;
        }
    }

    /// What the next server has.
    @Arbiter
    public void next(II_Result result) {
        int[] sums = new int[HandshakeTimes.BUCKETS];
        handshakes.addTo(slot, sums);
        result.r2 = Arrays.stream(sums).sum();
    }
}
