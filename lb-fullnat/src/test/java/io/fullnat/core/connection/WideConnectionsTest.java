// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.connection;

import static io.fullnat.core.connection.ConnectionLayout.FLOW_LENGTH;
import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.KeyPair.Families;
import io.fullnat.core.memory.Region;
import io.fullnat.testing.Seed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What a table promises of connections that IPv6 takes part in, by example.
/// [ConnectionTableModelTest] compares long runs with a model.
class WideConnectionsTest {
    private static final int NOW = 1_000;
    private static final int CAPACITY = 64;

    private final RandomGenerator random = Seed.generator();
    private final List<Long> evicted = new ArrayList<>();
    private final ConnectionTable table =
            new ConnectionTable(
                    CAPACITY, Seed.value(), NOW, (entry, forced) -> evicted.add(entry), 1, true);

    @AfterEach
    void close() {
        table.close();
    }

    private long start(KeyPair keys, ConnectionState state) {
        long entry = keys.openIn(table);
        if (entry != 0) {
            table.start(entry, state, 90, NOW);
        }
        return entry;
    }

    @ParameterizedTest
    @EnumSource(names = {"IPV6", "IPV6_TO_IPV4", "IPV4_TO_IPV6"})
    void aConnectionIsFoundByBothKeysEachInTheIndexOfItsFamily(Families families) {
        WideTuples keys = (WideTuples) KeyPair.random(random, families);

        long entry = start(keys, ConnectionState.ESTABLISHED);

        assertThat(keys.inboundFlow(table)).isEqualTo(entry);
        assertThat(keys.outboundFlow(table)).isEqualTo(entry + FLOW_LENGTH);
        assertThat(ConnectionLayout.isWide(entry)).isTrue();
        assertThat(ConnectionLayout.hasWideKey(entry, INBOUND))
                .isEqualTo(keys.inAddresses().size() == 4);
        assertThat(ConnectionLayout.hasWideKey(entry, OUTBOUND))
                .isEqualTo(keys.outAddresses().size() == 4);
        assertThat(Memory.getByte(entry + ConnectionLayout.DIRECTION)).isEqualTo((byte) INBOUND);
        assertThat(Memory.getByte(entry + FLOW_LENGTH + ConnectionLayout.DIRECTION))
                .isEqualTo((byte) OUTBOUND);
        table.remove(entry);
        assertThat(keys.inboundFlow(table)).isZero();
        assertThat(keys.outboundFlow(table)).isZero();
    }

    @Test
    void everyBitOfAKeyCounts() {
        WideTuples keys = WideTuples.random(random, true, true);
        start(keys, ConnectionState.ESTABLISHED);

        for (int bit = 0; bit < 256; bit++) {
            List<Long> other = new ArrayList<>(keys.inAddresses());
            other.set(bit / 64, other.get(bit / 64) ^ 1L << bit % 64);
            assertThat(WideTuples.find(table, other, keys.inPorts())).as("bit %s", bit).isZero();
        }
        for (int bit = 0; bit < 40; bit++) {
            long other = keys.inPorts() ^ 1L << bit;
            assertThat(WideTuples.find(table, keys.inAddresses(), other)).isZero();
        }
    }

    /// An index of few buckets: what the hash leaves out would show as flows in the same one.
    @Test
    void everyBitOfAKeyMovesIt() {
        WideConnections wide = table.wide();
        Set<Long> hashes = new HashSet<>();
        try (Region memory = Region.allocate(FlowKey.WIDE_LENGTH, "a test")) {
            for (int bit = 0; bit < 256; bit++) {
                List<Long> addresses = new ArrayList<>(List.of(0L, 0L, 0L, 0L));
                addresses.set(bit / 64, 1L << bit % 64);
                hashes.add(wide.hash(WideTuples.write(addresses, memory), 6L << 32));
            }
        }
        assertThat(hashes).hasSize(256);
        assertThat(hashes.stream().map(hash -> hash >>> 48).distinct().count()).isGreaterThan(250);
    }

    @Test
    void theLikelyFlowIsTheOneAndAMissLeadsToAFlowThatMatchesNothing() {
        WideTuples keys = WideTuples.random(random, true, true);
        WideConnections wide = table.wide();
        try (Region memory = Region.allocate(FlowKey.WIDE_LENGTH, "a test")) {
            long at = WideTuples.write(keys.inAddresses(), memory);
            long hash = wide.hash(at, keys.inPorts());
            assertThat(wide.likelyFlow(wide.bucket(hash), hash)).isEqualTo(table.noFlow());
            assertThat(wide.matches(table.noFlow(), at, keys.inPorts())).isFalse();

            long entry = start(keys, ConnectionState.ESTABLISHED);

            assertThat(wide.likelyFlow(wide.bucket(hash), hash)).isEqualTo(entry);
            assertThat(wide.matches(entry, at, keys.inPorts())).isTrue();
        }
    }

    @Test
    void bothFamiliesShareTheCapacityWhicheverCameFirst() {
        for (Families families : List.of(Families.IPV4, Families.IPV6, Families.IPV4)) {
            List<Long> entries = new ArrayList<>();
            for (int i = 0; i < CAPACITY; i++) {
                long entry = start(KeyPair.random(random, families), ConnectionState.ESTABLISHED);
                assertThat(entry).as("%s of %s", i, families).isNotZero();
                entries.add(entry);
            }
            assertThat(start(KeyPair.random(random, Families.IPV4), ConnectionState.ESTABLISHED))
                    .isZero();
            assertThat(start(KeyPair.random(random, Families.IPV6), ConnectionState.ESTABLISHED))
                    .isZero();
            entries.forEach(table::remove);
            assertThat(table.size()).isZero();
        }
        assertThat(evicted).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(names = {"IPV4", "IPV6"})
    void anUnansweredOneGivesWayToTheOtherFamily(Families families) {
        Families other = families == Families.IPV4 ? Families.IPV6 : Families.IPV4;
        long first = start(KeyPair.random(random, families), ConnectionState.SYN_RECV);
        for (int i = 1; i < CAPACITY; i++) {
            start(KeyPair.random(random, families), ConnectionState.ESTABLISHED);
        }

        KeyPair late = KeyPair.random(random, other);
        assertThat(start(late, ConnectionState.ESTABLISHED)).isNotZero();

        assertThat(evicted).containsExactly(first);
        assertThat(late.inboundFlow(table)).isNotZero();
    }

    @Test
    void anEntryUsedAgainIsZeroedToItsEnd() {
        long entry = start(KeyPair.random(random, Families.IPV6), ConnectionState.ESTABLISHED);
        long last = entry + ConnectionLayout.WIDE_ENTRY_LENGTH - Long.BYTES;
        Memory.putLong(last, -1);
        table.remove(entry);

        assertThat(KeyPair.random(random, Families.IPV6).openIn(table)).isEqualTo(entry);
        assertThat(Memory.getLong(last)).isZero();
    }

    @Test
    void anObserverReadsBothFamilies() {
        WideTuples wide =
                new WideTuples(
                        words(0x20010DB800000001L, 0x10L, 0x20010DB800000002L, 0x20L),
                        ports(1025, 80),
                        List.of(0x0201_000A_0101_000AL),
                        ports(8080, 3000));
        long entry = start(wide, ConnectionState.ESTABLISHED);
        start(Tuples.numbered(1), ConnectionState.ESTABLISHED);
        Memory.putInt(entry + FLOW_LENGTH + ConnectionLayout.PACKETS, 3);

        List<String> seen = new ArrayList<>();
        try (ConnectionObserver observer = new ConnectionObserver(table)) {
            for (int place = 0; place < observer.places(); place++) {
                if (observer.read(place)) {
                    seen.add(
                            "%x %x %d > %x %x %d, %x %d > %x %d, %d"
                                    .formatted(
                                            observer.sourceHigh(INBOUND),
                                            observer.sourceLow(INBOUND),
                                            observer.sourcePort(INBOUND),
                                            observer.destinationHigh(INBOUND),
                                            observer.destinationLow(INBOUND),
                                            observer.destinationPort(INBOUND),
                                            observer.sourceLow(OUTBOUND),
                                            observer.sourcePort(OUTBOUND),
                                            observer.destinationLow(OUTBOUND),
                                            observer.destinationPort(OUTBOUND),
                                            observer.packets(OUTBOUND)));
                }
            }
        }
        assertThat(seen)
                .hasSize(2)
                .contains(
                        "20010db800000001 10 1025 > 20010db800000002 20 80,"
                                + " ffff0a000101 8080 > ffff0a000102 3000, 3");
        assertThat(seen.getFirst()).startsWith("0 ffffc6330007 ");
        List<Long> visited = new ArrayList<>();
        table.visit(0, Integer.MAX_VALUE, visited::add);
        assertThat(visited).hasSize(2).contains(entry);
    }

    /// What lies between the two kinds of entries and was never used costs a walk nothing.
    @Test
    void aWalkStepsOverPlacesThatWereNeverUsed() {
        long narrow = start(Tuples.numbered(1), ConnectionState.ESTABLISHED);
        long wide = start(KeyPair.random(random, Families.IPV6), ConnectionState.ESTABLISHED);
        List<Long> visited = new ArrayList<>();

        int next = table.visit(0, 1, visited::add);
        assertThat(visited).containsExactly(narrow);
        assertThat(table.visit(next, 1, visited::add)).isEqualTo(-1);

        assertThat(visited).containsExactly(narrow, wide);
    }

    private static List<Long> words(long... numbers) {
        return Arrays.stream(numbers).map(Long::reverseBytes).boxed().toList();
    }

    private static long ports(int source, int destination) {
        return ConnectionKey.portsAndProtocol(Integer.reverseBytes(source << 16 | destination), 6);
    }

    @Test
    void twoKeysOfIpv4AreRefused() {
        try (FlowKey in = new FlowKey();
                FlowKey out = new FlowKey()) {
            in.ipv4(1, 6L << 32);
            out.ipv4(2, 6L << 32);
            assertThatThrownBy(() -> table.wide().open(in, out, 0))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("both keys are of IPv4");
        }
    }

    /// A million connections of IPv4 need what they have always needed, and so does a table that
    /// waits for them; one of IPv6 needs 400 bytes at most, index and all.
    @Test
    void ipv6TakesNoMemoryBeforeItIsUsedAndThen400BytesAConnection() throws IOException {
        int capacity = 1 << 19;
        try (ConnectionTable warm = dualStack(16)) {
            assertThat(warm.size()).isZero();
        }
        long before = residentBytes();
        try (ConnectionTable large = dualStack(capacity)) {
            double empty = residentBytes() - before;
            assertThat(empty / capacity).as("before any connection").isLessThan(80);
            assertThat((double) large.bytes() / capacity).isLessThanOrEqualTo(254);
            try (FlowKey in = new FlowKey();
                    FlowKey out = new FlowKey()) {
                for (int i = 0; i < capacity; i++) {
                    in.ipv6(1, i, 2, 3, 6L << 32);
                    out.ipv6(4, 5, 6, i, 6L << 32);
                    large.wide().open(in, out, 0);
                }
                assertThat(large.size()).isEqualTo(capacity);
            }
            double full = residentBytes() - before - empty;
            assertThat(full / capacity).as("of IPv6 alone").isBetween(300.0, 400.0);
            assertThat((double) large.bytes() / capacity).isLessThanOrEqualTo(254 + 400);
        }
    }

    /// The pages of the index come when connections of IPv6 are expected, ahead of those of IPv4's
    /// entries: a page that is read first stays a small one. Those of wide entries follow.
    @Test
    void indexAndWideEntriesGetTheirPagesOnceIpv6IsExpected() {
        int capacity = 1 << 19;
        int indexPages = 2 * capacity * 64 / 5 / Memory.pageSize();
        int entryPages = capacity * 320 / Memory.pageSize();
        try (ConnectionTable large = dualStack(capacity)) {
            while (large.pages().get(1 << 16) > 0) {
                assertThat(large.wide().isExpected()).isFalse();
            }
            try (FlowKey key = new FlowKey()) {
                key.ipv6(1, 2, 3, 4, 6L << 32);
                assertThat(large.wide().find(key)).isZero();
            }

            large.wide().expect();
            int touched = 0;
            for (int step = large.pages().get(16); step > 0; step = large.pages().get(16)) {
                assertThat(step).isLessThanOrEqualTo(16);
                touched += step;
            }

            assertThat(large.wide().isExpected()).isTrue();
            assertThat(touched - entryPages).isBetween(indexPages, 2 * indexPages + 1);
            assertThat((double) large.bytes() / capacity).isBetween(254.0 + 320, 254.0 + 400);
        }
    }

    private static ConnectionTable dualStack(int capacity) {
        return new ConnectionTable(capacity, Seed.value(), NOW, (entry, forced) -> {}, 1, true);
    }

    private static long residentBytes() throws IOException {
        String statm = Files.readString(Path.of("/proc/self/statm"));
        int start = statm.indexOf(' ') + 1;
        return Long.parseLong(statm.substring(start, statm.indexOf(' ', start)))
                * Memory.pageSize();
    }

    @Test
    void aTableOfIpv4HasNone() {
        try (ConnectionTable narrow =
                new ConnectionTable(CAPACITY, Seed.value(), NOW, (entry, forced) -> {})) {
            assertThatThrownBy(narrow::wide)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("this table is of IPv4 only");
            assertThat(table.bytes()).as("while none is used").isEqualTo(narrow.bytes());
        }
    }
}
