// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.worker;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/// When all workers have said that they hand nothing over any more, each sees what the others
/// handed over last.
@JCStressTest
@Outcome(id = "-1, 1", expect = Expect.ACCEPTABLE, desc = "the second was the last")
@Outcome(id = "1, -1", expect = Expect.ACCEPTABLE, desc = "the first was the last")
@Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "both have waited")
@Outcome(id = "0, .*", expect = Expect.FORBIDDEN, desc = "a packet was left")
@Outcome(id = ".*, 0", expect = Expect.FORBIDDEN, desc = "a packet was left")
@State
public class QuiescenceStress {
    private final Quiescence quiescence = new Quiescence(2);
    private int toFirst;
    private int toSecond;

    /// The first worker.
    @Actor
    public void first(II_Result result) {
        toSecond = 1;
        quiescence.reached();
        result.r1 = quiescence.allQuiet() ? toFirst : -1;
    }

    /// The second worker.
    @Actor
    public void second(II_Result result) {
        toFirst = 1;
        quiescence.reached();
        result.r2 = quiescence.allQuiet() ? toSecond : -1;
    }
}
