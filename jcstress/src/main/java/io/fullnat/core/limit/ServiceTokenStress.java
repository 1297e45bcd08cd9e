// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.limit;

import io.fullnat.api.service.ConnectionRate;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/// Two workers want the only token of a service: one gets it.
@JCStressTest
@Outcome(id = "true, false", expect = Expect.ACCEPTABLE, desc = "the first has it")
@Outcome(id = "false, true", expect = Expect.ACCEPTABLE, desc = "the second has it")
@Outcome(expect = Expect.FORBIDDEN, desc = "both, or neither")
@State
public class ServiceTokenStress {
    private static final int SLOTS = 1 << 16;
    private static final ServiceRates RATES = new ServiceRates(SLOTS);
    private static final Tokens ONE = new Tokens(new ConnectionRate(1000, 1));
    private static final AtomicInteger NEXT = new AtomicInteger();

    private final int slot = NEXT.getAndIncrement() & (SLOTS - 1);

    /// The service gets the slot.
    public ServiceTokenStress() {
        RATES.fill(slot);
    }

    /// A worker.
    @Actor
    public void first(ZZ_Result result) {
        result.r1 = RATES.take(slot, ONE, 0);
    }

    /// Another.
    @Actor
    public void second(ZZ_Result result) {
        result.r2 = RATES.take(slot, ONE, 0);
    }
}
