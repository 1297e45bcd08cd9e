// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.service;

import java.util.Map;
import org.agrona.collections.IntHashSet;
import org.agrona.collections.Long2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/// All services of one worker at one revision, by protocol, virtual address and port. Not changed
/// after construction, so its look-up by the worker needs no care.
public final class ServiceMap {
    /// No service.
    public static final ServiceMap EMPTY = new ServiceMap(Map.of(), StateTimeouts.DEFAULT);

    private final Long2ObjectHashMap<ServiceEntry> entries;
    private final IntHashSet addresses;
    private final StateTimeouts timeouts;

    /// A map of entries.
    ///
    /// @param byKey entries by [ServiceEntry#key]
    /// @param timeouts of all services, former ones included
    public ServiceMap(Map<Long, ServiceEntry> byKey, StateTimeouts timeouts) {
        this.timeouts = timeouts;
        entries = new Long2ObjectHashMap<>(Math.max(8, 2 * byKey.size()), 0.6f);
        addresses = new IntHashSet();
        byKey.forEach((key, entry) -> {
            entries.put(key.longValue(), entry);
            addresses.add((int) (key >>> 24));
        });
    }

    /// Finds the service of a packet.
    ///
    /// @param address the virtual address in host order
    /// @param port the port
    /// @param protocol the protocol number
    /// @return null if there is none
    public @Nullable ServiceEntry find(int address, int port, int protocol) {
        return entries.get(ServiceEntry.key(address, port, protocol));
    }

    /// How many services there are.
    ///
    /// @return 0 or more
    public int size() {
        return entries.size();
    }

    /// How long connections may be idle.
    ///
    /// @return the same object as long as nothing of it has changed
    public StateTimeouts timeouts() {
        return timeouts;
    }

    /// Whether an address is the virtual address of any service.
    ///
    /// @param address in host order
    /// @return true if it is one
    public boolean isVirtualAddress(int address) {
        return addresses.contains(address);
    }
}
