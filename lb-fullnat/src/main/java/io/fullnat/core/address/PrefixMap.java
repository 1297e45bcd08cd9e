// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.address;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/// Numbers by network, of which the longest prefix counts: a few are compared one by one, of many
/// each prefix length in use has a map; longest first.
///
/// Asked once a connection, not once a packet. Not changed after construction, so any thread may
/// ask.
public final class PrefixMap {
    /// No network has the address.
    public static final int NONE = AddressMap.NONE;

    /// How many networks at the most are compared one by one.
    private static final int FEW = 8;

    /// A network's number.
    ///
    /// @param high first half of an address in it
    /// @param low last half
    /// @param length of its prefix, 0 to 128
    /// @param value 0 or more
    public record Entry(long high, long low, int length, int value) {}

    // Masks and networks, side by side: of each of a few, or of each length of many.
    private final long[] masksHigh;
    private final long[] masksLow;
    private final long[] fewHigh;
    private final long[] fewLow;
    private final int[] fewValues;
    private final AddressMap[] byLength;

    /// A map of networks.
    ///
    /// @param entries no network twice
    public PrefixMap(List<Entry> entries) {
        List<Entry> longestFirst =
                entries.stream().sorted(Comparator.comparingInt(Entry::length).reversed()).toList();
        boolean areFew = entries.size() <= FEW;
        IntStream all = longestFirst.stream().mapToInt(Entry::length);
        int[] lengths = (areFew ? all : all.distinct()).toArray();
        masksHigh = new long[lengths.length];
        masksLow = new long[lengths.length];
        for (int i = 0; i < lengths.length; i++) {
            masksHigh[i] = Masks.high(lengths[i]);
            masksLow[i] = Masks.low(lengths[i]);
        }
        int few = areFew ? lengths.length : 0;
        fewHigh = new long[few];
        fewLow = new long[few];
        fewValues = new int[few];
        for (int i = 0; i < few; i++) {
            fewHigh[i] = longestFirst.get(i).high & masksHigh[i];
            fewLow[i] = longestFirst.get(i).low & masksLow[i];
            fewValues[i] = longestFirst.get(i).value;
        }
        byLength = areFew ? new AddressMap[0] : byLength(longestFirst, lengths);
    }

    private AddressMap[] byLength(List<Entry> longestFirst, int[] lengths) {
        AddressMap[] maps = new AddressMap[lengths.length];
        int from = 0;
        for (int i = 0; i < lengths.length; i++) {
            List<Entry> same = new ArrayList<>();
            for (; from < longestFirst.size(); from++) {
                if (longestFirst.get(from).length != lengths[i]) {
                    break;
                }
                same.add(longestFirst.get(from));
            }
            maps[i] = new AddressMap(same.size());
            for (Entry entry : same) {
                maps[i].put(entry.high & masksHigh[i], entry.low & masksLow[i], entry.value);
            }
        }
        return maps;
    }

    /// The number of the smallest network that an address is in.
    ///
    /// @param high first half of the address
    /// @param low last half
    /// @return the number, or [#NONE]
    public int find(long high, long low) {
        for (int i = 0; i < fewValues.length; i++) {
            if ((low & masksLow[i]) == fewLow[i] && (high & masksHigh[i]) == fewHigh[i]) {
                return fewValues[i];
            }
        }
        for (int i = 0; i < byLength.length; i++) {
            int value = byLength[i].get(high & masksHigh[i], low & masksLow[i]);
            if (value != NONE) {
                return value;
            }
        }
        return NONE;
    }

    /// Whether any network has an address.
    ///
    /// @param high first half of the address
    /// @param low last half
    /// @return true if one has it
    public boolean contains(long high, long low) {
        return find(high, low) != NONE;
    }

    /// Whether there is no network.
    ///
    /// @return true if nothing is in any
    public boolean isEmpty() {
        return masksHigh.length == 0;
    }
}
