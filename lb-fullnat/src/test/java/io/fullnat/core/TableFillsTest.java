// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.Change;
import io.fullnat.api.control.ClientTable;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.service.ClientDisclosure;
import io.fullnat.api.service.ConnectionRate;
import io.fullnat.api.service.ServiceLimits;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.core.memoryio.FlowHash;
import io.fullnat.core.packet.Tcp;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// How full tables and stores are is told while they fill, are full, and empty again.
class TableFillsTest {
    private static void room(Rig rig, Counter counter, long room) {
        for (int worker = 0; worker < rig.balancer.counters().workers(); worker++) {
            assertThat(rig.balancer.counters().get(worker, counter))
                    .as(counter.name())
                    .isEqualTo(room);
        }
    }

    @Test
    void theRoomIsToldOfEachWorkerBeforeThereIsTraffic() {
        try (Rig rig =
                Rig.of(FamilyPair.V4_TO_V4, 2, 1024, options -> options.modifiedConnections(10))) {
            room(rig, Counter.MODIFIER_CAPACITY, 10);
            room(rig, Counter.NEIGHBOUR_CAPACITY, 8192);
            long buffers = rig.io.buffers().capacity();
            room(rig, Counter.NEIGHBOUR_WAITING_CAPACITY, buffers / 4 / 2);
            room(rig, Counter.SYN_PROXY_HOLD_CAPACITY, buffers / 8 / 2);
            for (Counter fill :
                    List.of(
                            Counter.MODIFIERS,
                            Counter.NEIGHBOURS,
                            Counter.NEIGHBOUR_WAITING,
                            Counter.SYN_PROXY_PENDING,
                            Counter.SYN_PROXY_HOLDS)) {
                room(rig, fill, 0);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void connectionsThatAreModified(FamilyPair families) {
        try (Rig rig =
                Rig.of(families, 1, 1024, options -> options.modifiedConnections(2)).configured()) {
            ServicePolicy toa =
                    ServicePolicy.DEFAULT.withDisclosure(ClientDisclosure.NONE.withToa(true));
            rig.apply(new Change.SetPolicy(rig.tcp, toa));
            for (int i = 0; i < 3; i++) {
                rig.clientSends(rig.request().tcp(40_000 + i, 80).flags(Tcp.SYN).sequence(7));
                assertThat(rig.count(Counter.MODIFIERS)).isEqualTo(Math.min(i + 1, 2));
            }
            assertThat(rig.count(Counter.MODIFIER_CAPACITY)).isEqualTo(2);
            rig.pass(Duration.ofMinutes(5));
            rig.out();
            assertThat(rig.count(Counter.CONNECTIONS)).isZero();
            assertThat(rig.count(Counter.MODIFIERS)).isZero();
        }
    }

    /// Both kinds of packets that wait, and handshakes: together they are WAITING.
    @ParameterizedTest
    @EnumSource
    void handshakesAndTheirSegments(FamilyPair families) {
        try (Rig rig =
                Rig.of(families, 1, 4096, new FlowHash(), 0).configured().withStaticNeighbours()) {
            rig.apply(CookieClient.always(rig));
            ProxiedFlow first = ProxiedFlow.begin(rig, 30_000);
            ProxiedFlow second = ProxiedFlow.begin(rig, 30_001);
            rig.clientSends(first.says("early"));
            rig.clientSends(second.says("early"));
            assertThat(rig.count(Counter.SYN_PROXY_PENDING)).isEqualTo(2);
            assertThat(rig.count(Counter.SYN_PROXY_HOLDS)).isEqualTo(2);
            assertThat(rig.count(Counter.WAITING)).isEqualTo(2);
            first.accept();
            assertThat(rig.count(Counter.SYN_PROXY_PENDING)).isOne();
            assertThat(rig.count(Counter.SYN_PROXY_HOLDS)).isOne();
            rig.serverSends(second.server(Tcp.RST | Tcp.ACK, 0, 1));
            assertThat(rig.count(Counter.SYN_PROXY_PENDING)).isZero();
            assertThat(rig.count(Counter.SYN_PROXY_HOLDS)).isZero();
            assertThat(rig.count(Counter.NEIGHBOUR_WAITING)).isZero();
        }
    }

    /// A client and its network are two entries; its rate is a third, which lapses by itself.
    @ParameterizedTest
    @EnumSource
    void clientsOfServicesWithLimits(FamilyPair families) {
        try (Rig rig = Rig.of(families).configured()) {
            ClientTable empty = rig.balancer.control().clientTable();
            assertThat(empty.counted()).isZero();
            assertThat(empty.rated()).isZero();
            assertThat(empty.countCapacity()).isEqualTo(7 * 1024);
            assertThat(empty.rateCapacity()).isEqualTo(7 << 16);
            ServiceLimits limits =
                    ServiceLimits.NONE
                            .withPerClient(5)
                            .withPerNetwork(5)
                            .withRatePerNetwork(Optional.of(ConnectionRate.parse("10,5")));
            rig.apply(new Change.SetPolicy(rig.udp, ServicePolicy.DEFAULT.withLimits(limits)));
            rig.clientSends(rig.request().udp(40_000, 53));
            ClientTable one = rig.balancer.control().clientTable();
            assertThat(one.counted()).isEqualTo(2);
            rig.clientSends(rig.request().udp(40_001, 53));
            assertThat(rig.balancer.control().clientTable().counted()).isEqualTo(2);
            rig.pass(Duration.ofMinutes(20));
            rig.out();
            assertThat(rig.count(Counter.CONNECTIONS)).isZero();
            ClientTable after = rig.balancer.control().clientTable();
            assertThat(after.counted()).isZero();
            assertThat(after.rated()).isZero();
        }
    }
}
