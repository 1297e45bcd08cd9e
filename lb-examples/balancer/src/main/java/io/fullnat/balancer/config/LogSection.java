// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.config;

import io.fullnat.balancer.text.Spelling;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// Reads `log`: what is logged, and where changes are written down. For one thread.
final class LogSection {
    static final List<String> LOG_KEYS = List.of("level", "levels", "format", "audit");
    static final List<String> AREA_KEYS = Stream.of(LogArea.values()).map(LogArea::word).toList();

    private static final Map<String, AuditTarget> TARGETS =
            Map.of("log", new AuditTarget.Log(), "none", new AuditTarget.None());

    private LogSection() {}

    static LogSettings settings(Fields file) {
        Optional<Fields> section = file.mapping("log", LOG_KEYS);
        if (section.isEmpty()) {
            return LogSettings.DEFAULT;
        }
        Fields fields = section.get();
        Map<LogArea, LogLevel> areas = new EnumMap<>(LogArea.class);
        fields.mapping("levels", AREA_KEYS)
                .ifPresent(levels -> {
                    for (LogArea area : LogArea.values()) {
                        levels.optional(area.word(), Scalar.oneOf(LogLevel.words()))
                                .ifPresent(level -> areas.put(area, level));
                    }
                });
        return new LogSettings(
                fields.optional("level", Scalar.oneOf(LogLevel.words())),
                areas,
                fields.optional("audit", Scalar.parsed(LogSection::target))
                        .orElse(new AuditTarget.Log()),
                fields.optional("format", Scalar.oneOf(LogFormat.words())));
    }

    private static AuditTarget target(String text) {
        AuditTarget word = TARGETS.get(text);
        if (word != null) {
            return word;
        }
        if (!text.startsWith("/")) {
            throw Scalar.wrong(
                    "\""
                            + text
                            + "\" is neither log nor none nor an absolute path (as in"
                            + " /var/log/fullnat-audit.log)"
                            + Spelling.hint(text, TARGETS.keySet()));
        }
        return new AuditTarget.File(ApiSection.path(text));
    }
}
