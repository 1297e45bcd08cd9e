// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.schedule;

import io.fullnat.api.service.ServerLoads;

/// How busy a server is, by which [LeastLoaded] compares. An established connection counts as 256
/// others: those that begin or end.
enum LoadMeasure {
    /// `lc`: connections.
    CONNECTIONS {
        @Override
        double cost(int server, double weight, ServerLoads loads) {
            return connections(server, loads) / share(server, loads);
        }
    },
    /// `wlc`: connections for a server's weight.
    CONNECTIONS_BY_WEIGHT {
        @Override
        double cost(int server, double weight, ServerLoads loads) {
            return connections(server, loads) / (weight * share(server, loads));
        }
    },
    /// `sed`: what it would be with one more: how long a connection waits, if all take equally long
    /// and weights say how fast servers are.
    EXPECTED_DELAY {
        @Override
        double cost(int server, double weight, ServerLoads loads) {
            return (connections(server, loads) + ACTIVE) / (weight * share(server, loads));
        }
    },
    /// `nq`: as `sed`, but idle servers first.
    NEVER_QUEUE {
        @Override
        double cost(int server, double weight, ServerLoads loads) {
            double delay = EXPECTED_DELAY.cost(server, weight, loads);
            return loads.activeConnections(server) == 0 ? delay * IDLE : delay;
        }
    };

    /// What an established connection counts.
    private static final double ACTIVE = 256;

    /// Brings the delay of an idle server, below 2^56 (2^32 connections, share 2^-16), under that
    /// of any busy one, above 2^-8; a power of two keeps the differences among them.
    private static final double IDLE = 0x1p-120;

    /// How busy a server is.
    ///
    /// @param server the index of a usable server
    /// @param weight its weight
    /// @param loads connections of all workers
    /// @return 0 or more; less is better
    abstract double cost(int server, double weight, ServerLoads loads);

    private static double connections(int server, ServerLoads loads) {
        return ACTIVE * loads.activeConnections(server) + loads.inactiveConnections(server);
    }

    private static double share(int server, ServerLoads loads) {
        return loads.sharesDiffer() ? loads.share(server) / (double) ServerLoads.WHOLE_SHARE : 1;
    }
}
