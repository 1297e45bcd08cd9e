// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ConfiguratorRank;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.filter.Filter;
import ch.qos.logback.core.spi.ContextAwareBase;
import io.fullnat.balancer.config.LogArea;
import io.fullnat.balancer.config.LogFormat;
import io.fullnat.balancer.config.LogLevel;
import io.fullnat.balancer.config.LogSettings;
import io.fullnat.balancer.run.Notices;
import io.fullnat.balancer.text.Spelling;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// How `fullnat` logs: to standard error, as standard output is the commands', and only what
/// somebody should look at, as text, unless `-Dfullnat.log=INFO` or `DEBUG`,
/// `-Dfullnat.log.format=json`, or key `log` of the configuration, says otherwise. In code, so that
/// no start has to read XML. `-Dlogback.configurationFile` still names a file to be read instead;
/// what a copy of the balancer logs is left out then, too.
///
/// Made by Logback.
@ConfiguratorRank(ConfiguratorRank.CUSTOM_HIGH_PRIORITY)
public final class LogSetup extends ContextAwareBase implements Configurator {
    private static final String LEVEL_PROPERTY = "fullnat.log";
    private static final String FORMAT_PROPERTY = "fullnat.log.format";
    private static final String APPENDER = "standard-error";
    private static final String FILE_PROPERTY = "logback.configurationFile";

    /// For Logback.
    public LogSetup() {}

    @Override
    public ExecutionStatus configure(LoggerContext context) {
        UnheardLines.leaveOut(context);
        if (System.getProperty(FILE_PROPERTY) != null) {
            return ExecutionStatus.INVOKE_NEXT_IF_ANY;
        }
        LogEncoder lines = new LogEncoder(formatOfStart());
        lines.setContext(context);
        lines.start();
        LogLimit limit = new LogLimit(context);
        limit.setContext(context);
        limit.start();
        ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
        appender.setContext(context);
        appender.setName(APPENDER);
        appender.setTarget("System.err");
        appender.setEncoder(lines);
        appender.addFilter(limit);
        appender.start();
        ch.qos.logback.classic.Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        root.setLevel(levelOfStart());
        root.addAppender(appender);
        for (String notices : Notices.LOGGERS) {
            context.getLogger(notices).setLevel(Level.INFO);
        }
        check(root, LEVEL_PROPERTY, LogLevel.words().keySet());
        check(root, FORMAT_PROPERTY, LogFormat.words().keySet());
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }

    private static void check(Logger root, String property, Set<String> words) {
        String word = System.getProperty(property);
        if (word != null && !words.contains(word.toLowerCase(Locale.ROOT))) {
            root.warn(
                    "-D{}={} is ignored: there are {}{}",
                    property,
                    word,
                    String.join(", ", words),
                    Spelling.hint(word.toLowerCase(Locale.ROOT), words));
        }
    }

    private static Level levelOfStart() {
        return ofStart(LEVEL_PROPERTY, LogLevel.words()).map(LogSetup::level).orElse(Level.WARN);
    }

    private static LogFormat formatOfStart() {
        return ofStart(FORMAT_PROPERTY, LogFormat.words()).orElse(LogFormat.TEXT);
    }

    private static <T> Optional<T> ofStart(String property, Map<String, T> words) {
        return Optional.ofNullable(System.getProperty(property))
                .flatMap(word -> Optional.ofNullable(words.get(word.toLowerCase(Locale.ROOT))));
    }

    /// Logs from now on what a configuration says. Does nothing if the log is set up by a file of
    /// its own, or otherwise than by this.
    ///
    /// @param settings of the configuration
    public static void apply(LogSettings settings) {
        if (System.getProperty(FILE_PROPERTY) == null
                && LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
            apply(settings, context);
        }
    }

    static void apply(LogSettings settings, LoggerContext context) {
        ch.qos.logback.classic.Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        if (root.getAppender(APPENDER) instanceof ConsoleAppender<ILoggingEvent> appender
                && appender.getEncoder() instanceof LogEncoder lines) {
            lines.use(settings.format().orElseGet(LogSetup::formatOfStart));
        }
        root.setLevel(settings.level().map(LogSetup::level).orElseGet(LogSetup::levelOfStart));
        for (LogArea area : LogArea.values()) {
            LogLevel own = settings.areas().get(area);
            // Without a level of its own a logger has that of the one above it.
            for (String logger : area.loggers()) {
                context.getLogger(logger).setLevel(own == null ? null : level(own));
            }
        }
    }

    /// Logs how many lines were left out since they were last counted, without waiting for the time
    /// at which that is said: for a process that ends. Does nothing if the log is not set up by
    /// this.
    public static void tellLeftOut() {
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
            tellLeftOut(context);
        }
    }

    static void tellLeftOut(LoggerContext context) {
        Appender<ILoggingEvent> appender =
                context.getLogger(Logger.ROOT_LOGGER_NAME).getAppender(APPENDER);
        if (appender != null) {
            for (Filter<ILoggingEvent> filter : appender.getCopyOfAttachedFiltersList()) {
                if (filter instanceof LogLimit limit) {
                    limit.tell();
                }
            }
        }
    }

    private static Level level(LogLevel level) {
        return Level.toLevel(level.name());
    }
}
