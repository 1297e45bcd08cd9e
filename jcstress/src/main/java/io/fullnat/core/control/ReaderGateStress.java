// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.BalancerException;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/// Memory is not freed while somebody reads it, and nobody reads it after.
@JCStressTest
@Outcome(id = "0", expect = Expect.ACCEPTABLE, desc = "read before")
@Outcome(id = "2", expect = Expect.ACCEPTABLE, desc = "kept out")
@Outcome(id = "1", expect = Expect.FORBIDDEN, desc = "read what was freed")
@State
public class ReaderGateStress {
    private final ReaderGate gate = new ReaderGate();
    private int freed;

    /// The thread that lists.
    @Actor
    public void reader(I_Result result) {
        try {
            result.r1 = gate.read(() -> freed);
        } catch (BalancerException closed) {
            result.r1 = 2;
        }
    }

    /// The balancer closes.
    @Actor
    public void closing() {
        gate.shut();
        freed = 1;
    }
}
