// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import io.fullnat.core.stack.AddressStates.Standing;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZI_Result;

/// The time to object to an address ends as another worker hears that another station has it: it is
/// ours or the other's, by both alike.
@JCStressTest
@Outcome(id = "true, false, 1", expect = Expect.ACCEPTABLE, desc = "ours, by both")
@Outcome(id = "false, true, 2", expect = Expect.ACCEPTABLE, desc = "the other's, by both")
@Outcome(expect = Expect.FORBIDDEN, desc = "both, neither, or a station that is not known")
@State
public class ObjectionStress {
    private static final long OTHER = 0x02_0000_0000_99L;

    private final TentativeAddress address = new TentativeAddress();

    /// The worker that asks.
    @Actor
    public void asker(ZZI_Result result) {
        result.r1 = address.state.accept();
    }

    /// Another, which hears the station.
    @Actor
    public void hearer(ZZI_Result result) {
        result.r2 = address.state.refuse(OTHER);
    }

    /// Whose it is then.
    @Arbiter
    public void then(ZZI_Result result) {
        Standing standing = address.standing();
        boolean known =
                (standing.state() == AddressStates.DUPLICATE) == (standing.other() == OTHER);
        result.r3 = known ? standing.state() : -1;
    }
}
