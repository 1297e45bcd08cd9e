// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.List;
import org.slf4j.LoggerFactory;

/// What the control plane logs, kept instead of printed.
final class ControlLog implements AutoCloseable {
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private final Logger logger = (Logger) LoggerFactory.getLogger("io.fullnat.core.control");

    ControlLog() {
        log.start();
        logger.addAppender(log);
        logger.setAdditive(false);
    }

    /// Lines that an operator sees.
    List<String> lines() {
        return log.list.stream()
                .filter(event -> event.getLevel().isGreaterOrEqual(Level.INFO))
                .map(ILoggingEvent::getFormattedMessage)
                .toList();
    }

    @Override
    public void close() {
        logger.detachAppender(log);
        logger.setAdditive(true);
    }
}
