// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.service;

import java.util.Arrays;

/// Finds a service's server by its slot, however many there are. Not changed after construction.
final class SlotIndex {
    /// No server has the slot.
    static final int NONE = -1;

    private static final int SPREAD = 0x9E37_79B9;

    private final int mask;
    private final int[] slots;
    private final int[] places;

    /// An index of servers.
    ///
    /// @param servers none with the slot of another
    SlotIndex(ServerEntry[] servers) {
        int size = Integer.highestOneBit(Math.max(2, 2 * servers.length)) << 1;
        mask = size - 1;
        slots = new int[size];
        places = new int[size];
        Arrays.fill(places, NONE);
        for (int i = 0; i < servers.length; i++) {
            int at = at(servers[i].slot());
            slots[at] = servers[i].slot();
            places[at] = i;
        }
    }

    /// The place of the server with a slot.
    int find(int slot) {
        return places[at(slot)];
    }

    private int at(int slot) {
        int at = ((slot * SPREAD) >>> 8) & mask;
        while (places[at] != NONE && slots[at] != slot) {
            at = (at + 1) & mask;
        }
        return at;
    }
}
