// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.host;

import java.util.BitSet;
import java.util.StringTokenizer;

/// Reads the kernel's lists of CPUs and nodes, such as `0-3,8`.
final class CpuList {
    private static final int MAX_NUMBER = 1 << 16;

    private CpuList() {}

    /// The numbers in a list. What is no number is left out: a newer kernel's list is better
    /// understood by half than not at all.
    static BitSet parse(String text) {
        BitSet numbers = new BitSet();
        StringTokenizer ranges = new StringTokenizer(text, ", \n");
        while (ranges.hasMoreTokens()) {
            String range = ranges.nextToken();
            int dash = range.indexOf('-');
            int first = number(dash < 0 ? range : range.substring(0, dash));
            int last = dash < 0 ? first : number(range.substring(dash + 1));
            if (first >= 0 && last >= first) {
                numbers.set(first, last + 1);
            }
        }
        return numbers;
    }

    private static int number(String text) {
        try {
            int number = Integer.parseInt(text);
            return number < MAX_NUMBER ? number : -1;
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    /// A list as the kernel writes it.
    static String format(BitSet numbers) {
        StringBuilder text = new StringBuilder();
        int first = numbers.nextSetBit(0);
        while (first >= 0) {
            int last = numbers.nextClearBit(first) - 1;
            text.append(text.isEmpty() ? "" : ",").append(first);
            if (last > first) {
                text.append('-').append(last);
            }
            first = numbers.nextSetBit(last + 1);
        }
        return text.toString();
    }
}
