// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.health;

import io.fullnat.api.service.VirtualService;

/// A service whose servers are watched, with the slots by which workers know them. Immutable.
public final class Monitored {
    private final VirtualService service;
    private final int slot;
    private final int[] serverSlots;
    private final int sorrySlot;

    /// A service to watch.
    ///
    /// @param service the desired state
    /// @param slot of the service
    /// @param serverSlots of its real servers, in its order
    /// @param sorrySlot of its sorry server; -1 if it has none
    public Monitored(VirtualService service, int slot, int[] serverSlots, int sorrySlot) {
        this.service = service;
        this.slot = slot;
        this.serverSlots = serverSlots.clone();
        this.sorrySlot = sorrySlot;
    }

    VirtualService service() {
        return service;
    }

    int slot() {
        return slot;
    }

    int serverSlot(int server) {
        return serverSlots[server];
    }

    int sorrySlot() {
        return sorrySlot;
    }
}
