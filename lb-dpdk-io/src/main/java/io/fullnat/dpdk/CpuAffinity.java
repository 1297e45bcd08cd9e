// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.BitSet;

/// The CPUs a thread may run on: `sched_getaffinity(2)` and `sched_setaffinity(2)` for the calling
/// thread. Immutable.
final class CpuAffinity {
    /// Bytes of the masks passed to the kernel: room for 8,192 CPUs, its present limit.
    private static final int MASK_BYTES = 1024;

    private static final NativeFunction GET =
            NativeFunction.ofC("sched_getaffinity", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG);
    private static final NativeFunction SET =
            NativeFunction.ofC("sched_setaffinity", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG);

    private final BitSet cpus;

    private CpuAffinity(BitSet cpus) {
        this.cpus = cpus;
    }

    /// One CPU alone.
    static CpuAffinity of(int cpu) {
        BitSet one = new BitSet();
        one.set(cpu);
        return new CpuAffinity(one);
    }

    /// The CPUs of the calling thread.
    static CpuAffinity current() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment mask = arena.allocate(MASK_BYTES, Long.BYTES);
            if (GET.call(0, MASK_BYTES, mask.address()) < 0) {
                throw new BalancerException(
                        ErrorCode.PERMISSION, "the kernel does not tell this thread's CPUs");
            }
            return new CpuAffinity(BitSet.valueOf(mask.toArray(ValueLayout.JAVA_BYTE)));
        }
    }

    boolean contains(int cpu) {
        return cpu >= 0 && cpus.get(cpu);
    }

    /// Binds the calling thread to these CPUs.
    ///
    /// @throws BalancerException [ErrorCode#PERMISSION] if the kernel refuses
    void apply() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment mask = arena.allocate(MASK_BYTES, Long.BYTES);
            MemorySegment.copy(
                    MemorySegment.ofArray(cpus.toByteArray()), 0, mask, 0, (cpus.length() + 7) / 8);
            if (SET.call(0, MASK_BYTES, mask.address()) < 0) {
                throw new BalancerException(
                        ErrorCode.PERMISSION,
                        "the kernel refuses to run this thread on CPU " + this);
            }
        }
    }

    /// The kernel's list format, for example `0-3,8`.
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        int first = cpus.nextSetBit(0);
        while (first >= 0) {
            int last = cpus.nextClearBit(first) - 1;
            if (!text.isEmpty()) {
                text.append(',');
            }
            text.append(first);
            if (last > first) {
                text.append('-').append(last);
            }
            first = cpus.nextSetBit(last + 1);
        }
        return text.toString();
    }
}
