// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.tap;

import io.fullnat.core.capture.CapturedFrame;
import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/// Captured frames arrive whole and in their order; one that is missing was counted as lost before,
/// and one that was counted as written is there.
@JCStressTest
@Outcome(id = "0", expect = Expect.ACCEPTABLE, desc = "nothing was read")
@Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "frames were read as they were written")
@Outcome(id = "2", expect = Expect.FORBIDDEN, desc = "others, or in another order")
@Outcome(id = "3", expect = Expect.FORBIDDEN, desc = "one is missing that was not counted as lost")
@Outcome(id = "4", expect = Expect.FORBIDDEN, desc = "one that was written is not there")
@State
public class TapRingStress {
    private static final int LENGTH = 8;
    private static final int ALL = 1000;
    private static final TapRing RING = new TapRing(1024);
    private static final UnsafeBuffer FRAME = new UnsafeBuffer(new byte[LENGTH]);
    private static final UnsafeBuffer READ = new UnsafeBuffer();
    private static long number;
    private static long last;
    private static long read;

    /// The worker. If the ring is full, the frame is lost.
    @Actor
    public void worker() {
        long id = ++number;
        FRAME.putLong(0, ~id);
        RING.write(-id, id, (int) id, LENGTH, 3, true, TapRing.NO_OUTCOME, FRAME, 0);
    }

    /// Who writes them to a file.
    @Actor
    public void writer(I_Result result) {
        List<CapturedFrame> frames = new ArrayList<>();
        long written = RING.written();
        RING.drain(frames, 0, 0, ALL);
        boolean whole = true;
        for (CapturedFrame frame : frames) {
            whole &= isWhole(frame) && frame.id() > last;
            last = frame.id();
        }
        read += frames.size();
        boolean missing = last - read > RING.lost();
        result.r1 = !whole ? 2 : missing ? 3 : read < written ? 4 : Math.min(frames.size(), 1);
    }

    private static boolean isWhole(CapturedFrame frame) {
        READ.wrap(frame.bytes());
        return READ.capacity() == LENGTH
                && READ.getLong(0) == ~frame.id()
                && frame.nanos() == -frame.id()
                && frame.length() == (int) frame.id();
    }
}
