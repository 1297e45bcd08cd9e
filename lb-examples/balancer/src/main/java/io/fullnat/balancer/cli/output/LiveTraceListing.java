// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.output;

import io.fullnat.api.IpPrefix;
import io.fullnat.api.io.PacketPort;
import io.fullnat.balancer.cli.request.Request;
import io.fullnat.balancer.run.Operations;
import io.fullnat.core.PacketCapture;
import io.fullnat.core.capture.CaptureSettings;
import io.fullnat.core.capture.CapturedFrame;
import io.fullnat.core.capture.FlowPattern;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

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
    private static final int FRAMES_AT_ONCE = 256;

    /// As often as a reader who is gone is found out.
    private static final long ALIVE_NS = Duration.ofMillis(500).toNanos();

    private static final long PAUSE_NS = Duration.ofMillis(5).toNanos();

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
        Pairs pairs = new Pairs();
        long left = most == 0 ? Long.MAX_VALUE : most;
        long begin = System.nanoTime();
        long told = begin;
        try (PacketCapture capture = operations.capture(settings())) {
            boolean over = false;
            while (left > 0 && !over) {
                over = isOver(begin);
                List<CapturedFrame> frames = capture.poll(FRAMES_AT_ONCE);
                List<PassedPacket> passed = pairs.take(frames, over);
                for (PassedPacket packet : passed.subList(0, (int) Math.min(left, passed.size()))) {
                    print(packet, ports, out);
                }
                left -= passed.size();
                long now = System.nanoTime();
                if (!passed.isEmpty() || now - told >= ALIVE_NS) {
                    told = now;
                    over |= out.checkError(); // which flushes
                }
                if (frames.isEmpty() && !over) {
                    LockSupport.parkNanos(PAUSE_NS);
                }
            }
            lost(capture.lost(), out);
        }
    }

    private boolean isOver(long begin) {
        return Thread.currentThread().isInterrupted()
                || (time.isPresent() && System.nanoTime() - begin >= time.get().toNanos());
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
    static final class Pairs {
        private Map<Long, CapturedFrame> waiting = new LinkedHashMap<>();

        /// Packets that are complete, or that have waited for one lot.
        ///
        /// @param frames in the order in which they were captured
        /// @param last whether nothing follows
        List<PassedPacket> take(List<CapturedFrame> frames, boolean last) {
            List<PassedPacket> passed = new ArrayList<>();
            Map<Long, CapturedFrame> before = waiting;
            waiting = new LinkedHashMap<>();
            for (CapturedFrame frame : frames) {
                if (!frame.sent()) {
                    if (PassedPacket.waitsForSent(frame)) {
                        waiting.put(frame.id(), frame);
                    } else {
                        passed.add(new PassedPacket(Optional.of(frame), Optional.empty()));
                    }
                    continue;
                }
                CapturedFrame received = waiting.remove(frame.id());
                if (received == null) {
                    received = before.remove(frame.id());
                }
                passed.add(new PassedPacket(Optional.ofNullable(received), Optional.of(frame)));
            }
            alone(before, passed);
            if (last) {
                alone(waiting, passed);
            }
            return passed;
        }

        private static void alone(Map<Long, CapturedFrame> frames, List<PassedPacket> passed) {
            frames.values()
                    .forEach(frame ->
                            passed.add(new PassedPacket(Optional.of(frame), Optional.empty())));
            frames.clear();
        }
    }
}
