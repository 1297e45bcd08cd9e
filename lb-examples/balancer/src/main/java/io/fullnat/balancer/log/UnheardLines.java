// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggerContextListener;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import io.fullnat.balancer.run.Notices;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;
import org.slf4j.Marker;
import org.slf4j.helpers.MessageFormatter;

/// Leaves out what a copy of the balancer logs, as it has not happened: of all loggers, by whatever
/// the appenders are set up. The first fault of the copy's is kept for the one who made it, in
/// [Notices#FAULT]. Thread-safe.
final class UnheardLines extends TurboFilter {
    private UnheardLines() {}

    /// Has a log leave them out, also after it was set up anew from a file that has changed.
    static void leaveOut(LoggerContext context) {
        if (context.getCopyOfListenerList().stream().noneMatch(Again.class::isInstance)) {
            context.addListener(new Again());
        }
        add(context);
    }

    private static void add(LoggerContext context) {
        if (context.getTurboFilterList().stream().noneMatch(UnheardLines.class::isInstance)) {
            UnheardLines filter = new UnheardLines();
            filter.setContext(context);
            filter.start();
            context.addTurboFilter(filter);
        }
    }

    @Override
    public FilterReply decide(
            @Nullable Marker marker,
            Logger logger,
            Level level,
            @Nullable String format,
            Object @Nullable [] values,
            @Nullable Throwable thrown) {
        if (MDC.get(Notices.UNHEARD) == null) {
            return FilterReply.NEUTRAL;
        }
        Throwable fault =
                thrown == null && values != null
                        ? MessageFormatter.getThrowableCandidate(values)
                        : thrown;
        if (fault != null && level == Level.ERROR && MDC.get(Notices.FAULT) == null) {
            StackTraceElement[] trace = fault.getStackTrace();
            MDC.put(
                    Notices.FAULT,
                    trace.length == 0 ? fault.toString() : fault + " at " + trace[0]);
        }
        return FilterReply.DENY;
    }

    /// Adds the filter again that a reset has taken away.
    private static final class Again implements LoggerContextListener {
        @Override
        public boolean isResetResistant() {
            return true;
        }

        @Override
        public void onStart(LoggerContext context) {
            add(context);
        }

        @Override
        public void onReset(LoggerContext context) {
            add(context);
        }

        @Override
        public void onStop(LoggerContext context) {
            // Nothing is logged any more.
        }

        @Override
        public void onLevelChange(Logger logger, Level level) {
            // It goes for all levels.
        }
    }
}
