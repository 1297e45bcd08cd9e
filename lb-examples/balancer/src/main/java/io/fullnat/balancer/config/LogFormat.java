// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.config;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/// How a line of the log is written.
public enum LogFormat {
    /// Time, level, logger and message, for people.
    TEXT,
    /// An object of JSON on one line, for programs.
    JSON;

    /// The words of the configuration.
    ///
    /// @return the default first
    public static Map<String, LogFormat> words() {
        Map<String, LogFormat> words = new LinkedHashMap<>();
        for (LogFormat format : values()) {
            words.put(format.word(), format);
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
