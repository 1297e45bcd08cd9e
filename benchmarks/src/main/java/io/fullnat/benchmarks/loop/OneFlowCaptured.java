// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.loop;

import io.fullnat.api.FlowTuple;
import io.fullnat.core.FullNatBalancer;
import io.fullnat.core.PacketCapture;
import io.fullnat.core.capture.CaptureSettings;
import io.fullnat.core.capture.CapturedFrame;
import io.fullnat.core.capture.FlowPattern;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/// A capture of one flow of many, on both sides, whose frames a thread fetches.
final class OneFlowCaptured implements AutoCloseable {
    private static final int AT_ONCE = 256;
    private static final long PAUSE_NS = 5_000_000;

    private final PacketCapture capture;
    private final Thread thread = Thread.ofPlatform().daemon().unstarted(this::fetch);
    private final AtomicLong received = new AtomicLong();
    private final AtomicLong sent = new AtomicLong();
    private volatile boolean over;

    OneFlowCaptured(FullNatBalancer balancer, FlowTuple flow) {
        capture =
                balancer.capture(
                        new CaptureSettings(
                                Optional.empty(),
                                List.of(FlowPattern.of(flow)),
                                Set.of(),
                                Set.of(),
                                CaptureSettings.MAX_SNAP_LENGTH,
                                CaptureSettings.ALL.ringBytes()));
        thread.start();
    }

    private void fetch() {
        while (!over) {
            List<CapturedFrame> frames = capture.poll(AT_ONCE);
            long out = frames.stream().filter(CapturedFrame::sent).count();
            sent.addAndGet(out);
            received.addAndGet(frames.size() - out);
            if (frames.isEmpty()) {
                LockSupport.parkNanos(PAUSE_NS);
            }
        }
    }

    /// Checks that nothing is missing.
    ///
    /// @throws IllegalStateException if something is
    void requireAll() {
        LockSupport.parkNanos(20 * PAUSE_NS);
        if (capture.lost() != 0 || received.get() == 0 || received.get() != sent.get()) {
            throw new IllegalStateException(
                    received + " received, " + sent + " sent, " + capture.lost() + " lost");
        }
    }

    /// How much of the flow it has.
    @Override
    public String toString() {
        return "captured " + received + " received, " + sent + " sent, lost " + capture.lost();
    }

    @Override
    public void close() {
        over = true;
        capture.close();
    }
}
