// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.localport;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.core.connection.ConnectionKey;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.connection.ConnectionTable;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Which ports of a pair of addresses are free, over a real connection table.
class PortPairTest {
    private static final int TCP = 6;
    private static final int SERVER_PORT = 0x901F; // 8080 as it lies in a packet
    private static final long ADDRESSES = 0x6401_000A_0B01_000AL;
    private static final long KEY = 0x1234_5678_9ABC_DEF0L;

    private final ConnectionTable table = new ConnectionTable(16, 7, 0, (entry, evicted) -> {});
    private int clients;

    @AfterEach
    void close() {
        table.close();
    }

    private PortPair pair(int worker, int workers) {
        PortPartition partition = new PortPartition(worker, workers);
        PortPair pair =
                new PortPair(
                        partition, new PortOrder(partition.count(), 3), table, worker, workers > 1);
        pair.set(KEY, false, ADDRESSES, SERVER_PORT, TCP, new ReturnPath.ByPort(workers, workers));
        return pair;
    }

    private long open(int port) {
        long client = ConnectionKey.portsAndProtocol(++clients, TCP);
        long entry =
                table.open(
                        0x5000_00C0_0700_33C6L,
                        client,
                        ADDRESSES,
                        ConnectionKey.portsAndProtocol(LocalPorts.ports(SERVER_PORT, port), TCP));
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

        pair.set(KEY, false, ADDRESSES, SERVER_PORT, 17, path);
        assertThat(pair.isFree(5)).isTrue();
        pair.set(KEY, false, ADDRESSES, 0x5000, TCP, path);
        assertThat(pair.isFree(5)).isTrue();
        pair.set(KEY, false, ADDRESSES + 1, SERVER_PORT, TCP, path);
        assertThat(pair.isFree(5)).isTrue();
        pair.set(KEY, false, ADDRESSES, SERVER_PORT, TCP, path);
        assertThat(pair.isFree(5)).isFalse();
    }

    @Test
    void theHashIsThatOfTheTuple() {
        PortPair pair = pair(0, 1);
        pair.isFree(9);
        int port = new PortPartition(0, 1).port(pair.place());

        long expected =
                table.hash(
                        ADDRESSES,
                        ConnectionKey.portsAndProtocol(LocalPorts.ports(SERVER_PORT, port), TCP));
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
        pair.set(KEY, false, ADDRESSES, SERVER_PORT, TCP, new ReturnPath.ByPort(4, 4));
        int ours = 0;
        for (int position = 0; position < 4000; position++) {
            boolean free = pair.isFree(position);
            assertThat(free).isEqualTo(all.port(pair.place()) % 4 == 1);
            ours += free ? 1 : 0;
        }
        assertThat(ours).isBetween(800, 1200);
    }
}
