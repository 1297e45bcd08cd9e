// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.fullnat.api.ManualClock;
import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.BufferPool;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.api.io.PacketIo;
import io.fullnat.api.io.PacketPort;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.core.memoryio.FrameEnd;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.memoryio.PortSettings;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.path.SlowPath;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/// A fault on the packet path costs the packet that met it, is counted, and nothing else ends.
class FaultTest {
    private static final String MAC = "02:00:00:00:00:01";
    private static final String OTHER = "02:00:00:00:00:02";

    /// Ports in memory whose buffers are not to be had when the test says so.
    private static final class BrokenIo implements PacketIo, BufferPool {
        private final InMemoryIo io;
        private boolean broken;

        BrokenIo(InMemoryIo io) {
            this.io = io;
        }

        @Override
        public List<? extends PacketPort> ports() {
            return io.ports();
        }

        @Override
        public BufferPool buffers(int worker) {
            return this;
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
        public boolean allocate(PacketBurst burst) {
            if (broken) {
                throw new IllegalStateException("a pool that fails");
            }
            return io.buffers().allocate(burst);
        }

        @Override
        public void free(long buffer) {
            io.buffers().free(buffer);
        }

        @Override
        public void freeAll(PacketBurst burst) {
            io.buffers().freeAll(burst);
        }

        @Override
        public int dataCapacity() {
            return io.buffers().dataCapacity();
        }

        @Override
        public long capacity() {
            return io.buffers().capacity();
        }

        @Override
        public long inUse() {
            return io.buffers().inUse();
        }

        @Override
        public void close() {
            io.close();
        }
    }

    private static void run(FullNatBalancer balancer) {
        for (int i = 0; i < 20; i++) {
            balancer.doWork();
        }
    }

    private static PacketBuilder toClosedPort() {
        return PacketBuilder.ethernet(OTHER, MAC).ipv4("192.0.2.7", "192.0.2.1").udp(4000, 9);
    }

    @Test
    void costsItsPacketAndIsCounted() {
        Logger log = (Logger) LoggerFactory.getLogger(SlowPath.class);
        Level before = log.getLevel();
        log.setLevel(Level.OFF); // it tells the fault
        try (InMemoryIo io =
                InMemoryIo.builder()
                        .buffers(64)
                        .wire(PortSettings.of("wan", MAC), PortSettings.of("client", OTHER))
                        .open()) {
            BrokenIo broken = new BrokenIo(io);
            FrameEnd client = new FrameEnd(io.wire("wan").far(), io.buffers());
            try (FullNatBalancer balancer =
                    FullNatBalancer.builder(broken).clock(new ManualClock()).seed(1).build()) {
                CompletableFuture<Void> done =
                        balancer.control()
                                .submit(
                                        List.of(
                                                new Change.AddAddress(
                                                        InterfaceAddress.of(
                                                                "192.0.2.1/24", "wan"))));
                run(balancer);
                assertThat(done).isDone();
                client.receiveAll();

                broken.broken = true;
                client.send(toClosedPort());
                client.send(toClosedPort());
                run(balancer);
                broken.broken = false;
                client.send(toClosedPort());
                run(balancer);

                assertThat(balancer.counters().total(Outcome.FAULT)).isEqualTo(2);
                assertThat(balancer.counters().total(Counter.FAULTS)).isEqualTo(2);
                assertThat(balancer.counters().total(Outcome.NO_SERVICE)).isOne();
                assertThat(client.receiveAll()).as("the answer to the third").hasSize(1);
            }
            assertThat(io.buffers().inUse()).isZero();
        } finally {
            log.setLevel(before);
        }
    }
}
