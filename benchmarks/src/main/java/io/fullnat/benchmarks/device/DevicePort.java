// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.device;

import io.fullnat.benchmarks.loop.OnePort;
import io.fullnat.dpdk.DpdkIo;
import java.util.List;
import java.util.OptionalInt;

/// A DPDK port with one queue, under the name and address for which the frames are made.
final class DevicePort extends OnePort {
    private final DpdkIo dpdk;
    private volatile long thread;

    /// @param dpdk has the port; closed by the caller
    /// @param queue its queue
    DevicePort(DpdkIo dpdk, FedQueue queue) {
        super(List.of(queue), List.of(dpdk.buffers(0)), false);
        this.dpdk = dpdk;
    }

    /// The id of the worker's thread.
    long thread() {
        return thread;
    }

    @Override
    public void attachWorker(int worker, OptionalInt cpu) {
        dpdk.attachWorker(worker, cpu);
        thread = Thread.currentThread().threadId();
    }

    @Override
    public void detachWorker(int worker) {
        dpdk.detachWorker(worker);
    }

    @Override
    public void close() {}
}
