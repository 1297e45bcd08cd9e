// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.service.TrafficCounts;
import io.fullnat.api.service.TrafficRates;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Traffic a second. Immutable.
///
/// @param total over all workers; rounded by itself, so that it can differ from the sum of theirs
/// @param workers by the worker's number
record RatesByWorker(TrafficRates total, List<TrafficRates> workers) {
    /// What has been added in a time.
    static RatesByWorker of(TrafficByWorker added, long passedNs) {
        WorkerChoice all = WorkerChoice.all(added.counts().size());
        return new RatesByWorker(
                perSecond(added.sum(all), passedNs),
                added.counts().stream().map(count -> perSecond(count, passedNs)).toList());
    }

    private static TrafficRates perSecond(TrafficCounts added, long passedNs) {
        if (added.equals(TrafficCounts.ZERO)) {
            return TrafficRates.ZERO;
        }
        return new TrafficRates(
                perSecond(added.connections(), passedNs),
                perSecond(added.inPackets(), passedNs),
                perSecond(added.inBytes(), passedNs),
                perSecond(added.outPackets(), passedNs),
                perSecond(added.outBytes(), passedNs));
    }

    private static long perSecond(long count, long passedNs) {
        return Math.round((double) count * TimeUnit.SECONDS.toNanos(1) / passedNs);
    }

    TrafficRates of(WorkerChoice choice) {
        return choice.total() ? total : workers.get(choice.first());
    }
}
