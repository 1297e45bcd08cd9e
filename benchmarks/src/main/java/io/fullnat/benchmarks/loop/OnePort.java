// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.loop;

import io.fullnat.api.MacAddress;
import io.fullnat.api.io.BufferPool;
import io.fullnat.api.io.LinkState;
import io.fullnat.api.io.PacketIo;
import io.fullnat.api.io.PacketPort;
import io.fullnat.api.io.PortCapabilities;
import io.fullnat.api.io.PortQueue;
import io.fullnat.api.io.PortStatistics;
import java.util.List;
import java.util.OptionalInt;

/// One port with a queue for each worker, whatever the queues do.
public abstract class OnePort implements PacketIo, PacketPort {
    /// The port's address.
    public static final String MAC = "02:00:00:00:00:01";

    private final List<? extends PortQueue> queues;
    private final List<? extends BufferPool> pools;
    private final boolean offload;

    /// @param queues by worker
    /// @param pools of buffers, by worker
    /// @param offload whether the port claims to have checked IP checksums
    protected OnePort(
            List<? extends PortQueue> queues, List<? extends BufferPool> pools, boolean offload) {
        this.queues = queues;
        this.pools = pools;
        this.offload = offload;
    }

    @Override
    public List<PacketPort> ports() {
        return List.of(this);
    }

    @Override
    public BufferPool buffers(int worker) {
        return pools.get(worker);
    }

    @Override
    public void attachWorker(int worker, OptionalInt cpu) {}

    @Override
    public void detachWorker(int worker) {}

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
        return queues.size();
    }

    @Override
    public PortQueue queue(int index) {
        return queues.get(index);
    }

    @Override
    public PortCapabilities capabilities() {
        return new PortCapabilities(queues.size(), offload, false, false, false, false, 1500);
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
