// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.health;

import io.fullnat.api.BalancerException;
import java.util.BitSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Statuses of HTTP (RFC 9110 §15) that a probe accepts. Immutable and thread-safe.
public final class StatusRanges {
    /// Success and redirection, 200 to 399.
    public static final StatusRanges USUAL = parse("200-399");

    private static final int MIN = 200;
    private static final int MAX = 599;

    private final BitSet statuses;

    private StatusRanges(BitSet statuses) {
        this.statuses = statuses;
    }

    /// Reads statuses and ranges of them. Those below 200 precede an answer and are none.
    ///
    /// @param text for example `200-299,401`
    /// @return what it says
    /// @throws BalancerException [io.fullnat.api.ErrorCode#INVALID_ARGUMENT] naming the range that
    ///   is none
    public static StatusRanges parse(String text) {
        BitSet statuses = new BitSet(MAX + 1);
        for (String range : text.split(",", -1)) {
            if (!range.matches("[0-9]{3}(-[0-9]{3})?")) {
                throw wrong(range);
            }
            int first = Integer.parseInt(range, 0, 3, 10);
            int last = Integer.parseInt(range.substring(range.length() - 3));
            if (first < MIN || last > MAX || first > last) {
                throw wrong(range);
            }
            statuses.set(first, last + 1);
        }
        return new StatusRanges(statuses);
    }

    private static BalancerException wrong(String range) {
        return ProbeOptions.wrong(
                "\""
                        + range
                        + "\" is not a status or a range of them within 200-599 (as in"
                        + " 200-299,401)");
    }

    /// Whether it accepts a status.
    ///
    /// @param status any
    /// @return true if it does
    public boolean contains(int status) {
        return status >= 0 && statuses.get(status);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof StatusRanges that && statuses.equals(that.statuses);
    }

    @Override
    public int hashCode() {
        return statuses.hashCode();
    }

    /// As [#parse] reads it, ranges joined and in order.
    @Override
    public String toString() {
        return statuses.stream()
                .filter(first -> !statuses.get(first - 1))
                .mapToObj(first -> range(first, statuses.nextClearBit(first) - 1))
                .collect(Collectors.joining(","));
    }

    private static String range(int first, int last) {
        return first == last ? String.valueOf(first) : first + "-" + last;
    }
}
