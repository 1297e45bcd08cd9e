// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import io.fullnat.core.stack.AddressStates.Standing;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/// One asks how an address is while a worker hears that another station has it: a duplicate is told
/// with the station that has it.
@JCStressTest
@Outcome(id = "0", expect = Expect.ACCEPTABLE, desc = "nobody has objected")
@Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "a duplicate, and whose")
@Outcome(expect = Expect.FORBIDDEN, desc = "a duplicate of nobody's")
@State
public class DuplicateStress {
    private static final long OTHER = 0x02_0000_0000_99L;

    private final TentativeAddress address = new TentativeAddress();

    /// The worker that hears the station.
    @Actor
    public void hearer() {
        if (!address.state.refuse(OTHER)) {
            throw new IllegalStateException("nobody had accepted it");
        }
    }

    /// One that asks.
    @Actor
    public void listing(I_Result result) {
        Standing standing = address.standing();
        boolean tentative = standing.state() == AddressStates.TENTATIVE;
        long other = tentative ? 0 : OTHER;
        result.r1 = standing.other() == other ? standing.state() / 2 : -1;
    }
}
