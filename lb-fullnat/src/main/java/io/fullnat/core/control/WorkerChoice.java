// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.core.worker.WorkerSet;

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
        WorkerSet.requireWorker(worker, workers);
        return new WorkerChoice(worker, worker + 1, false);
    }
}
