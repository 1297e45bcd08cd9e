// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.lab;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.text.Reason;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/// The system call that moves a thread into a network namespace, setns(2).
@SuppressWarnings("restricted")
final class NamespaceCalls {
    private static final int O_RDONLY_CLOEXEC = 0x80000;
    private static final int CLONE_NEWNET = 0x4000_0000;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final Linker.Option ERRNO = Linker.Option.captureCallState("errno");
    private static final MemoryLayout STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO_FIELD =
            STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

    private static final MethodHandle OPEN =
            call(
                    "open",
                    FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT),
                    Linker.Option.firstVariadicArg(2));
    private static final MethodHandle SETNS =
            call("setns", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle CLOSE =
            call("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));

    private NamespaceCalls() {}

    private static MethodHandle call(
            String name, FunctionDescriptor type, Linker.Option... options) {
        SymbolLookup libc = LINKER.defaultLookup();
        Linker.Option[] all = new Linker.Option[options.length + 1];
        all[0] = ERRNO;
        System.arraycopy(options, 0, all, 1, options.length);
        return LINKER.downcallHandle(libc.findOrThrow(name), type, all);
    }

    /// Moves the calling thread, for good, and with it every thread that it starts from then on.
    ///
    /// @param path of the namespace, as in `/run/netns/a`
    /// @throws BalancerException [ErrorCode#PERMISSION] with the error number
    static void enter(String path) {
        if (Thread.currentThread().isVirtual()) {
            throw new IllegalStateException("a virtual thread would move its carrier to " + path);
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            int file =
                    check(
                            "open",
                            path,
                            (int)
                                    OPEN.invokeExact(
                                            state, arena.allocateFrom(path), O_RDONLY_CLOEXEC),
                            state);
            try {
                check("setns", path, (int) SETNS.invokeExact(state, file, CLONE_NEWNET), state);
            } finally {
                check("close", path, (int) CLOSE.invokeExact(state, file), state);
            }
        } catch (BalancerException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new BalancerException(
                    ErrorCode.INTERNAL, "cannot call setns: " + Reason.of(e), e);
        }
    }

    private static int check(String call, String path, int result, MemorySegment state) {
        if (result < 0) {
            int errno = (int) ERRNO_FIELD.get(state, 0L);
            throw new BalancerException(
                    ErrorCode.PERMISSION,
                    call
                            + " for namespace "
                            + path
                            + " failed with errno "
                            + errno
                            + "; it needs root with CAP_SYS_ADMIN");
        }
        return result;
    }
}
