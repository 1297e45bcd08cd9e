// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.config;

import java.nio.file.Path;

/// Where attempted changes are written down. Immutable.
public sealed interface AuditTarget {
    /// In the log, on standard error.
    record Log() implements AuditTarget {}

    /// Nowhere.
    record None() implements AuditTarget {}

    /// In a file of their own.
    ///
    /// @param path absolute
    record File(Path path) implements AuditTarget {}

    /// How the configuration says it.
    ///
    /// @return `log`, `none` or a path
    default String text() {
        return switch (this) {
            case Log ignored -> "log";
            case None ignored -> "none";
            case File file -> file.path().toString();
        };
    }
}
