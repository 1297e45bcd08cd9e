// SPDX-License-Identifier: Apache-2.0
package io.fullnat.examples;

import io.fullnat.api.MacAddress;
import io.fullnat.api.io.BufferPool;
import io.fullnat.api.io.LinkState;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.api.io.PacketIo;
import io.fullnat.api.io.PacketPort;
import io.fullnat.api.io.PortCapabilities;
import io.fullnat.api.io.PortQueue;
import io.fullnat.api.io.PortStatistics;
import io.fullnat.api.io.Refusal;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

// begin of ports
/// Ports of somebody else's, with a look at each packet that arrives.
record CountingIo(PacketIo io, List<CountingPort> ports) implements PacketIo {
    static CountingIo around(PacketIo io) {
        return new CountingIo(io, io.ports().stream().map(CountingPort::new).toList());
    }

    /// What a worker has received by a port, when it has ended.
    long bytes(int port, int worker) {
        return ports.get(port).queues().get(worker).bytes();
    }

    @Override
    public BufferPool buffers(int worker) {
        return io.buffers(worker);
    }

    @Override
    public void attachWorker(int worker, OptionalInt cpu) {
        io.attachWorker(worker, cpu);
    }

    @Override
    public void detachWorker(int worker) {
        io.detachWorker(worker);
    }

    @Override
    public void close() {
        io.close();
    }
}

/// One port; a queue is a worker's own, so what it counts needs no lock.
record CountingPort(PacketPort port, List<CountingQueue> queues) implements PacketPort {
    CountingPort(PacketPort port) {
        this(port, new ArrayList<>());
        for (int i = 0; i < port.queueCount(); i++) {
            queues.add(new CountingQueue(port.queue(i)));
        }
    }

    @Override
    public PortQueue queue(int index) {
        return queues.get(index); // always the same object
    }

    @Override
    public String name() {
        return port.name();
    }

    @Override
    public MacAddress mac() {
        return port.mac();
    }

    @Override
    public int mtu() {
        return port.mtu();
    }

    @Override
    public int queueCount() {
        return port.queueCount();
    }

    @Override
    public PortCapabilities capabilities() {
        return port.capabilities();
    }

    @Override
    public LinkState link() {
        return port.link();
    }

    @Override
    public PortStatistics statistics() {
        return port.statistics();
    }
}

/// Neither method may block, allocate or throw.
final class CountingQueue implements PortQueue {
    private final PortQueue queue;
    private long bytes;

    CountingQueue(PortQueue queue) {
        this.queue = queue;
    }

    @Override
    public int receive(PacketBurst burst) {
        int packets = queue.receive(burst); // burst.data(i) is the address of a frame
        for (int i = 0; i < packets; i++) {
            bytes += burst.length(i);
        }
        return packets;
    }

    @Override
    public int transmit(PacketBurst burst) {
        return queue.transmit(burst);
    }

    @Override
    public Refusal refusal() {
        return queue.refusal(); // else all that is not taken would be offered again
    }

    long bytes() {
        return bytes;
    }
}
// end of ports
