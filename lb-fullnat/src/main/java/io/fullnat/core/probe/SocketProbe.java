// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.probe;

import io.fullnat.api.health.HealthProbe;
import io.fullnat.api.health.ProbeResult;
import io.fullnat.api.health.ProbeTarget;
import java.io.IOException;

/// A probe of some kind, whose failures are told in words. Thread-safe.
///
/// @param attempt the kind
record SocketProbe(Attempt attempt) implements HealthProbe {
    @Override
    public ProbeResult probe(ProbeTarget target) throws InterruptedException {
        try {
            return attempt.ask(target, Deadline.within(target.timeout()));
        } catch (SearchTooLongException slow) {
            return ProbeResult.failed(String.valueOf(slow.getMessage()));
        } catch (IOException failed) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            return FailureText.result(failed, target);
        }
    }
}
