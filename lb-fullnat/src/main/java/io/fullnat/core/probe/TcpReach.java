// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.probe;

import io.fullnat.api.health.ProbeResult;
import io.fullnat.api.health.ProbeTarget;
import java.util.concurrent.Executor;

/// Opens a TCP connection, and asks nothing. Thread-safe.
///
/// @param connects where connections are awaited
/// @param waiting does the same on the caller's thread
record TcpReach(Connects connects, SocketProbe waiting) implements UnthreadedProbe {
    @Override
    public ProbeResult probe(ProbeTarget target) throws InterruptedException {
        return waiting.probe(target);
    }

    @Override
    public void begin(ProbeTarget target, Executor executor, Question question) {
        connects.begin(target, executor, question);
    }
}
