// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.worker;

import java.util.concurrent.atomic.AtomicInteger;

/// How workers end together: first all stop taking packets from ports, then each empties the rings
/// towards it, so that no packet is left between two of them.
public final class Quiescence {
    private final AtomicInteger busy;
    private volatile boolean stopping;

    /// For a set of workers.
    ///
    /// @param workers how many
    public Quiescence(int workers) {
        busy = new AtomicInteger(workers);
    }

    /// Asks the workers to end.
    public void stop() {
        stopping = true;
    }

    boolean isStopping() {
        return stopping;
    }

    /// Called once by each worker when it hands over no more packets.
    void reached() {
        busy.decrementAndGet();
    }

    boolean allQuiet() {
        return busy.get() == 0;
    }
}
