// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.localport;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.connection.ConnectionTable;
import io.fullnat.core.localport.TestPair.Family;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// Where a free port is looked for among the first places of a pair, over a real connection table.
@ParameterizedClass(name = "{0}")
@EnumSource(Family.class)
class PortSearchTest {
    private static final int COUNT = 64;
    private static final long LOCAL = 0x6401_000A;
    private static final long KEY = 0x1234_5678_9ABC_DEF0L;

    private final PortPartition partition = new PortPartition(0, 1);
    private final PortBitmaps bitmaps = new PortBitmaps(1, COUNT);
    private final PortAllocator allocator = new PortAllocator();
    private final ConnectionTable table;
    private final TestPair site;
    private final PortPair pair;
    private final PortSearch search;
    private int clients;

    PortSearchTest(Family family) {
        table = TestPair.table(family, 2 * COUNT, 7);
        site = new TestPair(family, table, LOCAL);
        pair = new PortPair(partition, new PortOrder(partition.count(), 3), table, 0, false);
        search = new PortSearch(pair, bitmaps, new RandomPositions(5, COUNT), COUNT, 1);
    }

    @BeforeEach
    void begin() {
        site.set(pair, KEY, new ReturnPath.ByPort(1, 1));
        allocator.position(0);
    }

    @AfterEach
    void close() {
        site.close();
        table.close();
        bitmaps.close();
    }

    /// Has connections take positions.
    private void take(int from, int upTo) {
        for (int position = from; position <= upTo; position++) {
            long entry = site.open(++clients, partition.port(pair.placeAt(position)));
            table.start(entry, ConnectionState.ESTABLISHED, 30, 0);
        }
    }

    @Test
    void aWalkTakesOneAfterTheOtherAndGoesOnBehindIt() {
        assertThat(search.walk(allocator)).isZero();
        assertThat(allocator.position()).isEqualTo(1);
        take(1, 3);
        assertThat(search.walk(allocator)).isEqualTo(4);
        assertThat(allocator.position()).isEqualTo(5);
    }

    @Test
    void behindTheLastComesTheFirst() {
        allocator.position(COUNT - 1);
        assertThat(search.walk(allocator)).isEqualTo(COUNT - 1);
        assertThat(allocator.position()).isZero();
        take(COUNT - 1, COUNT - 1);
        allocator.position(COUNT - 1);
        assertThat(search.walk(allocator)).isZero();
        assertThat(search.after(COUNT - 1)).isZero();
    }

    /// Eight are looked at one by one, then one after eight, sixteen, thirty-two.
    @Test
    void aLongRunIsPassedByGreaterSteps() {
        take(0, PortSearch.RUN - 1);
        assertThat(search.walk(allocator)).isEqualTo(PortSearch.RUN);
        allocator.position(0);
        take(PortSearch.RUN, PortSearch.RUN);
        assertThat(search.walk(allocator)).isEqualTo(2 * PortSearch.RUN);
        assertThat(allocator.position()).isEqualTo(2 * PortSearch.RUN + 1);
    }

    /// Where each step meets a port in use, which no accident makes, chance finds one, and the walk
    /// goes on behind the run.
    @Test
    void aPatternIsLeftByChance() {
        take(0, PortSearch.RUN - 1);
        for (int step = PortSearch.RUN; step < COUNT; step *= 2) {
            take(step, step);
        }
        int found = search.walk(allocator);
        assertThat(found).isNotNegative();
        assertThat(pair.isFree(found)).isTrue();
        assertThat(allocator.position()).isEqualTo(PortSearch.RUN);
    }

    @Test
    void whereAllAreInUseNothingIsFound() {
        take(0, COUNT - 1);
        allocator.bitmap(bitmaps.take());
        assertThat(search.walk(allocator)).isEqualTo(LocalPorts.NONE);
        assertThat(search.search(allocator)).isEqualTo(LocalPorts.NONE);
        assertThat(search.anyFree()).isEqualTo(LocalPorts.NONE);
        assertThat(search.firstFree(0, COUNT)).isEqualTo(LocalPorts.NONE);
    }

    @Test
    void aSearchAsksForEachPortInVainOnce() {
        long bitmap = bitmaps.take();
        allocator.bitmap(bitmap);
        take(0, 9);
        assertThat(search.search(allocator)).isEqualTo(10);
        assertThat(allocator.position()).isEqualTo(11);
        for (int position = 0; position <= 10; position++) {
            assertThat(PortBitmaps.isClear(bitmap, position)).isEqualTo(position == 10);
        }
        allocator.position(0);
        assertThat(search.search(allocator)).isEqualTo(10);
    }

    @Test
    void theLastFreePortOfAllIsFound() {
        take(0, 40);
        take(42, COUNT - 1);
        assertThat(search.anyFree()).isEqualTo(41);
        allocator.bitmap(bitmaps.take());
        assertThat(search.search(allocator)).isEqualTo(41);
        assertThat(search.firstFree(0, COUNT)).isEqualTo(41);
        assertThat(search.firstFree(0, 41)).isEqualTo(LocalPorts.NONE);
    }
}
