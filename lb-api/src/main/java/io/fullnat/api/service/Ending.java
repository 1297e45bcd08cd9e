// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.service;

import java.util.Locale;

/// What both ends of a TCP connection hear that is ended: by a command, a removal, the health of
/// its server, an access rule.
public enum Ending {
    /// A reset, as if from the other end, with the number that is expected next. A connection that
    /// is half open or over ends in silence.
    RESET,
    /// Nothing; either end learns of it when it next sends.
    SILENCE;

    /// The word for it in configurations and commands.
    ///
    /// @return `reset` or `silence`
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
