// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.config;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/// What is logged: key `log`. Immutable and thread-safe.
///
/// @param level for all that has none of its own; empty for that of the start
/// @param areas with a level of their own
/// @param audit where attempted changes are written down
/// @param format of lines; empty for that of the start
public record LogSettings(
        Optional<LogLevel> level,
        Map<LogArea, LogLevel> areas,
        AuditTarget audit,
        Optional<LogFormat> format) {
    /// What holds without the key.
    public static final LogSettings DEFAULT =
            new LogSettings(Optional.empty(), Map.of(), new AuditTarget.Log(), Optional.empty());

    /// Copies the map.
    public LogSettings {
        Map<LogArea, LogLevel> sorted = new EnumMap<>(LogArea.class);
        sorted.putAll(areas);
        areas = Collections.unmodifiableMap(sorted);
    }
}
