// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.set;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.JJ_Result;

/// A rule decides on two workers at once: both are counted, and a sum that is read meanwhile is one
/// that was.
@JCStressTest
@Outcome(id = "[1-3], 3", expect = Expect.ACCEPTABLE, desc = "all, some of them already")
@Outcome(expect = Expect.FORBIDDEN, desc = "one was lost")
@State
public class UseCountStress {
    private final UseCount count = new UseCount.Source(2).next();

    /// A worker.
    @Actor
    public void first() {
        count.add(0);
        count.add(0);
    }

    /// Another, which asks as well.
    @Actor
    public void second(JJ_Result result) {
        count.add(1);
        result.r1 = count.sum();
    }

    /// All.
    @Arbiter
    public void all(JJ_Result result) {
        result.r2 = count.sum();
    }
}
