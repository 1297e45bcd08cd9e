// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.metrics;

import io.fullnat.api.control.BalancerEvent;
import io.fullnat.api.control.BalancerListener;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.stream.Collectors;

/// How often each kind of event has been told. Thread-safe.
final class EventCounts implements BalancerListener, Source {
    private static final Family EVENTS =
            Family.counter("fullnat_events", "Events since the balancer was started", "kind");

    private final Map<Class<?>, LongAdder> counts =
            Arrays.stream(BalancerEvent.class.getPermittedSubclasses())
                    .collect(
                            Collectors.toUnmodifiableMap(
                                    Function.identity(), k -> new LongAdder()));

    @Override
    public void onEvent(BalancerEvent event) {
        LongAdder count = counts.get(event.getClass());
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
        counts.forEach(
                (kind, count) -> samples.add(EVENTS, count.sum(), word(kind.getSimpleName())));
    }

    /// `AddressReleased` becomes `address_released`.
    private static String word(String name) {
        StringBuilder word = new StringBuilder();
        for (char letter : name.toCharArray()) {
            if (Character.isUpperCase(letter) && !word.isEmpty()) {
                word.append('_');
            }
            word.append(Character.toLowerCase(letter));
        }
        return word.toString();
    }
}
