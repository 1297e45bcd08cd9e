// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.connection;

/// Asked and told when a connection ends by time-out or gives way.
@FunctionalInterface
public interface EndListener {
    /// Called while the entry is still readable, right before it is freed.
    ///
    /// @param entry the connection
    /// @param evicted whether it gave way to a new one, rather than timed out
    void ended(long entry, boolean evicted);

    /// Called when a connection's idle time is over: it may be moved to another state instead of
    /// ending, and ends then if its idle time is over there too.
    ///
    /// @param entry the connection
    default void idle(long entry) {}

    /// Called some connections before [#ended]: a listener that will need memory then may load it
    /// now, so that the misses of several connections overlap.
    ///
    /// @param entry the connection
    /// @return a word of that memory, or 0
    default long prefetch(long entry) {
        return 0;
    }
}
