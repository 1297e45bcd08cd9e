// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.schedule;

import io.fullnat.api.service.ConnectionRequest;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.ServerLoads;
import java.util.List;

/// `conhash`: the server of the first point behind the hash on a [HashRing]; if that is not usable,
/// or busier than the bound allows, the next ones (Mirrokni, Thorup, Zadimoghaddam, *Consistent
/// Hashing with Bounded Loads*, 2018).
///
/// The bound compares with the mean of usable servers, which is kept and read a few servers at a
/// time; the server's own connections are read when it is about to be chosen. The reads of one
/// connection are bounded: until all have had a turn, the mean is that of those which had one.
final class RingHash implements Scheduler {
    /// Points that are looked at before all servers are.
    private static final int MAX_STEPS = 256;

    /// Servers whose counts are read for each connection, in turn.
    private static final int READS = 4;

    /// Servers whose counts are read on the walk for one connection; behind them what is known
    /// counts.
    private static final int WALK_READS = 8;

    private final HashRing ring;
    private final HashKey key;
    private final boolean fallsBack;
    private final int bound;
    private final int[] weights;
    private final int[] connections;
    private final int[] usableWeights;
    private final Identities identities;
    private final int steps;
    private long allConnections;
    private long allWeights;
    private int next;
    private int walkReads;

    /// @param bound hundredths of the mean that a server may have; 0 for no bound
    RingHash(HashRing ring, HashKey key, boolean fallsBack, int bound, List<RealServer> servers) {
        this.ring = ring;
        this.key = key;
        this.fallsBack = fallsBack;
        this.bound = bound;
        weights = servers.stream().mapToInt(RealServer::weight).toArray();
        connections = new int[bound == 0 ? 0 : weights.length];
        usableWeights = new int[connections.length];
        identities = new Identities(servers);
        steps = Math.min(ring.size(), MAX_STEPS);
    }

    @Override
    public int select(ConnectionRequest request, ServerLoads loads) {
        if (ring.size() == 0) {
            return NONE;
        }
        if (bound != 0) {
            readSome(loads);
        }
        long hash = key.hash(request);
        int point = ring.find(hash);
        int server = ring.server(point);
        if (isAccepted(server, loads)) {
            return server;
        }
        return fallsBack ? walk(point, hash, loads) : NONE;
    }

    @Override
    public boolean readsQuicId() {
        return key.isQuic();
    }

    private int walk(int first, long hash, ServerLoads loads) {
        int point = first;
        for (int i = 1; i < steps; i++) {
            point = point + 1 == ring.size() ? 0 : point + 1;
            int server = ring.server(point);
            if (isAccepted(server, loads)) {
                return server;
            }
        }
        return identities.highest(hash, loads);
    }

    private boolean isAccepted(int server, ServerLoads loads) {
        return loads.isUsable(server) && (bound == 0 || isBelow(server, loads));
    }

    /// Whether one more leaves it within the bound: its connections are fewer than its part of the
    /// bound times all and this one.
    private boolean isBelow(int server, ServerLoads loads) {
        if (walkReads < WALK_READS) {
            walkReads++;
            read(server, loads);
        }
        return (double) connections[server] * allWeights * 100
                < (double) bound * (allConnections + 1) * weights[server];
    }

    private void readSome(ServerLoads loads) {
        int reads = Math.min(READS, connections.length);
        walkReads = 0;
        for (int i = 0; i < reads; i++) {
            read(next, loads);
            next = next + 1 == connections.length ? 0 : next + 1;
        }
    }

    private void read(int server, ServerLoads loads) {
        boolean usable = loads.isUsable(server);
        int now = usable ? loads.activeConnections(server) + loads.inactiveConnections(server) : 0;
        int weight = usable ? weights[server] : 0;
        allConnections += now - connections[server];
        allWeights += weight - usableWeights[server];
        connections[server] = now;
        usableWeights[server] = weight;
    }

    /// Goes on with what is known of servers that stay.
    @Override
    public void resume(Scheduler previous, int[] origins) {
        if (!(previous instanceof RingHash before) || bound == 0 || before.bound == 0) {
            return; // one of the other variant knows nothing
        }
        for (int server = 0; server < connections.length; server++) {
            int origin = origins[server];
            if (origin >= 0 && before.usableWeights[origin] > 0) {
                connections[server] = before.connections[origin];
                usableWeights[server] = weights[server];
                allConnections += connections[server];
                allWeights += usableWeights[server];
            }
        }
    }
}
