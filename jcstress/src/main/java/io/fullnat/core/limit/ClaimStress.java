// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.limit;

import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/// Two workers want the last connection of a server while a third ends one: each claim that
/// succeeds is counted, and none is one too many.
@JCStressTest
@Outcome(id = "1, 0, 2", expect = Expect.ACCEPTABLE, desc = "the first has the last one")
@Outcome(id = "0, 1, 2", expect = Expect.ACCEPTABLE, desc = "the second has it")
@Outcome(id = "1, 1, 3", expect = Expect.ACCEPTABLE, desc = "one had ended, both have one")
@Outcome(expect = Expect.FORBIDDEN, desc = "one too many, or one lost")
@State
public class ClaimStress {
    private static final int SLOTS = 1 << 18;
    private static final ConnectionCounts COUNTS = new ConnectionCounts(SLOTS, "server");
    private static final AtomicInteger NEXT = new AtomicInteger();

    private final int slot = NEXT.getAndIncrement() & (SLOTS - 1);

    /// Two of three are there.
    public ClaimStress() {
        COUNTS.add(slot, 2 - COUNTS.count(slot));
    }

    /// A worker.
    @Actor
    public void first(III_Result result) {
        result.r1 = COUNTS.claim(slot, 3, 0) ? 1 : 0;
    }

    /// Another.
    @Actor
    public void second(III_Result result) {
        result.r2 = COUNTS.claim(slot, 3, 0) ? 1 : 0;
    }

    /// A worker one of whose connections ends.
    @Actor
    public void third() {
        COUNTS.release(slot);
    }

    /// What is left.
    @Arbiter
    public void left(III_Result result) {
        result.r3 = COUNTS.count(slot);
    }
}
