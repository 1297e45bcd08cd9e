// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.log;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.encoder.EncoderBase;
import io.fullnat.balancer.config.LogFormat;
import java.nio.charset.StandardCharsets;

/// Writes the log's lines in the format of the moment, which may change between two of them.
/// Thread-safe.
final class LogEncoder extends EncoderBase<ILoggingEvent> {
    private volatile LogFormat format;

    LogEncoder(LogFormat format) {
        this.format = format;
    }

    void use(LogFormat other) {
        format = other;
    }

    @Override
    public byte[] headerBytes() {
        return new byte[0];
    }

    @Override
    public byte[] encode(ILoggingEvent event) {
        String lines =
                switch (format) {
                    case TEXT -> TextLines.of(event);
                    case JSON -> JsonLines.of(event);
                };
        return lines.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public byte[] footerBytes() {
        return new byte[0];
    }
}
