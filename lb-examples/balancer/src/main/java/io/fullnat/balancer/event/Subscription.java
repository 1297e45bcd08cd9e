// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.event;

import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The events that wait for one who is told of them. One that takes none holds up nobody: when its
/// queue is full, further events are lost to it, and counted. Offered to by one thread, read by
/// another.
public final class Subscription implements AutoCloseable {
    private final BlockingQueue<Told> queue;
    private final Predicate<Told> wanted;
    private final Consumer<Subscription> end;
    private final AtomicLong lost = new AtomicLong();
    private volatile boolean closed;

    Subscription(int capacity, Predicate<Told> wanted, Consumer<Subscription> end) {
        queue = new ArrayBlockingQueue<>(capacity);
        this.wanted = wanted;
        this.end = end;
    }

    void offer(Told told) {
        if (!closed && wanted.test(told) && !queue.offer(told)) {
            lost.incrementAndGet();
        }
    }

    /// The next event, waiting for it.
    ///
    /// @param limit how long to wait
    /// @return null if there was none
    /// @throws InterruptedException if the thread is to end
    public @Nullable Told next(Duration limit) throws InterruptedException {
        return queue.poll(limit.toNanos(), TimeUnit.NANOSECONDS);
    }

    /// How many events were lost since this was asked before.
    ///
    /// @return 0 as a rule
    public long takeLost() {
        return lost.getAndSet(0);
    }

    /// Whether there will be no more.
    ///
    /// @return true once either side has closed it
    public boolean isClosed() {
        return closed;
    }

    /// Is told of no more events. Idempotent.
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            end.accept(this);
        }
    }
}
