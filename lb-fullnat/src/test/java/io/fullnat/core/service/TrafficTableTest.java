// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.IpAddress;
import io.fullnat.api.io.Memory;
import io.fullnat.core.localport.PortAllocator;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Where a worker counts for real servers and local addresses, and whose turn it is: [TrafficTable]
/// and [ServerEntry].
class TrafficTableTest {
    @Test
    void whatAFlowCountsIsTheServersOfItsDirection() {
        try (TrafficTable table = new TrafficTable(3, 2, 1)) {
            for (int direction = 0; direction < 2; direction++) {
                int offset = TrafficTable.offset(2, direction);
                assertThat(TrafficTable.slot(offset)).isEqualTo(2);
                long counters = table.at(offset);
                Memory.addLong(counters + TrafficTable.IN_PACKETS, 10 + direction);
                Memory.addLong(counters + TrafficTable.IN_BYTES, 1000 + direction);
            }
            Memory.addLong(table.server(2) + TrafficTable.CONNECTIONS, 5);

            assertThat(table.traffic(2).connections()).isEqualTo(5);
            assertThat(table.traffic(2).inPackets()).isEqualTo(10);
            assertThat(table.traffic(2).inBytes()).isEqualTo(1000);
            assertThat(table.traffic(2).outPackets()).isEqualTo(11);
            assertThat(table.traffic(2).outBytes()).isEqualTo(1001);
            assertThat(table.traffic(1).inPackets()).isZero();
        }
    }

    @Test
    void slotsDoNotOverlap() {
        try (TrafficTable table = new TrafficTable(3, 2, 1)) {
            Set<Long> places = new HashSet<>();
            for (int slot = 0; slot < table.servers(); slot++) {
                places.add(table.server(slot));
            }
            for (int slot = 0; slot < table.locals(); slot++) {
                places.add(table.local(slot));
            }
            assertThat(places).hasSize(5);
            assertThat(table.bytes()).isGreaterThanOrEqualTo(5 * 64);
            assertThat(places).allMatch(place -> place % 64 == 0);
        }
    }

    @Test
    void theLastConnectionsEndIsSeenAsNone() {
        try (TrafficTable table = new TrafficTable(1, 1, 1)) {
            long live = table.server(0) + TrafficTable.LIVE;
            Memory.putLong(live, 2);
            TrafficTable.end(live);
            assertThat(TrafficTable.live(live)).isOne();
            TrafficTable.end(live);
            assertThat(TrafficTable.live(live)).isZero();
        }
    }

    private static ServerEntry server(int locals, int cursor) {
        PortAllocator[] allocators = new PortAllocator[locals];
        int[] ids = new int[locals];
        for (int i = 0; i < locals; i++) {
            allocators[i] = new PortAllocator();
            ids[i] = 100 + i;
        }
        return new ServerEntry(
                0,
                IpAddress.mapped(1),
                2,
                3,
                4,
                new LocalEntry[locals],
                allocators,
                ids,
                cursor,
                null);
    }

    private static List<Integer> turns(ServerEntry server, int count) {
        List<Integer> turns = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            turns.add(server.nextLocal());
        }
        return turns;
    }

    @Test
    void localAddressesHaveTheirTurnOneAfterTheOther() {
        assertThat(turns(server(3, 0), 7)).containsExactly(0, 1, 2, 0, 1, 2, 0);
        assertThat(turns(server(3, 2), 4)).containsExactly(2, 0, 1, 2);
        assertThat(turns(server(1, 9), 2)).as("a turn of one that is gone").containsExactly(0, 0);
    }

    @Test
    void afterAChangeTheTurnGoesOnBehindTheSameLocalAddress() {
        ServerEntry before = server(3, 0);
        turns(before, 2); // the address with index 1 was the last

        ServerEntry same = server(3, 0);
        same.resume(before, new int[] {0, 1, 2});
        assertThat(turns(same, 3)).containsExactly(2, 0, 1);

        ServerEntry other = server(3, 0);
        other.resume(before, new int[] {1, 2, -1}); // the first has gone, another has come
        assertThat(turns(other, 3)).containsExactly(1, 2, 0);
    }

    @Test
    void aNextHopHoldsForItsGenerationOnly() {
        ServerEntry server = server(1, 0);
        assertThat(server.hasNextHop(0)).isFalse();

        server.nextHop(17, 3, 5);

        assertThat(server.hasNextHop(5)).isTrue();
        assertThat(server.nextHop()).isEqualTo(17);
        assertThat(server.nextHopDevice()).isEqualTo(3);
        assertThat(server.hasNextHop(6)).isFalse();
    }
}
