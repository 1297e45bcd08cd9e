// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Clock;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.io.PacketIo;
import io.fullnat.api.io.PacketPort;
import io.fullnat.core.capture.CaptureSettings;
import io.fullnat.core.capture.CapturedFrame;
import io.fullnat.core.tap.Tap;
import io.fullnat.core.worker.Worker;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/// A capture of what the workers receive and send, until it is closed. Fetch what there is often:
/// each worker has room for some megabytes, and what finds none is counted and not there.
///
/// ```
/// try (PacketCapture capture = balancer.capture(CaptureSettings.ALL)) {
///     while (wanted) {
///         capture.poll(1000).forEach(this::show);
///     }
/// }
/// ```
///
/// **Thread-safety:** [#poll(int)] one thread at a time; the rest from any thread.
public final class PacketCapture implements AutoCloseable {
    private static final int LINK_HEADER = 18;
    private static final long SECOND = 1_000_000_000;

    private final List<Worker> workers;
    private final List<Tap> taps = new ArrayList<>();
    private final Consumer<PacketCapture> onClose;
    private final long sinceEpoch;
    private final AtomicBoolean closed = new AtomicBoolean();

    /// @param onClose lets others capture
    PacketCapture(
            CaptureSettings settings,
            PacketIo io,
            List<Worker> workers,
            Clock clock,
            Consumer<PacketCapture> onClose) {
        this.workers = workers;
        this.onClose = onClose;
        List<String> names = io.ports().stream().map(PacketPort::name).toList();
        int longest = io.ports().stream().mapToInt(PacketPort::mtu).max().orElse(0) + LINK_HEADER;
        try {
            for (Worker worker : workers) {
                taps.add(new Tap(settings, names, longest, worker.number()));
            }
        } catch (OutOfMemoryError e) {
            throw new BalancerException(
                    ErrorCode.MEMORY,
                    "there is no memory to capture with: ask for a smaller ring, or give the"
                            + " balancer more, as by FULLNAT_JAVA_OPTIONS=-XX:MaxDirectMemorySize=1g",
                    e);
        }
        Instant now = Instant.now();
        sinceEpoch = now.getEpochSecond() * SECOND + now.getNano() - clock.nanoTime();
        for (int i = 0; i < workers.size(); i++) {
            workers.get(i).tap(taps.get(i));
        }
    }

    /// Takes captured frames out.
    ///
    /// @param most of each worker
    /// @return in order of their times, those of one time as they passed; empty if there are none
    ///   now
    public List<CapturedFrame> poll(int most) {
        List<CapturedFrame> frames = new ArrayList<>();
        for (int i = 0; i < taps.size(); i++) {
            taps.get(i).drain(frames, workers.get(i).number(), sinceEpoch, most);
        }
        if (taps.size() > 1) {
            frames.sort(Comparator.comparingLong(CapturedFrame::nanos));
        }
        return frames;
    }

    /// How many frames were captured, fetched or not.
    ///
    /// @return so far
    public long captured() {
        return taps.stream().mapToLong(Tap::written).sum();
    }

    /// How many frames were wanted and are not captured: there was no room, as nobody fetched those
    /// before them.
    ///
    /// @return so far
    public long lost() {
        return taps.stream().mapToLong(Tap::lost).sum();
    }

    /// Ends the capture. What was captured can still be fetched. Does nothing the second time.
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            workers.forEach(worker -> worker.tap(null));
            onClose.accept(this);
        }
    }
}
