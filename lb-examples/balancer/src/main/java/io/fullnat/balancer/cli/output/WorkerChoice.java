// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.output;

import io.fullnat.balancer.cli.request.Refusal;
import io.fullnat.balancer.run.Operations;

/// Whose counts or connections are wanted, as an option names the worker.
///
/// @param option its name, for complaints
/// @param number as typed
/// @param first the option's number of the first worker
public record WorkerChoice(String option, int number, int first) {
    /// Of every worker.
    public static final WorkerChoice ALL = cpu(0);

    /// As DPVS counts the workers: from 1, 0 is all.
    public static WorkerChoice cpu(int number) {
        return new WorkerChoice("--cpu", number, 1);
    }

    /// As we count them: from 0.
    public static WorkerChoice worker(int number) {
        return new WorkerChoice("--worker", number, 0);
    }

    /// The worker's index, -1 for all.
    ///
    /// @throws io.fullnat.api.BalancerException if there is no such worker
    public int index(Operations operations) {
        int workers = operations.counters().workers();
        int index = number - first;
        if (index >= workers) {
            String allowed = option + " " + number + " is not 0-" + (workers - 1 + first);
            throw Refusal.invalid(
                    first == 0 ? allowed : allowed + ": the workers 1-" + workers + ", 0 is all");
        }
        return index;
    }
}
