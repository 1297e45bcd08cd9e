// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.filter.Filter;
import ch.qos.logback.core.spi.FilterReply;
import io.fullnat.balancer.run.Notices;
import io.fullnat.balancer.text.TimeStamp;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Lets through so many lines of each kind in so much time, and then says how many more there were:
/// what happens a thousand times a second is seen in the log, and leaves room for all else. Lines
/// of one kind are those that one place in the code logs, those about conditions parted by
/// condition. Not limited are answers to what was asked for ([Notices]), and `debug`, which
/// somebody has asked for, too. Thread-safe.
final class LogLimit extends Filter<ILoggingEvent> {
    /// Lines of a kind in one [#WINDOW].
    static final int LINES = 10;

    /// From the first of them on.
    static final Duration WINDOW = Duration.ofSeconds(10);

    /// Kinds that are told apart; further ones count as one for each logger.
    static final int KINDS = 1000;

    private static final String LEFT_OUT = "{} more lines like this were left out since {}: {}";

    private final LoggerContext loggers;
    private final LongSupplier nanoTime;
    private final Map<Kind, Window> windows = new ConcurrentHashMap<>();

    private record Kind(String logger, String message, String condition) {}

    /// What came of one kind since a moment; guarded by itself.
    private static final class Window {
        final long sinceNs;
        final Instant since;
        int lines;
        long left;
        boolean over;
        Level level = Level.OFF;
        String example = "";

        Window(long nowNs, Instant now) {
            sinceNs = nowNs;
            since = now;
        }
    }

    LogLimit(LoggerContext context) {
        this(context, System::nanoTime);
    }

    LogLimit(LoggerContext context, LongSupplier nanoTime) {
        loggers = context;
        this.nanoTime = nanoTime;
    }

    @Override
    public FilterReply decide(ILoggingEvent event) {
        if (!event.getLevel().isGreaterOrEqual(Level.INFO)
                || Notices.LOGGERS.contains(event.getLoggerName())
                || LEFT_OUT.equals(event.getMessage())) {
            return FilterReply.NEUTRAL;
        }
        Kind kind = kind(event);
        while (true) {
            Window window = window(kind, event);
            synchronized (window) {
                if (window.over) {
                    continue; // it has ended meanwhile, another begins
                }
                if (window.lines < LINES) {
                    window.lines++;
                    return FilterReply.NEUTRAL;
                }
                if (++window.left == 1) {
                    window.level = event.getLevel();
                    window.example = String.valueOf(event.getFormattedMessage());
                    endLater(kind, window);
                }
                return FilterReply.DENY;
            }
        }
    }

    private Kind kind(ILoggingEvent event) {
        Object[] values = event.getArgumentArray();
        String condition =
                values != null && values.length > 0 && values[0] instanceof Enum<?> word
                        ? word.name()
                        : "";
        Kind kind = new Kind(event.getLoggerName(), String.valueOf(event.getMessage()), condition);
        return windows.size() < KINDS || windows.containsKey(kind)
                ? kind
                : new Kind(event.getLoggerName(), "", "");
    }

    private Window window(Kind kind, ILoggingEvent event) {
        long nowNs = nanoTime.getAsLong();
        if (windows.size() >= KINDS) {
            windows.values().removeIf(window -> isOver(window, nowNs));
        }
        return windows.compute(
                kind,
                (key, window) ->
                        window == null || isOver(window, nowNs)
                                ? new Window(nowNs, Instant.ofEpochMilli(event.getTimeStamp()))
                                : window);
    }

    /// Whether it has ended, or may be forgotten as it has left out nothing.
    private static boolean isOver(Window window, long nowNs) {
        synchronized (window) {
            if (window.left == 0 && nowNs - window.sinceNs >= WINDOW.toNanos()) {
                window.over = true;
            }
            return window.over;
        }
    }

    /// One that has left out something ends by the clock, as perhaps nothing comes any more.
    private void endLater(Kind kind, Window window) {
        long restNs = window.sinceNs + WINDOW.toNanos() - nanoTime.getAsLong();
        var _ =
                loggers.getScheduledExecutorService()
                        .schedule(
                                () -> end(kind, window), Math.max(0, restNs), TimeUnit.NANOSECONDS);
    }

    /// Says what was left out so far, before its time: nobody may be there to say it later.
    void tell() {
        windows.forEach(this::end);
    }

    /// Once for each window.
    private void end(Kind kind, Window window) {
        long left;
        synchronized (window) {
            if (window.over || window.left == 0) {
                return;
            }
            window.over = true;
            left = window.left;
        }
        windows.remove(kind, window);
        Logger logger = loggers.getLogger(kind.logger());
        @Nullable Throwable none = null;
        logger.callAppenders(
                new LoggingEvent(
                        LogLimit.class.getName(),
                        logger,
                        window.level,
                        LEFT_OUT,
                        none,
                        new Object[] {left, TimeStamp.of(window.since), window.example}));
    }
}
