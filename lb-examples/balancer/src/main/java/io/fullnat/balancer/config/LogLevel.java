// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.config;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/// From which weight on something is logged.
public enum LogLevel {
    /// Only what is broken.
    ERROR,
    /// What somebody should look at, too.
    WARN,
    /// What happened, too.
    INFO,
    /// What helps to find a fault, too.
    DEBUG;

    /// The words of the configuration.
    ///
    /// @return in the order of weight
    public static Map<String, LogLevel> words() {
        Map<String, LogLevel> words = new LinkedHashMap<>();
        for (LogLevel level : values()) {
            words.put(level.word(), level);
        }
        return words;
    }

    /// How the configuration calls it.
    ///
    /// @return in small letters
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
