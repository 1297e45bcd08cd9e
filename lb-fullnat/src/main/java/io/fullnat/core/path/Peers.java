// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import io.fullnat.core.stack.Frame;

/// The other workers, as seen by one: where packets go that belong to them.
public interface Peers {
    /// The number of the worker that asks.
    ///
    /// @return from 0
    int self();

    /// How many workers there are.
    ///
    /// @return 1 or more
    int count();

    /// Gives a packet to another worker; it is counted, and dropped if the way is full, there.
    ///
    /// @param worker its number
    /// @param frame as it was received; its buffer is used up
    /// @param hops how many workers have looked for its connection, 0 if the other is known to own
    ///   it
    void handOver(int worker, Frame frame, int hops);
}
