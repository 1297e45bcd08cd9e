// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.probe;

import io.fullnat.api.health.ProbeResult;
import io.fullnat.api.health.ProbeTarget;
import java.io.IOException;

/// One kind of probe. Thread-safe.
@FunctionalInterface
interface Attempt {
    /// Asks a target.
    ///
    /// @param target whom
    /// @param deadline by when
    /// @return what it answered
    /// @throws IOException if it cannot be asked, or does not answer
    /// @throws InterruptedException if the thread was interrupted
    ProbeResult ask(ProbeTarget target, Deadline deadline) throws IOException, InterruptedException;
}
