// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.worker;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.io.PacketIo;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;

/// Makes something on the CPU of a worker. The system gives a page of memory on the NUMA node of
/// the thread that first writes it, so what a worker is made of has to be made there.
final class NumaLocalBuilder {
    private NumaLocalBuilder() {}

    /// Makes it on a thread that is attached and pinned as the worker's own will be, and ends then.
    ///
    /// @param io pins
    /// @param placement which worker
    /// @param maker makes it
    /// @return what was made
    /// @throws BalancerException if the thread cannot be pinned, or what the maker throws
    static <T> T make(PacketIo io, Worker.Placement placement, Supplier<T> maker) {
        FutureTask<T> task =
                new FutureTask<>(() -> {
                    io.attachWorker(placement.number(), placement.cpu());
                    try {
                        return maker.get();
                    } finally {
                        io.detachWorker(placement.number());
                    }
                });
        Thread.ofPlatform().name("worker-" + placement.number() + "-memory").start(task);
        try {
            return task.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof BalancerException refused) {
                throw refused;
            }
            throw new IllegalStateException(
                    "worker " + placement.number() + " cannot be made", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BalancerException(ErrorCode.CLOSED, "interrupted while workers are made", e);
        }
    }
}
