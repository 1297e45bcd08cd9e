// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ConfiguratorRank;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.spi.ContextAwareBase;
import io.fullnat.balancer.config.LogArea;
import io.fullnat.balancer.config.LogLevel;
import io.fullnat.balancer.config.LogSettings;
import io.fullnat.balancer.run.Notices;
import io.fullnat.balancer.text.Spelling;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// How `fullnat` logs: to standard error, as standard output is the commands', and only what
/// somebody should look at, unless `-Dfullnat.log=INFO` or `DEBUG`, or key `log` of the
/// configuration, says otherwise. In code, so that no start has to read XML.
/// `-Dlogback.configurationFile` still names a file to be read instead.
///
/// Made by Logback.
@ConfiguratorRank(ConfiguratorRank.CUSTOM_HIGH_PRIORITY)
public final class LogSetup extends ContextAwareBase implements Configurator {
    private static final String LEVEL_PROPERTY = "fullnat.log";
    private static final String FILE_PROPERTY = "logback.configurationFile";

    /// For Logback.
    public LogSetup() {}

    @Override
    public ExecutionStatus configure(LoggerContext context) {
        if (System.getProperty(FILE_PROPERTY) != null) {
            return ExecutionStatus.INVOKE_NEXT_IF_ANY;
        }
        LogLines lines = new LogLines();
        lines.setContext(context);
        lines.start();
        ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
        appender.setContext(context);
        appender.setTarget("System.err");
        appender.setEncoder(lines);
        appender.start();
        ch.qos.logback.classic.Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        root.setLevel(levelOfStart());
        root.addAppender(appender);
        for (String notices : Notices.LOGGERS) {
            context.getLogger(notices).setLevel(Level.INFO);
        }
        String word = System.getProperty(LEVEL_PROPERTY);
        if (word != null && !isLevel(word)) {
            root.warn(
                    "-D{}={} is ignored: there are {}{}",
                    LEVEL_PROPERTY,
                    word,
                    String.join(", ", LogLevel.words().keySet()),
                    Spelling.hint(word.toLowerCase(Locale.ROOT), LogLevel.words().keySet()));
        }
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }

    private static boolean isLevel(String word) {
        return LogLevel.words().containsKey(word.toLowerCase(Locale.ROOT));
    }

    private static Level levelOfStart() {
        String word = System.getProperty(LEVEL_PROPERTY);
        return word != null && isLevel(word) ? Level.toLevel(word) : Level.WARN;
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
        context.getLogger(Logger.ROOT_LOGGER_NAME)
                .setLevel(settings.level().map(LogSetup::level).orElseGet(LogSetup::levelOfStart));
        for (LogArea area : LogArea.values()) {
            LogLevel own = settings.areas().get(area);
            // Without a level of its own a logger has that of the one above it.
            for (String logger : area.loggers()) {
                context.getLogger(logger).setLevel(own == null ? null : level(own));
            }
        }
    }

    private static Level level(LogLevel level) {
        return Level.toLevel(level.name());
    }
}
