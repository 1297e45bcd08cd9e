// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.transmit;

import io.fullnat.api.counter.Counter;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Where ends what was thrown and should not have been: by a scheduler, a port, a transaction
/// function, a listener, or by the balancer itself. Counts each under [Counter#FAULTS], and logs
/// each place once with its stack, afterwards how often it failed, every [#INTERVAL_NS] at most.
///
/// **Thread-safety:** all methods, from any thread. Nothing here is touched while nothing fails.
public final class FaultLog {
    /// How often a place that goes on failing is told.
    static final long INTERVAL_NS = TimeUnit.SECONDS.toNanos(10);

    private static final Logger LOG = LoggerFactory.getLogger(FaultLog.class);

    private static final class Place {
        private long toldNs;
        private long untold;
        private String last = "";
    }

    private final WorkerCounters counters;
    private final Map<String, Place> places = new HashMap<>();
    private volatile Consumer<String> listener = told -> {};

    FaultLog(WorkerCounters counters) {
        this.counters = counters;
    }

    /// Has somebody told of each line that is logged.
    ///
    /// @param told gets what failed and how, on the thread that met it
    public void onReport(Consumer<String> told) {
        listener = told;
    }

    /// Counts a fault, and logs it if its place was quiet.
    ///
    /// @param place what failed, as a subject: `the scheduler "rr" of ...`
    /// @param fault with what
    public void report(String place, Throwable fault) {
        counters.countShared(Counter.FAULTS);
        String text = place + " failed: " + fault;
        synchronized (this) {
            Place known = places.get(place);
            if (known != null) {
                known.untold++;
                known.last = String.valueOf(fault);
                return;
            }
            Place fresh = new Place();
            fresh.toldNs = System.nanoTime();
            places.put(place, fresh);
        }
        LOG.error(
                "{} failed; it is asked again. Further failures are counted, and told every {} s",
                place,
                TimeUnit.NANOSECONDS.toSeconds(INTERVAL_NS),
                fault);
        listener.accept(text);
    }

    /// Tells of places that went on failing, and forgets those that did not. Called every second or
    /// so.
    public void poll() {
        poll(System.nanoTime());
    }

    synchronized void poll(long nowNs) {
        for (Iterator<Map.Entry<String, Place>> all = places.entrySet().iterator();
                all.hasNext(); ) {
            Map.Entry<String, Place> entry = all.next();
            Place place = entry.getValue();
            if (nowNs - place.toldNs < INTERVAL_NS) {
                continue;
            }
            if (place.untold == 0) {
                all.remove();
                continue;
            }
            LOG.error(
                    "{} failed {} more times in {} s, at last with {}",
                    entry.getKey(),
                    place.untold,
                    TimeUnit.NANOSECONDS.toSeconds(nowNs - place.toldNs),
                    place.last);
            place.toldNs = nowNs;
            place.untold = 0;
        }
    }
}
