// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.connection;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// In which order connections whose time may have come are looked at, and what becomes of them:
/// [Expiry] behind [ConnectionTable#expire].
class ExpiryTest {
    private static final int TIMEOUT = 30;

    private final List<String> told = new ArrayList<>();
    private final List<Long> entries = new ArrayList<>();
    private long moving;
    private final ConnectionTable table = new ConnectionTable(256, 7, 0, new Listener());

    @AfterEach
    void close() {
        table.close();
    }

    /// Moves one connection to another state when its time is over.
    private final class Listener implements EndListener {
        @Override
        public void ended(long entry, boolean evicted) {
            told.add("ended " + entries.indexOf(entry));
            assertThat(evicted).isFalse();
        }

        @Override
        public void idle(long entry) {
            told.add("idle " + entries.indexOf(entry));
            if (entry == moving) {
                moving = 0;
                table.move(entry, ConnectionState.ESTABLISHED, 100, TIMEOUT + 1);
            }
        }

        @Override
        public long prefetch(long entry) {
            told.add("prefetch " + entries.indexOf(entry));
            return 0;
        }
    }

    private void open(int count) {
        for (int i = 0; i < count; i++) {
            entries.add(
                    Tuples.numbered(entries.size())
                            .startIn(table, ConnectionState.SYN_RECV, TIMEOUT, 0));
        }
    }

    @Test
    void theIdleTimeMustHavePassedInFull() {
        open(1);
        for (int now = 0; now <= TIMEOUT; now++) {
            table.expire(now, 100);
        }
        assertThat(told).isEmpty();

        table.expire(TIMEOUT + 1, 100);

        assertThat(told).containsExactly("idle 0", "prefetch 0", "ended 0");
        assertThat(table.size()).isZero();
    }

    /// A packet only stamps its flow: the timer finds out.
    @Test
    void aPacketOfEitherDirectionPutsItOff() {
        open(2);
        Tuples.packet(entries.get(0), ConnectionLayout.INBOUND, 10);
        Tuples.packet(entries.get(1), ConnectionLayout.OUTBOUND, 20);

        table.expire(TIMEOUT + 1, 100);
        assertThat(told).isEmpty();
        for (int now = TIMEOUT + 2; now <= TIMEOUT + 11; now++) {
            table.expire(now, 100);
        }
        assertThat(told).containsExactly("idle 0", "prefetch 0", "ended 0");
        for (int now = TIMEOUT + 12; now <= TIMEOUT + 21; now++) {
            table.expire(now, 100);
        }
        assertThat(told).endsWith("idle 1", "prefetch 1", "ended 1");
    }

    @Test
    void aConnectionThatIsMovedWhenItsTimeIsOverGoesOn() {
        open(1);
        moving = entries.getFirst();

        table.expire(TIMEOUT + 1, 100);
        assertThat(told).containsExactly("idle 0");
        assertThat(table.size()).isOne();
        for (int now = TIMEOUT + 2; now <= 101; now++) {
            table.expire(now, 100);
        }
        assertThat(told).endsWith("idle 0", "prefetch 0", "ended 0");
    }

    @Test
    void aCallLooksAtSoManyAndTheNextGoesOn() {
        open(100);

        assertThat(table.expire(TIMEOUT + 1, 40)).isEqualTo(40);
        assertThat(table.size()).isEqualTo(60);
        assertThat(table.expire(TIMEOUT + 1, 40)).isEqualTo(40);
        assertThat(table.expire(TIMEOUT + 1, 40)).isEqualTo(20);
        assertThat(table.size()).isZero();
        assertThat(told.stream().filter(line -> line.startsWith("ended"))).hasSize(100);
    }

    /// So that the misses of several connections overlap.
    @Test
    void whatIsNeededIsLoadedForAllOfACallBeforeTheFirstEnds() {
        open(3);
        table.expire(TIMEOUT + 1, 100);

        assertThat(told.stream().map(line -> line.split(" ", 2)[0]))
                .containsExactly(
                        "idle",
                        "idle",
                        "idle",
                        "prefetch",
                        "prefetch",
                        "prefetch",
                        "ended",
                        "ended",
                        "ended");
    }
}
