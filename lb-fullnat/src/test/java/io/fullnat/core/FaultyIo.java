// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

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
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Ports of somebody's own that throw when told to, or say of all packets' checksums what they are
/// told.
final class FaultyIo implements PacketIo {
    private final PacketIo io;
    volatile @Nullable Supplier<Throwable> onReceive;
    volatile @Nullable Supplier<Throwable> onReceived;
    volatile @Nullable Supplier<Throwable> onTransmit;
    volatile @Nullable Supplier<Throwable> onDetach;
    volatile int verdict;
    volatile IntFunction<@Nullable Throwable> onAttach = worker -> null;

    FaultyIo(PacketIo io) {
        this.io = io;
    }

    /// Throws what need not be declared.
    @SuppressWarnings("unchecked")
    static <T extends Throwable> void sneak(@Nullable Supplier<Throwable> fault) throws T {
        if (fault != null) {
            throw (T) fault.get();
        }
    }

    @Override
    public List<? extends PacketPort> ports() {
        return io.ports().stream().map(Port::new).toList();
    }

    @Override
    public BufferPool buffers(int worker) {
        return io.buffers(worker);
    }

    @Override
    public void attachWorker(int worker, OptionalInt cpu) {
        Throwable fault = onAttach.apply(worker);
        FaultyIo.<RuntimeException>sneak(fault == null ? null : () -> fault);
        io.attachWorker(worker, cpu);
    }

    @Override
    public void detachWorker(int worker) {
        FaultyIo.<RuntimeException>sneak(onDetach);
        io.detachWorker(worker);
    }

    @Override
    public void close() {
        io.close();
    }

    private final class Port implements PacketPort {
        private final PacketPort port;

        Port(PacketPort port) {
            this.port = port;
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
        public PortQueue queue(int index) {
            return new Queue(port.queue(index));
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

    private final class Queue implements PortQueue {
        private final PortQueue queue;

        Queue(PortQueue queue) {
            this.queue = queue;
        }

        @Override
        public int receive(PacketBurst burst) {
            FaultyIo.<RuntimeException>sneak(onReceive);
            int received = queue.receive(burst);
            if (received > 0) {
                FaultyIo.<RuntimeException>sneak(onReceived);
            }
            for (int i = 0; i < received; i++) {
                burst.put(
                        i,
                        burst.buffer(i),
                        burst.data(i),
                        burst.length(i),
                        burst.verdict(i) | verdict);
            }
            return received;
        }

        @Override
        public int transmit(PacketBurst burst) {
            FaultyIo.<RuntimeException>sneak(onTransmit);
            return queue.transmit(burst);
        }
    }
}
