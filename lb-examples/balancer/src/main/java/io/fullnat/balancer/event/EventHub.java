// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.event;

import io.fullnat.api.control.BalancerEvent;
import io.fullnat.api.control.BalancerListener;
import io.fullnat.api.control.Control;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;

/// Numbers what happens in a balancer, keeps the last of it, and tells it to as many as may listen,
/// none of whom can hold it up. Thread-safe.
public final class EventHub implements BalancerListener, AutoCloseable {
    /// So many may listen at once.
    public static final int MOST_LISTENERS = 16;

    /// So many events are kept for those who come back.
    static final int KEPT = 256;

    /// So many may wait for each listener.
    static final int QUEUE = 1024;

    private final Control control;
    private final Clock clock;
    private final String run;
    private final Deque<Told> kept = new ArrayDeque<>();
    private final List<Subscription> listeners = new ArrayList<>();
    private final List<Consumer<Told>> others = new ArrayList<>();
    private long number;
    private boolean closed;

    private EventHub(Control control, Clock clock) {
        this.control = control;
        this.clock = clock;
        run = Long.toString(clock.millis(), Character.MAX_RADIX);
    }

    /// Begins to listen to a balancer.
    ///
    /// @param control its control
    /// @return to be closed before the balancer
    public static EventHub of(Control control) {
        return of(control, Clock.systemUTC());
    }

    static EventHub of(Control control, Clock clock) {
        EventHub hub = new EventHub(control, clock);
        control.listen(hub);
        return hub;
    }

    @Override
    public synchronized void onEvent(BalancerEvent event) {
        number++;
        Told told = new Told(run + "-" + number, number, Instant.now(clock), event);
        kept.addLast(told);
        if (kept.size() > KEPT) {
            kept.removeFirst();
        }
        listeners.forEach(listener -> listener.offer(told));
        others.forEach(other -> other.accept(told));
    }

    /// Tells of all events from now on, until it is closed.
    ///
    /// @param other of the balancer itself: never waits, and throws nothing
    public synchronized void tell(Consumer<Told> other) {
        others.add(other);
    }

    /// Tells of events from now on, and first of those kept that somebody has missed.
    ///
    /// @param wanted which ones
    /// @param lastId of the last event that it has got, empty if it wants none of before; of one
    ///   that is not kept any more, or of a run before, all that are kept
    /// @return to be closed; empty if as many as may be listen already
    public synchronized Optional<Subscription> listen(Predicate<Told> wanted, String lastId) {
        if (closed || listeners.size() >= MOST_LISTENERS) {
            return Optional.empty();
        }
        Subscription subscription = new Subscription(QUEUE, wanted, this::forget);
        if (!lastId.isEmpty()) {
            long last = numberOf(lastId);
            kept.stream().filter(told -> told.number() > last).forEach(subscription::offer);
        }
        listeners.add(subscription);
        return Optional.of(subscription);
    }

    /// Which event of this run an id is of; 0 if it is of another.
    private long numberOf(String id) {
        String prefix = run + "-";
        String digits = id.startsWith(prefix) ? id.substring(prefix.length()) : "";
        return digits.matches("[0-9]{1,18}") ? Long.parseLong(digits) : 0;
    }

    private synchronized void forget(Subscription subscription) {
        listeners.remove(subscription);
    }

    /// Listens no more; those who listen get the end. Idempotent.
    @Override
    public void close() {
        control.unlisten(this);
        List<Subscription> all;
        synchronized (this) {
            closed = true;
            all = List.copyOf(listeners);
        }
        all.forEach(Subscription::close);
    }
}
