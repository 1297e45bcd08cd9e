// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.counter;

import static java.util.Objects.requireNonNull;

/// Reads the counters of a balancer while its workers go on. Thread-safe.
public interface CountersReader {
    /// How many workers count.
    ///
    /// @return 1 or more
    int workers();

    /// One worker's count of an outcome.
    ///
    /// @param worker from 0
    /// @param outcome which
    /// @return packets
    /// @throws io.fullnat.api.BalancerException [io.fullnat.api.ErrorCode#INVALID_ARGUMENT] if
    ///   there is no such worker
    long get(int worker, Outcome outcome);

    /// One worker's counter.
    ///
    /// @param worker from 0
    /// @param counter which
    /// @return its value
    /// @throws io.fullnat.api.BalancerException [io.fullnat.api.ErrorCode#INVALID_ARGUMENT] if
    ///   there is no such worker
    long get(int worker, Counter counter);

    /// The sum over all workers.
    ///
    /// @param outcome which
    /// @return packets
    default long total(Outcome outcome) {
        requireNonNull(outcome, "outcome");
        long total = 0;
        for (int worker = 0; worker < workers(); worker++) {
            total += get(worker, outcome);
        }
        return total;
    }

    /// The sum over all workers.
    ///
    /// @param counter which
    /// @return its value
    default long total(Counter counter) {
        requireNonNull(counter, "counter");
        long total = 0;
        for (int worker = 0; worker < workers(); worker++) {
            total += get(worker, counter);
        }
        return total;
    }
}
