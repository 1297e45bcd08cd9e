// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.memoryio;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/// A buffer that arrives on a wire is seen with what was written into it.
@JCStressTest
@Outcome(id = "0", expect = Expect.ACCEPTABLE, desc = "nothing came")
@Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "it came whole")
@Outcome(id = "2", expect = Expect.FORBIDDEN, desc = "it came without its bytes")
@State
public class HandleQueueStress {
    private final HandleQueue queue = new HandleQueue(2);
    private final int[] bytes = new int[4];

    /// A sender.
    @Actor
    public void sender() {
        for (int handle = 1; handle < bytes.length; handle++) {
            bytes[handle] = handle;
            queue.offer(handle);
        }
    }

    /// The receiver, while the queue goes round.
    @Actor
    public void receiver(I_Result result) {
        for (int look = 0; look < 4; look++) {
            int handle = (int) queue.poll();
            if (handle != 0) {
                result.r1 = bytes[handle] == handle ? Math.max(result.r1, 1) : 2;
            }
        }
    }
}
