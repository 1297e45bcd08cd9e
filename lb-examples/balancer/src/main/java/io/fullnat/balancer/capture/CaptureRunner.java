// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.capture;

import io.fullnat.api.BalancerException;
import io.fullnat.api.io.PacketPort;
import io.fullnat.balancer.run.Attempt;
import io.fullnat.balancer.run.CaptureLoop;
import io.fullnat.balancer.run.CommandRunner;
import io.fullnat.balancer.run.FrameSink;
import io.fullnat.balancer.text.Visible;
import io.fullnat.core.FullNatBalancer;
import io.fullnat.core.PacketCapture;
import io.fullnat.core.capture.CapturedFrame;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Base64;
import java.util.List;

/// Captures of a running balancer, for the command `capture`: each line of the answer is a piece of
/// it in base 64, or `# CAPTURED LOST`, which comes twice a second, so that either side learns
/// whether the other is there. Thread-safe.
public final class CaptureRunner implements CommandRunner {
    /// The command's name.
    public static final String NAME = "capture";

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
            FrameSink frames =
                    request.format() == CaptureRequest.Format.PCAPNG
                            ? new PcapngSink(piece, "fullnat", ports, request.snapLength())
                            : new TextSink(piece, ports);
            CaptureLoop.run(
                    capture,
                    request.count() == 0 ? Long.MAX_VALUE : request.count(),
                    () -> false,
                    new Lines(frames, piece, out));
        } catch (IOException e) {
            // Nobody reads on, which is how a capture without a count ends.
        }
    }

    /// Pieces in Base64, a line each.
    private record Lines(FrameSink frames, ByteArrayOutputStream piece, PrintWriter out)
            implements FrameSink {
        @Override
        public void frame(CapturedFrame frame) throws IOException {
            frames.frame(frame);
        }

        @Override
        public void counts(long nanos, long captured, long lost) throws IOException {
            frames.counts(nanos, captured, lost);
            send();
            out.print("# " + captured + " " + lost + "\n");
        }

        @Override
        public void flush() throws IOException {
            send();
            if (out.checkError()) { // which flushes
                throw new IOException("nobody reads");
            }
        }

        private void send() {
            if (piece.size() > 0) {
                out.print(Base64.getEncoder().encodeToString(piece.toByteArray()) + "\n");
                piece.reset();
            }
        }
    }
}
