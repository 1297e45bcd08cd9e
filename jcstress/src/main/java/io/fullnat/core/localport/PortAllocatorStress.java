// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.localport;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/// When control sees that an allocator has no port in use, it sees all that the worker did before
/// it gave the last one back.
@JCStressTest
@Outcome(id = "-1", expect = Expect.ACCEPTABLE, desc = "still in use")
@Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "given back")
@Outcome(id = "0", expect = Expect.FORBIDDEN, desc = "given back too early")
@State
public class PortAllocatorStress {
    private final PortAllocator allocator = new PortAllocator();
    private int done;

    /// An allocator with one port in use.
    public PortAllocatorStress() {
        allocator.used(1);
    }

    /// The worker gives it back.
    @Actor
    public void worker() {
        done = 1;
        allocator.used(0);
    }

    /// Control.
    @Actor
    public void control(I_Result result) {
        result.r1 = allocator.used() == 0 ? done : -1;
    }
}
