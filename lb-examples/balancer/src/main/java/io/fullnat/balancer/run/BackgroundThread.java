// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.run;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Work that the workers must not notice: it is done on a thread of its own to which the kernel
/// gives a tenth of a busy processor (nice 10, setpriority(2); on Linux that is a thread's own).
@SuppressWarnings("restricted")
final class BackgroundThread {
    private static final Logger LOG = LoggerFactory.getLogger(BackgroundThread.class);
    private static final int PRIO_PROCESS = 0;
    private static final int THIS_THREAD = 0;
    private static final int BEHIND_OTHERS = 10;

    private BackgroundThread() {}

    /// Does the work and waits for it.
    ///
    /// @param name of the thread
    /// @param work may throw what is unchecked, which comes out of here
    /// @return what it made
    static <T> T call(String name, Supplier<T> work) {
        FutureTask<T> task =
                new FutureTask<>(() -> {
                    giveWay();
                    return work.get();
                });
        Thread.ofPlatform().name(name).daemon().start(task);
        try {
            return task.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case RuntimeException failure -> throw failure;
                case Error error -> throw error;
                case null, default -> throw new IllegalStateException(e);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BalancerException(
                    ErrorCode.CLOSED, "the balancer ends; nothing was changed", e);
        }
    }

    private static void giveWay() {
        try {
            Linker linker = Linker.nativeLinker();
            MethodHandle setpriority =
                    linker.downcallHandle(
                            linker.defaultLookup().findOrThrow("setpriority"),
                            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
            int result = (int) setpriority.invokeExact(PRIO_PROCESS, THIS_THREAD, BEHIND_OTHERS);
            if (result != 0) {
                LOG.debug("the priority of a background thread could not be lowered");
            }
        } catch (Error e) {
            throw e;
        } catch (Throwable e) {
            LOG.debug("the priority of a background thread could not be lowered", e);
        }
    }
}
