// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.memoryio;

import io.fullnat.api.io.Memory;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/// Two threads take buffers and give them back: no buffer is with both, none is lost.
@JCStressTest
@Outcome(id = "1, 1, 2", expect = Expect.ACCEPTABLE, desc = "each had its own")
@Outcome(id = "1, 0, 2", expect = Expect.FORBIDDEN, desc = "a buffer was lost")
@Outcome(id = "0, 1, 2", expect = Expect.FORBIDDEN, desc = "a buffer was lost")
@Outcome(id = ".*, .*, .*", expect = Expect.FORBIDDEN, desc = "one buffer was with both")
@State
public class BufferPoolStress {
    private static final InMemoryPool POOL = new InMemoryPool(2, 64);

    private static int use(long mine) {
        long buffer = POOL.allocate();
        if (buffer == 0) {
            return 0;
        }
        Memory.putLongRelease(buffer, mine);
        boolean alone = Memory.getLongAcquire(buffer) == mine;
        POOL.free(buffer);
        return alone ? 1 : -1;
    }

    /// A worker.
    @Actor
    public void first(III_Result result) {
        result.r1 = use(1);
    }

    /// Another one.
    @Actor
    public void second(III_Result result) {
        result.r2 = use(2);
    }

    /// How many are free at the end.
    @Arbiter
    public void free(III_Result result) {
        result.r3 = 2 - (int) POOL.inUse();
    }
}
