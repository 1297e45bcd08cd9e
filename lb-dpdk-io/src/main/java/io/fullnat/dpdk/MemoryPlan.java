// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import java.util.Optional;

/// How many buffers of which size a configuration needs, and the memory for them.
///
/// @param buffers in each pool
/// @param room bytes of a buffer, headroom included
/// @param memoryMb megabytes for one pool and DPDK's own structures
record MemoryPlan(int buffers, int room, int memoryMb) {
    /// What a worker's cache of a pool holds.
    static final int CACHE_SIZE = 256;

    private static final int HEADROOM = 128;
    private static final int MIN_DATA = 2048;
    private static final int LINE = 64;

    /// Ethernet header, two VLAN tags, frame check sequence.
    private static final int FRAME_OVERHEAD = 14 + 8 + 4;

    /// Bursts and caches in a worker's hands.
    private static final int PER_WORKER = 1024;

    private static final int SPARE = 8192;

    /// A cache line in front of each buffer's header, rounded up for spreading over channels.
    private static final int OBJECT_OVERHEAD = 192;

    private static final int OWN_MB = 96;
    private static final int MIN_MEMORY_MB = 256;
    private static final int DEFAULT_MTU = 1500;

    static MemoryPlan of(DpdkConfig config) {
        int mtu = DEFAULT_MTU;
        long descriptors = 0;
        for (DpdkPortConfig port : config.ports()) {
            mtu = Math.max(mtu, mtu(port));
            descriptors +=
                    (long) config.queues(port)
                            * (config.receiveDescriptors() + config.transmitDescriptors());
        }
        long wanted = descriptors + (long) config.workers() * PER_WORKER + SPARE;
        // a pool's ring has a power of two less one
        int buffers = config.buffers().orElse((int) (Long.highestOneBit(wanted) * 2 - 1));
        int data = Math.max(MIN_DATA, (mtu + FRAME_OVERHEAD + LINE - 1) / LINE * LINE);
        int room = data + HEADROOM;
        long bytes = (long) buffers * (MbufLayout.SIZE + room + OBJECT_OVERHEAD);
        long megabytes = Math.max(MIN_MEMORY_MB, (bytes >> 20) + OWN_MB);
        return new MemoryPlan(buffers, room, (int) megabytes);
    }

    /// The MTU that buffers and rings are made for.
    static int mtu(DpdkPortConfig port) {
        Optional<String> name = port.device().argument("iface");
        if (port.mtu().isEmpty() && port.device().isPacketSocket() && name.isPresent()) {
            try (KernelInterface kernel = new KernelInterface(name.get())) {
                return PacketSocketPort.mtu(port, kernel.mtu());
            }
        }
        return port.mtu().orElse(DEFAULT_MTU);
    }
}
