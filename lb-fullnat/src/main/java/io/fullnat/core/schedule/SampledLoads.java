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
/// workers, a quarter with one or two.
///
/// The reads of one connection are bounded. A server of which nothing is known counts as idle, and
/// is read when it is about to be chosen; what is known goes over to the next scheduler.
final class SampledLoads {
    /// Counts read in turn for each connection.
    private static final int READS = 8;

    /// Servers whose counts they are, at most.
    private static final int MOST = 4;

    /// What a connection costs that was just chosen: it has begun only.
    private static final int BEGUN = 1;

    /// Counts of servers that are about to be chosen, and prove busier than what is kept, read for
    /// one connection; of these the least busy is taken.
    private static final int TRIES = 4;

    private static final int NOBODY = -1;

    private final LoadMeasure measure;
    private final int[] weights;
    private final double[] costs;
    private final int[] winners;
    private final int leaves;
    private final int reads;
    private final int start;
    private int next;
    private boolean begun;

    /// @param workers whose counts are to be added up; 0 if this is never asked
    /// @param start the server that wins while all cost the same
    SampledLoads(LoadMeasure measure, int[] weights, int workers, int start) {
        this.measure = measure;
        this.weights = weights;
        this.start = start;
        leaves = workers == 0 ? 1 : Math.max(2, Integer.highestOneBit(weights.length * 2 - 1));
        costs = new double[leaves];
        winners = new int[leaves];
        reads = workers == 0 ? 0 : Math.clamp(READS / workers, 1, MOST);
        Arrays.fill(costs, Double.POSITIVE_INFINITY);
    }

    /// Chooses a server.
    ///
    /// @return its index, or [Scheduler#NONE]
    int select(ServerLoads loads) {
        if (!begun) {
            look(loads);
        }
        for (int i = 0; i < reads; i++) {
            read(next, loads);
            next = next + 1 == weights.length ? 0 : next + 1;
        }
        int leaf = least(loads);
        if (leaf == NOBODY) {
            look(loads); // one may have become usable whose turn has not come
            leaf = least(loads);
        }
        if (leaf == NOBODY) {
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
        int best = NOBODY;
        int tries = 0;
        while (tries < TRIES) {
            int leaf = winners[1];
            double before = costs[leaf];
            if (before == Double.POSITIVE_INFINITY) {
                return best;
            }
            read(server(leaf), loads);
            double now = costs[leaf];
            if (now <= before) {
                return leaf;
            }
            if (now != Double.POSITIVE_INFINITY) {
                tries++;
                best = best == NOBODY || now < costs[best] ? leaf : best;
            }
        }
        return best;
    }

    /// Finds out which servers are usable, without reading counts.
    private void look(ServerLoads loads) {
        begun = true;
        for (int leaf = 0; leaf < weights.length; leaf++) {
            if (!loads.isUsable(server(leaf))) {
                costs[leaf] = Double.POSITIVE_INFINITY;
            } else if (costs[leaf] == Double.POSITIVE_INFINITY) {
                costs[leaf] = 0;
            }
        }
        for (int node = leaves - 1; node > 0; node--) {
            winners[node] = winner(node);
        }
    }

    /// Takes over what is known of servers that have the weights that they had.
    void resume(SampledLoads previous, int[] origins) {
        if (reads == 0 || previous.reads == 0) {
            return;
        }
        for (int server = 0; server < weights.length; server++) {
            int origin = origins[server];
            if (origin >= 0 && previous.weights[origin] == weights[server]) {
                costs[leaf(server)] = previous.costs[previous.leaf(origin)];
            }
        }
    }

    private void read(int server, ServerLoads loads) {
        int leaf = leaf(server);
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

    private int leaf(int server) {
        int leaf = server - start;
        return leaf < 0 ? leaf + weights.length : leaf;
    }

    private int server(int leaf) {
        int server = leaf + start;
        return server < weights.length ? server : server - weights.length;
    }

    /// Goes up from a leaf whose cost has changed, as far as that changes anything.
    private void update(int leaf) {
        for (int node = (leaf + leaves) >>> 1; node > 0; node >>>= 1) {
            int winner = winner(node);
            if (winner == winners[node] && winner != leaf) {
                return;
            }
            winners[node] = winner;
        }
    }

    private int winner(int node) {
        int left = 2 * node < leaves ? winners[2 * node] : 2 * node - leaves;
        int right = 2 * node < leaves ? winners[2 * node + 1] : 2 * node + 1 - leaves;
        return costs[right] < costs[left] ? right : left;
    }
}
