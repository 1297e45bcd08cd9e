// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.io;

import java.util.List;
import java.util.OptionalInt;

/// A set of ports over one kind of buffers: all that a balancer needs to reach the network. A
/// packet received on one of these ports may be transmitted on any of them.
///
/// **Life:** made with open, started ports; [#close()] stops them and gives everything back. The
/// owner of the balancer opens and closes it, after the balancer.
public interface PacketIo extends AutoCloseable {
    /// The ports, in the order in which they were opened; the index is their number.
    ///
    /// @return an immutable list
    List<? extends PacketPort> ports();

    /// A worker's access to packet buffers.
    ///
    /// @param worker the worker's number, from 0
    /// @return a pool for that worker's thread alone; the same object at each call
    BufferPool buffers(int worker);

    /// Called by a worker on its own thread before it touches a queue or pool: the place to
    /// register the thread with a device library and to pin it.
    ///
    /// @param worker the worker's number, from 0
    /// @param cpu the CPU to stay on, or empty to leave that to the system
    /// @throws io.fullnat.api.BalancerException if the thread cannot be registered or pinned
    void attachWorker(int worker, OptionalInt cpu);

    /// Called by a worker on its own thread after it touched its queues and pool for the last time.
    ///
    /// @param worker the worker's number, as given to [#attachWorker(int, OptionalInt)]
    void detachWorker(int worker);

    /// Stops the ports and frees all memory. Packets still in queues are lost.
    @Override
    void close();
}
