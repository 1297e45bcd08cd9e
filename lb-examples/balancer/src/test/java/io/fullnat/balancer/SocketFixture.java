// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer;

import io.fullnat.api.ManualClock;
import io.fullnat.api.control.Control;
import io.fullnat.api.counter.CountersReader;
import io.fullnat.balancer.cli.Commands;
import io.fullnat.balancer.config.ApiSettings;
import io.fullnat.balancer.run.Operations;
import io.fullnat.balancer.server.ApiServer;
import io.fullnat.core.FullNatBalancer;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.memoryio.PortSettings;
import java.nio.file.Path;
import java.util.Optional;

/// A balancer in memory, whose clock stands still, at a socket.
final class SocketFixture implements AutoCloseable {
    private final InMemoryIo io =
            InMemoryIo.builder()
                    .buffers(4096)
                    .wire(
                            PortSettings.of("wan", "02:00:00:00:00:01"),
                            PortSettings.of("client", "02:00:00:00:00:c1"))
                    .wire(
                            PortSettings.of("lan", "02:00:00:00:00:02"),
                            PortSettings.of("server", "02:00:00:00:00:51"))
                    .open();
    private final FullNatBalancer balancer =
            FullNatBalancer.builder(io)
                    .workers(1)
                    .connections(256)
                    .clock(new ManualClock())
                    .seed(42)
                    .start();
    private final ApiServer server;

    SocketFixture(Path socket) {
        ApiSettings settings = new ApiSettings(Optional.of(socket), Optional.empty());
        Operations operations = new FixedOperations(balancer.control(), balancer.counters(), io);
        server = ApiServer.start(settings, operations, Commands.over(operations));
    }

    Control control() {
        return balancer.control();
    }

    CountersReader counters() {
        return balancer.counters();
    }

    @Override
    public void close() {
        server.close();
        balancer.close();
        io.close();
    }
}
