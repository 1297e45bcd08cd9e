// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.doctor;

import java.util.Locale;

/// How bad something is that was found.
public enum Level {
    /// Packets or connections are lost, or will be: to be mended now.
    FAULT,
    /// It works, but less than it could, or not for long.
    WARNING,
    /// It could be better.
    HINT,
    /// Looked at, and nothing found.
    FINE;

    /// In JSON.
    ///
    /// @return in small letters
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
