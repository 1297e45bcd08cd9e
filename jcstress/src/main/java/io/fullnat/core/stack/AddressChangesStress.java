// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/// A worker keeps what it found out of an address as long as nothing has changed, while another
/// worker accepts the address: it does not keep for ever what no longer holds.
@JCStressTest
@Outcome(id = "false, true", expect = Expect.ACCEPTABLE, desc = "it looks again")
@Outcome(id = "true, false", expect = Expect.ACCEPTABLE, desc = "it keeps what holds")
@Outcome(id = "true, true", expect = Expect.ACCEPTABLE, desc = "it looks again, in vain")
@Outcome(id = "false, false", expect = Expect.FORBIDDEN, desc = "it keeps what no longer holds")
@State
public class AddressChangesStress {
    private final TentativeAddress address = new TentativeAddress();
    private int changes;

    /// The worker that asks for addresses.
    @Actor
    public void asker() {
        if (!address.state.accept()) {
            throw new IllegalStateException("nobody had objected");
        }
    }

    /// Another, which wants to speak from it.
    @Actor
    public void speaker(ZZ_Result result) {
        changes = address.states.changes();
        result.r1 = address.isValid();
    }

    /// Whether it looks again.
    @Arbiter
    public void later(ZZ_Result result) {
        result.r2 = changes != address.states.changes();
    }
}
