// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.webhook;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.fullnat.balancer.event.Told;
import io.fullnat.balancer.text.TimeStamp;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/// What waits for a webhook, in order. Where events were lost – there was no room, they became too
/// old, or the receiver refused them – a record `lost` in their place says how many. Thread-safe:
/// any thread offers, one takes.
final class WebhookQueue {
    /// So many events may wait.
    static final int MOST = 1024;

    /// Older ones are lost.
    static final Duration OLDEST = Duration.ofHours(1);

    private static final String LOST = "lost";

    private final Clock clock;
    private final Deque<Place> places = new ArrayDeque<>();
    private int events;
    private long lost;
    private boolean closed;

    /// What the next record `lost` is to say, and whether the receiver takes such records.
    private @Nullable Gap owed;

    private boolean gapsWelcome = true;

    sealed interface Place {}

    record Event(Message message) implements Place {}

    /// @param last the id of the last event lost
    /// @param count of those lost there
    record Gap(String last, long count) implements Place {
        Gap plus(@Nullable Gap before) {
            return before == null ? this : new Gap(last, count + before.count);
        }
    }

    /// A request's content. It stays the same when it is sent again.
    ///
    /// @param id of the event; of a record `lost`, the last event's that it stands for, and `-lost`
    /// @param time when it happened, or was found to be lost
    /// @param kind of event, or `lost`
    /// @param json one line
    /// @param gap what a record `lost` stands for; null of an event
    record Message(String id, Instant time, String kind, String json, @Nullable Gap gap) {
        boolean isEvent() {
            return gap == null;
        }
    }

    WebhookQueue(Clock clock) {
        this.clock = clock;
    }

    /// Never waits.
    synchronized void offer(Told told) {
        if (closed) {
            return;
        }
        if (events < MOST) {
            events++;
            places.addLast(
                    new Event(new Message(told.id(), told.time(), told.kind(), told.json(), null)));
        } else {
            lost++;
            Gap gap = new Gap(told.id(), 1);
            places.addLast(places.peekLast() instanceof Gap ? gap.plus(lastGap()) : gap);
        }
        notifyAll();
    }

    private @Nullable Gap lastGap() {
        return places.pollLast() instanceof Gap gap ? gap : null;
    }

    /// The first that waits, which waits no more. Waits for it.
    ///
    /// @return null once it is closed
    synchronized @Nullable Message take() throws InterruptedException {
        while (!closed) {
            Message event = firstEvent();
            Gap gap = owed;
            if (gap != null && gapsWelcome) {
                owed = null;
                return message(gap);
            }
            if (event != null) {
                places.removeFirst();
                events--;
                return event;
            }
            wait();
        }
        return null;
    }

    /// What comes before it is owed from now on.
    private @Nullable Message firstEvent() {
        while (true) {
            switch (places.peekFirst()) {
                case Event event when !isOld(event.message) -> {
                    return event.message;
                }
                case Event old -> {
                    events--;
                    lost++;
                    owed = new Gap(old.message.id(), 1).plus(owed);
                    places.removeFirst();
                }
                case Gap gap -> {
                    owed = gap.plus(owed);
                    places.removeFirst();
                }
                case null -> {
                    return null;
                }
            }
        }
    }

    private Message message(Gap gap) {
        String id = gap.last + "-" + LOST;
        Instant now = Instant.now(clock);
        String json =
                JsonNodeFactory.instance
                        .objectNode()
                        .put("id", id)
                        .put("time", TimeStamp.of(now))
                        .put("kind", LOST)
                        .put(LOST, gap.count)
                        .toString();
        return new Message(id, now, LOST, json, gap);
    }

    /// Whether a message is an event that is not worth to be told any more.
    boolean isOld(Message message) {
        return message.isEvent() && message.time().plus(OLDEST).isBefore(Instant.now(clock));
    }

    /// Takes note that one which was taken has been delivered.
    synchronized void delivered(Message message) {
        gapsWelcome |= message.isEvent();
    }

    /// Takes note that one which was taken is given up. Of an event a record `lost` will tell,
    /// before the next one. Such a record itself waits until the receiver has taken an event.
    synchronized void givenUp(Message message) {
        Gap gap = message.gap();
        if (gap != null) {
            owed = gap.plus(owed);
            gapsWelcome = false;
        } else {
            lost++;
            owed = new Gap(message.id(), 1).plus(owed);
        }
    }

    /// How many events wait now.
    synchronized int size() {
        return events;
    }

    /// How many events were lost until now.
    synchronized long lost() {
        return lost;
    }

    /// A thread that waits for one gets none any more. Idempotent.
    ///
    /// @return how many events waited
    synchronized int close() {
        int left = events;
        closed = true;
        events = 0;
        places.clear();
        notifyAll();
        return left;
    }
}
