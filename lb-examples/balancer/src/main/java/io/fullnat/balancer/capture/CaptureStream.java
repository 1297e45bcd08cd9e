// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.capture;

import io.fullnat.api.io.PacketPort;
import io.fullnat.balancer.run.Operations;
import io.fullnat.core.PacketCapture;
import io.fullnat.core.capture.CapturedFrame;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/// A capture with an end, as pcapng on its way to a client. For one thread.
public final class CaptureStream implements AutoCloseable {
    private static final int FRAMES_AT_ONCE = 256;
    private static final long ALIVE_NS = Duration.ofMillis(500).toNanos();
    private static final long PAUSE_NS = Duration.ofMillis(5).toNanos();

    private final PacketCapture capture;
    private final List<String> ports;
    private final CaptureRequest request;
    private final Duration time;

    /// Begins.
    ///
    /// @param operations of the balancer
    /// @param request what is wanted, with a count
    /// @param time when it ends at the latest
    /// @throws io.fullnat.api.BalancerException if it is refused
    public CaptureStream(Operations operations, CaptureRequest request, Duration time) {
        this.request = request;
        this.time = time;
        ports = operations.io().ports().stream().map(PacketPort::name).toList();
        capture = operations.capture(request.settings(operations.control(), ports));
    }

    /// Writes it, to its end. Twice a second it says how many frames there were, so that a client
    /// that is gone is found out.
    ///
    /// @param out to the client
    /// @throws IOException if the client is gone
    public void write(OutputStream out) throws IOException {
        FrameSink sink = new PcapngSink(out, "fullnat", ports, request.snapLength());
        long end = System.nanoTime() + time.toNanos();
        long left = request.count();
        long told = System.nanoTime() - ALIVE_NS;
        while (left > 0) {
            boolean isOver = System.nanoTime() - end >= 0;
            List<CapturedFrame> frames = capture.poll(FRAMES_AT_ONCE);
            for (CapturedFrame frame : frames.subList(0, (int) Math.min(left, frames.size()))) {
                sink.frame(frame);
            }
            left -= frames.size();
            long now = System.nanoTime();
            if (now - told >= ALIVE_NS) {
                told = now;
                tell(sink);
                out.flush();
            }
            if (frames.isEmpty() && isOver) {
                break; // what was there in time has been fetched
            }
            if (isOver) {
                capture.close();
            }
            if (frames.isEmpty()) {
                out.flush();
                LockSupport.parkNanos(PAUSE_NS);
            }
        }
        tell(sink);
        out.flush();
    }

    private void tell(FrameSink sink) throws IOException {
        sink.counts(System.currentTimeMillis() * 1_000_000, capture.captured(), capture.lost());
    }

    @Override
    public void close() {
        capture.close();
    }
}
