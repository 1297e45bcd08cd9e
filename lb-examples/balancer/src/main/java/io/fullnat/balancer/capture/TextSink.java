// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.capture;

import io.fullnat.api.counter.Outcome;
import io.fullnat.balancer.pcap.FrameText;
import io.fullnat.balancer.run.FrameSink;
import io.fullnat.core.capture.CapturedFrame;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;

/// Frames in lines: time in UTC, worker, port, direction, the frame, and how the packet ended.
final class TextSink implements FrameSink {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("HH:mm:ss.SSSSSS").withZone(ZoneOffset.UTC);
    private static final long SECOND = 1_000_000_000;

    private final OutputStream out;
    private final List<String> ports;

    /// @param ports their names
    TextSink(OutputStream out, List<String> ports) {
        this.out = out;
        this.ports = ports;
    }

    @Override
    public void frame(CapturedFrame frame) throws IOException {
        Instant time = Instant.ofEpochSecond(frame.nanos() / SECOND, frame.nanos() % SECOND);
        String end =
                frame.outcome()
                        .filter(outcome -> !frame.sent() || isDrop(outcome))
                        .map(outcome -> "  " + outcome)
                        .orElse("");
        String line =
                "%s w%d %s %s %s%s\n"
                        .formatted(
                                TIME.format(time),
                                frame.worker(),
                                ports.get(frame.port()),
                                frame.sent() ? "out" : "in",
                                FrameText.of(frame.bytes()),
                                end);
        out.write(line.getBytes(StandardCharsets.UTF_8));
    }

    private static boolean isDrop(Outcome outcome) {
        return outcome.kind() == Outcome.Kind.DROPPED;
    }

    @Override
    public void counts(long nanos, long captured, long lost) {
        // The command tells in the end.
    }

    @Override
    public void flush() throws IOException {
        out.flush();
    }
}
