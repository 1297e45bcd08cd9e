// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.top;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The loop, with a screen that keeps what it is shown and a balancer that does as it is told.
@Timeout(60)
final class LiveTest {
    private static final Pattern AWAY = Pattern.compile("\nNO ANSWER for [1-9][0-9]* s");
    private static final Duration OFTEN = Duration.ofMillis(100);

    private final BlockingQueue<Live.Event> events = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> screens = new LinkedBlockingQueue<>();
    private final AtomicInteger second = new AtomicInteger(1);
    private volatile Frame.Size size = new Frame.Size(24, 80);
    private volatile boolean seen = true;
    private volatile Optional<BalancerException> trouble = Optional.empty();
    private volatile Optional<CountDownLatch> hanging = Optional.empty();
    private Optional<Thread> running = Optional.empty();

    private final class Kept implements Screen {
        @Override
        public Frame.Size size() {
            return size;
        }

        @Override
        public boolean draw(List<Line> lines) {
            screens.add(lines.stream().map(Line::text).collect(Collectors.joining("\n")));
            return seen;
        }

        @Override
        public void forget() {}

        @Override
        public void close() {}
    }

    private Answer ask(Query query) {
        hanging.ifPresent(LiveTest::hang);
        trouble.ifPresent(e -> {
            throw e;
        });
        return SampleOverview.answer(query, second.getAndIncrement());
    }

    private static void hang(CountDownLatch until) {
        try {
            until.await();
        } catch (InterruptedException e) {
            throw new BalancerException(ErrorCode.CLOSED, "the connection was closed", e);
        }
    }

    private void start(View view, Duration interval) {
        Query query = SampleOverview.query(view);
        Live live =
                new Live(
                        new Model(query, interval),
                        new Kept(),
                        this::ask,
                        events,
                        InstantSource.fixed(Instant.parse("2026-05-01T12:03:44Z")));
        Answer first = ask(query);
        running = Optional.of(Thread.ofPlatform().start(() -> live.run(first)));
    }

    @AfterEach
    void end() throws InterruptedException {
        events.add(new Live.Event.Ended());
        ended();
    }

    private void ended() throws InterruptedException {
        running.orElseThrow().join();
    }

    private void press(char key) {
        events.add(new Live.Event.Pressed(Key.of(key)));
    }

    private void await(Predicate<String> wanted) throws InterruptedException {
        String last = "";
        do {
            String next = screens.poll(20, TimeUnit.SECONDS);
            assertThat(next).as("after: %s", last).isNotNull();
            last = String.valueOf(next);
        } while (!wanted.test(last));
    }

    private void await(String wanted) throws InterruptedException {
        await(screen -> screen.contains(wanted));
    }

    @Test
    void looksAgainAndAgain() throws InterruptedException {
        start(View.PORTS, OFTEN);

        await("ports 1-2/2 by port");
        await("2.47M  8.00G"); // of two answers
        int asked = second.get();
        await(screen -> second.get() > asked + 2);
        press('1');
        await("tcp 192.0.2.0:80");
        press('q');
        ended();
    }

    @Test
    void aBalancerThatGoesIsAskedUntilItComesBack() throws InterruptedException {
        start(View.PORTS, OFTEN);
        await("8.00G");
        trouble = Optional.of(new BalancerException(ErrorCode.NO_BALANCER, "nobody\u001b[2J"));
        await(screen ->
                screen.contains("8.00G")
                        && AWAY.matcher(screen).find()
                        && screen.contains("trying again: nobody\\u001b[2J\n"));
        trouble = Optional.empty();
        await(screen -> screen.contains("8.00G") && !screen.contains("NO ANSWER"));
    }

    /// As that a service was removed while its servers are looked at.
    @Test
    void aRefusalIsShownAsItIs() throws InterruptedException {
        start(View.SERVERS, OFTEN);
        trouble = Optional.of(new BalancerException(ErrorCode.NO_SERVICE, "no service TCP x"));
        await(screen -> screen.contains("\nno service TCP x\n"));
    }

    @Test
    void keysAreObeyedWhileABalancerHangs() throws InterruptedException {
        start(View.PORTS, OFTEN);
        CountDownLatch latch = new CountDownLatch(1);
        hanging = Optional.of(latch);
        press('?');
        await("fullnat top: keys and columns");
        press('?');
        await("ports 1-2/2");
        await("trying again: the connection was closed");
        press('q');
        ended();
        latch.countDown();
    }

    @Test
    void aPauseAsksNothing() throws InterruptedException {
        start(View.PORTS, OFTEN);
        press('p');
        await("PAUSED");
        int asked = second.get();
        Thread.sleep(500);
        assertThat(second.get()).isLessThanOrEqualTo(asked + 1);
        press('p');
        await(screen -> second.get() > asked + 2);
    }

    @Test
    void anotherSizeIsFollowed() throws InterruptedException {
        start(View.PORTS, Duration.ofDays(1));
        await(screen -> screen.lines().count() == 24);
        size = new Frame.Size(12, 60);
        events.add(new Live.Event.Resized());
        await(screen ->
                screen.lines().count() == 12 && screen.lines().allMatch(row -> row.length() <= 60));
        size = new Frame.Size(12, 59);
        events.add(new Live.Event.Resized());
        await("too small: 59x12");
    }

    @Test
    void aScreenThatIsGoneIsTheEnd() throws InterruptedException {
        start(View.PORTS, OFTEN);
        seen = false;
        ended();
        start(View.PORTS, OFTEN);
        seen = true;
        events.add(new Live.Event.Pressed(Key.of(Key.Kind.NONE_LEFT)));
        ended();
    }
}
