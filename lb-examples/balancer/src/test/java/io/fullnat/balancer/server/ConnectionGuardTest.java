// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.balancer.server.GuardedSocket.Phase;
import java.nio.channels.Channel;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Which connections the guard ends, on a clock that the test sets.
final class ConnectionGuardTest {
    private static final Limits LIMITS =
            new Limits(
                    3,
                    512,
                    2048,
                    4096,
                    Duration.ofSeconds(1),
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(2),
                    Duration.ofSeconds(3));

    private long nowNs = Long.MAX_VALUE - 1_500_000_000L; // it overflows on the way
    private final ConnectionGuard guard = new ConnectionGuard(LIMITS, () -> nowNs);

    /// A channel that is nothing but open or closed.
    private static final class Fake implements Channel {
        private boolean open = true;

        @Override
        public boolean isOpen() {
            return open;
        }

        @Override
        public void close() {
            open = false;
        }
    }

    private Fake accept() {
        Fake channel = new Fake();
        guard.accepted(channel);
        return channel;
    }

    private Fake acceptIn(Phase phase) {
        Fake channel = accept();
        guard.find(ConnectionGuard.nameOf(channel)).orElseThrow().enter(phase);
        return channel;
    }

    private void pass(long milliseconds) {
        nowNs += Duration.ofMillis(milliseconds).toNanos();
        guard.sweep();
    }

    @Test
    void endsEachPhaseWhenItIsOverdue() {
        Fake silent = accept();
        pass(1000);
        assertThat(silent.open).isTrue();
        pass(1);
        assertThat(silent.open).isFalse();

        Fake reading = acceptIn(Phase.READING);
        Fake writing = acceptIn(Phase.WRITING);
        Fake idle = acceptIn(Phase.IDLE);
        pass(2001);
        assertThat(open(reading, writing, idle)).containsExactly(false, true, true);
        pass(1000);
        assertThat(open(reading, writing, idle)).containsExactly(false, false, true);
        pass(2000);
        assertThat(open(reading, writing, idle)).containsExactly(false, false, false);
        assertThat(guard.size()).isZero();
    }

    @Test
    void givesTheBalancersOwnWorkAllTheTimeItTakes() {
        Fake working = acceptIn(Phase.WORKING);
        pass(Duration.ofDays(365).toMillis());
        assertThat(working.open).isTrue();
    }

    @Test
    void makesRoomByEndingTheOneThatHasWaitedLongest() {
        Fake first = acceptIn(Phase.WORKING);
        pass(100);
        Fake second = accept();
        pass(100);
        Fake third = accept();
        pass(100);
        guard.find(ConnectionGuard.nameOf(second)).orElseThrow().enter(Phase.WRITING);
        pass(100);

        Fake fourth = accept();

        assertThat(open(first, second, third, fourth)).containsExactly(true, true, false, true);
        assertThat(guard.size()).isEqualTo(3);
    }

    @Test
    void turnsAwayOneMoreWhenTheBalancerWorksForAll() {
        List<Fake> working = Stream.generate(() -> acceptIn(Phase.WORKING)).limit(3).toList();

        Fake fourth = accept();

        assertThat(working).allMatch(Fake::isOpen);
        assertThat(fourth.open).isFalse();
    }

    @Test
    void forgetsConnectionsThatHaveEnded() {
        Fake first = accept();
        accept();
        accept();
        first.close();

        Fake fourth = accept();

        assertThat(fourth.open).isTrue();
        assertThat(guard.size()).isEqualTo(3);
    }

    @Test
    void endsAllWhenItIsClosed() {
        Fake one = accept();
        guard.close();
        assertThat(one.open).isFalse();
    }

    private static List<Boolean> open(Fake... channels) {
        return Stream.of(channels).map(Fake::isOpen).toList();
    }
}
