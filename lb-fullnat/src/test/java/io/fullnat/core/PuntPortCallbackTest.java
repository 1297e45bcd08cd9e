// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.MacAddress;
import io.fullnat.api.io.BufferPool;
import io.fullnat.api.io.LinkState;
import io.fullnat.api.io.PacketIo;
import io.fullnat.api.io.PacketPort;
import io.fullnat.api.io.PortCapabilities;
import io.fullnat.api.io.PortQueue;
import io.fullnat.api.io.PortStatistics;
import io.fullnat.api.io.PuntPort;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.memoryio.PortSettings;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What an application's own [PuntPort] does when it is called.
@Timeout(60)
class PuntPortCallbackTest {
    private final InMemoryIo io =
            InMemoryIo.builder()
                    .wire(
                            PortSettings.of("wan", "02:00:00:00:00:01").withKernel("kwan"),
                            PortSettings.of("client", "02:00:00:00:00:02"))
                    .open();

    @AfterEach
    void close() {
        io.close();
    }

    @Test
    void itCannotCloseTheBalancerThatCallsIt() throws Exception {
        CompletableFuture<FullNatBalancer> started = new CompletableFuture<>();
        CompletableFuture<Throwable> thrown = new CompletableFuture<>();
        Runnable onListened =
                () -> {
                    if (started.isDone() && !thrown.isDone()) {
                        thrown.complete(catchThrowable(() -> started.join().close()));
                    }
                };
        try (FullNatBalancer balancer =
                FullNatBalancer.builder(new Io(io, onListened))
                        .workers(1)
                        .connections(64)
                        .seed(1)
                        .start()) {
            started.complete(balancer);
            Throwable refusal = thrown.get(30, TimeUnit.SECONDS);
            assertThat(refusal)
                    .isInstanceOf(BalancerException.class)
                    .hasMessageContaining("cannot close the balancer");
            assertThat(((BalancerException) refusal).code()).isEqualTo(ErrorCode.WOULD_DEADLOCK);
        }
    }

    private record Io(InMemoryIo io, Runnable onListened) implements PacketIo {
        @Override
        public List<? extends PacketPort> ports() {
            PacketPort first = io.ports().getFirst();
            return List.of(new Port(first, onListened));
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

    private record Port(PacketPort port, Runnable onListened) implements PacketPort {
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
            return port.queue(index);
        }

        @Override
        public Optional<PuntPort> puntPort() {
            return port.puntPort().map(kernel -> new Kernel(kernel, onListened));
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

    private record Kernel(PuntPort kernel, Runnable onListened) implements PuntPort {
        @Override
        public String name() {
            return kernel.name();
        }

        @Override
        public boolean toKernel(long data, int length) {
            return kernel.toKernel(data, length);
        }

        @Override
        public int fromKernel(long data, int capacity) {
            return kernel.fromKernel(data, capacity);
        }

        @Override
        public void mirror(MacAddress mac, int mtu, boolean up) {
            kernel.mirror(mac, mtu, up);
        }

        @Override
        public Set<MacAddress> listened() {
            onListened.run();
            return kernel.listened();
        }

        @Override
        public PortStatistics statistics() {
            return kernel.statistics();
        }
    }
}
