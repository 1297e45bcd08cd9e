// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.localport;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.connection.ConnectionTable;
import io.fullnat.core.localport.TestPair.Family;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// Which ports of a pair of addresses are free, over a real connection table.
@ParameterizedClass(name = "{0}")
@EnumSource(Family.class)
class PortPairTest {
    private static final int UDP = 17;
    private static final long LOCAL = 0x6401_000A;
    private static final long KEY = 0x1234_5678_9ABC_DEF0L;

    private final Family family;
    private final ConnectionTable table;
    private final TestPair site;
    private int clients;

    PortPairTest(Family family) {
        this.family = family;
        table = TestPair.table(family, 16, 7);
        site = new TestPair(family, table, LOCAL);
    }

    @AfterEach
    void close() {
        site.close();
        table.close();
    }

    private PortPair pair(int worker, int workers) {
        PortPartition partition = new PortPartition(worker, workers);
        PortPair pair =
                new PortPair(
                        partition, new PortOrder(partition.count(), 3), table, worker, workers > 1);
        site.set(pair, KEY, new ReturnPath.ByPort(workers, workers));
        return pair;
    }

    private long open(int port) {
        long entry = site.open(++clients, port);
        table.start(entry, ConnectionState.SYN_RECV, 30, 0);
        return entry;
    }

    @Test
    void aPortIsInUseWhileAConnectionHasItsTuple() {
        PortPair pair = pair(0, 1);
        assertThat(pair.isFree(5)).isTrue();
        int place = pair.place();
        assertThat(place).isEqualTo(pair.placeAt(5));

        long entry = open(new PortPartition(0, 1).port(place));

        assertThat(pair.isFree(5)).isFalse();
        assertThat(pair.isFreePlace(place, pair.hashOf(place))).isFalse();
        assertThat(pair.connection(place)).isEqualTo(entry);
        assertThat(PortPair.state(entry)).isEqualTo(ConnectionState.SYN_RECV);
        table.remove(entry);
        assertThat(pair.isFree(5)).isTrue();
        assertThat(pair.connection(place)).isZero();
    }

    @Test
    void anotherServerOrProtocolIsAnotherPair() {
        PortPair pair = pair(0, 1);
        open(new PortPartition(0, 1).port(pair.placeAt(5)));
        ReturnPath path = new ReturnPath.ByPort(1, 1);

        assertFree(new TestPair(family, table, LOCAL, TestPair.SERVER_PORT, UDP), pair, path);
        assertFree(new TestPair(family, table, LOCAL, 0x5000, TestPair.TCP), pair, path);
        assertFree(new TestPair(family, table, LOCAL + 1), pair, path);
        site.set(pair, KEY, path);
        assertThat(pair.isFree(5)).isFalse();
    }

    private static void assertFree(TestPair other, PortPair pair, ReturnPath path) {
        try (other) {
            other.set(pair, KEY, path);
            assertThat(pair.isFree(5)).isTrue();
        }
    }

    @Test
    void theHashIsThatOfTheTuple() {
        PortPair pair = pair(0, 1);
        pair.isFree(9);
        int port = new PortPartition(0, 1).port(pair.place());

        long expected = site.hash(port);
        assertThat(pair.hash()).isEqualTo(expected);
        assertThat(pair.hashOf(pair.place())).isEqualTo(expected);
    }

    @Test
    void eachPositionIsAnotherPlace() {
        PortPair pair = pair(0, 1);
        Set<Integer> places = new HashSet<>();
        int count = new PortPartition(0, 1).count();
        for (int position = 0; position < count; position++) {
            places.add(pair.placeAt(position));
        }
        assertThat(places).hasSize(count).allMatch(place -> place >= 0 && place < count);
    }

    @Test
    void ofSharedPortsOnlyThoseWhoseAnswersComeBackAreOurs() {
        PortPartition all = new PortPartition(0, 1);
        PortPair pair = new PortPair(all, new PortOrder(all.count(), 3), table, 1, true);
        site.set(pair, KEY, new ReturnPath.ByPort(4, 4));
        int ours = 0;
        for (int position = 0; position < 4000; position++) {
            boolean free = pair.isFree(position);
            assertThat(free).isEqualTo(all.port(pair.place()) % 4 == 1);
            ours += free ? 1 : 0;
        }
        assertThat(ours).isBetween(800, 1200);
    }
}
