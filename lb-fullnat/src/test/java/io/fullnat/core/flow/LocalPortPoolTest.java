// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.Endpoint;
import io.fullnat.api.FlowTuple;
import io.fullnat.api.IpAddress;
import io.fullnat.api.Protocol;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Local ports of flows: taken when a flow opens, given back when it ends, however it ends.
class LocalPortPoolTest {
    private static final Endpoint SERVICE = Endpoint.of("192.0.2.80", 80);
    private static final Endpoint SERVER = Endpoint.of("10.0.1.11", 8080);
    private static final Endpoint OTHER_SERVER = Endpoint.of("10.0.1.12", 8080);
    private static final IpAddress LOCAL = IpAddress.parse("10.0.1.100");
    private static final int CAPACITY = 70_000;
    private static final int ALL_PORTS = 64_511;

    private final Flow flow = new Flow();
    private final FlowTable flows = new FlowTable(CAPACITY, 60, 0, ended -> {});
    private final LocalPortPool pool = new LocalPortPool(flows);

    @AfterEach
    void close() {
        pool.close();
        flows.close();
    }

    private static FlowTuple client(int number) {
        String address = "198.51." + number / 60_000 + ".7";
        return new FlowTuple(Protocol.TCP, Endpoint.of(address, 1 + number % 60_000), SERVICE);
    }

    @Test
    void anAnswerToTheLocalPortFindsTheFlow() {
        int port = pool.open(client(1), LOCAL, SERVER, 0, flow);

        FlowTuple answer = new FlowTuple(Protocol.TCP, SERVER, new Endpoint(LOCAL, port));
        assertThat(flows.find(answer, flow)).isTrue();
        assertThat(flow.opposite()).isEqualTo(client(1));
        assertThat(port).isBetween(1025, 65_535);
        assertThat(pool.used(Protocol.TCP, LOCAL, SERVER)).isEqualTo(1);
        assertThat(pool.used(Protocol.UDP, LOCAL, SERVER)).isZero();
    }

    @Test
    void eachServerHasAllPortsAndWhatHasEndedGivesItsOwnBack() {
        Set<Integer> ports = new HashSet<>();
        for (int number = 0; number < ALL_PORTS; number++) {
            ports.add(pool.open(client(number), LOCAL, SERVER, 0, flow));
        }
        assertThat(ports).hasSize(ALL_PORTS).doesNotContain(LocalPortPool.NONE);
        FlowTuple late = client(ALL_PORTS);
        assertThat(pool.open(late, LOCAL, SERVER, 0, flow)).isEqualTo(LocalPortPool.NONE);
        assertThat(flows.find(late, flow)).isFalse();
        assertThat(pool.open(late, LOCAL, OTHER_SERVER, 0, flow)).isPositive();

        flows.find(client(7), flow);
        flows.remove(flow);
        assertThat(pool.open(client(7), LOCAL, SERVER, 0, flow)).isPositive();

        while (flows.expire(100, 1_000) == 1_000) {}
        assertThat(flows.size()).isZero();
        assertThat(pool.used(Protocol.TCP, LOCAL, SERVER)).isZero();
        assertThat(pool.used(Protocol.TCP, LOCAL, OTHER_SERVER)).isZero();
    }

    @Test
    void aListenerThatThrowsKeepsNoPort() {
        try (FlowTable thrown =
                        new FlowTable(
                                8,
                                60,
                                0,
                                ended -> {
                                    throw new IllegalStateException("of the application");
                                });
                LocalPortPool ports = new LocalPortPool(thrown)) {
            ports.open(client(1), LOCAL, SERVER, 0, flow);
            ports.open(client(2), LOCAL, SERVER, 0, flow);

            assertThatThrownBy(() -> thrown.expire(61, 8)).hasMessage("of the application");
            assertThat(ports.used(Protocol.TCP, LOCAL, SERVER)).isZero();
        }
    }

    @Test
    void aFullTableTakesNoPort() {
        try (FlowTable small = new FlowTable(1, 60, 0, ended -> {});
                LocalPortPool ports = new LocalPortPool(small)) {
            ports.open(client(1), LOCAL, SERVER, 0, flow);

            assertThat(ports.open(client(2), LOCAL, SERVER, 0, flow)).isEqualTo(LocalPortPool.NONE);
            assertThat(ports.used(Protocol.TCP, LOCAL, SERVER)).isEqualTo(1);
        }
    }

    @Test
    void aFlowThatIsThereAndASecondPoolAreRefused() {
        pool.open(client(1), LOCAL, SERVER, 0, flow);

        assertThatThrownBy(() -> pool.open(client(1), LOCAL, SERVER, 0, flow))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("there is a flow " + client(1) + " already");
        assertThatThrownBy(() -> new LocalPortPool(flows))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the table has a pool of local ports already");
        assertThat(pool.used(Protocol.TCP, LOCAL, SERVER)).isEqualTo(1);
    }
}
