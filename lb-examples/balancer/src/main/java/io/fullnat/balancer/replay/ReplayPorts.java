// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.replay;

import io.fullnat.api.MacAddress;
import io.fullnat.api.io.PacketPort;
import io.fullnat.balancer.config.Configuration;
import io.fullnat.balancer.config.PortSettings;
import io.fullnat.balancer.pcap.FrameHeaders;
import io.fullnat.core.memoryio.FrameEnd;
import io.fullnat.core.memoryio.InMemoryIo;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The ports of a configuration, in memory, and the far ends of their wires. For one thread.
final class ReplayPorts implements AutoCloseable {
    private static final int BUFFERS = 16_384;
    private static final int DEFAULT_MTU = 1500;
    private static final int MIN_CAPACITY = 1920;
    private static final int LINK_BYTES = 32;

    /// Locally administered, so no device's own.
    private static final long MADE_UP_MAC = 0x0200_0000_0000L;

    private static final long FAR_MAC = 0x0200_00FA_0000L;

    private final InMemoryIo memory;
    private final List<MacAddress> macs = new ArrayList<>();
    private final List<FrameEnd> ends = new ArrayList<>();
    private final List<Integer> mtus = new ArrayList<>();

    /// Ports with the MAC addresses that they are configured to have, else those that the capture
    /// shows, else made-up ones.
    ReplayPorts(Configuration configuration, OwnAddresses own, List<ReplayedFrame> frames) {
        InMemoryIo.Builder builder = InMemoryIo.builder().buffers(BUFFERS);
        List<PortSettings> ports = configuration.ports();
        for (int port = 0; port < ports.size(); port++) {
            PortSettings settings = ports.get(port);
            Optional<MacAddress> known =
                    settings.mac().isPresent() ? settings.mac() : own.mac(frames, port);
            MacAddress mac = known.orElse(new MacAddress(MADE_UP_MAC + port + 1));
            int mtu = settings.mtu().orElse(DEFAULT_MTU);
            macs.add(mac);
            mtus.add(mtu);
            builder.wire(
                    end(settings.name(), mac, mtu),
                    end("network-of-" + settings.name(), new MacAddress(FAR_MAC + port), mtu));
        }
        int longest = mtus.stream().mapToInt(Integer::intValue).max().orElse(DEFAULT_MTU);
        memory = builder.dataCapacity(Math.max(MIN_CAPACITY, longest + LINK_BYTES)).open();
        for (PortSettings port : ports) {
            ends.add(new FrameEnd(memory.wire(port.name()).far(), memory.buffers()));
        }
    }

    private static io.fullnat.core.memoryio.PortSettings end(String name, MacAddress mac, int mtu) {
        return io.fullnat.core.memoryio.PortSettings.of(name, mac.toString()).withMtu(mtu);
    }

    InMemoryIo io() {
        return memory;
    }

    int count() {
        return ends.size();
    }

    String name(int port) {
        return memory.ports().get(port).name();
    }

    List<String> names() {
        return memory.ports().stream().map(PacketPort::name).toList();
    }

    MacAddress mac(int port) {
        return macs.get(port);
    }

    int mtu(int port) {
        return mtus.get(port);
    }

    /// Whether the balancer sent a frame when it was captured.
    boolean isSent(ReplayedFrame frame) {
        return switch (frame.packet().direction()) {
            case IN -> false;
            case OUT -> true;
            case UNKNOWN ->
                    new FrameHeaders(frame.packet().bytes()).mac(6)
                            == macs.get(frame.port()).bits();
        };
    }

    /// Has a frame arrive at a port.
    void send(int port, byte[] frame) {
        ends.get(port).send(frame);
    }

    /// What has left by a port.
    List<byte[]> receive(int port) {
        return ends.get(port).receiveAll();
    }

    @Override
    public void close() {
        memory.close();
    }
}
