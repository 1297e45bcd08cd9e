// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.metrics;

import io.fullnat.api.control.BalancerEvent;
import io.fullnat.api.control.BalancerListener;
import io.fullnat.balancer.config.EventKind;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.stream.Collectors;

/// How often each kind of event has been told. Thread-safe.
final class EventCounts implements BalancerListener, Source {
    private static final Family EVENTS =
            Family.counter("fullnat_events", "Events since the balancer was started", "kind");

    private final Map<String, LongAdder> counts =
            EventKind.all().stream()
                    .collect(
                            Collectors.toUnmodifiableMap(
                                    Function.identity(), kind -> new LongAdder()));

    @Override
    public void onEvent(BalancerEvent event) {
        LongAdder count = counts.get(EventKind.of(event));
        if (count != null) {
            count.increment();
        }
    }

    @Override
    public List<Family> families() {
        return List.of(EVENTS);
    }

    @Override
    public void read(Samples samples) {
        counts.forEach((kind, count) -> samples.add(EVENTS, count.sum(), kind));
    }
}
