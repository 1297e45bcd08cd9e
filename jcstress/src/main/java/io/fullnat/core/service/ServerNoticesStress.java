// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.service;

import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/// Control begins to watch a server while connections to it fail: one that began before has no say,
/// whatever of the word the worker sees; and what was counted does not vanish.
@JCStressTest
@Outcome(
        id = {"0, 0", "0, 1", "1, 1"},
        expect = Expect.ACCEPTABLE,
        desc = "the later connection alone, or none")
@Outcome(expect = Expect.FORBIDDEN, desc = "the earlier one, too, or one was lost")
@State
public class ServerNoticesStress {
    private static final int SLOTS = 1 << 18;
    private static final ServerNotices NOTICES = new ServerNotices(SLOTS);
    private static final AtomicInteger NEXT = new AtomicInteger();
    private static final int NOW = 7;

    private final int slot = NEXT.getAndIncrement() & (SLOTS - 1);
    private final long before = NOTICES.failures(slot);

    /// A server that is not watched. Slots are used again, so what was counted there before is left
    /// out.
    public ServerNoticesStress() {
        NOTICES.unwatch(slot);
    }

    /// Control.
    @Actor
    public void control(II_Result result) {
        NOTICES.watch(slot, true, NOW);
        result.r1 = (int) (NOTICES.failures(slot) - before);
    }

    /// The worker: one connection that began in the same second, and one that began after it.
    @Actor
    public void worker() {
        NOTICES.failed(slot, NOW);
        NOTICES.silent(slot, NOW + 1);
    }

    /// What control sees at last.
    @Arbiter
    public void later(II_Result result) {
        result.r2 = (int) (NOTICES.failures(slot) - before);
    }
}
