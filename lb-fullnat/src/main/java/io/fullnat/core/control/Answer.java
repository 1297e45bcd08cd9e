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
    private final @Nullable Lane lane;

    /// @param guard knows who must not wait
    /// @param lane where it completes; null if nothing is ever attached to it, so that it completes
    ///   on the control thread at once
    Answer(WaitGuard guard, @Nullable Lane lane) {
        this.guard = guard;
        this.lane = lane;
    }

    /// What nobody waits for.
    static <T extends @Nullable Object> Answer<T> forNobody() {
        return new Answer<>(WaitGuard.ofThreads(), null);
    }

    @Override
    public <U> CompletableFuture<U> newIncompleteFuture() {
        return new Answer<>(guard, lane);
    }

    /// Control: it is done.
    void settle(@Nullable T value) {
        if (lane == null) {
            complete(value);
        } else {
            lane.add(() -> complete(value));
        }
    }

    /// Control: it has failed.
    void refuse(Throwable failure) {
        if (lane == null) {
            completeExceptionally(failure);
        } else {
            lane.add(() -> completeExceptionally(failure));
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
