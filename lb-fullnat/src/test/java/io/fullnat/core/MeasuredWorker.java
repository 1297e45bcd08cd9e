// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import com.sun.management.ThreadMXBean;
import io.fullnat.api.ManualClock;
import io.fullnat.api.control.Change;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.memoryio.PortSettings;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.agrona.concurrent.Agent;

/// A balancer whose one worker works on the thread of a test, which learns what that allocates. Its
/// ports are those of a [Rig]: `wan` to the client, `lan` to the server.
final class MeasuredWorker implements AutoCloseable {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    final ManualClock clock = new ManualClock();
    final InMemoryIo io;
    final FullNatBalancer balancer;
    private final Agent control;
    private final Agent worker;

    MeasuredWorker(int buffers) {
        this(open(buffers));
    }

    /// @param lanMtu of the link to the server
    MeasuredWorker(int buffers, int lanMtu) {
        this(open(buffers, lanMtu));
    }

    private MeasuredWorker(InMemoryIo io) {
        this.io = io;
        balancer =
                FullNatBalancer.builder(io)
                        .clock(clock)
                        .cookieSecrets(Rig.COOKIE_SECRETS)
                        .buildAgents();
        control = balancer.controlAgent();
        worker = balancer.workerAgents().getFirst();
        control.onStart();
        worker.onStart();
    }

    static InMemoryIo open(int buffers) {
        return open(buffers, 1500);
    }

    private static InMemoryIo open(int buffers, int lanMtu) {
        return InMemoryIo.builder()
                .buffers(buffers)
                .wire(
                        PortSettings.of("wan", Rig.WAN_MAC),
                        PortSettings.of("client", Rig.CLIENT_MAC))
                .wire(
                        PortSettings.of("lan", Rig.LAN_MAC).withMtu(lanMtu),
                        PortSettings.of("server", Rig.SERVER_MAC).withMtu(lanMtu))
                .open();
    }

    void apply(List<Change> changes) throws Exception {
        CompletableFuture<Void> applied = balancer.control().submit(changes);
        while (!applied.isDone()) {
            step();
        }
        applied.join();
    }

    /// A cycle of control and worker each.
    void step() throws Exception {
        control.doWork();
        worker.doWork();
    }

    /// A cycle of the worker.
    ///
    /// @return bytes that it has allocated
    long work() throws Exception {
        long self = Thread.currentThread().threadId();
        long before = THREADS.getThreadAllocatedBytes(self);
        worker.doWork();
        return THREADS.getThreadAllocatedBytes(self) - before;
    }

    @Override
    public void close() {
        balancer.close();
        io.close();
    }
}
