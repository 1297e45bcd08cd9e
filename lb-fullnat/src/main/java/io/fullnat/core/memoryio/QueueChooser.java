// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.memoryio;

/// Decides on which receive queue of a port a frame arrives: receive side scaling.
///
/// Called by all threads that send to the port at once: an implementation must be thread-safe. It
/// must neither block nor allocate.
@FunctionalInterface
public interface QueueChooser {
    /// Chooses for one frame.
    ///
    /// @param l2 address of the frame, which may be anything: nothing is checked but that the first
    ///   14 bytes are there
    /// @param length bytes from there
    /// @param queueCount how many queues the port has, 2 or more
    /// @return 0 to `queueCount` - 1
    int choose(long l2, int length, int queueCount);
}
