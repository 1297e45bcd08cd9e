package io.fullnat.core.stack;

import java.util.Collection;
import org.agrona.collections.Int2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/// Longest prefix match: a hash map for each prefix length in use, longest first. Looked at once a
/// connection, not once a packet. Not changed after construction.
public final class RouteTable {
    private final int[] masks;
    private final Int2ObjectHashMap<Hop>[] hopsByLength;

    /// A table of routes.
    ///
    /// @param entries no prefix twice
    public RouteTable(Collection<Entry> entries) {
        int[] lengths = entries.stream().mapToInt(Entry::length).distinct().sorted().toArray();
        int count = lengths.length;
        masks = new int[count];
        hopsByLength = newArray(count);
        for (int i = 0; i < count; i++) {
            int length = lengths[count - 1 - i];
            masks[i] = mask(length);
            hopsByLength[i] = new Int2ObjectHashMap<>();
            for (Entry entry : entries) {
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

    /// Finds where to send a packet.
    ///
    /// @param destination its address in host order
    /// @return null if no route matches
    public @Nullable Hop find(int destination) {
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
