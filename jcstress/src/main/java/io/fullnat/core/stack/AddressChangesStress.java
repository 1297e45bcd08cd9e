// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import java.util.List;
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
    private static final long HIGH = 0x2001_0DB8L << 32;

    private final AddressStates states = new AddressStates();
    private final AddressStates.State state =
            states.replace(List.of(new NetworkView.Own(HIGH, 1, 64, 0, false))).getFirst();
    private int changes;

    /// The worker that asks for addresses.
    @Actor
    public void asker() {
        if (!state.accept()) {
            throw new IllegalStateException("nobody had objected");
        }
    }

    /// Another, which wants to speak from it.
    @Actor
    public void speaker(ZZ_Result result) {
        changes = states.changes();
        result.r1 = states.isValid(0, HIGH, 1);
    }

    /// Whether it looks again.
    @Arbiter
    public void later(ZZ_Result result) {
        result.r2 = changes != states.changes();
    }
}
