// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.probe;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// A function of the C library that returns an `int` and sets `errno`, called with numbers;
/// pointers are passed as such. All are called through one handle, which fills five registers: a
/// function does not look at those that it has no parameter for. Thread-safe.
@SuppressWarnings("restricted")
final class LinuxCall {
    private static final Linker LINKER = Linker.nativeLinker();
    private static final MemoryLayout STATE = Linker.Option.captureStateLayout();
    private static final long ERRNO =
            STATE.byteOffset(MemoryLayout.PathElement.groupElement("errno"));

    private static final MethodHandle CALL =
            LINKER.downcallHandle(
                    FunctionDescriptor.of(
                            JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
                    Linker.Option.captureCallState("errno"));

    private static final int MAX_TEXT = 256;

    private final MemorySegment function;

    private LinuxCall(String name) {
        function = LINKER.defaultLookup().findOrThrow(name);
    }

    static LinuxCall of(String name) {
        return new LinuxCall(name);
    }

    /// Where the error number of a call is put; for one thread at a time.
    static MemorySegment state(Arena arena) {
        return arena.allocate(STATE);
    }

    /// Calls the function.
    ///
    /// @param state of the calling thread
    /// @return what it returned, or the negative error number if that was negative
    int call(MemorySegment state, long a, long b, long c, long d, long e) {
        int result = (int) register(state, a, b, c, d, e);
        return result < 0 ? -state.get(JAVA_INT, ERRNO) : result;
    }

    private long register(MemorySegment state, long a, long b, long c, long d, long e) {
        try {
            return (long) CALL.invokeExact(function, state, a, b, c, d, e);
        } catch (Throwable failure) {
            throw new IllegalStateException("a system call could not be made", failure);
        }
    }

    /// The C library's text for an error number.
    static String describe(int errno) {
        try (Arena arena = Arena.ofConfined()) {
            long text = of("strerror").register(state(arena), errno, 0, 0, 0, 0);
            return MemorySegment.ofAddress(text).reinterpret(MAX_TEXT).getString(0);
        }
    }
}
