// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static io.fullnat.core.control.ControlRig.LOCAL;
import static io.fullnat.core.control.ControlRig.OTHER_SERVER;
import static io.fullnat.core.control.ControlRig.SERVER;
import static io.fullnat.core.control.ControlRig.SERVER_MAC;
import static io.fullnat.core.control.ControlRig.TLS;
import static io.fullnat.core.control.ControlRig.VIP;
import static io.fullnat.core.control.ControlRig.WEB;
import static io.fullnat.core.control.ControlRig.ip;
import static io.fullnat.core.control.ControlRig.service;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Endpoint;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.FlowTuple;
import io.fullnat.api.MacAddress;
import io.fullnat.api.Protocol;
import io.fullnat.api.control.BalancerStatus;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.api.control.ConnectionInfo;
import io.fullnat.api.control.NeighbourStatus;
import io.fullnat.api.control.TransactionFunction;
import io.fullnat.api.network.AddressKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What can be seen of a balancer while it works, and what can be asked without changing it.
class ObservationTest {
    private final ControlRig rig = new ControlRig().configured();

    @AfterEach
    void close() {
        rig.close();
    }

    private List<ConnectionInfo> connections(ConnectionFilter filter) {
        List<ConnectionInfo> seen = new ArrayList<>();
        rig.balancer.control().connections(filter, seen::add);
        return seen;
    }

    @Test
    void aConnectionIsShownWithAllItsEndpoints() {
        rig.connected(40_000);
        rig.pass(Duration.ofSeconds(3));

        ConnectionInfo connection = connections(ConnectionFilter.ALL).getFirst();

        assertThat(connection.protocol()).isEqualTo(Protocol.TCP);
        assertThat(connection.state()).isEqualTo("SYN_RECV");
        assertThat(connection.client()).isEqualTo(Endpoint.of("192.0.2.7", 40_000));
        assertThat(connection.virtual()).isEqualTo(Endpoint.of(VIP, 80));
        assertThat(connection.local().address()).isEqualTo(ip(LOCAL));
        assertThat(connection.local().port()).isBetween(1025, 65_535);
        assertThat(connection.server()).isEqualTo(SERVER.endpoint());
        assertThat(connection.ageSeconds()).isEqualTo(3);
        assertThat(connection.secondsLeft()).isBetween(26, 28);
        assertThat(connection.traffic().inPackets()).isOne();
    }

    @Test
    void allConnectionsAreShownOnce() {
        for (int port = 40_000; port < 40_200; port++) {
            rig.connected(port);
        }

        assertThat(connections(ConnectionFilter.ALL))
                .extracting(connection -> connection.client().port())
                .hasSize(200)
                .doesNotHaveDuplicates();
        rig.pass(Duration.ofMinutes(1));
        assertThat(connections(ConnectionFilter.ALL)).as("when they have ended").isEmpty();
    }

    @Test
    void connectionsOfOneServiceCanBeChosen() {
        rig.apply(new Change.AddService(service(TLS)));
        rig.connected(40_000);

        assertThat(connections(ConnectionFilter.of(WEB))).hasSize(1);
        assertThat(connections(ConnectionFilter.of(TLS))).isEmpty();
    }

    @Test
    void aConnectionIsFoundByItsTupleFromEitherSide() {
        rig.connected(40_000);
        rig.connected(40_001);
        ConnectionInfo wanted =
                connections(ConnectionFilter.ALL).stream()
                        .filter(connection -> connection.client().port() == 40_001)
                        .findFirst()
                        .orElseThrow();

        FlowTuple client = new FlowTuple(Protocol.TCP, wanted.client(), wanted.virtual());
        FlowTuple server = new FlowTuple(Protocol.TCP, wanted.server(), wanted.local());
        for (FlowTuple tuple : List.of(client, client.reversed(), server, server.reversed())) {
            assertThat(connections(ConnectionFilter.of(tuple))).containsExactly(wanted);
        }
    }

    @Test
    void aVisitorCanHaveEnough() {
        for (int port = 40_000; port < 40_010; port++) {
            rig.connected(port);
        }
        List<ConnectionInfo> seen = new ArrayList<>();

        rig.balancer
                .control()
                .connections(
                        ConnectionFilter.ALL,
                        connection -> {
                            seen.add(connection);
                            return seen.size() < 4;
                        });

        assertThat(seen).hasSize(4);
    }

    @Test
    void neighboursAreShownWithTheirWorkers() {
        assertThat(rig.balancer.control().neighbours())
                .contains(
                        new NeighbourStatus(
                                0,
                                SERVER.endpoint().address(),
                                Optional.of(MacAddress.parse(SERVER_MAC)),
                                "lan",
                                NeighbourStatus.State.STATIC))
                .extracting(NeighbourStatus::worker)
                .contains(0, 1);
    }

    @Test
    void whatIsWishedIsShownAsItWasAskedFor() {
        assertThat(rig.balancer.control().desired().services())
                .containsOnlyKeys(WEB)
                .containsEntry(WEB, service(WEB));
        assertThat(rig.balancer.control().desired().addresses())
                .as("explicit ones only")
                .containsOnlyKeys(AddressKey.of(ip("10.0.1.1")), AddressKey.of(ip("192.0.2.1")));
        assertThat(rig.balancer.control().desired().revision()).isOne();
    }

    @Test
    void aCheckTellsWhatWouldBeChangedAndChangesNothing() {
        BalancerStatus before = rig.status();
        Change change = new Change.AddRealServer(WEB, OTHER_SERVER);

        CompletableFuture<List<Change>> answer =
                rig.balancer.control().check(present -> List.of(change));
        rig.run();

        assertThat(answer).isCompletedWithValue(List.of(change));
        assertThat(rig.status()).isEqualTo(before);
        rig.apply(change);
    }

    @Test
    void aCheckRefusesWhatWouldBeRefused() {
        CompletableFuture<List<Change>> answer =
                rig.balancer
                        .control()
                        .check(present -> List.of(new Change.AddRealServer(WEB, SERVER)));
        rig.run();

        assertThat(answer.exceptionNow())
                .isInstanceOf(BalancerException.class)
                .extracting(failure -> ((BalancerException) failure).code())
                .isEqualTo(ErrorCode.REAL_SERVER_EXISTS);
    }

    @Test
    void aPlanSeesTheStateThatItsChangesMeet() {
        TransactionFunction function =
                present ->
                        present.services().containsKey(TLS)
                                ? List.of()
                                : List.of(new Change.AddService(service(TLS)));
        CompletableFuture<Void> first = rig.balancer.control().submit(function);
        CompletableFuture<Void> second = rig.balancer.control().submit(function);
        rig.run();

        assertThat(first).isCompleted();
        assertThat(second).isCompleted();
        assertThat(rig.status().services()).hasSize(2);
    }

    @Test
    void aPlanThatRefusesOrFailsChangesNothing() {
        BalancerStatus before = rig.status();
        BalancerException refusal = new BalancerException(ErrorCode.NO_ROUTE, "not today");
        CompletableFuture<Void> refused =
                rig.balancer
                        .control()
                        .submit(
                                (TransactionFunction)
                                        present -> {
                                            throw refusal;
                                        });
        CompletableFuture<Void> failed =
                rig.balancer
                        .control()
                        .submit(
                                (TransactionFunction)
                                        present -> {
                                            throw new IllegalStateException(
                                                    "a fault of the caller");
                                        });
        rig.run();

        assertThat(refused.exceptionNow()).isSameAs(refusal);
        assertThat(failed.exceptionNow())
                .isInstanceOf(BalancerException.class)
                .hasMessageContaining("a fault of the caller");
        assertThat(rig.status()).isEqualTo(before);
    }

    @Test
    void aClosedBalancerShowsNothingAndSaysSo() {
        rig.balancer.close();

        assertThatThrownBy(rig::status).hasMessage("the balancer is closed");
        assertThatThrownBy(() -> rig.balancer.control().status(WEB))
                .hasMessage("the balancer is closed");
        assertThatThrownBy(rig::connections).hasMessage("the balancer is closed");
        assertThatThrownBy(() -> rig.balancer.control().neighbours())
                .hasMessage("the balancer is closed");
    }
}
