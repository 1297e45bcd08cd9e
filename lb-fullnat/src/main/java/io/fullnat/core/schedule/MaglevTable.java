// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.schedule;

import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.Scheduler;
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
            skips[i] = HashKey.spread(HashKey.mix(hash + 1), size - 1) + 1;
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
        for (int turn : turns(weights, size)) {
            int place = places[turn];
            while (slots[place] != FREE) {
                place = next(place, skips[turn], size);
            }
            slots[place] = (char) turn;
            places[turn] = next(place, skips[turn], size);
        }
        return slots;
    }

    /// Whose turns are the first ones, by rounds and then by servers. They are sorted by counting:
    /// to ask each server in each round takes too long if one has most of the weight.
    private static int[] turns(int[] weights, int count) {
        long largest = Arrays.stream(weights).max().orElseThrow();
        int rounds = rounds(weights, largest, count);
        int[] ends = new int[rounds + 1];
        for (int weight : weights) {
            for (long k = 0, round = 1; round <= rounds; k++, round = round(k, largest, weight)) {
                ends[(int) round]++;
            }
        }
        for (int round = 1; round <= rounds; round++) {
            ends[round] += ends[round - 1]; // where the next round begins
        }
        int[] turns = new int[ends[rounds]];
        for (int i = 0; i < weights.length; i++) {
            for (long k = 0, round = 1;
                    round <= rounds;
                    k++, round = round(k, largest, weights[i])) {
                turns[ends[(int) round - 1]++] = i;
            }
        }
        return Arrays.copyOf(turns, count);
    }

    /// The round of a server's turn number `k`, from 0.
    private static long round(long k, long largest, int weight) {
        return 1 + Math.ceilDiv(k * largest, (long) weight);
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

    private static int next(int place, int skip, int size) {
        int next = place + skip;
        return next < size ? next : next - size;
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
