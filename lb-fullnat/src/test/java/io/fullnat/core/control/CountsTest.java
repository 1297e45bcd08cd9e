// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static io.fullnat.core.control.IdleWorkers.times;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.io.Memory;
import io.fullnat.api.service.PortUsage;
import io.fullnat.api.service.TrafficCounts;
import io.fullnat.api.service.TrafficRates;
import io.fullnat.core.service.TrafficTable;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What two workers have counted for slots, added up and from a zero on.
class CountsTest {
    private static final int SLOT = 3;

    private final IdleWorkers idle = new IdleWorkers(2);
    private final Counts counts = new Counts(idle.workers);
    private final WorkerChoice all = counts.all();

    @AfterEach
    void close() {
        idle.close();
    }

    private void count(int worker, int slot, int field, long more) {
        Memory.addLong(idle.workers.traffic(worker).server(slot) + field, more);
    }

    private void local(int worker, int field, long value) {
        Memory.addLong(idle.workers.traffic(worker).local(SLOT) + field, value);
    }

    private void traffic(int worker, long times) {
        idle.traffic(worker, SLOT, times);
    }

    @Test
    void countsAreThoseOfAllWorkersOrOfOne() {
        count(0, SLOT, TrafficTable.ACTIVE, 7);
        count(1, SLOT, TrafficTable.ACTIVE, 70);
        count(1, SLOT, TrafficTable.INACTIVE, 5);
        count(1, SLOT + 1, TrafficTable.ACTIVE, 1000);
        assertThat(counts.active(SLOT, all)).isEqualTo(77);
        assertThat(counts.active(SLOT, counts.one(0))).isEqualTo(7);
        assertThat(counts.active(SLOT, counts.one(1))).isEqualTo(70);
        assertThat(counts.inactive(SLOT, all)).isEqualTo(5);
        assertThat(counts.inactive(SLOT, counts.one(0))).isZero();
    }

    @Test
    void thereAreNoOtherWorkers() {
        for (int worker : new int[] {-1, 2}) {
            assertThatThrownBy(() -> counts.one(worker))
                    .isInstanceOfSatisfying(
                            BalancerException.class,
                            refusal ->
                                    assertThat(refusal.code())
                                            .isEqualTo(ErrorCode.INVALID_ARGUMENT))
                    .hasMessageContaining("0-1");
        }
    }

    @Test
    void aServerIsIdleWhenNoWorkerHasAConnectionOfIt() {
        assertThat(counts.isIdle(SLOT)).isTrue();
        count(1, SLOT, TrafficTable.LIVE, 1);
        assertThat(counts.isIdle(SLOT)).isFalse();
        assertThat(counts.isIdle(SLOT + 1)).isTrue();
        count(1, SLOT, TrafficTable.LIVE, -1);
        count(0, SLOT, TrafficTable.LIVE, 1);
        assertThat(counts.isIdle(SLOT)).isFalse();
    }

    @Test
    void trafficCountsFromTheLastZero() {
        assertThat(counts.traffic(SLOT, all)).isSameAs(TrafficCounts.ZERO);
        traffic(0, 10);
        traffic(1, 100);
        assertThat(counts.traffic(SLOT, all)).isEqualTo(times(110));
        assertThat(counts.traffic(SLOT, counts.one(1))).isEqualTo(times(100));
        assertThat(counts.traffic(SLOT).counts()).containsExactly(times(10), times(100));
        assertThat(counts.zeroed(SLOT)).isEqualTo(TrafficCounts.ZERO);

        counts.zeroServer(SLOT);
        assertThat(counts.traffic(SLOT, all)).isEqualTo(times(0));
        traffic(1, 1);
        assertThat(counts.traffic(SLOT, all)).isEqualTo(times(1));
        assertThat(counts.traffic(SLOT, counts.one(0))).isEqualTo(times(0));
        assertThat(counts.traffic(SLOT, counts.one(1))).isEqualTo(times(1));
        assertThat(counts.traffic(SLOT).counts()).containsExactly(times(0), times(1));
        assertThat(counts.zeroed(SLOT)).isEqualTo(times(110));
        assertThat(counts.allTraffic(SLOT).counts()).containsExactly(times(10), times(101));

        counts.forgetServer(SLOT);
        assertThat(counts.traffic(SLOT, all)).isEqualTo(times(111));
    }

    /// One that was reset, say, or that only ever answered.
    @Test
    void trafficOfOneDirectionIsTraffic() {
        count(0, SLOT, TrafficTable.IN_PACKETS + TrafficTable.DIRECTION_STEP, 1);
        assertThat(counts.traffic(SLOT, all)).isEqualTo(new TrafficCounts(0, 0, 0, 1, 0));
        count(0, SLOT + 1, TrafficTable.CONNECTIONS, 1);
        assertThat(counts.traffic(SLOT + 1, all)).isEqualTo(new TrafficCounts(1, 0, 0, 0, 0));
        count(0, SLOT + 2, TrafficTable.IN_PACKETS, 1);
        assertThat(counts.traffic(SLOT + 2, all)).isEqualTo(new TrafficCounts(0, 1, 0, 0, 0));
    }

    @Test
    void ratesAreThoseThatWereMeasured() {
        TrafficRates first = new TrafficRates(1, 2, 3, 4, 5);
        TrafficRates second = new TrafficRates(10, 20, 30, 40, 50);
        assertThat(counts.isMeasured(SLOT)).isFalse();
        assertThat(counts.rates(SLOT, all)).isEqualTo(TrafficRates.ZERO);
        TrafficRates both = new TrafficRates(11, 22, 33, 44, 55);
        counts.rates(SLOT, new RatesByWorker(both, List.of(first, second)));
        assertThat(counts.isMeasured(SLOT)).isTrue();
        assertThat(counts.rates(SLOT, counts.one(1))).isEqualTo(second);
        assertThat(counts.rates(SLOT, all)).isEqualTo(both);
        counts.forgetServer(SLOT);
        assertThat(counts.isMeasured(SLOT)).isFalse();
    }

    /// 1025 to 65,535, of which two workers have every second one.
    @Test
    void portsOfALocalAddressAreThoseTowardsAllServers() {
        local(0, TrafficTable.LOCAL_CONNECTIONS, 20);
        local(1, TrafficTable.LOCAL_CONNECTIONS, 3);
        local(0, TrafficTable.LOCAL_HIGH_WATER, 40);
        local(1, TrafficTable.LOCAL_HIGH_WATER, 4);
        local(0, TrafficTable.LOCAL_FULLEST, 3_226);
        local(1, TrafficTable.LOCAL_FULLEST, 16_128);
        assertThat(counts.portsOf(all)).isEqualTo(64_511);
        assertThat(counts.portsOf(counts.one(0)) + counts.portsOf(counts.one(1))).isEqualTo(64_511);
        assertThat(counts.ports(SLOT, 2, all))
                .isEqualTo(new PortUsage(23, 2 * 64_511L, 44, 50, 0, false));
        assertThat(counts.ports(SLOT, 0, all).capacity())
                .as("without a server it is not used up")
                .isEqualTo(64_511);
        assertThat(counts.fullestPercent(SLOT, counts.one(0))).isEqualTo(10);
        counts.nearlyExhausted(BitSet.valueOf(new long[] {1 << SLOT}));
        assertThat(counts.ports(SLOT, 2, all).nearExhaustion()).isTrue();
        assertThat(counts.ports(SLOT + 1, 2, all).nearExhaustion()).isFalse();
    }

    @Test
    void missesCountFromTheLastZeroAndWhatWasRefusedDoesNot() {
        local(0, TrafficTable.LOCAL_MISSES, 10);
        local(1, TrafficTable.LOCAL_MISSES, 100);
        local(1, TrafficTable.LOCAL_GAVE_WAY, 7);
        assertThat(counts.ports(SLOT, 1, all).misses()).isEqualTo(110);
        counts.zeroLocal(SLOT);
        local(1, TrafficTable.LOCAL_MISSES, 1);
        assertThat(counts.ports(SLOT, 1, all).misses()).isOne();
        assertThat(counts.ports(SLOT, 1, counts.one(0)).misses()).isZero();
        assertThat(counts.refused(SLOT)).isEqualTo(111);
        assertThat(counts.gaveWay(SLOT)).isEqualTo(7);
        counts.forgetLocal(SLOT);
        assertThat(counts.ports(SLOT, 1, all).misses()).isEqualTo(111);
    }
}
