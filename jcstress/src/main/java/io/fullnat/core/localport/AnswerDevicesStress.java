// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.localport;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/// Two workers find devices by which answers come, at once: both are remembered.
@JCStressTest
@Outcome(id = "true, true", expect = Expect.ACCEPTABLE, desc = "both")
@Outcome(expect = Expect.FORBIDDEN, desc = "one was forgotten: its server's answers are dropped")
@State
public class AnswerDevicesStress {
    private final AnswerDevices devices = new AnswerDevices();

    /// A worker.
    @Actor
    public void first() {
        devices.add(3);
    }

    /// Another one, with a bit of the same word.
    @Actor
    public void second() {
        devices.add(5);
    }

    /// When both have done so.
    @Arbiter
    public void both(ZZ_Result result) {
        result.r1 = devices.contains(3);
        result.r2 = devices.contains(5);
    }
}
