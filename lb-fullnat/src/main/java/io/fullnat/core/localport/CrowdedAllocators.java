// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.localport;

import org.agrona.collections.Long2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/// The allocators that remember which of their ports are in use, by the key of their pair. A
/// connection that got its port from the allocator of a whole server may have a tuple of such a
/// pair; what the pair's own allocator remembers of the port is forgotten when it ends.
///
/// **Thread-safety:** none; it belongs to its worker's [LocalPorts].
final class CrowdedAllocators {
    private static final float LOAD = 0.5f;

    private final Long2ObjectHashMap<PortAllocator> byKey;

    /// @param most how many there can be, so that the map never grows
    CrowdedAllocators(int most) {
        byKey = new Long2ObjectHashMap<>(Math.max(8, 4 * most), LOAD, true);
    }

    /// Notes whether an allocator remembers anything.
    void note(PortAllocator allocator) {
        if (allocator.bitmap() != 0 || allocator.settled() != 0) {
            byKey.put(allocator.key(), allocator);
        } else {
            byKey.remove(allocator.key());
        }
    }

    /// Whether none does.
    boolean isEmpty() {
        return byKey.isEmpty();
    }

    /// The allocator of a pair, if it remembers anything.
    @Nullable PortAllocator get(long key) {
        return byKey.get(key);
    }
}
