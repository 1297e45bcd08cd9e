// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.core.transmit.WorkerCounters;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/// Two threads tell a listener of something: each event reaches it once, one after the other, and
/// what it keeps needs no lock.
@JCStressTest
@Outcome(id = "4, 0", expect = Expect.ACCEPTABLE, desc = "each once, in turn")
@Outcome(id = ".*", expect = Expect.FORBIDDEN, desc = "lost, doubled, or two at a time")
@State
public class SerialExecutorStress {
    private final SerialExecutor serial =
            new SerialExecutor(
                    Runnable::run, new WorkerCounters(new long[0], new long[0]).faults(), "it");
    private int events;

    private void tell() {
        serial.add(() -> events++);
    }

    /// Control.
    @Actor
    public void control() {
        tell();
        tell();
    }

    /// A worker.
    @Actor
    public void worker() {
        tell();
        tell();
    }

    /// Afterwards.
    @Arbiter
    public void afterwards(II_Result result) {
        result.r1 = events;
        result.r2 = serial.waiting();
    }
}
