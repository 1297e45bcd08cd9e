// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.localport;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.io.ReceiveSideScaling;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.connection.ConnectionTable;
import io.fullnat.core.localport.TestPair.Family;
import io.fullnat.testing.Seed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The choice of local ports, over a real connection table: for each port chosen a connection is
/// opened, as the balancer does.
@ParameterizedClass(name = "{0}")
@EnumSource(Family.class)
@Tag("optimized")
class LocalPortsTest {
    private static final int ALL_PORTS = 64_511;
    private static final int CAPACITY = 1 << 17;

    private final RandomGenerator random = Seed.generator();
    private final Family family;
    private final ConnectionTable table;
    private final List<TestPair> pairs = new ArrayList<>();
    private LocalPorts ports;
    private ReturnPath path = new ReturnPath.ByPort(1, 1);
    private int clients;

    LocalPortsTest(Family family) {
        this.family = family;
        table = TestPair.table(family, CAPACITY, random.nextLong());
        ports = newPorts(0, 1);
    }

    private LocalPorts newPorts(int worker, int workers) {
        return new LocalPorts(new PortPartition(worker, workers), table, random.nextLong());
    }

    @AfterEach
    void close() {
        pairs.forEach(TestPair::close);
        ports.close();
        table.close();
    }

    /// The way from one local address to one real server, with the connections that use it.
    private final class Way {
        final PortAllocator allocator = new PortAllocator();
        final Map<Integer, Long> recordByPort = new HashMap<>();
        final List<Integer> order = new ArrayList<>();
        final TestPair pair;

        Way(int local) {
            pair = new TestPair(family, table, local);
            pairs.add(pair);
        }

        int open() {
            int port = pair.choose(ports, allocator, path);
            if (port == LocalPorts.NONE) {
                return port;
            }
            if (pair.isUsed(port)) {
                throw new AssertionError("a port in use: " + port);
            }
            long entry = pair.open(++clients, port);
            assertThat(entry).isNotZero();
            table.start(entry, ConnectionState.ESTABLISHED, 90, 0);
            recordByPort.put(port, entry);
            order.add(port);
            return port;
        }

        void end(int port) {
            table.remove(requireNonNull(recordByPort.remove(port)));
            ports.release(allocator, port);
        }

        int endAny() {
            int index = random.nextInt(order.size());
            int port = order.get(index);
            order.set(index, order.getLast());
            order.removeLast();
            end(port);
            return port;
        }

        void openUntilNone() {
            for (int port = open(); port != LocalPorts.NONE; ) {
                port = open();
            }
        }

        void endAll() {
            while (!order.isEmpty()) {
                endAny();
            }
        }
    }

    @Test
    void everyPortOfAnAllocatorCanBeChosenOnceAndThenNone() {
        Way way = new Way(1);

        way.openUntilNone();

        BitSet chosen = new BitSet();
        way.recordByPort.keySet().forEach(chosen::set);
        assertThat(chosen.cardinality()).isEqualTo(ALL_PORTS).isEqualTo(way.allocator.used());
        assertThat(chosen.nextSetBit(0)).isEqualTo(1025);
        assertThat(chosen.length() - 1).isEqualTo(65535);
        assertThat(way.open()).isEqualTo(LocalPorts.NONE);
    }

    @Test
    void aPortGivenBackToAFullAllocatorIsTheNextChosen() {
        Way way = new Way(1);
        way.openUntilNone();

        for (int i = 0; i < 1_000; i++) {
            int given = way.endAny();

            assertThat(way.open()).as(Seed.message(i)).isEqualTo(given);
            assertThat(way.open()).as(Seed.message(i)).isEqualTo(LocalPorts.NONE);
        }
    }

    @Test
    void allocatorsAreIndependentOfEachOther() {
        Way full = new Way(1);
        Way other = new Way(2);
        full.openUntilNone();

        for (int i = 0; i < 1_000; i++) {
            assertThat(other.open()).as(Seed.message(i)).isNotEqualTo(LocalPorts.NONE);
        }
        assertThat(other.allocator.used()).isEqualTo(1_000);
        assertThat(full.allocator.used()).isEqualTo(ALL_PORTS);
        assertThat(full.open()).isEqualTo(LocalPorts.NONE);
    }

    @Test
    void thePortsOfAFreshAllocatorAreNotToBeGuessed() {
        Way way = new Way(1);
        List<Integer> first = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            first.add(way.open());
        }

        int neighbours = 0;
        for (int i = 1; i < first.size(); i++) {
            neighbours += Math.abs(first.get(i) - first.get(i - 1)) < 64 ? 1 : 0;
        }
        assertThat(neighbours).as("close to the one before, of 63: %s", first).isLessThan(4);
        assertThat(first.stream().filter(port -> port < 33_280).count())
                .as("in the lower half, of 64: %s", first)
                .isBetween(16L, 48L);
    }

    /// How many other ports are given out between two uses of one, at the least.
    private int shortestReuse(Way way, int live, int choices) {
        Map<Integer, Integer> last = new HashMap<>();
        int shortest = Integer.MAX_VALUE;
        for (int i = 0; i < choices; i++) {
            int port = way.open();
            Integer before = last.put(port, i);
            if (before != null) {
                shortest = Math.min(shortest, i - before - 1);
            }
            if (way.order.size() > live) {
                way.endAny();
            }
        }
        return shortest;
    }

    @ParameterizedTest(name = "{0} connections at once")
    @ValueSource(ints = {0, 400, 4_000, 60_000})
    void aPortIsGivenOutAgainAfterAllOthersThatAreFree(int live) {
        int shortest = shortestReuse(new Way(1), live, live + ALL_PORTS + 10_000);

        assertThat(shortest).as(Seed.message(live)).isGreaterThanOrEqualTo(ALL_PORTS - 2 - live);
    }

    /// The run is stepped over: some ports behind it wait for the next time round.
    @ParameterizedTest(name = "{0} connections in a row that last")
    @ValueSource(ints = {9, 4_000, 24_000})
    void soItIsBehindARunOfLastingConnections(int lasting) {
        Way way = new Way(1);
        for (int i = 0; i < lasting; i++) {
            way.open();
        }
        way.order.clear();

        int shortest = shortestReuse(way, 10, 2 * ALL_PORTS);

        assertThat(shortest).as(Seed.message(lasting)).isGreaterThan(ALL_PORTS - 2 * lasting - 64);
    }

    @ParameterizedTest(name = "{0} workers")
    @ValueSource(ints = {2, 16, 64})
    void soItIsWhereEachWorkerHasItsShare(int workers) {
        ports.close();
        ports = newPorts(1, workers);
        int share = new PortPartition(1, workers).count();

        int shortest = shortestReuse(new Way(1), 20, 2 * share);

        assertThat(shortest).as(Seed.message(workers)).isGreaterThanOrEqualTo(share - 22);
    }

    @ParameterizedTest(name = "{0} workers")
    @ValueSource(ints = {2, 16, 64})
    void soItIsWhereWorkersChooseFromTheSamePorts(int workers) {
        int own = shareWith(workers);

        int shortest = shortestReuse(new Way(1), 20, 2 * own);

        assertThat(shortest).as(Seed.message(workers)).isGreaterThanOrEqualTo(own - 22);
    }

    /// Makes ports that several workers choose from, by the hash of a NIC; how many are ours.
    private int shareWith(int workers) {
        byte[] key = new byte[40];
        random.nextBytes(key);
        int[] redirection = new int[128];
        Arrays.setAll(redirection, entry -> entry % workers);
        path = byHash(new ReceiveSideScaling(key, redirection));
        ports.close();
        ports =
                new LocalPorts(
                        new PortPartition(0, 1), table, random.nextLong(), 1, workers, entry -> {});
        Way way = new Way(1);
        int own = 0;
        for (int port = PortPartition.FIRST; port <= PortPartition.LAST; port++) {
            own += way.pair.owner(path, port) == 1 ? 1 : 0;
        }
        return own;
    }

    @ParameterizedTest(name = "{0} workers")
    @ValueSource(ints = {2, 3, 16, 64})
    void ofPortsThatAllWorkersUseExactlyThoseAreChosenWhoseAnswersComeBack(int workers) {
        int self = workers - 1;
        byte[] key = new byte[40];
        random.nextBytes(key);
        int[] redirection = new int[128];
        Arrays.setAll(redirection, entry -> entry % workers);
        path = byHash(new ReceiveSideScaling(key, redirection));
        ports.close();
        ports =
                new LocalPorts(
                        new PortPartition(0, 1),
                        table,
                        random.nextLong(),
                        self,
                        workers,
                        entry -> {});
        Way way = new Way(1);
        BitSet own = new BitSet();
        for (int port = PortPartition.FIRST; port <= PortPartition.LAST; port++) {
            own.set(port, way.pair.owner(path, port) == self);
        }

        for (int round = 0; round < 2; round++) {
            way.openUntilNone();
            BitSet chosen = new BitSet();
            way.recordByPort.keySet().forEach(chosen::set);
            assertThat(chosen).as(Seed.message(round)).isEqualTo(own);
            assertThat(way.allocator.used()).isEqualTo(own.cardinality());

            int freed = way.endAny();
            assertThat(way.open()).as("the one that became free").isEqualTo(freed);
            way.endAll();
        }
    }

    @ParameterizedTest(name = "{1} workers, about {0} % in use")
    @CsvSource({"1, 1", "50, 1", "99, 1", "100, 1", "50, 3", "99, 64", "100, 64"})
    void whateverIsOpenedAndEndedPortsAreUniqueAndFreeOnesAreFound(int percent, int workers) {
        ports.close();
        ports = newPorts(workers - 1, workers);
        PortPartition partition = new PortPartition(workers - 1, workers);
        Way way = new Way(1);
        int target = Math.max(1, partition.count() / 100 * percent);
        while (way.allocator.used() < target) {
            assertThat(way.open()).isNotEqualTo(LocalPorts.NONE);
        }
        for (int step = 0; step < 50_000; step++) {
            if (random.nextBoolean() || way.order.isEmpty()) {
                boolean room = way.allocator.used() < partition.count();
                int port = way.open();
                assertThat(port != LocalPorts.NONE).as(Seed.message(step)).isEqualTo(room);
                if (room) {
                    assertThat(PortPartition.owner(port, workers, workers)).isEqualTo(workers - 1);
                }
            } else {
                way.endAny();
            }
            assertThat(way.allocator.used()).as(Seed.message(step)).isEqualTo(way.order.size());
        }
    }

    @ParameterizedTest(name = "of another pair: {0}")
    @ValueSource(booleans = {false, true})
    void aPortDrawnAheadIsNotChosenWhereItIsInUse(boolean another) {
        for (int i = 0; i < 1_000; i++) {
            Way before = new Way(2 * i);
            before.open();
            int drawn = before.allocator.ahead();
            assertThat(drawn).as(Seed.message(i)).isNotNegative();
            Way now = another ? new Way(2 * i + 1) : before; // allocator numbers are used again
            int port = new PortPartition(0, 1).port(drawn);
            long entry = now.pair.open(++clients, port);

            int chosen = now.pair.choose(ports, before.allocator, path);

            assertThat(chosen).as(Seed.message(i)).isNotNegative().isNotEqualTo(port);
            table.remove(entry);
            before.endAll();
        }
    }

    @Test
    void anAllocatorTakesItsBitmapOnceASixteenthIsInUse() {
        Way way = new Way(1);
        while (way.allocator.used() < ALL_PORTS / 16) {
            way.open();
            assertThat(way.allocator.bitmap()).isZero();
        }

        way.open();

        assertThat(way.allocator.bitmap()).isNotZero();
    }

    @Test
    void aCrowdedAllocatorGivesItsBitmapBackWhenItIsEmpty() {
        int lanesAtOnce = CAPACITY / (ALL_PORTS / 16) + 1; // as many bitmaps as there are
        for (int local = 0; local < 3 * lanesAtOnce; local++) {
            Way way = new Way(local);
            while (way.allocator.bitmap() == 0) {
                assertThat(way.open()).isNotEqualTo(LocalPorts.NONE);
            }
            way.endAll();
            assertThat(way.allocator.bitmap()).as("allocator %s", local).isZero();
            assertThat(way.allocator.used()).isZero();
        }
    }

    @Test
    void anAllocatorThatIsNoLongerCrowdedGivesItsBitmapBack() {
        Way way = new Way(1);
        way.openUntilNone();
        assertThat(way.allocator.bitmap()).isNotZero();

        while (way.allocator.used() > 1_000) {
            way.endAny();
        }
        assertThat(way.open()).isNotEqualTo(LocalPorts.NONE);

        assertThat(way.allocator.bitmap()).isZero();
    }

    @Test
    void withoutABitmapLeftAllPortsAreFoundAllTheSame() {
        Way full = new Way(1);
        full.openUntilNone();
        PortAllocator strange = new PortAllocator();
        while (takesABitmap(strange, full.pair)) {
            strange = new PortAllocator();
        }
        Way way = new Way(2);

        way.openUntilNone();

        assertThat(way.allocator.bitmap()).isZero();
        assertThat(way.recordByPort).hasSize(ALL_PORTS);
    }

    /// An allocator that does not know of the connections it meets at every port.
    private boolean takesABitmap(PortAllocator strange, TestPair pair) {
        assertThat(pair.choose(ports, strange, path)).isEqualTo(LocalPorts.NONE);
        return strange.bitmap() != 0;
    }

    private static ReturnPath byHash(ReceiveSideScaling scaling) {
        return new ReturnPath.ByHash(scaling, new ReturnPath.ByPort(1, 1));
    }
}
