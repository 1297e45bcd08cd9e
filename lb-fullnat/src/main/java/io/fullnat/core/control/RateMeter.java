// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/// Turns counts into rates: reads the counts of all real servers once a second on the control
/// thread, and divides what has been added by the time that has really passed.
final class RateMeter {
    static final long INTERVAL_NS = TimeUnit.SECONDS.toNanos(1);

    private final Resources resources;
    private TrafficByWorker[] last = {};
    private long lastNs;

    RateMeter(Resources resources, long nowNs) {
        this.resources = resources;
        lastNs = nowNs;
    }

    /// Measures if an interval has passed.
    ///
    /// @return whether it had
    boolean poll(long nowNs) {
        long passedNs = nowNs - lastNs;
        if (passedNs < INTERVAL_NS) {
            return false;
        }
        lastNs = nowNs;
        TrafficByWorker[] now = new TrafficByWorker[last.length];
        TrafficByWorker[][] readings = {now};
        resources
                .servers()
                .forEach((name, slot) -> readings[0] = measure(readings[0], slot, nowNs, passedNs));
        last = readings[0];
        return true;
    }

    private TrafficByWorker[] measure(TrafficByWorker[] now, int slot, long nowNs, long passedNs) {
        TrafficByWorker[] readings = now;
        if (slot >= readings.length) {
            readings = Arrays.copyOf(readings, Math.max(slot + 1, 2 * readings.length));
        }
        TrafficByWorker count = resources.counts().allTraffic(slot);
        readings[slot] = count;
        // A slot that was not measured yet is another server's than it was a second ago.
        boolean known = resources.counts().isMeasured(slot) && slot < last.length;
        TrafficByWorker added = known ? count.minus(last[slot]) : count;
        resources.counts().rates(slot, RatesByWorker.of(added, passedNs));
        resources.counts().handshakes().measure(slot, added.isZero(), nowNs);
        return readings;
    }
}
