// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.log;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fullnat.balancer.text.TimeStamp;
import io.fullnat.balancer.text.Visible;
import java.time.Instant;

/// The log's lines for programs: each message is an object of JSON on one line, a stack trace
/// included, in which nothing stands that is not to be seen.
final class JsonLines {
    private JsonLines() {}

    static String of(ILoggingEvent event) {
        ObjectNode line =
                JsonNodeFactory.instance
                        .objectNode()
                        .put("time", TimeStamp.of(Instant.ofEpochMilli(event.getTimeStamp())))
                        .put("level", event.getLevel().toString())
                        .put("logger", TextLines.name(event))
                        .put("message", String.valueOf(event.getFormattedMessage()));
        IThrowableProxy thrown = event.getThrowableProxy();
        if (thrown != null) {
            line.put("thrown", ThrowableProxyUtil.asString(thrown).replace("\r\n", "\n"));
        }
        return Visible.of(line.toString()) + '\n';
    }
}
