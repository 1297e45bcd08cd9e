// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.log;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import io.fullnat.balancer.text.TimeStamp;
import io.fullnat.balancer.text.Visible;
import java.time.Instant;

/// The log's lines for people: `2026-05-01T12:00:00.000Z WARN Conditions: ...`. Each line, those of
/// a stack trace too, begins with the time (UTC), the level and the logger, and none comes from a
/// line feed in a message: text from outside cannot pretend to be the balancer's.
final class TextLines {
    private TextLines() {}

    static String of(ILoggingEvent event) {
        String head =
                "%s %-5s %s: "
                        .formatted(
                                TimeStamp.of(Instant.ofEpochMilli(event.getTimeStamp())),
                                event.getLevel(),
                                name(event));
        StringBuilder lines = new StringBuilder();
        line(lines, head, String.valueOf(event.getFormattedMessage()));
        IThrowableProxy thrown = event.getThrowableProxy();
        if (thrown != null) {
            ThrowableProxyUtil.asString(thrown)
                    .lines()
                    .forEach(frame -> line(lines, head, frame.replace("\t", "    ")));
        }
        return lines.toString();
    }

    /// The logger without its package.
    static String name(ILoggingEvent event) {
        String logger = event.getLoggerName();
        return logger.substring(logger.lastIndexOf('.') + 1);
    }

    private static void line(StringBuilder lines, String head, String text) {
        lines.append(head).append(Visible.of(text)).append('\n');
    }
}
