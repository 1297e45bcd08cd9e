// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.limit;

import io.fullnat.api.Clock;
import io.fullnat.api.service.CookieSecrets;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/// A worker switches a service's SYN proxy on, and control, which sees that, off again: control
/// sees the number that the worker said, and what it switched off stays so.
@JCStressTest
@Outcome(id = "0, 70000", expect = Expect.ACCEPTABLE, desc = "not seen yet, on")
@Outcome(id = "70000, 0", expect = Expect.ACCEPTABLE, desc = "seen whole, off")
@Outcome(expect = Expect.FORBIDDEN, desc = "another number, lost, or on again")
@State
public class SynProxySwitchStress {
    private static final int FROM = 70_000;
    private static final int SLOTS = 1 << 18;
    private static final SynProxyStates STATES =
            new SynProxyStates(SLOTS, CookieSecrets.random(), Clock.system());
    private static final AtomicInteger NEXT = new AtomicInteger();

    private final int slot = NEXT.getAndIncrement() & (SLOTS - 1);

    /// A service gets the slot.
    public SynProxySwitchStress() {
        STATES.off(slot);
    }

    /// A worker that has met too many half-open connections.
    @Actor
    public void worker() {
        if (!STATES.isOn(slot)) {
            STATES.on(slot, FROM);
        }
    }

    /// Control, by which the service no longer wants one.
    @Actor
    public void control(II_Result result) {
        int from = STATES.from(slot);
        if (from != 0) {
            STATES.off(slot);
        }
        result.r1 = from;
    }

    /// How it is then.
    @Arbiter
    public void left(II_Result result) {
        result.r2 = STATES.from(slot);
    }
}
