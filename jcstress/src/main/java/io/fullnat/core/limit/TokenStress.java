// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.limit;

import io.fullnat.api.service.ConnectionRate;
import java.util.concurrent.atomic.AtomicLong;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/// Two workers want the only token of a network: one gets it. The other may find its place held by
/// one that was interrupted, and does without.
@JCStressTest
@Outcome(id = "0, 1", expect = Expect.ACCEPTABLE, desc = "the first has it")
@Outcome(id = "1, 0", expect = Expect.ACCEPTABLE, desc = "the second has it")
@Outcome(
        id = {"0, 2", "2, 0"},
        expect = Expect.ACCEPTABLE_INTERESTING,
        desc = "one has it, the other did not wait")
@Outcome(expect = Expect.FORBIDDEN, desc = "both, or neither")
@State
public class TokenStress {
    private static final ClientRates RATES = new ClientRates(1 << 16);
    private static final Tokens ONE = new Tokens(new ConnectionRate(1000, 1));
    private static final AtomicLong NEXT = new AtomicLong();

    private final long hash = NEXT.incrementAndGet() * 0x9E37_79B9_7F4A_7C15L;

    /// A worker.
    @Actor
    public void first(II_Result result) {
        result.r1 = RATES.take(hash, ONE, 0);
    }

    /// Another.
    @Actor
    public void second(II_Result result) {
        result.r2 = RATES.take(hash, ONE, 0);
    }
}
