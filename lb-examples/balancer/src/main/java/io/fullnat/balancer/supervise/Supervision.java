// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.supervise;

import io.fullnat.balancer.run.ReloadWatch;
import io.fullnat.balancer.run.RunningBalancer;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells a service manager (systemd, with `Type=notify`) how the balancer is: `READY=1` when a
/// packet that comes now would be forwarded, `WATCHDOG=1` for as long as each worker does duty
/// cycles, `RELOADING=1` and `STOPPING=1`. Without `NOTIFY_SOCKET` in the environment it does
/// nothing. Thread-safe.
public final class Supervision implements ReloadWatch, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Supervision.class);

    /// A link that is not up by then may never be: what else there is works.
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final Duration LOOK = Duration.ofMillis(20);

    private final Optional<Notifications> socket;
    private final Vitals vitals;
    private final Optional<Watchdog> watchdog;
    private final LongSupplier nanos;
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final long[] cycles;
    private boolean ready;
    private String status = "";

    Supervision(
            Optional<Notifications> socket,
            Vitals vitals,
            Optional<Watchdog> watchdog,
            LongSupplier nanos) {
        this.socket = socket;
        this.vitals = vitals;
        this.watchdog = watchdog;
        this.nanos = nanos;
        cycles = new long[vitals.workers()];
        for (int worker = 0; worker < cycles.length; worker++) {
            cycles[worker] = vitals.cycles(worker);
        }
    }

    /// Tells what started this process of a balancer, once it is to [#begin()].
    ///
    /// @param balancer it has taken over its configuration
    /// @param environment of this process
    /// @return to be closed when the balancer is to stop
    public static Supervision of(RunningBalancer balancer, Map<String, String> environment) {
        Optional<NotifySocket> socket =
                Optional.ofNullable(environment.get("NOTIFY_SOCKET"))
                        .filter(name -> !name.isEmpty())
                        .flatMap(NotifySocket::of);
        Supervision supervision =
                new Supervision(
                        socket.map(Notifications.class::cast),
                        Vitals.of(balancer),
                        Watchdog.of(environment, ProcessHandle.current().pid()),
                        System::nanoTime);
        if (socket.isPresent()) {
            balancer.watchReloads(supervision);
        }
        return supervision;
    }

    /// Begins to tell, on a thread of its own.
    public void begin() {
        if (socket.isPresent()) {
            Thread.ofPlatform().name("supervision").daemon().start(this::run);
        }
    }

    private boolean send(String message) {
        return socket.isEmpty() || socket.get().send(message);
    }

    private void run() {
        long startNs = nanos.getAsLong();
        while (!isReady(nanos.getAsLong() - startNs >= PATIENCE.toNanos())) {
            if (isStopped(LOOK)) {
                return;
            }
        }
        if (watchdog.isPresent()) {
            do {
                sign();
            } while (!isStopped(watchdog.get().period()));
        }
    }

    private boolean isStopped(Duration after) {
        try {
            return stopped.await(after.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    /// Says that it is ready, if it is: each worker has done a duty cycle with the configuration,
    /// links are up, addresses ours. For links and addresses it waits only so long.
    ///
    /// @param late no longer
    /// @return false if it is to be asked again
    synchronized boolean isReady(boolean late) {
        if (ready) {
            return true;
        }
        Optional<String> missing = missing(late);
        if (missing.isPresent()) {
            tell("waiting for " + missing.get());
            return false;
        }
        ready = send("READY=1\nSTATUS=" + vitals.describe());
        status = "";
        return ready;
    }

    private Optional<String> missing(boolean late) {
        int worker = standing();
        if (worker >= 0) {
            return Optional.of("worker " + worker);
        }
        return late ? Optional.empty() : vitals.missing();
    }

    /// The first worker that has done nothing since it was last looked at.
    private int standing() {
        for (int worker = 0; worker < cycles.length; worker++) {
            if (vitals.cycles(worker) == cycles[worker]) {
                return worker;
            }
        }
        return -1;
    }

    /// Gives a sign of life, unless a worker has done nothing since the last one: what watches is
    /// to end and restart a balancer that forwards no more, even though its other threads go on.
    ///
    /// @return whether it was given
    synchronized boolean sign() {
        int worker = standing();
        for (int each = 0; each < cycles.length; each++) {
            cycles[each] = vitals.cycles(each);
        }
        if (worker >= 0) {
            LOG.error(
                    "worker {} stands still; the service manager is not told that all is well",
                    worker);
            tell("worker " + worker + " stands still");
            return false;
        }
        if (!status.isEmpty()) {
            tell(vitals.describe());
            status = "";
        }
        return send("WATCHDOG=1");
    }

    private void tell(String now) {
        if (!now.equals(status) && send("STATUS=" + now)) {
            status = now;
        }
    }

    @Override
    public synchronized void reloadBegins() {
        // Systemd tells by the time that this is not of an earlier reload; on Linux nanoTime is
        // CLOCK_MONOTONIC, as it must be.
        notice("RELOADING=1\nMONOTONIC_USEC=" + TimeUnit.NANOSECONDS.toMicros(nanos.getAsLong()));
    }

    @Override
    public synchronized void reloadEnds() {
        notice("READY=1\nSTATUS=" + vitals.describe());
    }

    /// What comes before the balancer is ready would make it ready too early.
    private void notice(String message) {
        if (ready) {
            sendOnce(message);
        }
    }

    private void sendOnce(String message) {
        if (!send(message)) {
            LOG.debug("not taken by the service manager: {}", message);
        }
    }

    /// Says that the balancer stops.
    @Override
    public void close() {
        stopped.countDown();
        synchronized (this) {
            sendOnce("STOPPING=1\nSTATUS=stopping");
        }
    }
}
