// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer;

import io.fullnat.balancer.cli.request.Values;
import java.time.Duration;
import picocli.CommandLine.Option;

/// The option of commands that read counters twice.
final class IntervalOption {
    private static final String NAME = "--interval";
    private static final int MOST_SECONDS = 300;

    @Option(
            names = {"-i", NAME},
            paramLabel = "SECONDS",
            defaultValue = "5",
            description = "Between two readings of the counters, 1 to 300 (default: 5).")
    private String seconds = "5";

    /// How long it is.
    ///
    /// @throws io.fullnat.api.BalancerException if it is none, or out of range
    Duration duration() {
        return Duration.ofSeconds(Values.number(NAME, seconds, 1, MOST_SECONDS));
    }
}
