// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionTable;
import io.fullnat.core.memory.Region;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.memoryio.PortSettings;
import io.fullnat.core.packet.Ethernet;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.stack.NetworkView;
import io.fullnat.core.stack.RouteTable;
import io.fullnat.core.stack.StackContext;
import io.fullnat.core.transmit.TestCounters;
import io.fullnat.core.transmit.Transmitter;
import java.util.List;
import java.util.Set;

/// A table of packets in fragments, with nothing around it but buffers, time and counters.
final class FragmentBench implements AutoCloseable {
    static final int DEVICE = 3;
    static final long MS = 1_000_000;

    final InMemoryIo io;
    final StackContext stack;
    final FragmentTable table;

    private final Region memory = Region.allocate(2048, "a fragment");
    private final ConnectionTable connections = new ConnectionTable(4, 1, 0, (of, how) -> {});
    private final Family family = new Ipv4Family(connections);
    private final TestCounters counters = new TestCounters();

    /// @param buffers of the pool
    /// @param workers that take from it
    FragmentBench(int buffers, int workers) {
        io =
                InMemoryIo.builder()
                        .buffers(buffers)
                        .wire(
                                PortSettings.of("lan", "02:00:00:00:00:01").withQueues(workers),
                                PortSettings.of("far", "02:00:00:00:00:02"))
                        .open();
        NetworkView view =
                new NetworkView(
                        List.of(), Set.of(), List.of(), new RouteTable(List.of()), List.of(), 0);
        stack =
                new StackContext(
                        workers, io.buffers(), new Transmitter[0], counters.counters, view);
        table = new FragmentTable(stack, connections);
    }

    /// Looks for a client's packet to the service.
    long find(String source, int identification) {
        return find(source, "192.0.2.80", 17, identification, DEVICE);
    }

    long find(String source, String destination, int protocol, int identification, int device) {
        byte[] frame =
                PacketBuilder.ethernet("02:00:00:00:00:01", "02:00:00:00:00:02")
                        .ipv4(source, destination)
                        .identification(identification)
                        .fragment(8, true)
                        .protocol(protocol)
                        .payload(new byte[8])
                        .toBytes();
        Memory.fromBytes(frame, memory.address());
        return table.find(family, memory.address() + Ethernet.HEADER_LENGTH, device);
    }

    /// Has so much time gone by.
    void pass(long ns) {
        stack.time(stack.nowNs() + ns);
    }

    long count(Outcome outcome) {
        return counters.counters.get(outcome);
    }

    @Override
    public void close() {
        table.close();
        connections.close();
        memory.close();
        counters.close();
        io.close();
    }
}
