// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.loop;

import io.fullnat.api.io.PacketBurst;
import io.fullnat.api.io.PuntPort;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/// One port whose receive makes packets of many flows and whose transmit turns those that go to a
/// server round: the next receive hands out their answers. So a worker sees both directions, and
/// nothing but it and the making of packets costs time. Each worker has a queue for itself, as if
/// the port had spread all packets right.
public final class LoopIo extends OnePort {
    private final List<LoopQueue> queues;
    private final Optional<PuntPort> kernel;

    /// @param offload whether the port claims to have checked IP checksums
    public LoopIo(boolean offload) {
        this(offload, 1);
    }

    /// @param workers how many workers there are
    LoopIo(boolean offload, int workers) {
        this(offload, workers, false);
    }

    /// @param kernel whether the port has a kernel's interface beside it
    LoopIo(boolean offload, int workers, boolean kernel) {
        this(
                Stream.generate(() -> Apart.make(() -> new LoopQueue(flags(offload))))
                        .limit(workers)
                        .toList(),
                offload,
                kernel ? Optional.of(new SilentKernel()) : Optional.empty());
    }

    private LoopIo(List<LoopQueue> queues, boolean offload, Optional<PuntPort> kernel) {
        super(queues, queues.stream().map(LoopQueue::pool).toList(), offload);
        this.queues = queues;
        this.kernel = kernel;
    }

    @Override
    public Optional<PuntPort> puntPort() {
        return kernel;
    }

    private static int flags(boolean offload) {
        return offload ? PacketBurst.IP_CHECKSUM_GOOD : 0;
    }

    /// The first worker's queue.
    public LoopQueue loop() {
        return loop(0);
    }

    /// A worker's queue.
    LoopQueue loop(int worker) {
        return queues.get(worker);
    }

    @Override
    public void attachWorker(int worker, OptionalInt cpu) {
        cpu.ifPresent(Affinity::pin);
    }

    @Override
    public void close() {
        queues.forEach(LoopQueue::close);
    }
}
