// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.capture;

import io.fullnat.balancer.pcap.CaptureInterface;
import io.fullnat.balancer.pcap.CapturedPacket;
import io.fullnat.balancer.pcap.CapturedPacket.Direction;
import io.fullnat.balancer.pcap.OutcomeText;
import io.fullnat.balancer.pcap.PcapngWriter;
import io.fullnat.balancer.run.FrameSink;
import io.fullnat.core.capture.CapturedFrame;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.OptionalInt;

/// Frames as pcapng: an interface for each port, and of each frame its direction, worker, packet
/// and outcome.
final class PcapngSink implements FrameSink {
    private final OutputStream out;
    private final PcapngWriter writer;
    private final List<CaptureInterface> ports;

    /// @param ports their names
    PcapngSink(OutputStream out, String application, List<String> ports, int snapLength)
            throws IOException {
        this.out = out;
        writer = new PcapngWriter(out, application);
        for (String port : ports) {
            writer.addInterface(port, snapLength);
        }
        this.ports =
                ports.stream()
                        .map(port -> new CaptureInterface(ports.indexOf(port), port))
                        .toList();
    }

    @Override
    public void frame(CapturedFrame frame) throws IOException {
        writer.write(
                new CapturedPacket(
                        ports.get(frame.port()),
                        frame.nanos(),
                        frame.sent() ? Direction.OUT : Direction.IN,
                        OptionalInt.of(frame.worker()),
                        frame.id(),
                        frame.length(),
                        frame.bytes(),
                        comment(frame)));
    }

    private static String comment(CapturedFrame frame) {
        String end = frame.outcome().map(OutcomeText::of).orElse(origin(frame));
        return end + "; worker " + frame.worker();
    }

    private static String origin(CapturedFrame frame) {
        if (frame.ofKernel()) {
            return "from the kernel";
        }
        return frame.sent() ? "made by fullnat" : "end not known";
    }

    @Override
    public void counts(long nanos, long captured, long lost) throws IOException {
        writer.statistics(0, nanos, captured + lost, lost);
    }

    @Override
    public void flush() throws IOException {
        out.flush();
    }
}
