// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.health;

import java.io.IOException;

/// Finds out whether a server answers, once for each call. Made by a [ProbeFactory].
///
/// **Thread-safety:** called on virtual threads, by several at once for different targets, never by
/// two for one target of one check.
@FunctionalInterface
public interface HealthProbe {
    /// Asks a server and waits for its answer. The thread is interrupted when the target's timeout
    /// is over, and what comes later is not heard; until then the target is not probed again.
    ///
    /// @param target whom to ask, and how long at most
    /// @return whether it answered as it should
    /// @throws IOException if it cannot be asked or answers badly; the probe has then failed, and
    ///   the message is what operators read of it. Whatever else is thrown counts as failed, too
    /// @throws InterruptedException if the thread was interrupted
    ProbeResult probe(ProbeTarget target) throws IOException, InterruptedException;
}
