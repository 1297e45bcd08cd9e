// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.control.ActiveCondition;
import io.fullnat.api.control.BalancerEvent;
import io.fullnat.api.control.Condition;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Which [Condition]s last. Watches say on the control thread, each time they look, what is so;
/// this logs one line when a condition begins and one when it ends, and tells both as events.
///
/// A condition that comes and goes ends only when it was not seen for [#CALM_NS], so that a limit
/// that is met again and again is one line, not thousands.
final class Conditions {
    /// How long a condition must be away to have ended.
    static final long CALM_NS = TimeUnit.SECONDS.toNanos(10);

    private static final Logger LOG = LoggerFactory.getLogger(Conditions.class);

    private record Key(Condition condition, String subject) {}

    private static final class Lasting {
        private final long sinceNs;
        private final String first;
        private String latest;
        private long seenNs;

        Lasting(long nowNs, String detail) {
            sinceNs = nowNs;
            seenNs = nowNs;
            first = detail;
            latest = detail;
        }
    }

    private final Map<Key, Lasting> lasting = new LinkedHashMap<>();
    private final Consumer<BalancerEvent> events;
    private volatile List<Snapshot> snapshot = List.of();

    private record Snapshot(Key key, String detail, long sinceNs) {}

    /// No condition lasts.
    ///
    /// @param events gets beginnings and ends, on the control thread
    Conditions(Consumer<BalancerEvent> events) {
        this.events = events;
    }

    /// Says that a condition is so now. To be said again at each look while it lasts.
    ///
    /// @param subject of what
    /// @param detail how much, as it will stand in the log
    void present(Condition condition, String subject, String detail, long nowNs) {
        Key key = new Key(condition, subject);
        Lasting known = lasting.get(key);
        if (known != null) {
            known.seenNs = nowNs;
            known.latest = detail;
            return;
        }
        lasting.put(key, new Lasting(nowNs, detail));
        publish();
        LOG.warn("{} begins: {}: {}", condition, subject, detail);
        events.accept(new BalancerEvent.ConditionBegan(condition, subject, detail));
    }

    /// Ends a condition at once, where it is known to be over. Does nothing if it does not last.
    void over(Condition condition, String subject, String detail, long nowNs) {
        Lasting known = lasting.remove(new Key(condition, subject));
        if (known != null) {
            publish();
            ended(condition, subject, Duration.ofNanos(nowNs - known.sinceNs), detail);
        }
    }

    /// Ends what was not present for [#CALM_NS].
    void poll(long nowNs) {
        boolean changed =
                lasting.entrySet()
                        .removeIf(entry -> {
                            Lasting known = entry.getValue();
                            if (nowNs - known.seenNs < CALM_NS) {
                                return false;
                            }
                            Key key = entry.getKey();
                            Duration lasted = Duration.ofNanos(known.seenNs - known.sinceNs);
                            ended(key.condition, key.subject, lasted, known.latest);
                            return true;
                        });
        if (changed) {
            publish();
        }
    }

    private void ended(Condition condition, String subject, Duration lasted, String detail) {
        LOG.info("{} ended after {} s: {}: {}", condition, lasted.toSeconds(), subject, detail);
        events.accept(new BalancerEvent.ConditionEnded(condition, subject, lasted, detail));
    }

    private void publish() {
        snapshot =
                lasting.entrySet().stream()
                        .map(entry ->
                                new Snapshot(
                                        entry.getKey(),
                                        entry.getValue().first,
                                        entry.getValue().sinceNs))
                        .toList();
    }

    /// What lasts now. Any thread.
    List<ActiveCondition> active(long nowNs) {
        return snapshot.stream()
                .map(each ->
                        new ActiveCondition(
                                each.key.condition,
                                each.key.subject,
                                each.detail,
                                Duration.ofNanos(Math.max(0, nowNs - each.sinceNs))))
                .toList();
    }
}
