// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.capture;

import io.fullnat.api.BalancerException;
import io.fullnat.api.io.PacketPort;
import io.fullnat.balancer.run.Attempt;
import io.fullnat.balancer.run.CommandRunner;
import io.fullnat.balancer.text.Visible;
import io.fullnat.core.FullNatBalancer;
import io.fullnat.core.PacketCapture;
import io.fullnat.core.capture.CapturedFrame;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/// Captures of a running balancer, for the command `capture`: each line of the answer is a piece of
/// it in base 64, or `# CAPTURED LOST`, which comes twice a second, so that either side learns
/// whether the other is there. Thread-safe.
public final class CaptureRunner implements CommandRunner {
    /// The command's name.
    public static final String NAME = "capture";

    private static final int FRAMES_AT_ONCE = 256;
    private static final long ALIVE_NS = Duration.ofMillis(500).toNanos();
    private static final long PAUSE_NS = Duration.ofMillis(5).toNanos();

    private final FullNatBalancer balancer;
    private final List<String> ports;

    /// Captures of one balancer.
    ///
    /// @param balancer which one
    /// @param ports what it runs on, in order
    public CaptureRunner(FullNatBalancer balancer, List<? extends PacketPort> ports) {
        this.balancer = balancer;
        this.ports = ports.stream().map(PacketPort::name).toList();
    }

    /// Whether a command line is for these.
    ///
    /// @param arguments its words
    /// @return true for `capture ...`
    public static boolean isKnown(List<String> arguments) {
        return !arguments.isEmpty() && arguments.getFirst().equals(NAME);
    }

    @Override
    public int run(List<String> arguments, String input, PrintWriter out, PrintWriter err) {
        try {
            Attempt.current().isQuestion();
            CaptureRequest request = CaptureRequest.parse(arguments.subList(1, arguments.size()));
            try (PacketCapture capture =
                    balancer.capture(request.settings(balancer.control(), ports))) {
                stream(capture, request, out);
            }
            return 0;
        } catch (BalancerException e) {
            Attempt.current().refused(e);
            err.print("fullnat: " + Visible.of(String.valueOf(e.getMessage())) + "\n");
            return e.code().exitStatus();
        } finally {
            out.flush();
            err.flush();
        }
    }

    private void stream(PacketCapture capture, CaptureRequest request, PrintWriter out) {
        ByteArrayOutputStream piece = new ByteArrayOutputStream();
        try {
            FrameSink sink =
                    request.format() == CaptureRequest.Format.PCAPNG
                            ? new PcapngSink(piece, "fullnat", ports, request.snapLength())
                            : new TextSink(piece, ports);
            long left = request.count() == 0 ? Long.MAX_VALUE : request.count();
            long told = System.nanoTime() - ALIVE_NS;
            while (left > 0 && !out.checkError()) {
                List<CapturedFrame> frames = capture.poll(FRAMES_AT_ONCE);
                for (CapturedFrame frame : frames) {
                    if (left > 0) {
                        sink.frame(frame);
                        left--;
                    }
                }
                long now = System.nanoTime();
                if (left == 0 || now - told >= ALIVE_NS) {
                    told = now;
                    tell(capture, sink, piece, out);
                } else if (piece.size() > 0) {
                    send(piece, out);
                }
                if (frames.isEmpty() && left > 0) {
                    LockSupport.parkNanos(PAUSE_NS);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e); // memory is always written
        }
    }

    private static void tell(
            PacketCapture capture, FrameSink sink, ByteArrayOutputStream piece, PrintWriter out)
            throws IOException {
        long captured = capture.captured();
        long lost = capture.lost();
        sink.counts(System.currentTimeMillis() * 1_000_000, captured, lost);
        send(piece, out);
        out.print("# " + captured + " " + lost + "\n");
        out.flush();
    }

    private static void send(ByteArrayOutputStream piece, PrintWriter out) {
        if (piece.size() > 0) {
            out.print(Base64.getEncoder().encodeToString(piece.toByteArray()) + "\n");
            out.flush();
            piece.reset();
        }
    }
}
