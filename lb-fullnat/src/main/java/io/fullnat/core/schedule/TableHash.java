// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.schedule;

import io.fullnat.api.service.ConnectionRequest;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.ServerLoads;
import java.util.List;

/// `mh`, `sh`, `dh`: the server of the hash's slot in a [MaglevTable]. If that is not usable, the
/// next usable one in the table, which differs from slot to slot: its clients spread over the
/// others. A server in slow start keeps its clients from the beginning. Immutable.
final class TableHash implements Scheduler {
    /// Slots that are looked at before all servers are.
    private static final int MAX_STEPS = 256;

    private final MaglevTable table;
    private final HashKey key;
    private final boolean fallsBack;
    private final int steps;
    private final Identities identities;

    TableHash(MaglevTable table, HashKey key, boolean fallsBack, List<RealServer> servers) {
        this.table = table;
        this.key = key;
        this.fallsBack = fallsBack;
        identities = new Identities(servers);
        steps = Math.min(table.size(), MAX_STEPS);
    }

    @Override
    public int select(ConnectionRequest request, ServerLoads loads) {
        if (table.size() == 0) {
            return NONE;
        }
        long hash = key.hash(request);
        int slot = HashKey.spread(hash, table.size());
        int server = table.server(slot);
        if (loads.isUsable(server)) {
            return server;
        }
        return fallsBack ? next(slot, hash, loads) : NONE;
    }

    @Override
    public boolean readsQuicId() {
        return key.isQuic();
    }

    private int next(int first, long hash, ServerLoads loads) {
        int slot = first;
        for (int i = 1; i < steps; i++) {
            slot = slot + 1 == table.size() ? 0 : slot + 1;
            int server = table.server(slot);
            if (loads.isUsable(server)) {
                return server;
            }
        }
        return identities.highest(hash, loads);
    }
}
