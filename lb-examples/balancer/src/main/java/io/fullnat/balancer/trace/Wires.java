// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.trace;

import io.fullnat.api.MacAddress;
import io.fullnat.core.memoryio.FrameEnd;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.memoryio.PortSettings;
import java.util.ArrayList;
import java.util.List;

/// Ports in memory that are as those of the running balancer, and the far ends of their wires. For
/// one thread.
final class Wires implements AutoCloseable {
    private static final int BUFFERS = 1024;
    private static final int MIN_CAPACITY = 1920;
    private static final int LINK_BYTES = 32;
    private static final long FAR_MAC = 0x0200_00FA_0000L;

    private final List<Situation.Port> ports;
    private final InMemoryIo memory;
    private final List<FrameEnd> ends = new ArrayList<>();

    Wires(List<Situation.Port> ports) {
        this.ports = ports;
        InMemoryIo.Builder builder = InMemoryIo.builder().buffers(BUFFERS);
        int longest = 0;
        for (int port = 0; port < ports.size(); port++) {
            Situation.Port each = ports.get(port);
            longest = Math.max(longest, each.mtu());
            builder.wire(
                    PortSettings.of(each.name(), each.mac().toString())
                            .withMtu(each.mtu())
                            .withKernel(each.kernel() ? each.name() : ""),
                    PortSettings.of(
                                    "network-of-" + each.name(),
                                    new MacAddress(FAR_MAC + port).toString())
                            .withMtu(each.mtu()));
        }
        memory = builder.dataCapacity(Math.max(MIN_CAPACITY, longest + LINK_BYTES)).open();
        for (Situation.Port each : ports) {
            ends.add(new FrameEnd(memory.wire(each.name()).far(), memory.buffers()));
        }
    }

    InMemoryIo io() {
        return memory;
    }

    /// Links that are down in the running balancer go down.
    void cut() {
        for (Situation.Port each : ports) {
            memory.wire(each.name()).link(each.up());
        }
    }

    MacAddress mac(int port) {
        return ports.get(port).mac();
    }

    String name(int port) {
        return ports.get(port).name();
    }

    /// Has a frame arrive.
    void send(int port, byte[] frame) {
        ends.get(port).send(frame);
    }

    /// A frame and the port by which it left.
    @SuppressWarnings("ArrayRecordComponent") // nobody compares them
    record Left(int port, byte[] bytes) {}

    /// What has left.
    List<Left> collect() {
        List<Left> left = new ArrayList<>();
        for (int port = 0; port < ends.size(); port++) {
            for (byte[] bytes : ends.get(port).receiveAll()) {
                left.add(new Left(port, bytes));
            }
        }
        return left;
    }

    @Override
    public void close() {
        memory.close();
    }
}
