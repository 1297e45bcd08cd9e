package io.fullnat.core.control;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;

/// Whose counts are wanted: those of all workers, or of one.
///
/// @param first the first worker
/// @param end after the last
/// @param total whether these are all
record WorkerChoice(int first, int end, boolean total) {
    static WorkerChoice all(int workers) {
        return new WorkerChoice(0, workers, true);
    }

    static WorkerChoice one(int worker, int workers) {
        if (worker < 0 || worker >= workers) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT,
                    "no worker " + worker + "; there are 0-" + (workers - 1));
        }
        return new WorkerChoice(worker, worker + 1, false);
    }
}
