// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.replay;

import io.fullnat.api.counter.Outcome;
import io.fullnat.balancer.pcap.CaptureInterface;
import io.fullnat.balancer.pcap.CaptureReader;
import io.fullnat.balancer.pcap.CapturedPacket;
import io.fullnat.balancer.pcap.CapturedPacket.Direction;
import io.fullnat.balancer.pcap.OutcomeText;
import io.fullnat.balancer.pcap.PcapngWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/// A replay as a capture: what came in has its outcome as a comment. For one thread.
final class ReplayPcapng implements ReplayListener {
    private final PcapngWriter writer;
    private final List<String> ports;

    /// @param ports their names
    ReplayPcapng(OutputStream out, List<String> ports) {
        this.ports = ports;
        try {
            writer = new PcapngWriter(out, "fullnat replay");
            for (String port : ports) {
                writer.addInterface(port, CaptureReader.MAX_PACKET);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void received(int port, long nanos, byte[] bytes, List<Outcome> outcomes) {
        write(
                port,
                nanos,
                Direction.IN,
                bytes,
                outcomes.isEmpty()
                        ? "waits for a neighbour"
                        : outcomes.stream().map(OutcomeText::of).collect(Collectors.joining("\n")));
    }

    @Override
    public void passedOver(int port, long nanos, byte[] bytes, String why) {
        // It did not pass.
    }

    @Override
    public void sent(int port, long nanos, byte[] bytes) {
        write(port, nanos, Direction.OUT, bytes, "");
    }

    @Override
    public void ended(long nanos, List<Outcome> outcomes) {
        // No frame passed.
    }

    private void write(int port, long nanos, Direction direction, byte[] bytes, String comment) {
        try {
            writer.write(
                    new CapturedPacket(
                            new CaptureInterface(port, ports.get(port)),
                            nanos,
                            direction,
                            OptionalInt.empty(),
                            0,
                            bytes.length,
                            bytes,
                            comment));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
