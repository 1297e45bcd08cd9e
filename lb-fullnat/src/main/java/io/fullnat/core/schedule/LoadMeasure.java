// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.schedule;

import io.fullnat.api.service.ServerLoads;

/// How busy a server is, by which [LeastLoaded] compares. An established connection counts as 256
/// others: those that begin or end.
enum LoadMeasure {
    /// `lc`: connections.
    CONNECTIONS(false, false, false),
    /// `wlc`: connections for a server's weight.
    CONNECTIONS_BY_WEIGHT(true, false, false),
    /// `sed`: what it would be with one more: how long a connection waits, if all take equally long
    /// and weights say how fast servers are.
    EXPECTED_DELAY(true, true, false),
    /// `nq`: as `sed`, but idle servers first.
    NEVER_QUEUE(true, true, true);

    /// What is counted of a server that is not usable.
    static final long NOT_USABLE = -1;

    /// What an established connection counts.
    private static final double ACTIVE = 256;

    /// Brings the delay of an idle server, below 2^56 (2^32 connections, share 2^-16), under that
    /// of any busy one, above 2^-8; a power of two keeps the differences among them.
    private static final double IDLE = 0x1p-120;

    private final boolean weighs;
    private final double more;
    private final boolean idleFirst;

    LoadMeasure(boolean weighs, boolean oneMore, boolean idleFirst) {
        this.weighs = weighs;
        this.idleFirst = idleFirst;
        more = oneMore ? ACTIVE : 0;
    }

    /// How busy a server is.
    ///
    /// @param server the index of a usable server
    /// @param weight its weight
    /// @param loads connections of all workers
    /// @return 0 or more; less is better
    double cost(int server, int weight, ServerLoads loads) {
        return cost(counted(server, loads), 1 / strength(server, weight, loads));
    }

    /// The same, of what was read.
    ///
    /// @param counts as [CountedLoads#counts], not negative
    /// @param burden one through the server's [#strength]: a product takes a quarter of a quotient
    double cost(long counts, double burden) {
        double connections = (int) (counts >> Integer.SIZE) * ACTIVE + (int) counts;
        double cost = (connections + more) * burden;
        return idleFirst && counts >>> Integer.SIZE == 0 ? cost * IDLE : cost;
    }

    /// How many connections a server bears beside others, while shares do not differ.
    double strength(int weight) {
        return weighs ? weight : 1;
    }

    /// The same.
    double strength(int server, int weight, ServerLoads loads) {
        return loads.sharesDiffer()
                ? strength(weight) * loads.share(server) / ServerLoads.WHOLE_SHARE
                : strength(weight);
    }

    /// Reads what is counted of a server.
    ///
    /// @return as [CountedLoads#counts]; [#NOT_USABLE] of one that is not
    static long read(int server, ServerLoads loads) {
        if (loads instanceof CountedLoads together) {
            return together.counts(server);
        }
        return loads.isUsable(server) ? counted(server, loads) : NOT_USABLE;
    }

    private static long counted(int server, ServerLoads loads) {
        return (long) loads.activeConnections(server) << Integer.SIZE
                | loads.inactiveConnections(server);
    }
}
