// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.schedule;

import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.Scheduler;
import io.fullnat.core.address.Mixer;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/// A lookup table of Maglev (Eisenbud and others, *Maglev: A Fast and Reliable Software Network
/// Load Balancer*, NSDI 2016, section 3.4): each server has a permutation of the slots and takes
/// its next free one in its turns, which come as often as its weight says. The order of turns is
/// that of addresses, not that in which servers were added. Immutable, shared by all workers.
final class MaglevTable {
    private static final char FREE = 0xFFFF;

    /// Of the last free slots it is calculated which one a server comes to first: looking for them
    /// takes half of all steps.
    private static final int LAST = 128;

    private final char[] slots;

    private MaglevTable(char[] slots) {
        this.slots = slots;
    }

    /// The table of some servers.
    ///
    /// @param size a prime above the number of servers
    static MaglevTable of(List<RealServer> servers, int size) {
        int[] order =
                IntStream.range(0, servers.size())
                        .filter(server -> servers.get(server).weight() > 0)
                        .boxed()
                        .sorted(Comparator.comparing(server -> servers.get(server).endpoint()))
                        .mapToInt(server -> server)
                        .toArray();
        int[] offsets = new int[order.length];
        int[] skips = new int[order.length];
        int[] weights = new int[order.length];
        for (int i = 0; i < order.length; i++) {
            RealServer server = servers.get(order[i]);
            long hash = Identities.hash(server.endpoint());
            offsets[i] = HashKey.spread(hash, size);
            skips[i] = HashKey.spread(Mixer.mix(hash + 1), size - 1) + 1;
            weights[i] = server.weight();
        }
        char[] slots = populate(offsets, skips, weights, size);
        for (int slot = 0; slot < slots.length; slot++) {
            slots[slot] = (char) order[slots[slot]];
        }
        return new MaglevTable(slots);
    }

    /// Fills a table. A server takes its first turn in the first round, whatever its weight; then
    /// in that share of the rounds that its weight is of the largest.
    ///
    /// @param offsets first slot of each server
    /// @param skips steps between its slots, 1 to size - 1
    /// @param weights above 0
    /// @param size a prime
    /// @return the index of the server of each slot; empty if there is none
    static char[] populate(int[] offsets, int[] skips, int[] weights, int size) {
        if (weights.length == 0) {
            return new char[0];
        }
        char[] slots = new char[size];
        Arrays.fill(slots, FREE);
        int[] places = offsets.clone();
        int[] turns = turns(weights, size);
        int most = Math.max(0, size - LAST);
        for (int i = 0; i < most; i++) {
            int turn = turns[i];
            int place = places[turn];
            while (slots[place] != FREE) {
                place = next(place, skips[turn], size);
            }
            slots[place] = (char) turn;
            places[turn] = next(place, skips[turn], size);
        }
        int[] free = IntStream.range(0, size).filter(slot -> slots[slot] == FREE).toArray();
        for (int left = size - most; left > 0; left--) {
            int turn = turns[size - left];
            int first = first(free, left, places[turn], inverse(skips[turn], size), size);
            slots[free[first]] = (char) turn;
            free[first] = free[left - 1];
        }
        return slots;
    }

    /// Which of the free slots a server comes to first.
    ///
    /// @param inverse of its skip: the way to a slot is so many times as long
    private static int first(int[] free, int left, int place, long inverse, int size) {
        int first = 0;
        long least = Long.MAX_VALUE;
        for (int i = 0; i < left; i++) {
            long steps = (free[i] - place + size) * inverse % size;
            first = steps < least ? i : first;
            least = Math.min(least, steps);
        }
        return first;
    }

    /// The inverse of a number modulo a prime (Fermat).
    private static long inverse(int number, int prime) {
        long inverse = 1;
        long power = number;
        for (int exponent = prime - 2; exponent > 0; exponent >>>= 1) {
            inverse = (exponent & 1) == 0 ? inverse : inverse * power % prime;
            power = power * power % prime;
        }
        return inverse;
    }

    /// Whose turns are the first ones, by rounds and then by servers. They are sorted by counting:
    /// to ask each server in each round takes too long if one has most of the weight.
    private static int[] turns(int[] weights, int count) {
        long largest = Arrays.stream(weights).max().orElseThrow();
        int rounds = rounds(weights, largest, count);
        int[] ends = new int[rounds + 1];
        for (int weight : weights) {
            for (Turns turn = new Turns(weight, largest); turn.round <= rounds; turn.next()) {
                ends[(int) turn.round]++;
            }
        }
        for (int round = 1; round <= rounds; round++) {
            ends[round] += ends[round - 1]; // where the next round begins
        }
        int[] turns = new int[ends[rounds]];
        for (int i = 0; i < weights.length; i++) {
            for (Turns turn = new Turns(weights[i], largest); turn.round <= rounds; turn.next()) {
                turns[ends[(int) turn.round - 1]++] = i;
            }
        }
        return Arrays.copyOf(turns, count);
    }

    /// The rounds of a server's turns: that of number `k`, from 0, is one more than `k * largest /
    /// weight`, rounded up. Added up, since a division each takes longer than all else.
    private static final class Turns {
        private final int weight;
        private final long step;
        private final long more;
        private long above; // by how much the quotient was rounded up, in parts of the weight
        private long round = 1;

        Turns(int weight, long largest) {
            this.weight = weight;
            step = largest / weight;
            more = largest % weight;
        }

        void next() {
            round += step;
            above -= more;
            if (above < 0) {
                above += weight;
                round++;
            }
        }
    }

    /// How many rounds it takes until all have had so many turns.
    private static int rounds(int[] weights, long largest, int count) {
        int low = 1;
        int high = count; // the largest has a turn in each
        while (low < high) {
            int middle = (low + high) >>> 1;
            long turns = 0;
            for (int weight : weights) {
                turns += (middle - 1L) * weight / largest + 1;
            }
            if (turns < count) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /// Without a branch: whether it goes round cannot be predicted.
    private static int next(int place, int skip, int size) {
        int next = place + skip - size;
        return next + (size & next >> 31);
    }

    /// The number of slots: 0 if no server has a weight.
    int size() {
        return slots.length;
    }

    /// The server of a slot.
    int server(int slot) {
        return slots.length == 0 ? Scheduler.NONE : slots[slot];
    }
}
