// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.health;

import static io.fullnat.core.health.MonitorRig.CHECK;
import static io.fullnat.core.health.MonitorRig.WEB;
import static io.fullnat.core.health.MonitorRig.policy;
import static io.fullnat.core.health.MonitorRig.server;
import static io.fullnat.core.health.MonitorRig.service;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.health.HealthCheck;
import io.fullnat.api.health.HealthProbe;
import io.fullnat.api.health.HttpProbe;
import io.fullnat.api.health.ProbeResult;
import io.fullnat.api.health.ProbeTarget;
import io.fullnat.api.service.RealServer;
import io.fullnat.core.probe.UnthreadedProbe;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Probes that do what they should not. The server that they are about is down, and says why; all
/// others are what they are.
final class ProbesTest {
    private static final HealthCheck QUICK =
            CHECK.toBuilder().rise(1).fall(1).timeout(Duration.ofMillis(500)).build();

    private static Arguments hostile(HealthProbe probe, String reason, boolean fault) {
        return Arguments.of(probe, reason, fault);
    }

    @SuppressWarnings("NullAway") // on purpose
    private static List<Arguments> hostile() {
        return List.of(
                hostile(
                        target -> {
                            throw new IOException("connection reset");
                        },
                        "connection reset",
                        false),
                hostile(
                        target -> {
                            throw new BalancerException(ErrorCode.DEVICE, "no such source");
                        },
                        "no such source",
                        false),
                hostile(
                        target -> {
                            throw new IllegalStateException("wrong");
                        },
                        "the probe failed: wrong",
                        true),
                hostile(
                        target -> {
                            throw new StackOverflowError();
                        },
                        "the probe failed: StackOverflowError",
                        true),
                hostile(target -> null, "the probe failed: it returned null", true),
                hostile(
                        target -> {
                            throw new InterruptedException();
                        },
                        "interrupted",
                        false));
    }

    @ParameterizedTest
    @MethodSource("hostile")
    void failsInSomeOtherWay(HealthProbe probe, String reason, boolean fault) {
        try (MonitorRig rig = new MonitorRig()) {
            rig.answers.put(server(1).endpoint(), probe);
            rig.apply(service(policy(QUICK), server(1), server(2)));
            rig.seconds(3);

            assertThat(rig.health(1).reason()).isEqualTo("table: " + reason);
            assertThat(rig.used(1, 2)).containsExactly(2);
            assertThat(rig.counters.get(Counter.FAULTS) > 0).isEqualTo(fault);
            rig.alive(1);
            rig.seconds(1);
            assertThat(rig.used(1, 2)).containsExactly(1, 2);
        }
    }

    /// Runs probes on threads of their own.
    private static final class Threads {
        final CountDownLatch begun = new CountDownLatch(1);
        final CountDownLatch freed = new CountDownLatch(1);
        final AtomicInteger interrupts = new AtomicInteger();
        final AtomicInteger asked = new AtomicInteger();

        ProbeResult hang() {
            asked.incrementAndGet();
            begun.countDown();
            while (true) {
                try {
                    freed.await();
                    return ProbeResult.passed("too late");
                } catch (InterruptedException interrupted) {
                    interrupts.incrementAndGet(); // and goes on
                }
            }
        }
    }

    @Test
    void aProbeThatNeverEndsCostsOneThreadAndDelaysNobody() throws Exception {
        Threads threads = new Threads();
        ArrayDeque<Thread> started = new ArrayDeque<>();
        try (MonitorRig rig =
                new MonitorRig(run -> {
                    if (started.isEmpty()) {
                        started.add(Thread.startVirtualThread(run));
                    } else {
                        run.run();
                    }
                })) {
            rig.answers.put(server(1).endpoint(), target -> threads.hang());
            rig.apply(service(policy(QUICK), server(1)));
            rig.seconds(1); // its one probe has begun
            threads.begun.await();
            rig.apply(service(policy(QUICK), server(1), server(2)));
            rig.seconds(1);
            assertThat(rig.health(1).up()).isFalse();
            assertThat(rig.used(1, 2)).containsExactly(2);
            rig.dead(2);
            rig.seconds(1);
            rig.alive(2);
            rig.seconds(10);

            assertThat(rig.used(1, 2)).containsExactly(2);
            assertThat(rig.health(1).reason()).isEqualTo("table: the probe before has not ended");
            assertThat(threads.asked.get()).isEqualTo(1);
            assertThat(rig.counters.get(Counter.FAULTS)).isPositive();

            rig.alive(1);
            threads.freed.countDown();
            started.getFirst().join();
            rig.seconds(2);
            assertThat(rig.used(1, 2)).containsExactly(1, 2);
            assertThat(threads.interrupts.get()).isPositive();
        }
    }

    @Test
    void anInterruptMeansOneRunAlone() throws Exception {
        Threads threads = new Threads();
        try (MonitorRig rig = new MonitorRig(Thread::startVirtualThread)) {
            rig.answers.put(server(1).endpoint(), target -> threads.hang());
            rig.apply(service(policy(QUICK), server(1)));
            rig.seconds(1);
            threads.begun.await();
            rig.apply(service(policy())); // nobody wants to know any more
            threads.freed.countDown();
            rig.seconds(5);
            assertThat(rig.asked).hasSize(1);
            assertThat(rig.counters.get(Counter.HEALTH_PROBES)).isLessThanOrEqualTo(1);
        }
    }

    /// That threads are short says nothing of the server.
    @Test
    void aProbeThatGetsNoThreadSaysNothing() {
        ArrayDeque<Runnable> waiting = new ArrayDeque<>();
        try (MonitorRig rig = new MonitorRig(waiting::add)) {
            rig.apply(service(policy(QUICK), server(1)));
            rig.seconds(30);
            assertThat(waiting).hasSize(1);
            assertThat(rig.health(1).lastCheck()).isEmpty();
            assertThat(rig.used(1)).containsExactly(1);

            waiting.remove().run();
            rig.seconds(1);
            assertThat(rig.health(1).lastCheck()).isPresent();
        }
    }

    @Test
    void anExecutorThatRejectsIsReported() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        try (MonitorRig rig =
                new MonitorRig(run -> {
                    throw new RejectedExecutionException("full");
                })) {
            rig.answers.put(
                    server(1).endpoint(),
                    target -> {
                        asked.countDown();
                        return ProbeResult.passed("");
                    });
            rig.apply(service(policy(QUICK), server(1)));
            rig.seconds(1);
            asked.await();
            assertThat(rig.counters.get(Counter.FAULTS)).isPositive();
        }
    }

    private static RealServer[] many(int count) {
        RealServer[] servers = new RealServer[count];
        for (int i = 0; i < servers.length; i++) {
            servers[i] = RealServer.of("10.0." + i / 250 + "." + (1 + i % 250), 80);
        }
        return servers;
    }

    /// The thread that hears of them was late, not they.
    @Test
    void whatHasPassedIsHeardHoweverLateAndLong() {
        ArrayDeque<Runnable> waiting = new ArrayDeque<>();
        try (MonitorRig rig = new MonitorRig(waiting::add)) {
            rig.apply(service(policy(QUICK), many(500)));
            rig.clock.advance(Duration.ofSeconds(1));
            rig.monitor.poll(rig.clock.nanoTime());
            rig.monitor.poll(rig.clock.nanoTime());
            assertThat(waiting).hasSize(500);
            waiting.forEach(Runnable::run);
            rig.clock.advance(Duration.ofSeconds(5)); // the control thread stands still
            for (int turn = 0; turn < 8; turn++) {
                rig.monitor.poll(rig.clock.nanoTime());
            }
            assertThat(rig.counters.get(Counter.HEALTH_PROBES)).isEqualTo(500);
            assertThat(rig.counters.get(Counter.HEALTH_PROBES_FAILED)).isZero();
            assertThat(rig.events).isEmpty();
        }
    }

    /// One that was given up, and has ended meanwhile, hinders the next no more.
    @Test
    void oneThatEndedLateAndWaitsToBeHeardDoesNotHang() {
        ArrayDeque<Runnable> waiting = new ArrayDeque<>();
        RealServer[] servers = many(300);
        AtomicInteger slow = new AtomicInteger();
        try (MonitorRig rig = new MonitorRig(waiting::add)) {
            rig.answers.put(
                    servers[0].endpoint(),
                    target -> {
                        if (slow.getAndIncrement() == 0) { // its time is over, and others end first
                            rig.pass(Duration.ofMillis(600));
                            waiting.forEach(Runnable::run);
                        }
                        return ProbeResult.passed("");
                    });
            rig.apply(service(policy(QUICK), servers));
            rig.clock.advance(Duration.ofSeconds(1));
            rig.poll();
            Runnable late =
                    waiting.stream().filter(run -> asks(run, servers[0])).findFirst().orElseThrow();
            waiting.remove(late);
            late.run();
            assertThat(rig.counters.get(Counter.HEALTH_PROBES_FAILED)).isEqualTo(1);
            waiting.clear();
            rig.clock.advance(Duration.ofSeconds(5));
            rig.monitor.poll(rig.clock.nanoTime());
            rig.poll();
            assertThat(rig.counters.get(Counter.HEALTH_PROBES_FAILED)).isEqualTo(1);
            assertThat(rig.counters.get(Counter.FAULTS)).isZero();
            assertThat(waiting).hasSize(300);
        }
    }

    private static boolean asks(Runnable run, RealServer server) {
        return run instanceof ProbeRun own
                && own.probe().key().target().endpoint().equals(server.endpoint());
    }

    /// Each run leaves an event for the end of its time, which is long after the next ones.
    @Test
    void eventsThatAreNotMeantAnyMoreDoNotPileUp() {
        HealthCheck often =
                CHECK.toBuilder()
                        .interval(Duration.ofMillis(100))
                        .timeout(Duration.ofSeconds(60))
                        .build();
        try (MonitorRig rig = new MonitorRig()) {
            rig.apply(service(policy(often), many(100)));
            rig.seconds(30);
            assertThat(rig.counters.get(Counter.HEALTH_PROBES)).isGreaterThan(10_000);
            assertThat(rig.monitor.probes().scheduled()).isBetween(100, 300);
            rig.remove(WEB);
            rig.apply(service(policy(often), server(1)));
            assertThat(rig.monitor.probes().scheduled()).isLessThan(100);
        }
    }

    /// Transactions that are tried, refused or given up leave nothing behind.
    @Test
    void probesThatNobodyUsesAreForgotten() {
        try (MonitorRig rig = new MonitorRig()) {
            rig.apply(service(policy(QUICK), server(1), server(2)));
            for (int turn = 0; turn < 9; turn++) {
                HealthCheck other = HealthCheck.of(HttpProbe.builder().path("/" + turn).build());
                rig.monitor.requireProbes(service(policy(QUICK, other), server(1)));
                rig.monitor.forgetUnusedProbes();
            }
            assertThat(rig.monitor.probes().made()).containsExactly(QUICK.probe());
            rig.apply(service(policy(QUICK), server(2)));
            assertThat(rig.monitor.probes().made()).containsExactly(QUICK.probe());
            HealthCheck other = HealthCheck.of(HttpProbe.builder().build());
            rig.apply(service(policy(other), server(2)));
            assertThat(rig.monitor.probes().made()).containsExactly(other.probe());
            rig.remove(WEB);
            assertThat(rig.monitor.probes().made()).isEmpty();
        }
    }

    @Test
    void manyAreStartedAndHeardInBoundedPieces() {
        ArrayDeque<Runnable> waiting = new ArrayDeque<>();
        try (MonitorRig rig = new MonitorRig(waiting::add)) {
            rig.apply(service(policy(QUICK), many(500)));
            rig.clock.advance(Duration.ofSeconds(1));
            assertThat(rig.monitor.poll(rig.clock.nanoTime())).isEqualTo(Probes.MOST_AT_ONCE);
            assertThat(waiting).hasSize(Probes.MOST_AT_ONCE);
            rig.monitor.poll(rig.clock.nanoTime());
            assertThat(waiting).hasSize(500);
            waiting.forEach(Runnable::run);
            rig.monitor.poll(rig.clock.nanoTime());
            assertThat(rig.counters.get(Counter.HEALTH_PROBES)).isEqualTo(Probes.MOST_AT_ONCE);
            rig.poll();
            assertThat(rig.counters.get(Counter.HEALTH_PROBES)).isEqualTo(500);
        }
    }

    /// Asks nobody, but keeps what it is to tell.
    private record Shared(List<UnthreadedProbe.Question> begun) implements UnthreadedProbe {
        @Override
        public ProbeResult probe(ProbeTarget target) {
            throw new IllegalStateException("on a thread of its own");
        }

        @Override
        public void begin(ProbeTarget target, Executor executor, Question question) {
            begun.add(question);
        }
    }

    @Test
    void oneWithoutAThreadIsHeardWhenItEndsHoweverLate() {
        List<UnthreadedProbe.Question> begun = new ArrayList<>();
        try (MonitorRig rig = new MonitorRig()) {
            HealthMonitor monitor =
                    new HealthMonitor(
                            spec -> new Shared(begun),
                            Runnable::run,
                            rig.words,
                            rig.notices,
                            rig.counters,
                            1,
                            rig.announcements,
                            rig);
            Monitored service = rig.monitored(service(policy(QUICK), server(1)));
            monitor.prepare(service, rig.clock.nanoTime());
            monitor.adopt(List.of(service), List.of(), rig.clock.nanoTime());
            pass(rig, monitor, 50);
            assertThat(begun).hasSize(1);
            assertThat(begun.getFirst().begins()).isTrue();
            assertThat(rig.counters.get(Counter.HEALTH_PROBES)).isZero();
            assertThat(rig.counters.get(Counter.FAULTS)).isZero();

            begun.getFirst().ends(ProbeResult.failed("refused"));
            pass(rig, monitor, 1);
            assertThat(health(rig, monitor)).isEqualTo("table: refused");
            begun.getLast().breaks(new IllegalStateException("wrong"));
            pass(rig, monitor, 1);
            assertThat(rig.counters.get(Counter.FAULTS)).isOne();

            pass(rig, monitor, 20);
            UnthreadedProbe.Question last = begun.getLast();
            assertThat(last.isWanted()).isTrue();
            monitor.adopt(List.of(), List.of(WEB), rig.clock.nanoTime());
            assertThat(last.begins()).isFalse();
            assertThat(last.isWanted()).isFalse();
            last.ends(ProbeResult.passed("too late"));
            pass(rig, monitor, 20);
            assertThat(begun.getLast()).isSameAs(last);
            monitor.close();
        }
    }

    private static String health(MonitorRig rig, HealthMonitor monitor) {
        return monitor.health(WEB, server(1).endpoint(), rig.clock.nanoTime()).reason();
    }

    private static void pass(MonitorRig rig, HealthMonitor monitor, int tenths) {
        for (int step = 0; step < tenths; step++) {
            rig.clock.advance(Duration.ofMillis(100));
            while (monitor.poll(rig.clock.nanoTime()) > 0) {
                // until nothing is left
            }
        }
    }
}
