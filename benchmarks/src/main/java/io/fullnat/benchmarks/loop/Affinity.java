// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.loop;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/// On which CPU a thread runs: `sched_setaffinity(2)`.
final class Affinity {
    private static final int MASK_BYTES = 1024;

    private Affinity() {}

    /// Binds the calling thread to one CPU.
    @SuppressWarnings("restricted") // one call of libc, with the types it has there
    static void pin(int cpu) {
        Linker linker = Linker.nativeLinker();
        MethodHandle set =
                linker.downcallHandle(
                        linker.defaultLookup().findOrThrow("sched_setaffinity"),
                        FunctionDescriptor.of(
                                ValueLayout.JAVA_INT,
                                ValueLayout.JAVA_INT,
                                ValueLayout.JAVA_LONG,
                                ValueLayout.ADDRESS));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment mask = arena.allocate(MASK_BYTES, Long.BYTES);
            mask.setAtIndex(ValueLayout.JAVA_LONG, cpu >>> 6, 1L << cpu);
            if ((int) set.invokeExact(0, (long) MASK_BYTES, mask) != 0) {
                throw new IllegalStateException("this thread may not run on CPU " + cpu);
            }
        } catch (RuntimeException | Error refused) {
            throw refused;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
