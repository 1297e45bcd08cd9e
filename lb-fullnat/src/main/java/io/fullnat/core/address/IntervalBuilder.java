// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.address;

import io.fullnat.core.address.PrefixMap.Entry;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;

/// Cuts the address space where networks begin and where they end; between two cuts the smallest of
/// the networks around counts. Networks lie in each other or beside each other, so a walk over them
/// in order needs no more than a stack. For one use.
final class IntervalBuilder {
    private static final Comparator<Entry> OUTER_FIRST =
            Comparator.comparing(Entry::high, Long::compareUnsigned)
                    .thenComparing(Entry::low, Long::compareUnsigned)
                    .thenComparingInt(Entry::length);

    private final List<Entry> entries;
    private final Deque<Entry> around = new ArrayDeque<>();
    private final long[] highs;
    private final long[] lows;
    private final int[] values;
    private int count;

    /// @param entries no network twice, in any order
    IntervalBuilder(List<Entry> entries) {
        this.entries = entries;
        int cuts = 2 * entries.size() + 1;
        highs = new long[cuts];
        lows = new long[cuts];
        values = new int[cuts];
    }

    Intervals build() {
        cutAll();
        return new Intervals(highs, lows, values, count);
    }

    /// The same of networks that have all their bits in the upper half of their first half.
    Ipv4Intervals buildIpv4() {
        cutAll();
        return new Ipv4Intervals(highs, values, count);
    }

    private void cutAll() {
        cut(0, 0, PrefixMap.NONE);
        List<Entry> sorted = new ArrayList<>(entries.size());
        for (Entry entry : entries) {
            sorted.add(
                    new Entry(
                            entry.high() & Masks.high(entry.length()),
                            entry.low() & Masks.low(entry.length()),
                            entry.length(),
                            entry.value()));
        }
        sorted.sort(OUTER_FIRST);
        for (Entry entry : sorted) {
            while (!around.isEmpty() && !contains(around.peek(), entry)) {
                end();
            }
            cut(entry.high(), entry.low(), entry.value());
            around.push(entry);
        }
        while (!around.isEmpty()) {
            end();
        }
    }

    private static boolean contains(Entry outer, Entry inner) {
        return (inner.high() & Masks.high(outer.length())) == outer.high()
                && (inner.low() & Masks.low(outer.length())) == outer.low();
    }

    /// The innermost network ends: behind it the one around it goes on.
    private void end() {
        Entry ended = around.pop();
        long low = (ended.low() | ~Masks.low(ended.length())) + 1;
        long high = (ended.high() | ~Masks.high(ended.length())) + (low == 0 ? 1 : 0);
        if ((high | low) != 0) { // else nothing is behind it
            cut(high, low, around.isEmpty() ? PrefixMap.NONE : around.peek().value());
        }
    }

    /// What begins at an address; of several that do the last counts.
    private void cut(long high, long low, int value) {
        if (count > 0 && highs[count - 1] == high && lows[count - 1] == low) {
            count--;
        }
        if (count > 0 && values[count - 1] == value) {
            return;
        }
        highs[count] = high;
        lows[count] = low;
        values[count++] = value;
    }
}
