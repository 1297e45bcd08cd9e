// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.List;
import org.slf4j.LoggerFactory;

/// Keeps what the balancer logs, instead of printing it.
public final class LogCapture implements AutoCloseable {
    private final Logger logger = (Logger) LoggerFactory.getLogger("io.fullnat");
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
    private final boolean additive = logger.isAdditive();

    /// From now on.
    public LogCapture() {
        lines.start();
        logger.addAppender(lines);
        logger.setAdditive(false);
    }

    /// The lines that have some words.
    ///
    /// @param words all of them
    /// @return in order
    @SuppressWarnings("exports") // tests have no module
    public List<ILoggingEvent> with(String words) {
        return List.copyOf(lines.list).stream()
                .filter(line -> line.getFormattedMessage().contains(words))
                .toList();
    }

    @Override
    public void close() {
        logger.setAdditive(additive);
        logger.detachAppender(lines);
    }
}
