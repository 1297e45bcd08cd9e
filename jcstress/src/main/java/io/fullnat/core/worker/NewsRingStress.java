// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.worker;

import io.fullnat.core.stack.NeighbourNews;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/// What a worker tells arrives whole and in its order, or not at all.
@JCStressTest
@Outcome(id = "0", expect = Expect.ACCEPTABLE, desc = "nothing was read")
@Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "news were read as they were told")
@Outcome(id = "2", expect = Expect.FORBIDDEN, desc = "other news, or in another order")
@State
public class NewsRingStress {
    private static final NewsRing RING = new NewsRing();
    private static int told;
    private static int last;

    private int seen;

    /// The worker. If the ring is full, the news are lost.
    @Actor
    public void worker() {
        int id = ++told;
        RING.tell(NeighbourNews.MOVED, id, -2L * id, ~id, -id, (long) id << 32);
    }

    /// Control.
    @Actor
    public void control(I_Result result) {
        seen = 0;
        RING.read(this::read);
        result.r1 = seen;
    }

    private void read(int what, int device, long high, long low, long before, long now) {
        boolean whole =
                what == NeighbourNews.MOVED
                        && high == -2L * device
                        && low == ~device
                        && before == -device
                        && now == (long) device << 32
                        && device - last > 0;
        seen = whole ? Math.max(seen, 1) : 2;
        last = device;
    }
}
