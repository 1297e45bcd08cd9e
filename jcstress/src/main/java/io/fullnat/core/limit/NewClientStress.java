// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.limit;

import java.util.concurrent.atomic.AtomicLong;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/// Two workers meet the first connections of a new client, in a bucket where another client's last
/// connection ends: the client is put in once, and has no more than one.
@JCStressTest
@Outcome(id = "0, 1, 1", expect = Expect.ACCEPTABLE, desc = "the first worker's")
@Outcome(id = "1, 0, 1", expect = Expect.ACCEPTABLE, desc = "the second worker's")
@Outcome(expect = Expect.FORBIDDEN, desc = "counted twice, or lost")
@State
public class NewClientStress {
    private static final ClientCounts COUNTS = new ClientCounts(1 << 20);
    private static final AtomicLong NEXT = new AtomicLong();

    private final long hash = (NEXT.incrementAndGet() << 1) * 0x9E37_79B9_7F4A_7C15L;

    /// The same bucket, another client.
    private final long other = hash ^ 1L << 50;

    /// The other client has a connection.
    public NewClientStress() {
        COUNTS.claim(other, 1);
    }

    /// A worker.
    @Actor
    public void first(III_Result result) {
        result.r1 = COUNTS.claim(hash, 1);
    }

    /// Another.
    @Actor
    public void second(III_Result result) {
        result.r2 = COUNTS.claim(hash, 1);
    }

    /// A worker whose connection ends.
    @Actor
    public void third() {
        COUNTS.release(other);
    }

    /// What is left: the client leaves with it.
    @Arbiter
    public void left(III_Result result) {
        result.r3 = COUNTS.count(hash);
        COUNTS.release(hash);
    }
}
