// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import static io.fullnat.core.connection.ConnectionLayout.ADDRESSES;
import static io.fullnat.core.connection.ConnectionLayout.LOCAL;
import static io.fullnat.core.connection.ConnectionLayout.TRAFFIC;

import io.fullnat.api.io.Memory;
import io.fullnat.core.service.AccessFilter;
import io.fullnat.core.service.TrafficTable;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.agrona.collections.Int2ObjectHashMap;
import org.agrona.collections.IntHashSet;

/// Which connections end with a change of the state. Not changed after construction, and shared by
/// all workers: slots are the same on each.
public final class PurgeRules {
    /// No connection.
    public static final PurgeRules NONE = new PurgeRules(Map.of(), List.of(), List.of());

    private final Int2ObjectHashMap<AccessFilter> keptByLocal = new Int2ObjectHashMap<>();
    private final IntHashSet servers = new IntHashSet();
    private final ConnectionMatch[] matches;

    /// Rules, each of which ends what it names.
    ///
    /// @param survivors by a local address's slot, which clients keep their connections
    /// @param servers slots of real servers whose connections end
    /// @param matches further connections that end
    public PurgeRules(
            Map<Integer, AccessFilter> survivors,
            Collection<Integer> servers,
            List<ConnectionMatch> matches) {
        keptByLocal.putAll(survivors);
        this.servers.addAll(servers);
        this.matches = matches.toArray(ConnectionMatch[]::new);
    }

    /// Whether all connections survive.
    ///
    /// @return true if there is nothing to look for
    public boolean isEmpty() {
        return keptByLocal.isEmpty() && servers.isEmpty() && matches.length == 0;
    }

    /// How many times as long a look at a connection takes as one at its slots.
    int cost() {
        return 1 + matches.length / 4;
    }

    boolean end(long entry) {
        AccessFilter kept = keptByLocal.get(Memory.getInt(entry + LOCAL));
        if (kept != null && !kept.admits(Memory.getNetworkInt(entry + ADDRESSES))) {
            return true;
        }
        if (servers.contains(TrafficTable.slot(Memory.getInt(entry + TRAFFIC)))) {
            return true;
        }
        for (ConnectionMatch match : matches) {
            if (match.accepts(entry)) {
                return true;
            }
        }
        return false;
    }
}
