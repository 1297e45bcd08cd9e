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
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.CsvSource;

/// Local ports of flows: taken when a flow opens, given back when it ends, however it ends.
@ParameterizedClass(name = "clients of {0}, servers of {1}")
@CsvSource({
    "198.51.%x.7, 10.0.1.1",
    "2001:db8:c::%x, 2001:db8:1::1",
    "2001:db8:c::%x, 10.0.1.1",
    "198.51.%x.7, 2001:db8:1::1",
})
class LocalPortPoolTest {
    private static final int CAPACITY = 70_000;
    private static final int ALL_PORTS = 64_511;

    private final String clients;
    private final Endpoint service;
    private final Endpoint server;
    private final Endpoint otherServer;
    private final IpAddress local;
    private final Flow flow = new Flow();
    private final FlowTable flows = new FlowTable(CAPACITY, 60, 0, ended -> {});
    private final LocalPortPool pool = new LocalPortPool(flows);

    LocalPortPoolTest(String clients, String servers) {
        this.clients = clients;
        service = Endpoint.of(clients.contains(":") ? "2001:db8::80" : "192.0.2.80", 80);
        server = Endpoint.of(servers + 1, 8080);
        otherServer = Endpoint.of(servers + 2, 8080);
        local = IpAddress.parse(servers + 0);
    }

    @AfterEach
    void close() {
        pool.close();
        flows.close();
    }

    private FlowTuple client(int number) {
        String address = clients.formatted(number / 60_000);
        return new FlowTuple(Protocol.TCP, Endpoint.of(address, 1 + number % 60_000), service);
    }

    @Test
    void aLocalAddressOfAnotherFamilyThanTheServersIsRefused() {
        boolean ipv6 = server.address().bitLength() == 128;
        IpAddress other = IpAddress.parse(ipv6 ? "10.9.9.9" : "2001:db8:9::9");

        assertThatThrownBy(() -> pool.open(client(1), other, server, 0, flow))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("are of different families");
        assertThat(flows.size()).isZero();
    }

    @Test
    void anAnswerToTheLocalPortFindsTheFlow() {
        int port = pool.open(client(1), local, server, 0, flow);

        FlowTuple answer = new FlowTuple(Protocol.TCP, server, new Endpoint(local, port));
        assertThat(flows.find(answer, flow)).isTrue();
        assertThat(flow.opposite()).isEqualTo(client(1));
        assertThat(port).isBetween(1025, 65_535);
        assertThat(pool.used(Protocol.TCP, local, server)).isEqualTo(1);
        assertThat(pool.used(Protocol.UDP, local, server)).isZero();
    }

    @Test
    void eachServerHasAllPortsAndWhatHasEndedGivesItsOwnBack() {
        Set<Integer> ports = new HashSet<>();
        for (int number = 0; number < ALL_PORTS; number++) {
            ports.add(pool.open(client(number), local, server, 0, flow));
        }
        assertThat(ports).hasSize(ALL_PORTS).doesNotContain(LocalPortPool.NONE);
        FlowTuple late = client(ALL_PORTS);
        assertThat(pool.open(late, local, server, 0, flow)).isEqualTo(LocalPortPool.NONE);
        assertThat(flows.find(late, flow)).isFalse();
        assertThat(pool.open(late, local, otherServer, 0, flow)).isPositive();

        flows.find(client(7), flow);
        flows.remove(flow);
        assertThat(pool.open(client(7), local, server, 0, flow)).isPositive();

        while (flows.expire(100, 1_000) == 1_000) {}
        assertThat(flows.size()).isZero();
        assertThat(pool.used(Protocol.TCP, local, server)).isZero();
        assertThat(pool.used(Protocol.TCP, local, otherServer)).isZero();
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
            ports.open(client(1), local, server, 0, flow);
            ports.open(client(2), local, server, 0, flow);

            assertThatThrownBy(() -> thrown.expire(61, 8)).hasMessage("of the application");
            assertThat(ports.used(Protocol.TCP, local, server)).isZero();
        }
    }

    @Test
    void aFullTableTakesNoPort() {
        try (FlowTable small = new FlowTable(1, 60, 0, ended -> {});
                LocalPortPool ports = new LocalPortPool(small)) {
            ports.open(client(1), local, server, 0, flow);

            assertThat(ports.open(client(2), local, server, 0, flow)).isEqualTo(LocalPortPool.NONE);
            assertThat(ports.used(Protocol.TCP, local, server)).isEqualTo(1);
        }
    }

    @Test
    void aFlowThatIsThereAndASecondPoolAreRefused() {
        pool.open(client(1), local, server, 0, flow);

        assertThatThrownBy(() -> pool.open(client(1), local, server, 0, flow))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("there is a flow " + client(1) + " already");
        assertThatThrownBy(() -> new LocalPortPool(flows))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the table has a pool of local ports already");
        assertThat(pool.used(Protocol.TCP, local, server)).isEqualTo(1);
    }
}
