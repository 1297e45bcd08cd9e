// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// What a caller gets for a transaction. Completes on the application's executor, so that what the
/// caller attached never runs on the control thread; and refuses to be waited for by a thread that
/// would wait for itself. So do the futures that are made of it.
final class Answer<T extends @Nullable Object> extends CompletableFuture<T> {
    private final WaitGuard guard;
    private final @Nullable SerialExecutor serial;

    /// @param guard knows who must not wait
    /// @param serial where it completes; null if nothing is ever attached to it, so that it
    ///   completes on the control thread at once
    Answer(WaitGuard guard, @Nullable SerialExecutor serial) {
        this.guard = guard;
        this.serial = serial;
    }

    /// What nobody waits for.
    static <T extends @Nullable Object> Answer<T> forNobody() {
        return new Answer<>(WaitGuard.ofThreads(), null);
    }

    @Override
    public <U> CompletableFuture<U> newIncompleteFuture() {
        return new Answer<>(guard, serial);
    }

    /// Control: it is done.
    void fulfil(@Nullable T value) {
        if (serial == null) {
            complete(value);
        } else {
            serial.add(() -> complete(value));
        }
    }

    /// Control: it has failed.
    void refuse(Throwable failure) {
        if (serial == null) {
            completeExceptionally(failure);
        } else {
            serial.add(() -> completeExceptionally(failure));
        }
    }

    private void requireMayWait() {
        if (!isDone()) {
            guard.requireMayWait();
        }
    }

    @Override
    public T join() {
        requireMayWait();
        return super.join();
    }

    @Override
    public T get() throws InterruptedException, ExecutionException {
        requireMayWait();
        return super.get();
    }

    @Override
    public T get(long timeout, TimeUnit unit)
            throws InterruptedException, ExecutionException, TimeoutException {
        requireMayWait();
        return super.get(timeout, unit);
    }
}
