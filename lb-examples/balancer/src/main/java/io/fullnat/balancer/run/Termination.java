// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.run;

import io.fullnat.api.ErrorCode;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Turns SIGTERM and SIGINT into an orderly end: the command is told, finishes by itself, and its
/// own exit status becomes that of the process.
///
/// The JVM only offers a shutdown hook, after which it exits with 128 plus the signal's number; the
/// hook therefore waits for the command and then ends the JVM itself.
///
/// Thread-safe.
public final class Termination {
    private static final long LIMIT_SECONDS = 10;
    private static final long LIMIT_MILLIS_WITH_NOTHING = 200;

    private final CountDownLatch requested = new CountDownLatch(1);
    private final CompletableFuture<Integer> ended = new CompletableFuture<>();
    private volatile boolean nothing;

    /// Nothing asked for yet.
    public Termination() {}

    /// Starts to listen to signals.
    public void install() {
        Runtime.getRuntime().addShutdownHook(new Thread(this::onShutdown, "termination"));
    }

    /// Asks the command to end.
    public void request() {
        requested.countDown();
    }

    /// Says that the command has nothing to give back: a signal then ends the process at once, in
    /// silence and with the status by which shells know that signal, whatever the command is at.
    public void holdsNothing() {
        nothing = true;
    }

    /// Whether the command was asked to end.
    ///
    /// @return true from then on
    public boolean isRequested() {
        return requested.getCount() == 0;
    }

    /// Waits until the command is asked to end.
    ///
    /// @param seconds at most
    /// @return false if the time passed first
    public boolean await(long seconds) {
        return await(Duration.ofSeconds(seconds));
    }

    /// Waits until the command is asked to end.
    ///
    /// @param limit at most
    /// @return false if the time passed first
    public boolean await(Duration limit) {
        try {
            // Converts to the longest time there is what is longer, where toNanos would throw.
            return requested.await(TimeUnit.NANOSECONDS.convert(limit), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    /// Ends the process; does not return.
    ///
    /// @param status of the command, which has given everything back
    public void exit(int status) {
        ended.complete(status);
        System.exit(status);
    }

    private void onShutdown() {
        request();
        if (nothing) {
            leave();
            return; // and the JVM goes on to end, with the status that it had when it began to
        }
        int status = ErrorCode.INTERNAL.exitStatus();
        try {
            status = ended.get(LIMIT_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            System.err.println("fullnat: did not end within " + LIMIT_SECONDS + " s; leaving");
        } catch (InterruptedException | ExecutionException e) {
            System.err.println("fullnat: the end was disturbed; leaving");
        }
        Runtime.getRuntime().halt(status);
    }

    /// Gives the command a moment for the last of its output.
    private void leave() {
        try {
            ended.get(LIMIT_MILLIS_WITH_NOTHING, TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException e) {
            // It waits for a balancer, or for a terminal that is stopped.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
