// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.FlowTuple;
import io.fullnat.api.Protocol;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceLimits;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.core.packet.Tcp;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// A limit of connections that becomes lower than what is there ends nothing, disturbs nothing, and
/// lets nobody in before fewer are there than it says.
class LoweredLimitTest {
    private static final int WORKERS = 4;
    private static final int BEFORE = 12;
    private static final int AFTER = 5;
    private static final int FIRST_PORT = 10_000;

    private int port = 20_000;

    /// What is limited.
    enum Limited {
        SERVER(Outcome.SERVERS_FULL),
        SERVICE(Outcome.SERVICE_FULL),
        CLIENT(Outcome.CLIENT_FULL),
        NETWORK(Outcome.NETWORK_FULL);

        final Outcome refused;

        Limited(Outcome refused) {
            this.refused = refused;
        }

        Change to(Rig rig, int most) {
            if (this == SERVER) {
                Endpoint server = Endpoint.of(rig.families.servers().getFirst(), 8080);
                return new Change.EditRealServer(
                        rig.tcp, RealServer.builder(server).maxConnections(most).build());
            }
            ServiceLimits none = ServiceLimits.NONE;
            return new Change.SetPolicy(
                    rig.tcp,
                    ServicePolicy.DEFAULT.withLimits(
                            this == SERVICE
                                    ? none.withConnections(most)
                                    : this == CLIENT
                                            ? none.withPerClient(most)
                                            : none.withPerNetwork(most)));
        }
    }

    private static Stream<Arguments> cases() {
        return Stream.of(FamilyPair.values())
                .flatMap(families ->
                        Stream.of(Limited.values())
                                .flatMap(limited ->
                                        Stream.of(BEFORE, 0)
                                                .map(before ->
                                                        Arguments.of(families, limited, before))));
    }

    private long live(Rig rig) {
        return rig.count(Counter.CONNECTIONS);
    }

    /// New connections of the same client, from other ports.
    private void attempt(Rig rig, int count) {
        for (int i = 0; i < count; i++) {
            rig.clientSends(rig.request().tcp(port++, 80).flags(Tcp.SYN));
        }
    }

    private static void end(Rig rig, int clientPort) {
        Endpoint client = Endpoint.of(rig.families.clients.client, clientPort);
        rig.apply(
                new Change.EndConnections(
                        ConnectionFilter.of(
                                new FlowTuple(Protocol.TCP, client, rig.tcp.endpoint()))));
    }

    /// @param before the limit until then, 0 for none
    @ParameterizedTest
    @MethodSource("cases")
    void whatIsThereGoesOnAndNobodyIsLetInBeforeThereIsRoom(
            FamilyPair families, Limited limited, int before) {
        try (Rig rig = Rig.of(families, WORKERS, 1_024).configured().withStaticNeighbours()) {
            rig.apply(limited.to(rig, before));
            List<TcpFlow> flows = new ArrayList<>();
            for (int i = 0; i < BEFORE; i++) {
                flows.add(TcpFlow.established(rig, FIRST_PORT + i));
            }

            rig.apply(limited.to(rig, AFTER));

            assertThat(live(rig)).isEqualTo(BEFORE);
            assertThat(rig.count(Counter.CONNECTIONS_PURGED)).isZero();
            assertThat(rig.out()).as("nobody is told").isEmpty();
            flows.forEach(TcpFlow::exchange);
            for (int left = BEFORE; left > AFTER; left--) {
                attempt(rig, 2);
                assertThat(live(rig)).as("none while %d are there", left).isEqualTo(left);
                end(rig, FIRST_PORT + left - 1);
            }
            attempt(rig, 2);
            assertThat(live(rig)).as("none while as many are there").isEqualTo(AFTER);
            assertThat(rig.count(limited.refused)).isEqualTo(2 * (BEFORE - AFTER + 1));
            flows.subList(0, AFTER).forEach(TcpFlow::exchange);

            end(rig, FIRST_PORT);
            attempt(rig, 3);
            assertThat(live(rig)).as("one for the one that ended").isEqualTo(AFTER);
            flows.subList(1, AFTER).forEach(TcpFlow::exchange);
        }
    }
}
