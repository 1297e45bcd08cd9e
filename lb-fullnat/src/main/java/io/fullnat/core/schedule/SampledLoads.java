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
/// Of two servers that cost the same the first wins. Costs are compared as the bits of a double, of
/// which not negative ones have the order of whole numbers, so that the way up the tree has no
/// branches: who wins cannot be predicted.
///
/// The reads of one connection are bounded. A server of which nothing is known counts as idle, and
/// is read when it is about to be chosen; what is known goes over to the next scheduler.
final class SampledLoads {
    /// Counts read in turn for each connection.
    private static final int READS = 8;

    /// Servers whose counts they are, at most: neighbours in the tree, a power of two.
    private static final int MOST = 4;

    /// In place of what was counted: it was not read yet.
    private static final long UNKNOWN = -2;

    /// Counts of servers that are about to be chosen, and prove busier than what is kept, read for
    /// one connection; of these the least busy is taken.
    private static final int TRIES = 4;

    private static final int NOBODY = -1;

    /// What a server costs that is not usable: more than any other.
    private static final long NEVER = Double.doubleToRawLongBits(Double.POSITIVE_INFINITY);

    private final LoadMeasure measure;
    private final int[] weights;
    private final double[] burdens; // of a leaf, while shares do not differ
    private final long[] counts; // of a leaf, as they were read
    private final long[] costs; // of leaf and inner node: the bits of a double that is not negative
    private final int[] winners; // the leaf below a node that costs least
    private final int leaves;
    private final int reads;
    private final int start;
    private int next; // the leaf whose turn it is
    private boolean begun;
    private boolean shared; // shares differed when costs were found last

    /// @param workers whose counts are to be added up; 0 if this is never asked
    /// @param start the server that wins while all cost the same
    SampledLoads(LoadMeasure measure, int[] weights, int workers, int start) {
        this.measure = measure;
        this.weights = weights;
        this.start = start;
        leaves = workers == 0 ? 1 : Math.max(2, Integer.highestOneBit(weights.length * 2 - 1));
        burdens = new double[leaves];
        counts = new long[leaves];
        costs = new long[2 * leaves];
        winners = new int[2 * leaves];
        int most = Math.min(MOST, leaves);
        reads = workers == 0 ? 0 : Integer.highestOneBit(Math.clamp(READS / workers, 1, most));
        Arrays.fill(costs, NEVER);
        Arrays.fill(counts, UNKNOWN);
        for (int leaf = 0; leaf < leaves; leaf++) {
            winners[leaves + leaf] = leaf;
        }
        for (int leaf = 0; workers != 0 && leaf < weights.length; leaf++) {
            burdens[leaf] = 1 / measure.strength(weights[server(leaf)]);
        }
    }

    /// Chooses a server.
    ///
    /// @return its index, or [Scheduler#NONE]
    int select(ServerLoads loads) {
        if (!begun) {
            look(loads);
        }
        if (shared != loads.sharesDiffer()) {
            shared = !shared;
            Arrays.fill(counts, UNKNOWN);
        }
        readNext(loads);
        int leaf = least(loads);
        if (leaf == NOBODY) {
            look(loads); // one may have become usable whose turn has not come
            leaf = least(loads);
        }
        if (leaf == NOBODY) {
            return Scheduler.NONE;
        }
        counts[leaf]++; // it has begun only
        update(leaf, cost(leaf, loads));
        return server(leaf);
    }

    /// The least of what is kept, whose counts are then read: it may have got connections from
    /// other workers, or not be usable any more.
    private int least(ServerLoads loads) {
        int best = NOBODY;
        int tries = 0;
        while (tries < TRIES) {
            int leaf = winners[1];
            long before = costs[1];
            if (before == NEVER) {
                return best;
            }
            if (isOther(leaf, loads)) {
                update(leaf, cost(leaf, loads));
            }
            long now = costs[leaves + leaf];
            if (now <= before) {
                return leaf;
            }
            if (now != NEVER) {
                tries++;
                best = best == NOBODY || now < costs[leaves + best] ? leaf : best;
            }
        }
        return best;
    }

    /// Finds out which servers are usable, without reading counts.
    private void look(ServerLoads loads) {
        begun = true;
        for (int leaf = 0; leaf < weights.length; leaf++) {
            int node = leaves + leaf;
            if (!loads.isUsable(server(leaf))) {
                costs[node] = NEVER;
                counts[leaf] = UNKNOWN;
            } else if (costs[node] == NEVER) {
                costs[node] = 0;
                counts[leaf] = UNKNOWN;
            }
        }
        for (int node = leaves - 1; node > 0; node--) {
            compare(node);
        }
    }

    /// Takes over what is known of servers that have the weights that they had.
    void resume(SampledLoads previous, int[] origins) {
        if (reads == 0 || previous.reads == 0) {
            return;
        }
        shared = previous.shared;
        for (int server = 0; server < weights.length; server++) {
            int origin = origins[server];
            if (origin >= 0 && previous.weights[origin] == weights[server]) {
                int leaf = leaf(server);
                int before = previous.leaf(origin);
                counts[leaf] = previous.counts[before];
                costs[leaves + leaf] = previous.costs[previous.leaves + before];
            }
        }
    }

    /// Reads the counts of those whose turn it is, which have one way up the tree.
    private void readNext(ServerLoads loads) {
        int first = next;
        int end = Math.min(first + reads, weights.length);
        boolean changed = false;
        for (int leaf = first; leaf < end; leaf++) {
            if (isOther(leaf, loads)) {
                costs[leaves + leaf] = cost(leaf, loads);
                changed = true;
            }
        }
        next = end == weights.length ? 0 : end;
        if (changed) {
            int node = leaves + first;
            for (int width = reads >>> 1; width > 0; width >>>= 1) {
                node >>>= 1;
                for (int i = 0; i < width; i++) {
                    compare(node + i);
                }
            }
            climb(node);
        }
    }

    /// Reads the counts of a server.
    ///
    /// @return whether they are other than those that were kept, so that it may cost another
    private boolean isOther(int leaf, ServerLoads loads) {
        long read = LoadMeasure.read(server(leaf), loads);
        boolean other = read != counts[leaf] || shared;
        counts[leaf] = read;
        return other;
    }

    /// What a server costs by the counts that are kept.
    private long cost(int leaf, ServerLoads loads) {
        long kept = counts[leaf];
        if (kept < 0) {
            return NEVER;
        }
        double burden = shared ? burden(server(leaf), loads) : burdens[leaf];
        return Double.doubleToRawLongBits(measure.cost(kept, burden));
    }

    private double burden(int server, ServerLoads loads) {
        return 1 / measure.strength(server, weights[server], loads);
    }

    private int leaf(int server) {
        int leaf = server - start;
        return leaf < 0 ? leaf + weights.length : leaf;
    }

    private int server(int leaf) {
        int server = leaf + start;
        return server < weights.length ? server : server - weights.length;
    }

    private void update(int leaf, long cost) {
        costs[leaves + leaf] = cost;
        climb(leaves + leaf);
    }

    /// Finds the winner of a node again whose children may have changed.
    private void compare(int node) {
        int left = 2 * node;
        int winner = left + (costs[left + 1] < costs[left] ? 1 : 0);
        costs[node] = costs[winner];
        winners[node] = winners[winner];
    }

    /// Goes up from a node that may have changed. The sibling wins if it costs less; the left one
    /// also if it costs the same.
    private void climb(int from) {
        int node = from;
        long least = costs[node];
        int winner = winners[node];
        while (node > 1) {
            int sibling = node ^ 1;
            long other = costs[sibling];
            boolean loses = other < least + (node & 1);
            winner = loses ? winners[sibling] : winner;
            least = loses ? other : least;
            node >>>= 1;
            costs[node] = least;
            winners[node] = winner;
        }
    }
}
