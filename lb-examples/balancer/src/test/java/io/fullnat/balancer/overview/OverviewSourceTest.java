// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.overview;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.ManualClock;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.balancer.api.ApiRig;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// One reading is for all who ask soon after, unless something was changed.
final class OverviewSourceTest {
    private final ApiRig rig = new ApiRig().serving();
    private final ManualClock clock = new ManualClock();
    private final OverviewSource source =
            new OverviewSource(
                    rig.control(), InstantSource.fixed(Instant.EPOCH), clock, this::read);

    /// Readings that have begun and do not go on, while nobody reads.
    private final Queue<Runnable> begun = new ConcurrentLinkedQueue<>();

    private volatile boolean busy;

    private void read(Runnable reading) {
        if (busy) {
            begun.add(reading);
        } else {
            reading.run();
        }
    }

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void readsOnceForAllWhoAskWithinHalfASecond() {
        Overview first = source.read();
        clock.advance(OverviewSource.FRESH.minusNanos(1));
        assertThat(source.read()).isSameAs(first);

        clock.advance(OverviewSource.FRESH);
        Overview second = source.read();
        assertThat(second).isNotSameAs(first);
        assertThat(second.nanos() - first.nanos()).isEqualTo(999_999_999L);
    }

    @Test
    void seesAChangeAtOnce() {
        Overview before = source.read();
        rig.delete(ApiRig.WEB, "");
        Overview after = source.read();

        assertThat(before.totals().services()).isEqualTo(1);
        assertThat(after.totals().services()).isZero();
        assertThat(after.services()).isEmpty();
    }

    /// The machine has other things to do.
    @Test
    void showsTheFormerReadingWhileAnotherOneTakesLong() {
        Overview first = source.read();
        busy = true;
        clock.advance(OverviewSource.FRESH);
        assertThat(source.read()).isSameAs(first);
        assertThat(source.read()).isSameAs(first);
        assertThat(begun).as("one for all").hasSize(1);

        begun.remove().run();
        assertThat(source.read()).isNotSameAs(first);
    }

    @Test
    @Timeout(60)
    void waitsWhereTheFormerReadingIsOldOrSomethingWasChanged() throws Exception {
        Overview first = source.read();
        busy = true;
        clock.advance(OverviewSource.OLDEST);
        CompletableFuture<Overview> second = CompletableFuture.supplyAsync(source::read);
        begin();
        assertThat(second.get()).isNotSameAs(first);

        clock.advance(OverviewSource.FRESH);
        assertThat(source.read()).isSameAs(second.get());
        rig.delete(ApiRig.WEB, "");
        CompletableFuture<Overview> third = CompletableFuture.supplyAsync(source::read);
        begin();
        assertThat(third.get().services()).isEmpty();
    }

    /// Lets the reading go on that has begun, or is about to.
    private void begin() throws InterruptedException {
        Runnable next = begun.poll();
        while (next == null) {
            TimeUnit.MILLISECONDS.sleep(1);
            next = begun.poll();
        }
        next.run();
    }

    /// A failure is told to who asked, and the next one asks again.
    @Test
    void goesOnAfterAReadingThatFailed() {
        rig.close();
        assertThatThrownBy(source::read).isInstanceOf(RuntimeException.class);
        assertThatThrownBy(source::read).isInstanceOf(RuntimeException.class);
    }

    @Test
    @Timeout(60)
    void goesOnAfterAReadingThatCouldNotBegin() {
        AtomicBoolean full = new AtomicBoolean(true);
        OverviewSource other =
                new OverviewSource(
                        rig.control(),
                        InstantSource.fixed(Instant.EPOCH),
                        clock,
                        reading -> {
                            if (full.get()) {
                                throw new RejectedExecutionException("no thread");
                            }
                            reading.run();
                        });
        assertThatThrownBy(other::read).hasRootCauseMessage("no thread");
        assertThatThrownBy(other::read).hasRootCauseMessage("no thread");
        full.set(false);
        assertThat(other.read().services()).hasSize(1);
    }

    @Test
    @Timeout(60)
    void keepsNoFormerReadingForTheOrderOfServers() throws Exception {
        ServerOrder order = new ServerOrder();
        Overview now = source.read();
        List<ServerRow> rows = order.of(now);
        assertThat(order.of(now)).isSameAs(rows).hasSize(1);

        WeakReference<Overview> former = new WeakReference<>(ordered(order));
        while (!former.refersTo(null)) {
            System.gc();
            TimeUnit.MILLISECONDS.sleep(1);
        }
    }

    /// Of a source of its own, which keeps its last reading.
    private Overview ordered(ServerOrder order) {
        OverviewSource other =
                new OverviewSource(
                        rig.control(), InstantSource.fixed(Instant.EPOCH), clock, Runnable::run);
        Overview read = other.read();
        assertThat(order.of(read)).hasSize(1);
        return read;
    }

    @Test
    void aServiceAloneIsReadAnew() {
        Overview all = source.read();
        clock.advance(Duration.ofNanos(7));
        ServiceReading one = source.read(ApiRig.WEB_KEY).orElseThrow();
        assertThat(one.nanos()).isEqualTo(all.nanos() + 7);
        assertThat(one.status().service().key()).isEqualTo(ApiRig.WEB_KEY);
        assertThat(source.read(ServiceKey.tcp("192.0.2.81", 80))).isEmpty();
    }
}
