// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.output;

import io.fullnat.api.IpPrefix;
import io.fullnat.api.io.PacketPort;
import io.fullnat.balancer.cli.request.Request;
import io.fullnat.balancer.run.CaptureLoop;
import io.fullnat.balancer.run.FrameSink;
import io.fullnat.balancer.run.Operations;
import io.fullnat.core.PacketCapture;
import io.fullnat.core.capture.CaptureSettings;
import io.fullnat.core.capture.CapturedFrame;
import io.fullnat.core.capture.FlowPattern;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/// Packets of clients as they pass, each with how it ended, its connection, and where it went. Goes
/// on until there were enough, the time is over, or nobody reads.
///
/// @param clients whose packets, on both sides
/// @param most packets; 0 for any number
/// @param time how long at most; empty for ever
/// @param json whether an object a line is wanted instead
public record LiveTraceListing(
        List<IpPrefix> clients, long most, Optional<Duration> time, boolean json)
        implements Request.Listing {
    /// Enough of a frame for all its headers.
    private static final int SNAP_LENGTH = 256;

    private CaptureSettings settings() {
        return new CaptureSettings(
                Optional.empty(),
                clients.stream().map(FlowPattern::of).toList(),
                Set.of(),
                Set.of(),
                SNAP_LENGTH,
                CaptureSettings.ALL.ringBytes());
    }

    @Override
    public void print(Operations operations, PrintWriter out) {
        List<String> ports = operations.io().ports().stream().map(PacketPort::name).toList();
        Lines lines = new Lines(out, packet -> print(packet, ports, out));
        long begin = System.nanoTime();
        try (PacketCapture capture = operations.capture(settings())) {
            CaptureLoop.run(capture, Long.MAX_VALUE, () -> lines.over || isOver(begin), lines);
            lines.end();
            lost(capture.lost(), out);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // none of what lines do
        }
    }

    private boolean isOver(long begin) {
        return Thread.currentThread().isInterrupted()
                || (time.isPresent() && System.nanoTime() - begin >= time.get().toNanos());
    }

    /// Prints packets until there were enough, or nobody reads.
    private final class Lines implements FrameSink {
        private final PrintWriter out;
        private final Pairs pairs;
        private long left = most == 0 ? Long.MAX_VALUE : most;
        private boolean printed;
        private boolean over;

        Lines(PrintWriter out, Consumer<PassedPacket> printer) {
            this.out = out;
            pairs =
                    new Pairs(packet -> {
                        if (left > 0) {
                            printer.accept(packet);
                            left--;
                            printed = true;
                            over |= left == 0;
                        }
                    });
        }

        @Override
        public void frame(CapturedFrame frame) {
            pairs.frame(frame);
        }

        @Override
        public void counts(long nanos, long captured, long lost) {
            look();
        }

        @Override
        public void flush() {
            pairs.flush();
            if (printed) {
                look();
            }
        }

        void end() {
            pairs.flush();
            pairs.flush();
        }

        private void look() {
            printed = false;
            over = over || out.checkError(); // which flushes
        }
    }

    private void print(PassedPacket packet, List<String> ports, PrintWriter out) {
        out.print(json ? ListingJson.text(packet.json(ports), false) + "\n" : packet.text(ports));
    }

    private void lost(long lost, PrintWriter out) {
        if (lost > 0) {
            out.print(
                    json
                            ? ListingJson.text(ListingJson.object().put("lost", lost), false) + "\n"
                            : lost + " frames are not here, as there was no room for them\n");
        }
    }

    /// Brings frames together that are one packet's, as it came and as it left: the second follows
    /// the first, though perhaps not in the same lot.
    static final class Pairs implements FrameSink {
        private final Consumer<PassedPacket> to;
        private Map<Long, CapturedFrame> before = new LinkedHashMap<>();
        private Map<Long, CapturedFrame> waiting = new LinkedHashMap<>();

        /// @param to gets packets that are complete, or that have waited for one lot
        Pairs(Consumer<PassedPacket> to) {
            this.to = to;
        }

        @Override
        public void frame(CapturedFrame frame) {
            if (frame.sent()) {
                CapturedFrame received = waiting.remove(frame.id());
                if (received == null) {
                    received = before.remove(frame.id());
                }
                to.accept(new PassedPacket(Optional.ofNullable(received), Optional.of(frame)));
            } else if (PassedPacket.waitsForSent(frame)) {
                waiting.put(frame.id(), frame);
            } else {
                alone(frame);
            }
        }

        private void alone(CapturedFrame frame) {
            to.accept(new PassedPacket(Optional.of(frame), Optional.empty()));
        }

        @Override
        public void counts(long nanos, long captured, long lost) {
            // Of frames, not of packets.
        }

        /// Those of the lot before have waited enough.
        @Override
        public void flush() {
            before.values().forEach(this::alone);
            before = waiting;
            waiting = new LinkedHashMap<>();
        }
    }
}
