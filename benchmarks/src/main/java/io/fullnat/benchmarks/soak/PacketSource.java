// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.soak;

/// Makes packets of clients, one after the other. Called by the worker's thread alone.
@FunctionalInterface
interface PacketSource {
    /// No packets.
    PacketSource NONE = data -> false;

    /// Writes the next packet's frame.
    ///
    /// @param data where it begins
    /// @return false if there is none now
    boolean make(long data);
}
