// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.server;

import java.util.logging.Level;
import java.util.logging.Logger;

/// Keeps the HTTP library quiet: what concerns the operator the balancer says itself, and what a
/// client does wrong the client is told.
final class HelidonLog {
    /// Held here, because the logging system forgets the level of a logger that nobody holds.
    private static final Logger LIBRARY = Logger.getLogger("io.helidon");

    private HelidonLog() {}

    /// Silences all: a failed start, the one thing that it would say, is found out otherwise.
    static void quieten() {
        LIBRARY.setLevel(Level.OFF);
    }
}
