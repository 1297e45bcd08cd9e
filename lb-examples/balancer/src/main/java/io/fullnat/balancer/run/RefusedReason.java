// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.run;

import io.fullnat.api.BalancerException;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Why a configuration was refused, for all who are told of events: what kind of error it is, and
/// where. Messages quote words of the file, which may be secrets of checks, and receivers of events
/// are others than who asked for the reload.
final class RefusedReason {
    private static final int MOST = 20;

    private RefusedReason() {}

    /// @param error its message is for who asked
    /// @param file that was read
    static String of(BalancerException error, String file) {
        String places =
                Objects.requireNonNullElse(error.getMessage(), "")
                        .lines()
                        .flatMap(line -> place(line, file))
                        .distinct()
                        .limit(MOST)
                        .collect(Collectors.joining(", "));
        return error.code().meaning() + (places.isEmpty() ? "" : ": " + places);
    }

    /// `FILE:LINE` or a key that needs a restart.
    private static Stream<String> place(String line, String file) {
        int end = line.startsWith(file + ":") ? file.length() + 1 : 0;
        if (end > 0) {
            int from = end;
            while (end < line.length() && line.charAt(end) >= '0' && line.charAt(end) <= '9') {
                end++;
            }
            return end > from ? Stream.of(line.substring(0, end)) : Stream.empty();
        }
        int colon = line.indexOf(": ");
        return colon > 0
                        && line.endsWith(" needs a restart")
                        && line.substring(0, colon).matches("[a-z][A-Za-z0-9._\\[\\]-]{0,99}")
                ? Stream.of(line.substring(0, colon) + " needs a restart")
                : Stream.empty();
    }
}
