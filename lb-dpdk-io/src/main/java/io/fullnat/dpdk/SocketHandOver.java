// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// How sockets made anew pass from a port to the thread that uses its queue, such that the port
/// learns when the old ones can be closed: one that [#uses] denies is not touched any more.
///
/// **Thread-safety:** one thread takes, any may do the rest.
///
/// @param <T> what passes
final class SocketHandOver<T> {
    private final AtomicReference<@Nullable T> next = new AtomicReference<>();
    private volatile @Nullable T current;

    /// Gives new ones; some that were given and not taken over are forgotten.
    void give(T fresh) {
        next.set(fresh);
    }

    /// Whether the thread uses these or may begin to.
    @SuppressWarnings("ReferenceEquality") // these, not equal ones
    boolean uses(T some) {
        // In this order: the thread first says that it uses them, then that they do not wait.
        return next.get() == some || current == some;
    }

    /// What the thread may use now; null before the first.
    @Nullable T current() {
        return current;
    }

    /// Whether new ones wait.
    boolean isWaiting() {
        return next.get() != null;
    }

    /// Takes new ones over. If others take the place of those that wait meanwhile, these may be
    /// closed already, and are not returned.
    ///
    /// @return null if none wait
    @Nullable T take() {
        T fresh = next.get();
        while (fresh != null) {
            current = fresh;
            if (next.compareAndSet(fresh, null)) {
                return fresh;
            }
            fresh = next.get();
        }
        return null;
    }
}
