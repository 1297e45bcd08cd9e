// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.service.TrafficCounts;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BinaryOperator;

/// What each worker counted. Immutable.
///
/// @param counts by the worker's number
record TrafficByWorker(List<TrafficCounts> counts) {
    TrafficByWorker {
        counts = List.copyOf(counts);
    }

    TrafficByWorker plus(TrafficByWorker other) {
        return with(other, TrafficCounts::plus);
    }

    TrafficByWorker minus(TrafficByWorker earlier) {
        return with(earlier, TrafficCounts::minus);
    }

    private TrafficByWorker with(TrafficByWorker other, BinaryOperator<TrafficCounts> operator) {
        List<TrafficCounts> results = new ArrayList<>(counts.size());
        for (int worker = 0; worker < counts.size(); worker++) {
            results.add(operator.apply(counts.get(worker), other.counts.get(worker)));
        }
        return new TrafficByWorker(results);
    }

    /// Whether no worker counted anything.
    boolean isZero() {
        for (int worker = 0; worker < counts.size(); worker++) {
            if (!counts.get(worker).equals(TrafficCounts.ZERO)) {
                return false;
            }
        }
        return true;
    }

    /// The sum of some workers.
    TrafficCounts sum(WorkerChoice workers) {
        TrafficCounts sum = TrafficCounts.ZERO;
        for (int worker = workers.first(); worker < workers.end(); worker++) {
            sum = sum.plus(counts.get(worker));
        }
        return sum;
    }
}
