// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.capture;

import io.fullnat.api.io.PacketPort;
import io.fullnat.balancer.run.CaptureLoop;
import io.fullnat.balancer.run.Operations;
import io.fullnat.core.PacketCapture;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A capture with an end, as pcapng on its way to a client. It ends in time even while the client
/// takes nothing; what was captured by then is written on, for a while. For one thread.
public final class CaptureStream implements AutoCloseable {
    /// For so long after its end the rest is written to a client that reads slowly.
    static final Duration GRACE = Duration.ofSeconds(30);

    private final PacketCapture capture;
    private final List<String> ports;
    private final CaptureRequest request;
    private final long end;
    private final Duration grace;
    private final Thread timer;

    /// Begins.
    ///
    /// @param operations of the balancer
    /// @param request what is wanted, with a count
    /// @param time when it ends at the latest
    /// @throws io.fullnat.api.BalancerException if it is refused
    public CaptureStream(Operations operations, CaptureRequest request, Duration time) {
        this(operations, request, time, GRACE);
    }

    CaptureStream(Operations operations, CaptureRequest request, Duration time, Duration grace) {
        this.request = request;
        this.grace = grace;
        ports = operations.io().ports().stream().map(PacketPort::name).toList();
        capture = operations.capture(request.settings(operations.control(), ports));
        end = System.nanoTime() + time.toNanos();
        timer = endInTime(capture, end);
    }

    private static Thread endInTime(PacketCapture capture, long end) {
        return Thread.ofVirtual()
                .name("capture-end")
                .start(() -> {
                    try {
                        TimeUnit.NANOSECONDS.sleep(end - System.nanoTime());
                        capture.close();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt(); // it was closed before
                    }
                });
    }

    /// Writes it, to its end.
    ///
    /// @param out to the client
    /// @throws IOException if the client is gone, or reads so slowly that the rest is given up
    public void write(OutputStream out) throws IOException {
        OutputStream limited = new Limited(out, end + grace.toNanos());
        CaptureLoop.run(
                capture,
                request.count(),
                () -> System.nanoTime() - end >= 0,
                new PcapngSink(limited, "fullnat", ports, request.snapLength()));
    }

    /// Fails when its time is over. A write that blocks is for the owner of the stream below to
    /// end.
    private static final class Limited extends FilterOutputStream {
        private final long end;

        Limited(OutputStream out, long end) {
            super(out);
            this.end = end;
        }

        @Override
        public void write(int each) throws IOException {
            write(new byte[] {(byte) each}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int from, int length) throws IOException {
            if (System.nanoTime() - end >= 0) {
                throw new IOException("the client reads too slowly");
            }
            out.write(bytes, from, length);
        }
    }

    @Override
    public void close() {
        timer.interrupt();
        capture.close();
    }
}
