// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.memoryio;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/// Two threads send over a wire at once: what both were told to have sent arrives, each once.
@JCStressTest
@Outcome(id = "3", expect = Expect.ACCEPTABLE, desc = "both arrive")
@Outcome(id = "1", expect = Expect.FORBIDDEN, desc = "one was lost")
@Outcome(id = "2", expect = Expect.FORBIDDEN, desc = "one was lost")
@Outcome(id = "-1", expect = Expect.FORBIDDEN, desc = "one arrived twice")
@State
public class TwoSendersStress {
    private final HandleQueue queue = new HandleQueue(2);

    /// A sender.
    @Actor
    public void first() {
        queue.offer(1);
    }

    /// Another one.
    @Actor
    public void second() {
        queue.offer(2);
    }

    /// What arrives.
    @Arbiter
    public void receiver(I_Result result) {
        long one = queue.poll();
        long other = queue.poll();
        result.r1 = one == other || queue.poll() != 0 ? -1 : (int) (one + other);
    }
}
