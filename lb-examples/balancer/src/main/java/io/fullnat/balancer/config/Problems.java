// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.config;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.balancer.text.Visible;
import java.io.Serial;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/// All that is wrong in one configuration file, collected so that the operator sees every line to
/// correct at once. For one thread.
final class Problems {
    /// How many are collected; more than these are not looked for.
    static final int MOST = 100;

    private static final int LONGEST = 1000;
    private static final int NO_LINE = 0;

    private record Problem(int line, String message) {}

    private final String file;
    private final List<Problem> found = new ArrayList<>();
    private boolean full;
    private boolean ofWhole;

    Problems(String file) {
        this.file = file;
    }

    /// Notes one problem.
    ///
    /// @param line from 1
    /// @param message what is wrong with which value; stays one line, whatever the value
    ///
    /// @throws FullException if there are enough
    void add(int line, String message) {
        if (found.size() == MOST) {
            full = true;
            throw new FullException();
        }
        found.add(new Problem(line, Visible.of(shortened(message))));
    }

    /// Notes what is wrong with the file as a whole, so that no line of it is to be looked for.
    ///
    /// @param message what is wrong
    /// @return to be thrown, as nothing more is to be read
    FullException endWith(String message) {
        add(NO_LINE, message);
        ofWhole = true;
        return new FullException();
    }

    private static String shortened(String message) {
        return message.length() <= LONGEST ? message : message.substring(0, LONGEST) + "...";
    }

    /// There are so many problems, or one so great, that looking for more is in vain.
    static final class FullException extends RuntimeException {
        @Serial private static final long serialVersionUID = 1;

        private FullException() {
            super("enough problems", null, false, false);
        }
    }

    boolean isEmpty() {
        return found.isEmpty();
    }

    /// Whether one of them is the whole file's, which has no line.
    boolean isOfWhole() {
        return ofWhole;
    }

    /// Everything noted so far as one error.
    ///
    /// @return its message is one `FILE:LINE: reason` a line, in the order of the file; without the
    ///   line for what is wrong with the file as a whole
    BalancerException asException() {
        String message =
                found.stream()
                        .sorted(Comparator.comparingInt(Problem::line))
                        .map(problem -> place(problem.line()) + ": " + problem.message())
                        .distinct()
                        .collect(Collectors.joining("\n"));
        String more =
                full
                        ? "\n" + file + ": there is more; these are the first " + MOST + " mistakes"
                        : "";
        return new BalancerException(ErrorCode.INVALID_CONFIGURATION, message + more);
    }

    private String place(int line) {
        return line == NO_LINE ? file : file + ":" + line;
    }
}
