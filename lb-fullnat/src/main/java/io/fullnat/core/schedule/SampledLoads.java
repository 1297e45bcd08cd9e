// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.schedule;

import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.ServerLoads;
import java.util.Arrays;

/// Finds the least busy of many servers without reading the counts of all: keeps what it read, and
/// for each connection reads those of a few in turn and of the one that it is about to choose. A
/// tree of winners finds the least of what is kept.
///
/// What it chose counts at once, what other workers chose and what ended when the server's turn
/// comes: after as many connections as there are servers at the latest, half of that with four
/// workers, an eighth with one.
final class SampledLoads {
    /// Counts read in turn for each connection.
    private static final int READS = 8;

    /// What a connection costs that was just chosen: it has begun only.
    private static final int BEGUN = 1;

    private static final int TRIES = 4;

    private final LoadMeasure measure;
    private final int[] weights;
    private final double[] costs;
    private final int[] winners;
    private final int leaves;
    private final int reads;
    private final int start;
    private int next;
    private boolean known;

    /// @param workers whose counts are to be added up; 0 if this is never asked
    /// @param start the server that wins while all cost the same
    SampledLoads(LoadMeasure measure, int[] weights, int workers, int start) {
        this.measure = measure;
        this.weights = weights;
        this.start = start;
        leaves = workers == 0 ? 1 : Math.max(2, Integer.highestOneBit(weights.length * 2 - 1));
        costs = new double[leaves];
        winners = new int[leaves];
        reads = workers == 0 ? 0 : Math.max(1, READS / workers);
        Arrays.fill(costs, Double.POSITIVE_INFINITY);
    }

    /// Chooses a server.
    ///
    /// @return its index, or [Scheduler#NONE]
    int select(ServerLoads loads) {
        if (!known) {
            readAll(loads);
        }
        for (int i = 0; i < reads; i++) {
            read(next, loads);
            next = next + 1 == weights.length ? 0 : next + 1;
        }
        int leaf = least(loads);
        if (costs[leaf] == Double.POSITIVE_INFINITY) {
            readAll(loads); // one may have become usable whose turn has not come
            leaf = winners[1];
        }
        if (costs[leaf] == Double.POSITIVE_INFINITY) {
            return Scheduler.NONE;
        }
        int server = server(leaf);
        costs[leaf] += BEGUN / (double) weights[server];
        update(leaf);
        return server;
    }

    /// The least of what is kept, whose counts are then read: it may have got connections from
    /// other workers, or not be usable any more.
    private int least(ServerLoads loads) {
        int leaf = winners[1];
        for (int i = 0; i < TRIES || !isUsable(leaf, loads); i++) {
            double before = costs[leaf];
            if (before == Double.POSITIVE_INFINITY) {
                return leaf;
            }
            read(server(leaf), loads);
            if (costs[leaf] <= before) {
                return leaf;
            }
            leaf = winners[1];
        }
        return leaf;
    }

    private boolean isUsable(int leaf, ServerLoads loads) {
        return leaf < weights.length && loads.isUsable(server(leaf));
    }

    private void readAll(ServerLoads loads) {
        known = true;
        for (int leaf = 0; leaf < weights.length; leaf++) {
            costs[leaf] = cost(server(leaf), loads);
        }
        for (int node = leaves - 1; node > 0; node--) {
            winners[node] = winner(node);
        }
    }

    private void read(int server, ServerLoads loads) {
        int leaf = server - start;
        leaf = leaf < 0 ? leaf + weights.length : leaf;
        double cost = cost(server, loads);
        if (cost != costs[leaf]) {
            costs[leaf] = cost;
            update(leaf);
        }
    }

    private double cost(int server, ServerLoads loads) {
        return loads.isUsable(server)
                ? measure.cost(server, weights[server], loads)
                : Double.POSITIVE_INFINITY;
    }

    private int server(int leaf) {
        int server = leaf + start;
        return server < weights.length ? server : server - weights.length;
    }

    private void update(int leaf) {
        for (int node = (leaf + leaves) >>> 1; node > 0; node >>>= 1) {
            winners[node] = winner(node);
        }
    }

    private int winner(int node) {
        int left = 2 * node < leaves ? winners[2 * node] : 2 * node - leaves;
        int right = 2 * node < leaves ? winners[2 * node + 1] : 2 * node + 1 - leaves;
        return costs[right] < costs[left] ? right : left;
    }
}
