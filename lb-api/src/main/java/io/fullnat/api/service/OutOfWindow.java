// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.service;

import java.util.Locale;

/// What becomes of TCP segments that lie outside of the window of their receiver: stale ones, and
/// such as a stranger makes up.
public enum OutOfWindow {
    /// They are sent on without being looked at: their receiver judges. Costs nothing.
    PASS,
    /// They are counted and sent on. Each packet is looked at beside the fast loop.
    COUNT,
    /// They are dropped and counted. Each packet is looked at beside the fast loop.
    DROP;

    /// The word for it in configurations and commands.
    ///
    /// @return `pass`, `count` or `drop`
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
