package io.fullnat.benchmarks.loop;

import io.fullnat.api.MacAddress;
import io.fullnat.api.io.BufferPool;
import io.fullnat.api.io.LinkState;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.api.io.PacketIo;
import io.fullnat.api.io.PacketPort;
import io.fullnat.api.io.PortCapabilities;
import io.fullnat.api.io.PortQueue;
import io.fullnat.api.io.PortStatistics;
import java.util.List;
import java.util.OptionalInt;

/// One port whose receive makes packets of many flows and whose transmit turns those that go to a
/// server round: the next receive hands out their answers. So a worker sees both directions, and
/// nothing but it and the making of packets costs time.
public final class LoopIo implements PacketIo, PacketPort {
    /// The port's address.
    public static final String MAC = "02:00:00:00:00:01";

    private final LoopQueue queue;
    private final boolean offload;

    /// @param offload whether the port claims to have checked IP checksums
    public LoopIo(boolean offload) {
        this.offload = offload;
        queue = new LoopQueue(offload ? PacketBurst.IP_CHECKSUM_GOOD : 0);
    }

    /// The one queue.
    public LoopQueue loop() {
        return queue;
    }

    @Override
    public List<PacketPort> ports() {
        return List.of(this);
    }

    @Override
    public BufferPool buffers(int worker) {
        return queue.pool();
    }

    @Override
    public void attachWorker(int worker, OptionalInt cpu) {}

    @Override
    public void detachWorker(int worker) {}

    @Override
    public void close() {
        queue.close();
    }

    @Override
    public String name() {
        return LoopNetwork.PORT;
    }

    @Override
    public MacAddress mac() {
        return MacAddress.parse(MAC);
    }

    @Override
    public int mtu() {
        return 1500;
    }

    @Override
    public int queueCount() {
        return 1;
    }

    @Override
    public PortQueue queue(int index) {
        return queue;
    }

    @Override
    public PortCapabilities capabilities() {
        return new PortCapabilities(1, offload, false, false, false, false, 1500);
    }

    @Override
    public LinkState link() {
        return new LinkState(true, 0, true);
    }

    @Override
    public PortStatistics statistics() {
        return new PortStatistics(0, 0, 0, 0, 0, 0, 0, 0);
    }
}
