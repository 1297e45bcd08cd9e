package io.fullnat.benchmarks.loop;

import io.fullnat.api.io.PacketBurst;

/// One port whose receive makes packets of many flows and whose transmit turns those that go to a
/// server round: the next receive hands out their answers. So a worker sees both directions, and
/// nothing but it and the making of packets costs time.
public final class LoopIo extends OnePort {
    private final LoopQueue queue;

    /// @param offload whether the port claims to have checked IP checksums
    public LoopIo(boolean offload) {
        this(new LoopQueue(offload ? PacketBurst.IP_CHECKSUM_GOOD : 0), offload);
    }

    private LoopIo(LoopQueue queue, boolean offload) {
        super(queue, queue.pool(), offload);
        this.queue = queue;
    }

    /// The one queue.
    public LoopQueue loop() {
        return queue;
    }

    @Override
    public void close() {
        queue.close();
    }
}
