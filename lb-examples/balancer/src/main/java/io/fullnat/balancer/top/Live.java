// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.top;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/// Looks at a balancer until `q`: asks, draws, obeys keys. A balancer that does not answer is said
/// to, with what it said last, and asked again. Used by one thread.
final class Live {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("HH:mm:ss'Z'").withZone(ZoneOffset.UTC);
    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    /// For so long it is said that a balancer has been restarted.
    private static final long NEWS = Duration.ofSeconds(30).toNanos();

    /// A balancer that is asked again and does not answer is not asked more often.
    private static final Duration AGAIN = Duration.ofSeconds(1);

    private static final Set<ErrorCode> AWAY =
            Set.of(ErrorCode.NO_BALANCER, ErrorCode.CLOSED, ErrorCode.PERMISSION);

    /// What happens.
    sealed interface Event {
        /// A key.
        record Pressed(Key key) implements Event {}

        /// Something came of a query.
        record Told(Asker.Result result) implements Event {}

        /// The terminal has another size.
        record Resized() implements Event {}

        /// The process is to end.
        record Ended() implements Event {}
    }

    private final Model model;
    private final Screen screen;
    private final Asker asker;
    private final BlockingQueue<Event> events;
    private final InstantSource clock;
    private final History history = new History();
    private Optional<VisibleRows> listing = Optional.empty();
    private Optional<BalancerException> trouble = Optional.empty();
    private long answered;
    private long restarted = -NEWS;
    private long next;

    /// @param events what happens, of all threads
    /// @param clock for the corner of the screen
    Live(
            Model model,
            Screen screen,
            AnswerSource source,
            BlockingQueue<Event> events,
            InstantSource clock) {
        this.model = model;
        this.screen = screen;
        this.events = events;
        this.clock = clock;
        asker = new Asker(source, result -> events.add(new Event.Told(result)));
    }

    /// Goes on until the end.
    ///
    /// @param first what the balancer said already
    void run(Answer first) {
        long start = System.nanoTime();
        restarted = start - NEWS;
        take(first, start);
        next = start + model.interval().toNanos();
        try (asker) {
            while (draw()) {
                Optional<Event> event = await();
                long now = System.nanoTime();
                if (event.isPresent() && !obey(event.get(), now)) {
                    return;
                }
                asker.watch(now);
                if (now - next >= 0) {
                    next = now + pace().toNanos();
                    if (!model.isPaused()) {
                        ask(now);
                    }
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Duration pace() {
        boolean often = model.interval().compareTo(AGAIN) < 0;
        return trouble.isPresent() && often ? AGAIN : model.interval();
    }

    private Optional<Event> await() throws InterruptedException {
        // The clock in the corner goes on.
        long wait = Math.clamp(next - System.nanoTime(), 0, SECOND);
        return Optional.ofNullable(events.poll(wait, TimeUnit.NANOSECONDS));
    }

    private Model.Sight sight() {
        return new Model.Sight(Frame.room(listing, screen.size()), listing);
    }

    private void ask(long now) {
        asker.ask(model.query(sight().rows()), now);
    }

    /// @return false at the end
    private boolean obey(Event event, long now) {
        switch (event) {
            case Event.Ended ignored -> {
                return false;
            }
            case Event.Pressed(Key key) -> {
                Duration before = model.interval();
                Model.Effect effect = model.press(key, sight());
                if (!model.interval().equals(before)) {
                    next = now + model.interval().toNanos();
                }
                switch (effect) {
                    case QUIT -> {
                        return false;
                    }
                    case ASK -> ask(now);
                    case REDRAW -> screen.forget();
                    case SHOW -> {}
                }
            }
            case Event.Resized ignored -> {
                screen.forget();
                model.settle(sight());
                ask(now);
            }
            case Event.Told(Asker.Result result) -> {
                result.answer().ifPresent(answer -> take(answer, now));
                trouble = result.trouble();
                asker.taken(now);
            }
        }
        return true;
    }

    private void take(Answer answer, long now) {
        answered = now;
        History.Compared compared = history.accept(answer, model.interval());
        if (compared.restarted()) {
            restarted = now;
        }
        // What was asked before a key chose something else is not what is to be seen now.
        Query wanted = model.query(answer.query().limit());
        if (answer.query().isLike(wanted)) {
            listing = Optional.of(VisibleRows.of(compared));
            if (model.settle(sight())) {
                ask(now);
            }
        }
    }

    private boolean draw() {
        long now = System.nanoTime();
        Frame.Notices notices =
                new Frame.Notices(TIME.format(clock.instant()), words(now), now - restarted < NEWS);
        return screen.draw(new Frame(model, listing, notices, screen.size()).lines());
    }

    private String words(long now) {
        if (trouble.isEmpty()) {
            return "";
        }
        BalancerException what = trouble.get();
        String said = String.valueOf(what.getMessage());
        return AWAY.contains(what.code())
                ? "NO ANSWER for "
                        + Amounts.time(Duration.ofNanos(now - answered))
                        + ", trying again: "
                        + said
                : said;
    }
}
