// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.connection;

import static io.fullnat.core.connection.ConnectionLayout.FLOW_LENGTH;
import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.io.Memory;
import io.fullnat.testing.Seed;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What a connection table promises, by example. [ConnectionTableModelTest] compares long runs with
/// a model, [ConnectionTimeoutTest] is about time.
class ConnectionTableTest {
    private static final int NOW = 1_000;
    private static final int CAPACITY = 64;

    private final List<Long> evicted = new ArrayList<>();
    private final ConnectionTable table = newTable(CAPACITY);

    private ConnectionTable newTable(int capacity) {
        return new ConnectionTable(
                capacity,
                Seed.value(),
                NOW,
                (entry, forced) -> {
                    assertThat(forced).as("time stands still here").isTrue();
                    assertThat(Memory.getByte(entry + ConnectionLayout.PROTOCOL))
                            .as("the entry can still be read")
                            .isEqualTo((byte) 6);
                    evicted.add(entry);
                });
    }

    @AfterEach
    void close() {
        table.close();
    }

    private List<Tuples> fill(ConnectionTable filled) {
        List<Tuples> all = new ArrayList<>();
        for (int i = 0; i < filled.capacity(); i++) {
            Tuples tuples = Tuples.numbered(i);
            assertThat(tuples.startIn(filled, NOW)).as("entry %s", i).isNotZero();
            all.add(tuples);
        }
        return all;
    }

    @Test
    void aConnectionIsFoundByTheTuplesOfBothDirections() {
        Tuples tuples = Tuples.numbered(1);

        long entry = tuples.startIn(table, NOW);

        assertThat(tuples.inboundFlow(table)).isEqualTo(entry);
        assertThat(tuples.outboundFlow(table)).isEqualTo(entry + FLOW_LENGTH);
        for (int direction : new int[] {INBOUND, OUTBOUND}) {
            long flow = entry + (long) direction * FLOW_LENGTH;
            assertThat(Memory.getByte(flow + ConnectionLayout.DIRECTION))
                    .isEqualTo((byte) direction);
            assertThat(ConnectionLayout.entryOf(flow, direction)).isEqualTo(entry);
        }
        assertThat(table.size()).isOne();
    }

    @Test
    void everyPartOfATupleCounts() {
        Tuples tuples = Tuples.numbered(1);
        tuples.startIn(table, NOW);

        for (int bit = 0; bit < Long.SIZE; bit++) {
            assertThat(table.find(tuples.inAddresses() ^ 1L << bit, tuples.inPorts())).isZero();
        }
        for (int bit = 0; bit < 40; bit++) {
            assertThat(table.find(tuples.inAddresses(), tuples.inPorts() ^ 1L << bit)).isZero();
        }
    }

    @Test
    void aLookUpThatFindsNothingLeadsToAFlowThatMatchesNoPacket() {
        Tuples tuples = Tuples.numbered(1);
        long hash = table.hash(tuples.inAddresses(), tuples.inPorts());

        assertThat(table.likelyFlow(table.bucket(hash), hash)).isEqualTo(table.noFlow());
        assertThat(ConnectionKey.matches(table.noFlow(), 0, ConnectionKey.portsAndProtocol(0, 6)))
                .isFalse();
    }

    @Test
    void aRemovedConnectionIsFoundNoMoreAndItsEntryIsUsedAgain() {
        Tuples first = Tuples.numbered(1);
        long entry = first.startIn(table, NOW);
        Memory.putLong(entry + ConnectionLayout.PACKETS, 77);

        table.remove(entry);

        assertThat(first.inboundFlow(table)).isZero();
        assertThat(first.outboundFlow(table)).isZero();
        assertThat(table.size()).isZero();
        assertThat(Tuples.numbered(2).openIn(table)).isEqualTo(entry);
        assertThat(Memory.getLong(entry + ConnectionLayout.PACKETS)).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 6, 8, 63, 64, 65, 1000, 4096, 40_960, 40_961})
    void aTableHoldsAsManyConnectionsAsItsCapacitySays(int capacity) {
        try (ConnectionTable filled = newTable(capacity)) {
            List<Tuples> all = fill(filled);

            assertThat(filled.size()).isEqualTo(capacity);
            assertThat(all).allMatch(tuples -> tuples.isIn(filled));
            assertThat(evicted).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 64, 128, 4096})
    void inAFullTableTheOldestUnrepliedConnectionsGiveWayInOrder(int capacity) {
        try (ConnectionTable filled = newTable(capacity)) {
            List<Tuples> all = fill(filled);
            List<Long> oldestFirst =
                    all.stream().map(tuples -> tuples.inboundFlow(filled)).toList();

            for (int i = 0; i < capacity; i++) {
                assertThat(Tuples.numbered(capacity + i).startIn(filled, NOW)).isNotZero();
            }

            assertThat(evicted).isEqualTo(oldestFirst);
            assertThat(all).noneMatch(tuples -> tuples.inboundFlow(filled) != 0);
            assertThat(filled.size()).isEqualTo(capacity);
        }
    }

    @Test
    void anAnsweredConnectionNeverGivesWay() {
        List<Tuples> all = fill(table);
        for (Tuples tuples : all.subList(0, CAPACITY / 2)) {
            table.move(tuples.inboundFlow(table), ConnectionState.ESTABLISHED, 90, NOW);
        }
        long oldestUnreplied = all.get(CAPACITY / 2).inboundFlow(table);

        Tuples.numbered(CAPACITY).startIn(table, NOW);

        assertThat(evicted).containsExactly(oldestUnreplied);
        assertThat(all.subList(0, CAPACITY / 2)).allMatch(tuples -> tuples.isIn(table));
    }

    @Test
    void aTableFullOfAnsweredConnectionsTakesNoNewOne() {
        List<Tuples> all = fill(table);
        for (Tuples tuples : all) {
            table.move(tuples.inboundFlow(table), ConnectionState.ESTABLISHED, 90, NOW);
        }

        assertThat(Tuples.numbered(CAPACITY).openIn(table)).isZero();

        assertThat(evicted).isEmpty();
        assertThat(table.size()).isEqualTo(CAPACITY);
        assertThat(all).allMatch(tuples -> tuples.isIn(table));
    }

    @Test
    void anEntryUsedAgainIsNotTakenForItsPredecessor() {
        List<Tuples> all = fill(table);
        table.remove(all.getFirst().inboundFlow(table));
        Tuples.numbered(CAPACITY).startIn(table, NOW); // in the entry of the oldest
        long oldest = all.get(1).inboundFlow(table);

        Tuples.numbered(CAPACITY + 1).startIn(table, NOW);

        assertThat(evicted).containsExactly(oldest);
    }

    @Test
    void aVisitInStepsSeesEveryOpenConnectionOnce() {
        List<Tuples> all = fill(table);
        Set<Long> open = new HashSet<>();
        for (int i = 0; i < CAPACITY; i++) {
            long entry = all.get(i).inboundFlow(table);
            if (i % 3 == 0) {
                table.remove(entry);
            } else {
                open.add(entry);
            }
        }

        List<Long> seen = new ArrayList<>();
        for (int place = 0; place >= 0; ) {
            place = table.visit(place, 7, seen::add);
        }

        assertThat(seen).containsExactlyInAnyOrderElementsOf(open);
    }

    /// It costs most right behind 327,680, where the index has just doubled.
    @ParameterizedTest
    @ValueSource(ints = {1 << 14, 200_000, 1 << 18, (1 << 18) + 1, 327_680, 327_681, 400_000})
    void aConnectionCosts254BytesAtMostWhateverTheCapacity(int capacity) {
        try (ConnectionTable large = newTable(capacity)) {
            assertThat((double) large.bytes() / capacity).isLessThanOrEqualTo(254);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, (1 << 30) + 1})
    void aCapacityOutOfRangeIsNamed(int capacity) {
        assertThatThrownBy(() -> newTable(capacity))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("capacity " + capacity);
    }
}
