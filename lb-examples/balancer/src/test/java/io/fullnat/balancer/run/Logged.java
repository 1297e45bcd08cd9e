// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.run;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.LoggerFactory;

/// What a logger says while this is open; it then says it to nobody else.
public final class Logged implements AutoCloseable {
    private final Logger logger;
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final AppenderBase<ILoggingEvent> appender =
            new AppenderBase<>() {
                @Override
                protected void append(ILoggingEvent event) {
                    lines.add(event.getLevel() + " " + event.getFormattedMessage());
                }
            };

    /// @param name of the logger
    public Logged(String name) {
        logger = (Logger) LoggerFactory.getLogger(name);
        logger.setAdditive(false);
        appender.start();
        logger.addAppender(appender);
    }

    /// Level and message of each event until now.
    ///
    /// @return a live list
    public List<String> lines() {
        return lines;
    }

    @Override
    public void close() {
        logger.detachAppender(appender);
        logger.setAdditive(true);
    }
}
