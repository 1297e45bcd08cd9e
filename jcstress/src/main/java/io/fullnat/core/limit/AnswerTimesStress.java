// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.limit;

import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/// Two workers ask one server and measure it at once: who waits is counted exactly, and what is
/// known is what one of them measured.
@JCStressTest
@Outcome(id = "2, 900", expect = Expect.ACCEPTABLE, desc = "the longer one, at last or after all")
@Outcome(id = "2, 100", expect = Expect.ACCEPTABLE, desc = "the longer one is forgotten")
@Outcome(expect = Expect.FORBIDDEN, desc = "a count is lost, or a mixture is known")
@State
public class AnswerTimesStress {
    private static final int SLOTS = 1 << 18;
    private static final AnswerTimes TIMES = new AnswerTimes(SLOTS);
    private static final AtomicInteger NEXT = new AtomicInteger();

    private final int slot = NEXT.getAndIncrement() & (SLOTS - 1);
    private final int waitingBefore = TIMES.waiting(slot);

    /// Forgets what was known of the slot.
    public AnswerTimesStress() {
        TIMES.forget(slot);
    }

    /// A worker.
    @Actor
    public void first() {
        TIMES.asked(slot);
        TIMES.measured(slot, 100, 0);
    }

    /// Another.
    @Actor
    public void second() {
        TIMES.asked(slot);
        TIMES.measured(slot, 900, 0);
    }

    /// What is known then.
    @Arbiter
    public void known(II_Result result) {
        result.r1 = TIMES.waiting(slot) - waitingBefore;
        result.r2 = TIMES.micros(slot, 0);
    }
}
