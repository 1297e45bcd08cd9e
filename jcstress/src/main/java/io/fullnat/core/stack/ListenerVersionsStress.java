// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import java.util.concurrent.TimeUnit;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/// Two workers hear the first queries of version 1, on two devices: both are known of.
@JCStressTest
@Outcome(id = "true, true", expect = Expect.ACCEPTABLE, desc = "both")
@Outcome(expect = Expect.FORBIDDEN, desc = "what one wrote was lost")
@State
public class ListenerVersionsStress {
    private static final long UNTIL_NS = TimeUnit.SECONDS.toNanos(260);

    private final ListenerVersions versions = new ListenerVersions();

    /// A worker.
    @Actor
    public void first() {
        versions.heardOld(1, UNTIL_NS);
    }

    /// Another.
    @Actor
    public void second() {
        versions.heardOld(2, UNTIL_NS);
    }

    /// What is known then.
    @Arbiter
    public void known(ZZ_Result result) {
        result.r1 = versions.isOld(1, 0);
        result.r2 = versions.isOld(2, 0);
    }
}
