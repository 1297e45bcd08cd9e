// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/// A port gives its queue sockets anew, twice, and closes those that the queue does not use: the
/// queue's thread never meets closed ones.
@JCStressTest
@Outcome(id = "0", expect = Expect.ACCEPTABLE, desc = "nothing was taken over yet")
@Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "all that was used was open")
@Outcome(id = "2", expect = Expect.FORBIDDEN, desc = "a closed one was used")
@State
public class SocketHandOverStress {
    /// A socket: open until it is closed.
    private static final class Socket {
        private volatile boolean closed;
    }

    private final SocketHandOver<Socket> handOver = new SocketHandOver<>();
    private final Socket first = new Socket();
    private final Socket second = new Socket();

    /// The port: the interface was made anew, and anew once more.
    @Actor
    public void port() {
        handOver.give(first);
        handOver.give(second);
        for (int look = 0; look < 8; look++) {
            if (!handOver.uses(first)) {
                first.closed = true;
            }
        }
    }

    /// The queue's thread, between two bursts and within them.
    @Actor
    public void queue(I_Result result) {
        Socket used = null;
        for (int burst = 0; burst < 4; burst++) {
            if (handOver.isWaiting()) {
                Socket fresh = handOver.take();
                used = fresh == null ? used : fresh;
            }
            if (used != null) {
                result.r1 = used.closed ? 2 : Math.max(result.r1, 1);
            }
        }
    }
}
