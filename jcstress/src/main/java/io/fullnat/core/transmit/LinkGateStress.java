// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.transmit;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/// A link goes down and comes back while two workers send: one that learns that it has come back
/// may send at once, and no lost packet goes uncounted.
@JCStressTest
@Outcome(id = "0, 5", expect = Expect.ACCEPTABLE, desc = "not known to be back")
@Outcome(id = "1, 5", expect = Expect.ACCEPTABLE, desc = "back, and up")
@Outcome(id = "2, .*", expect = Expect.FORBIDDEN, desc = "back, and still down")
@State
public class LinkGateStress {
    private final LinkGate gate = new LinkGate();

    /// Control, which watches the link.
    @Actor
    public void control() {
        gate.down(true);
        gate.down(false);
    }

    /// A worker that announces its addresses when the link is back.
    @Actor
    public void announcer(II_Result result) {
        gate.addLost(2);
        boolean back = gate.returns() != 0;
        boolean down = gate.isDown();
        result.r1 = !back ? 0 : down ? 2 : 1;
    }

    /// Another worker.
    @Actor
    public void sender() {
        gate.addLost(3);
    }

    /// Afterwards.
    @Arbiter
    public void afterwards(II_Result result) {
        result.r2 = (int) gate.lost();
    }
}
