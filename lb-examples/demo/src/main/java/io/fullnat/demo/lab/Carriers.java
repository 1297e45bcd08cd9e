// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.lab;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/// Keeps virtual threads in the namespace of the process.
///
/// A virtual thread makes its sockets in the namespace of the thread that carries it. The JDK
/// starts a carrier, when too few are there, from whichever thread has just made a virtual one run;
/// a thread is born in the namespace of the one that starts it, and the carrier stays there: a
/// server of this process may then listen in a namespace where nobody looks for it. So all carriers
/// are started before the first thread moves, and kept: one without work ends after half a minute.
final class Carriers {
    private static final int COUNT =
            Integer.getInteger(
                    "jdk.virtualThreadScheduler.parallelism",
                    Runtime.getRuntime().availableProcessors());

    /// More often than the JDK ends carriers.
    private static final Duration PAUSE = Duration.ofSeconds(5);

    private static boolean kept;

    private Carriers() {}

    /// Starts all that may be, where the calling thread is, unless it has been done.
    static synchronized void keep() {
        if (kept) {
            return;
        }
        CountDownLatch missing = new CountDownLatch(COUNT);
        for (int number = 0; number < COUNT; number++) {
            Thread.ofVirtual().name("carried-", number).start(() -> hold(missing));
        }
        boolean interrupted = false;
        while (missing.getCount() > 0) {
            try {
                missing.await();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        kept = true;
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /// Leaves its carrier only when each of the others has one.
    private static void hold(CountDownLatch missing) {
        missing.countDown();
        while (missing.getCount() > 0) {
            Thread.onSpinWait();
        }
        try {
            while (true) {
                Thread.sleep(PAUSE);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
