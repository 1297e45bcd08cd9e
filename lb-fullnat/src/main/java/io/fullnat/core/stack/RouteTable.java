// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import org.agrona.collections.Int2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/// Longest prefix match: a few routes are compared one by one, of many each prefix length in use
/// has a hash map; longest first. Looked at once a connection, not once a packet. Not changed after
/// construction.
public final class RouteTable {
    /// How many routes at the most are compared one by one.
    private static final int FEW = 8;

    /// Of each of a few routes the mask, above the network.
    private final long[] few;

    private final Hop[] fewHops;
    private final int[] masks;
    private final Int2ObjectHashMap<Hop>[] hopsByLength;

    /// A table of routes.
    ///
    /// @param entries no prefix twice
    public RouteTable(Collection<Entry> entries) {
        boolean areFew = entries.size() <= FEW;
        Collection<Entry> many = areFew ? List.of() : entries;
        List<Entry> longestFirst =
                (areFew ? entries : List.<Entry>of())
                        .stream()
                                .sorted(Comparator.comparingInt(Entry::length).reversed())
                                .toList();
        few = longestFirst.stream().mapToLong(RouteTable::maskAndNetwork).toArray();
        fewHops = longestFirst.stream().map(Entry::hop).toArray(Hop[]::new);
        int[] lengths = many.stream().mapToInt(Entry::length).distinct().sorted().toArray();
        int count = lengths.length;
        masks = new int[count];
        hopsByLength = newArray(count);
        for (int i = 0; i < count; i++) {
            int length = lengths[count - 1 - i];
            masks[i] = mask(length);
            hopsByLength[i] = new Int2ObjectHashMap<>();
            for (Entry entry : many) {
                if (entry.length == length) {
                    hopsByLength[i].put(entry.network & masks[i], entry.hop);
                }
            }
        }
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // an array of a generic type has no other form
    private static Int2ObjectHashMap<Hop>[] newArray(int count) {
        return new Int2ObjectHashMap[count];
    }

    private static int mask(int length) {
        return length == 0 ? 0 : -1 << (32 - length);
    }

    private static long maskAndNetwork(Entry entry) {
        int mask = mask(entry.length);
        return (long) mask << 32 | (entry.network & mask & 0xFFFF_FFFFL);
    }

    /// Finds where to send a packet.
    ///
    /// @param destination its address in host order
    /// @return null if no route matches
    public @Nullable Hop find(int destination) {
        for (int i = 0; i < few.length; i++) {
            if ((destination & (int) (few[i] >>> 32)) == (int) few[i]) {
                return fewHops[i];
            }
        }
        return few.length > 0 ? null : findAmongMany(destination);
    }

    private @Nullable Hop findAmongMany(int destination) {
        for (int i = 0; i < masks.length; i++) {
            Hop hop = hopsByLength[i].get(destination & masks[i]);
            if (hop != null) {
                return hop;
            }
        }
        return null;
    }

    /// Where a route leads.
    ///
    /// @param device the device's number
    /// @param gateway in host order, 0 if destinations are on the link
    public record Hop(int device, int gateway) {}

    /// A route.
    ///
    /// @param network in host order
    /// @param length of the prefix
    /// @param hop where it leads
    public record Entry(int network, int length, Hop hop) {}
}
