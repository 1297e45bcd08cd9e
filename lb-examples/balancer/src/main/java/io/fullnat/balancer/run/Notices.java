// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.run;

import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Loggers of what the operator is told whatever the log's level is, because it answers something
/// that was asked for: what came of a reload by signal, and the audit log. Thread-safe.
public final class Notices {
    /// The names of the loggers, which begin at level info.
    public static final List<String> LOGGERS = List.of("reload", "audit");

    /// What SLF4J's [org.slf4j.MDC] has while a copy of the balancer works, of which nobody is to
    /// hear.
    public static final String UNHEARD = "unheard";

    /// What SLF4J's [org.slf4j.MDC] has then of the first fault that the copy has met, with where.
    public static final String FAULT = "unheard-fault";

    private Notices() {}

    /// What came of a reload.
    static Logger reload() {
        return LoggerFactory.getLogger("reload");
    }

    /// Attempted changes.
    static Logger audit() {
        return LoggerFactory.getLogger("audit");
    }
}
