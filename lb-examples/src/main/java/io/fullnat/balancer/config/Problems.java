package io.fullnat.balancer.config;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/// All that is wrong in one configuration file, collected so that the operator sees every line to
/// correct at once. For one thread.
final class Problems {
    private record Problem(int line, String message) {}

    private final String file;
    private final List<Problem> found = new ArrayList<>();

    Problems(String file) {
        this.file = file;
    }

    /// Notes one problem.
    ///
    /// @param line from 1
    /// @param message what is wrong with which value
    void add(int line, String message) {
        found.add(new Problem(line, message));
    }

    boolean isEmpty() {
        return found.isEmpty();
    }

    /// Everything noted so far as one error.
    ///
    /// @return its message is one `FILE:LINE: reason` a line, in the order of the file
    BalancerException asException() {
        String message =
                found.stream()
                        .sorted(Comparator.comparingInt(Problem::line))
                        .map(problem -> file + ":" + problem.line() + ": " + problem.message())
                        .distinct()
                        .collect(Collectors.joining("\n"));
        return new BalancerException(ErrorCode.INVALID_CONFIGURATION, message);
    }
}
