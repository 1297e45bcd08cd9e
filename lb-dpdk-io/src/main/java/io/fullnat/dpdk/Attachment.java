// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.util.OptionalInt;

/// A worker's thread while it works with the ports: registered with DPDK and, if wanted, pinned.
///
/// @param thread the worker's
/// @param before the CPUs it had
/// @param lcore as which DPDK knows it
record Attachment(Thread thread, CpuAffinity before, int lcore) {
    /// Attaches the calling thread.
    ///
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] for a CPU that is not to be had,
    ///   [ErrorCode#CAPACITY] if DPDK knows too many threads already, [ErrorCode#UNSUPPORTED] for a
    ///   virtual thread, which belongs to no CPU
    static Attachment attach(Eal eal, DpdkBufferPool buffers, OptionalInt cpu) {
        Thread thread = Thread.currentThread();
        if (thread.isVirtual()) {
            throw new BalancerException(
                    ErrorCode.UNSUPPORTED,
                    "a virtual thread cannot be a worker: use a platform thread");
        }
        CpuAffinity before = CpuAffinity.current();
        cpu.ifPresent(number -> pin(before, number));
        int lcore;
        try {
            lcore = LcoreThread.register(eal);
        } catch (BalancerException e) {
            before.apply();
            throw e;
        }
        buffers.attach(lcore);
        return new Attachment(thread, before, lcore);
    }

    private static void pin(CpuAffinity allowed, int cpu) {
        if (!allowed.contains(cpu)) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT,
                    "CPU " + cpu + " is not among those this process may use: " + allowed);
        }
        CpuAffinity.of(cpu).apply();
    }

    /// Detaches the calling thread, which is the attached one.
    void detach(Eal eal, DpdkBufferPool buffers) {
        buffers.detach();
        LcoreThread.unregister(eal);
        before.apply();
    }
}
