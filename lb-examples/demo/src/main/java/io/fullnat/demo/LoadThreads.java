// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// The threads of clients. For one thread.
final class LoadThreads {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean running = true;

    /// Whether clients are to go on.
    boolean isRunning() {
        return running;
    }

    void add(Thread thread) {
        threads.add(thread);
    }

    /// Tells all clients to stop and waits for them.
    void stop() {
        running = false;
        for (Thread thread : threads) {
            try {
                thread.join(PATIENCE);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
