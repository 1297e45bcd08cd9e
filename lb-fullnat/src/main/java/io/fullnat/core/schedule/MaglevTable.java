// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.schedule;

import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.Scheduler;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
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
        long[] due = Arrays.stream(weights).asLongStream().toArray();
        long largest = Arrays.stream(weights).max().orElseThrow();
        PriorityQueue<Long> turns = new PriorityQueue<>(); // rounds, then servers
        for (int i = 0; i < places.length; i++) {
            turns.add(turn(1, i));
        }
        for (int filled = 0; filled < size; filled++) {
            int i = (int) (turns.remove() & FREE);
            due[i] += largest;
            turns.add(turn(Math.ceilDiv(due[i], (long) weights[i]), i));
            int place = places[i];
            while (slots[place] != FREE) {
                place = next(place, skips[i], size);
            }
            slots[place] = (char) i;
            places[i] = next(place, skips[i], size);
        }
        return slots;
    }

    private static long turn(long round, int server) {
        return (round << Character.SIZE) | server;
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
