// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.run;

import io.fullnat.core.PacketCapture;
import io.fullnat.core.capture.CapturedFrame;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/// Hands on what a capture catches, as it comes. Twice a second it says how many frames there were,
/// so that a reader who is gone is found out.
public final class CaptureLoop {
    private static final int FRAMES_AT_ONCE = 256;
    private static final long ALIVE_NS = Duration.ofMillis(500).toNanos();
    private static final long PAUSE_NS = Duration.ofMillis(5).toNanos();

    private CaptureLoop() {}

    /// Runs one to its end.
    ///
    /// @param capture is closed when it is over; what it has caught by then is handed on
    /// @param most frames
    /// @param isOver asked again and again: then what was captured so far is the rest
    /// @param sink gets them
    /// @throws IOException if the sink takes no more
    public static void run(PacketCapture capture, long most, BooleanSupplier isOver, FrameSink sink)
            throws IOException {
        long left = most;
        long told = System.nanoTime() - ALIVE_NS;
        boolean last = false;
        while (left > 0 && !last) {
            boolean over = isOver.getAsBoolean();
            if (over) {
                capture.close();
            }
            List<CapturedFrame> frames = capture.poll(FRAMES_AT_ONCE);
            for (CapturedFrame frame : frames.subList(0, (int) Math.min(left, frames.size()))) {
                sink.frame(frame);
            }
            left -= frames.size();
            last = over && frames.isEmpty();
            long now = System.nanoTime();
            if (now - told >= ALIVE_NS) {
                told = now;
                tell(capture, sink);
            }
            sink.flush();
            if (frames.isEmpty() && !last) {
                LockSupport.parkNanos(PAUSE_NS);
            }
        }
        tell(capture, sink);
        sink.flush();
    }

    private static void tell(PacketCapture capture, FrameSink sink) throws IOException {
        sink.counts(System.currentTimeMillis() * 1_000_000, capture.captured(), capture.lost());
    }
}
