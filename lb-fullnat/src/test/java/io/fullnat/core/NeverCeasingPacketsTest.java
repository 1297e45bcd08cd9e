// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.api.counter.Counter;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/// A worker looks at what there is to do beside packets in one of eight duty cycles that have some.
@DisplayName("While packets never cease")
class NeverCeasingPacketsTest {
    private static final int EVERY = 8;
    private static final int BUSY = 20_000;
    private static final int IDLE = 30_000;

    private final Rig rig = new Rig().configured().withStaticNeighbours();

    @AfterEach
    void allBuffersAreBackAndAllPacketsCounted() {
        rig.run();
        rig.close();
    }

    /// Duty cycles, each with a packet, until something has been done.
    private int cyclesUntil(BooleanSupplier done) {
        int cycles = 0;
        while (!done.getAsBoolean()) {
            rig.client.send(rig.request().udp(BUSY, 53).payload("on").toBytes());
            assertThat(rig.balancer.doWork()).isPositive();
            assertThat(++cycles).as("duty cycles").isLessThan(1_000);
        }
        return cycles;
    }

    private void open(int connections) {
        for (int i = 0; i < connections; i++) {
            rig.clientSends(rig.request().udp(IDLE + i, 53).payload("once"));
        }
    }

    @Test
    void connectionsEndWhenTheirTimeIsOver() {
        open(1);
        rig.clock.advance(Duration.ofMinutes(10));
        assertThat(cyclesUntil(() -> rig.count(Counter.CONNECTIONS_EXPIRED) == 1))
                .isLessThanOrEqualTo(EVERY);
    }

    /// 64 for each duty cycle, as if all of them had their turn.
    @Test
    void manyEndInAsManyCyclesAsBefore() {
        open(640);
        rig.clock.advance(Duration.ofMinutes(10));
        assertThat(cyclesUntil(() -> rig.count(Counter.CONNECTIONS_EXPIRED) >= 640))
                .isLessThanOrEqualTo(2 * EVERY);
    }

    @Test
    void connectionsEndThatAreToEnd() {
        open(100);
        CompletableFuture<Long> ended = rig.balancer.control().endConnections(ConnectionFilter.ALL);
        cyclesUntil(ended::isDone);
        assertThat(ended).as("with that of the packets").isCompletedWithValue(101L);
    }

    /// Told in each cycle: who has opened one finds it counted.
    @Test
    void howManyConnectionsThereAreIsToldAtOnce() {
        open(3);
        rig.client.send(rig.request().udp(IDLE + 3, 53).payload("another").toBytes());
        rig.balancer.doWork();
        assertThat(rig.count(Counter.CONNECTIONS)).isEqualTo(4);
    }

    /// Without packets nothing waits.
    @Test
    void inACycleWithoutPacketsAllIsDoneAtOnce() {
        open(1);
        rig.clock.advance(Duration.ofMinutes(10));
        rig.balancer.doWork();
        assertThat(rig.count(Counter.CONNECTIONS_EXPIRED)).isOne();
    }
}
