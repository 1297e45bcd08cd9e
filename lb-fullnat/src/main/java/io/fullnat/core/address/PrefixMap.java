// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.address;

import io.fullnat.api.IpAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Numbers by network, of which the longest prefix counts: a few are compared one by one, many cut
/// the address space into intervals.
///
/// Networks of IPv4 are those of mapped addresses, and no network of IPv6 has such an address:
/// `::/0` is all of IPv6 and nothing of IPv4. Many have intervals for each family.
///
/// Asked once a connection, not once a packet. Not changed after construction, so any thread may
/// ask.
public final class PrefixMap {
    /// No network has the address.
    public static final int NONE = AddressMap.NONE;

    /// How many networks at the most are compared one by one.
    private static final int FEW = 8;

    private static final int FEW_WORDS = 5;

    /// In place of a number: the intervals know.
    private static final int OTHERS = -2;

    /// The length of IPv4's own network, that of all mapped addresses.
    private static final int IPV4 = Masks.WHOLE - Integer.SIZE;

    /// A network's number.
    ///
    /// @param high first half of an address in it
    /// @param low last half
    /// @param length of its prefix, 0 to 128
    /// @param value 0 or more
    public record Entry(long high, long low, int length, int value) {}

    private final boolean isEmpty;

    /// Of each of a few its mask and its network, lower halves first, and its number. The last has
    /// all addresses: so a look-up ends without counting, which costs more than it does.
    private final long[] few;

    private final Intervals ipv4;
    private final @Nullable Ipv4Intervals manyIpv4;
    private final Intervals ipv6;

    /// A map of networks.
    ///
    /// @param entries no network twice
    public PrefixMap(List<Entry> entries) {
        isEmpty = entries.isEmpty();
        List<Entry> all = withIpv4(entries);
        boolean compared = entries.size() <= FEW;
        int count = compared ? all.size() : 0;
        few = new long[(count + 1) * FEW_WORDS];
        few[count * FEW_WORDS + 4] = compared ? NONE : OTHERS;
        if (compared) {
            all.sort(Comparator.comparingInt(Entry::length).reversed());
            for (int i = 0; i < count; i++) {
                put(i * FEW_WORDS, all.get(i));
            }
        }
        List<Entry> many = compared ? List.of() : entries;
        List<Entry> inIpv4 =
                many.stream().filter(PrefixMap::isOfIpv4).map(PrefixMap::shifted).toList();
        boolean table = inIpv4.size() >= Ipv4Intervals.MANY;
        manyIpv4 = table ? new IntervalBuilder(inIpv4).buildIpv4() : null;
        ipv4 = new IntervalBuilder(table ? List.of() : inIpv4).build();
        ipv6 =
                new IntervalBuilder(many.stream().filter(entry -> !isOfIpv4(entry)).toList())
                        .build();
    }

    private void put(int at, Entry entry) {
        few[at] = Masks.low(entry.length);
        few[at + 1] = entry.low & few[at];
        few[at + 2] = Masks.high(entry.length);
        few[at + 3] = entry.high & few[at + 2];
        few[at + 4] = entry.value;
    }

    private static boolean isOfIpv4(Entry entry) {
        return entry.length >= IPV4 && Addresses.isIpv4(entry.high, entry.low);
    }

    /// A network of IPv4 as one of first halves: those are compared first, and seldom the same.
    private static Entry shifted(Entry entry) {
        return new Entry(entry.low << Integer.SIZE, 0, entry.length - IPV4, entry.value);
    }

    /// Networks of IPv6 around the mapped addresses do not have these: there is always a smaller
    /// one that has.
    private static List<Entry> withIpv4(List<Entry> entries) {
        List<Entry> all = new ArrayList<>(entries);
        if (entries.stream().anyMatch(PrefixMap::isAroundIpv4)
                && entries.stream().noneMatch(PrefixMap::isIpv4)) {
            all.add(new Entry(0, IpAddress.mapped(0), IPV4, NONE));
        }
        return all;
    }

    private static boolean isAroundIpv4(Entry entry) {
        return entry.length < IPV4
                && (entry.high & Masks.high(entry.length)) == 0
                && ((entry.low ^ IpAddress.mapped(0)) & Masks.low(entry.length)) == 0;
    }

    private static boolean isIpv4(Entry entry) {
        return entry.length == IPV4 && Addresses.isIpv4(entry.high, entry.low);
    }

    /// The number of the smallest network that an address is in.
    ///
    /// @param high first half of the address
    /// @param low last half
    /// @return the number, or [#NONE]
    public int find(long high, long low) {
        int at = 0;
        while ((low & few[at]) != few[at + 1] || (high & few[at + 2]) != few[at + 3]) {
            at += FEW_WORDS;
        }
        int value = (int) few[at + 4];
        if (value != OTHERS) {
            return value;
        }
        if (!Addresses.isIpv4(high, low)) {
            return ipv6.find(high, low);
        }
        return manyIpv4 == null ? ipv4.find(low << Integer.SIZE, 0) : manyIpv4.find((int) low);
    }

    /// Whether any network has an address.
    ///
    /// @param high first half of the address
    /// @param low last half
    /// @return true if one has it
    public boolean contains(long high, long low) {
        return !isEmpty && find(high, low) != NONE;
    }

    /// Whether there is no network.
    ///
    /// @return true if nothing is in any
    public boolean isEmpty() {
        return isEmpty;
    }
}
