// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.limit;

import io.fullnat.api.service.ConnectionRate;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZI_Result;

/// A worker gives back a token of a service while another takes one: both count, and the bucket has
/// as many as before.
@JCStressTest
@Outcome(id = "true, 1", expect = Expect.ACCEPTABLE, desc = "one was given back, one was taken")
@Outcome(expect = Expect.FORBIDDEN, desc = "one of both was lost")
@State
public class TokenBackStress {
    private static final int SLOTS = 1 << 16;
    private static final ServiceRates RATES = new ServiceRates(SLOTS);
    private static final Tokens THREE = new Tokens(new ConnectionRate(1000, 3));
    private static final AtomicInteger NEXT = new AtomicInteger();

    private final int slot = NEXT.getAndIncrement() & (SLOTS - 1);

    /// Two of three were taken.
    public TokenBackStress() {
        RATES.fill(slot);
        for (int i = 0; i < 2; i++) {
            if (!RATES.take(slot, THREE, 0)) {
                throw new IllegalStateException("a full bucket had no token");
            }
        }
    }

    /// A worker that could not open the connection.
    @Actor
    public void giver() {
        RATES.giveBack(slot, THREE);
    }

    /// Another, which opens one.
    @Actor
    public void taker(ZI_Result result) {
        result.r1 = RATES.take(slot, THREE, 0);
    }

    /// How many there are then.
    @Arbiter
    public void left(ZI_Result result) {
        while (RATES.take(slot, THREE, 0)) {
            result.r2++;
        }
    }
}
