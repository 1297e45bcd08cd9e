// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.io.Memory;
import io.fullnat.core.localport.PortAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What schedulers read of servers: the counts of all workers together, by whatever question.
class ServerReadsTest {
    private static final int SERVICE = 3;
    private static final int SLOT = 2;

    private final HealthWords health = new HealthWords(4, 4);
    private final TrafficTable one = new TrafficTable(4, 1, 4);
    private final TrafficTable other = new TrafficTable(4, 1, 4);

    @AfterEach
    void close() {
        one.close();
        other.close();
    }

    private ServerReads reads(int... weights) {
        ServerEntry[] servers = new ServerEntry[weights.length];
        for (int i = 0; i < weights.length; i++) {
            servers[i] =
                    new ServerEntry(
                            0,
                            0xFFFF_0A00_010BL + i,
                            80,
                            weights[i],
                            SLOT - i,
                            new LocalEntry[0],
                            new PortAllocator[0],
                            new int[0],
                            0,
                            null);
        }
        return new ServerReads(SERVICE, servers, new TrafficTable[] {one, other}, health);
    }

    private static void count(TrafficTable worker, int slot, long active, long inactive) {
        Memory.putLong(worker.server(slot) + TrafficTable.ACTIVE, active);
        Memory.putLong(worker.server(slot) + TrafficTable.INACTIVE, inactive);
    }

    @Test
    void countsOfAllWorkersAreAddedUp() {
        ServerReads reads = reads(1, 1);
        count(one, SLOT, 5, 7);
        count(other, SLOT, 100, 1 << 20);
        count(other, SLOT - 1, 9, 0);
        assertThat(reads.activeConnections(0)).isEqualTo(105);
        assertThat(reads.inactiveConnections(0)).isEqualTo(7 + (1 << 20));
        assertThat(reads.counts(0)).isEqualTo(105L << 32 | 7 + (1 << 20));
        assertThat(reads.counts(1)).isEqualTo(9L << 32);
    }

    /// A connection that one worker counts and another one has ended may be seen ended first.
    @Test
    void noCountIsNegative() {
        ServerReads reads = reads(1);
        count(one, SLOT, 0, 4);
        count(other, SLOT, -1, -6);
        assertThat(reads.activeConnections(0)).isZero();
        assertThat(reads.inactiveConnections(0)).isZero();
        assertThat(reads.counts(0)).isZero();
        count(other, SLOT, -1, -4);
        assertThat(reads.counts(0)).isZero();
    }

    @Test
    void oneThatIsNotUsableHasNoCounts() {
        ServerReads reads = reads(1, 0);
        count(one, SLOT, 5, 7);
        count(one, SLOT - 1, 5, 7);
        assertThat(reads.counts(1)).as("no weight").isNegative();
        health.server(SLOT, 0);
        assertThat(reads.isUsable(0)).isFalse();
        assertThat(reads.counts(0)).as("down").isNegative();
        assertThat(reads.activeConnections(0)).isEqualTo(5);
    }

    @Test
    void sharesAreItsServices() {
        ServerReads reads = reads(1);
        health.sharesDiffer(SERVICE - 1, true);
        assertThat(reads.sharesDiffer()).isFalse();
        health.sharesDiffer(SERVICE, true);
        health.server(SLOT, 77);
        assertThat(reads.sharesDiffer()).isTrue();
        assertThat(reads.share(0)).isEqualTo(77);
    }

    @Test
    void nothingIsMeasuredUnlessAsked() {
        ServerReads reads = reads(1);
        assertThat(reads.measuresAnswers()).isFalse();
        assertThat(reads.answerMicros(0)).isZero();
        assertThat(reads.awaitedAnswers(0)).isZero();
    }
}
