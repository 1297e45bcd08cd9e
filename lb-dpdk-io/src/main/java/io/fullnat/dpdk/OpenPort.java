// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import io.fullnat.api.io.PacketPort;
import io.fullnat.api.io.PortQueue;

/// A port of a [DpdkIo].
interface OpenPort extends PacketPort {
    /// Lets the queue of this number use the cache of the thread that attaches as that worker.
    default void attach(int worker, int lcore) {}

    /// Undoes [#attach(int, int)], on the same thread.
    default void detach(int worker) {}

    /// Gives the port an interface of the kernel, before anybody sees the port.
    void beside(TapInterface tap);

    @Override
    PortQueue queue(int index);

    /// Stops the port and gives its device back. The caller holds [Eal]'s lock.
    void close();
}
