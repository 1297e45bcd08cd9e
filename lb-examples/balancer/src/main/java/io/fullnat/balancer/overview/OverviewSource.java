// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.overview;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Clock;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.control.Control;
import io.fullnat.api.service.ServiceKey;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// Reads a balancer for those who look at it, once for all who ask within half a second: with tens
/// of thousands of services a reading takes tens of milliseconds of a processor, and as many may
/// look as like. What a transaction has changed is seen at once. Workers are asked nothing.
///
/// Where the machine is so busy that a reading takes much longer, who asks gets the former one, if
/// that is not old, and nothing was changed since. Thread-safe.
public final class OverviewSource {
    static final Duration FRESH = Duration.ofMillis(500);

    /// For so long a reading is waited for.
    static final Duration PATIENCE = Duration.ofMillis(60);

    /// No older reading is shown instead.
    static final Duration OLDEST = Duration.ofSeconds(3);

    private final Control control;
    private final InstantSource time;
    private final Clock clock;
    private final Executor readers;
    private final Instant started;
    private final long startNanos;
    private final ServerOrder servers = new ServerOrder();

    // Guarded by this.
    private @Nullable Overview last;
    private @Nullable CompletableFuture<Overview> reading;

    /// @param control of the balancer
    /// @param time of day
    /// @param clock that nobody sets
    /// @param readers runs a reading
    OverviewSource(Control control, InstantSource time, Clock clock, Executor readers) {
        this.control = control;
        this.time = time;
        this.clock = clock;
        this.readers = readers;
        started = time.instant();
        startNanos = clock.nanoTime();
    }

    /// A source for one balancer.
    ///
    /// @param control of the balancer
    /// @return for any number of readers
    public static OverviewSource of(Control control) {
        return new OverviewSource(
                control,
                InstantSource.system(),
                Clock.system(),
                task -> Thread.ofVirtual().name("overview").start(task));
    }

    /// Since when it is there: another one says that counters began again.
    ///
    /// @return when the source was made, as the balancer started
    public Instant started() {
        return started;
    }

    /// How long it is there, by a clock that nobody sets.
    ///
    /// @return nanoseconds
    public long nanos() {
        return clock.nanoTime() - startNanos;
    }

    /// The servers of all services.
    ///
    /// @param overview read from here
    /// @return in the order of their names
    public List<ServerRow> servers(Overview overview) {
        return servers.of(overview);
    }

    /// Reads one service alone, whenever others were read.
    ///
    /// @param key which one
    /// @return of now; empty if there is none
    public Optional<ServiceReading> read(ServiceKey key) {
        Instant now = time.instant();
        long nanos = nanos();
        return control.status(key).map(status -> new ServiceReading(now, nanos, status));
    }

    /// Reads.
    ///
    /// @return of now, or of a moment ago if nothing was changed since
    public Overview read() {
        long revision = control.desired().revision();
        while (true) {
            Overview known;
            CompletableFuture<Overview> begun;
            synchronized (this) {
                known = last;
                if (known != null && isYounger(known, FRESH) && known.revision() >= revision) {
                    return known;
                }
                begun = reading;
                if (begun == null) {
                    begun = new CompletableFuture<>();
                    reading = begun;
                    begin(begun);
                }
            }
            boolean serves =
                    known != null && isYounger(known, OLDEST) && known.revision() >= revision;
            Overview read = await(begun, serves ? known : null);
            if (read.revision() >= revision) {
                return read;
            }
        }
    }

    private boolean isYounger(Overview overview, Duration age) {
        return nanos() - overview.nanos() < age.toNanos();
    }

    private void begin(CompletableFuture<Overview> result) {
        try {
            readers.execute(() -> readInto(result));
        } catch (Throwable failure) { // as where no thread can be made
            fail(result, failure);
        }
    }

    private void readInto(CompletableFuture<Overview> result) {
        try {
            Overview read =
                    Overview.of(time.instant(), nanos(), control.status(), control.health());
            end(read);
            result.complete(read);
        } catch (Throwable failure) { // as of a balancer that is closed
            fail(result, failure);
        }
    }

    private void fail(CompletableFuture<Overview> result, Throwable failure) {
        end(null);
        result.completeExceptionally(failure);
    }

    private synchronized void end(@Nullable Overview read) {
        last = read == null ? last : read;
        reading = null;
    }

    /// @param instead who waits only for a moment gets; null to wait for the reading
    private static Overview await(CompletableFuture<Overview> begun, @Nullable Overview instead) {
        try {
            return instead == null
                    ? begun.get()
                    : begun.get(PATIENCE.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException late) {
            return Objects.requireNonNull(instead);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            throw new BalancerException(
                    ErrorCode.CLOSED, "the state was not read: the thread is to end", stop);
        } catch (ExecutionException failed) {
            throw failed.getCause() instanceof BalancerException known
                    ? known
                    : new IllegalStateException(failed.getCause());
        }
    }
}
