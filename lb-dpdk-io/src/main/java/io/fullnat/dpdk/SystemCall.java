// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// A function of the C library that sets `errno`. As [NativeFunction], all are called through one
/// handle that fills six registers; those with a variable argument, as ioctl(2), take an integer or
/// a pointer there, which travels in the same registers.
///
/// A call allocates nothing: a packet's way makes it, too.
@SuppressWarnings("restricted")
final class SystemCall {
    private static final Linker LINKER = Linker.nativeLinker();
    private static final MemoryLayout STATE = Linker.Option.captureStateLayout();
    private static final long ERRNO =
            STATE.byteOffset(MemoryLayout.PathElement.groupElement("errno"));

    private static final MethodHandle CALL =
            LINKER.downcallHandle(
                    FunctionDescriptor.of(
                            JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
                            JAVA_LONG),
                    Linker.Option.captureCallState("errno"));

    private static final NativeFunction DESCRIBE =
            NativeFunction.ofC("strerror", JAVA_LONG, JAVA_INT);

    private final MemorySegment function;
    private final boolean wide;

    private SystemCall(String name, boolean wide) {
        function = LINKER.defaultLookup().findOrThrow(name);
        this.wide = wide;
    }

    /// A function that returns an `int`.
    static SystemCall of(String name) {
        return new SystemCall(name, false);
    }

    /// A function that returns a pointer or a `ssize_t`.
    static SystemCall wide(String name) {
        return new SystemCall(name, true);
    }

    /// Where the error number of a call is put; for one thread at a time.
    static MemorySegment state(Arena arena) {
        return arena.allocate(STATE);
    }

    /// Calls the function.
    ///
    /// @param state of the calling thread
    /// @return what it returned, or the negative error number if that was -1
    long call(MemorySegment state, long a, long b, long c, long d, long e, long f) {
        long register;
        try {
            register = (long) CALL.invokeExact(function, state, a, b, c, d, e, f);
        } catch (Throwable failure) {
            throw new IllegalStateException("a system call could not be made", failure);
        }
        long result = wide ? register : (int) register;
        return result == -1 ? -state.get(JAVA_INT, ERRNO) : result;
    }

    /// Calls a function of three parameters on the control path.
    long call(long a, long b, long c) {
        return call(a, b, c, 0, 0, 0);
    }

    /// Calls a function on the control path.
    long call(long a, long b, long c, long d, long e, long f) {
        try (Arena arena = Arena.ofConfined()) {
            return call(state(arena), a, b, c, d, e, f);
        }
    }

    /// The C library's text for an error number.
    static String describe(long errno) {
        return NativeFunction.stringAt(DESCRIBE.call(errno));
    }
}
