// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static io.fullnat.core.control.ControlRig.LOCAL;
import static io.fullnat.core.control.ControlRig.OTHER_SERVER;
import static io.fullnat.core.control.ControlRig.SERVER;
import static io.fullnat.core.control.ControlRig.TLS;
import static io.fullnat.core.control.ControlRig.WEB;
import static io.fullnat.core.control.ControlRig.ip;
import static io.fullnat.core.control.ControlRig.service;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.MacAddress;
import io.fullnat.api.control.BalancerStatus;
import io.fullnat.api.control.Change;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Neighbour;
import io.fullnat.api.network.Route;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.RealServerStatus;
import io.fullnat.api.service.ServiceStatus;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What changes do: services, servers, addresses, routes and neighbours as the status shows them,
/// and transactions as their callers see them.
class ControlTest {
    private final ControlRig rig = new ControlRig();

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void aFreshBalancerHasNothing() {
        assertThat(rig.status())
                .isEqualTo(new BalancerStatus(0, List.of(), List.of(), List.of(), List.of()));
    }

    @Test
    void eachTransactionIsOneRevision() {
        rig.configured();
        assertThat(rig.status().revision()).isOne();

        rig.apply(new Change.AddRealServer(WEB, OTHER_SERVER));
        assertThat(rig.status().revision()).isEqualTo(2);

        rig.refuses(
                ErrorCode.REAL_SERVER_EXISTS,
                List.of("10.0.1.12"),
                new Change.AddRealServer(WEB, OTHER_SERVER));
        rig.apply(new Change.RemoveRealServer(WEB, OTHER_SERVER.endpoint()));
        assertThat(rig.status().revision()).isEqualTo(3);
    }

    @Test
    void aChangeSeesWhatThoseBeforeItInTheTransactionDid() {
        rig.apply(
                new Change.AddService(service(WEB)),
                new Change.RemoveService(WEB),
                new Change.AddService(service(WEB)),
                new Change.AddRealServer(WEB, OTHER_SERVER),
                new Change.EditRealServer(WEB, OTHER_SERVER.withWeight(3)),
                new Change.RemoveRealServer(WEB, SERVER.endpoint()));

        assertThat(rig.service().service().realServers())
                .containsExactly(OTHER_SERVER.withWeight(3));
    }

    @Test
    void theStateChangesOnlyOnceTheWorkersHaveTakenItOver() {
        CompletableFuture<Void> done = rig.submit(new Change.AddService(service(WEB)));

        assertThat(done).isNotDone();
        assertThat(rig.status().services()).isEmpty();

        rig.run();
        assertThat(done).isCompleted();
        assertThat(rig.status().services()).hasSize(1);
    }

    @Test
    void transactionsRunInTheOrderTheyCame() {
        CompletableFuture<Void> first = rig.submit(new Change.AddService(service(WEB)));
        CompletableFuture<Void> again = rig.submit(new Change.AddService(service(WEB)));
        CompletableFuture<Void> removal = rig.submit(new Change.RemoveService(WEB));
        CompletableFuture<Void> last = rig.submit(new Change.AddService(service(WEB)));

        rig.run();

        assertThat(first).isCompleted();
        assertThat(again).isCompletedExceptionally();
        assertThat(removal).isCompleted();
        assertThat(last).isCompleted();
        assertThat(rig.status().revision()).isEqualTo(3);
    }

    @Test
    void anEmptyTransactionIsInOrder() {
        rig.apply();

        assertThat(rig.status().revision()).isOne();
    }

    @Test
    void aReplacedServiceKeepsTheConnectionsOfServersThatStay() {
        rig.configured();
        rig.connected(40_000);

        rig.apply(
                new Change.ReplaceService(
                        service(WEB).withScheduler("wlc").withRealServer(OTHER_SERVER)));

        assertThat(rig.service().service().scheduler()).isEqualTo("wlc");
        assertThat(rig.service().realServers())
                .extracting(RealServerStatus::inactiveConnections)
                .containsExactly(1L, 0L);
    }

    @Test
    void aServerOfWeightZeroKeepsItsConnectionsAndGetsNoNewOne() {
        rig.configured();
        rig.connected(40_000);

        rig.apply(new Change.EditRealServer(WEB, SERVER.withWeight(0)));

        assertThat(rig.connect(40_001)).isEmpty();
        assertThat(rig.connect(40_000)).as("the connection there was").hasSize(1);
        assertThat(rig.service().realServers())
                .singleElement()
                .satisfies(server -> {
                    assertThat(server.server().weight()).isZero();
                    assertThat(server.inactiveConnections()).isOne();
                    assertThat(server.traffic().connections()).isOne();
                });

        rig.apply(new Change.EditRealServer(WEB, SERVER.withWeight(5)));
        rig.connected(40_001);
    }

    @Test
    void servicesOfOneAddressAreIndependent() {
        rig.configured();
        rig.apply(new Change.AddService(service(TLS)), new Change.RemoveService(WEB));

        assertThat(rig.status().services())
                .extracting(ServiceStatus::service)
                .containsExactly(service(TLS));
    }

    @Test
    void addressesRoutesAndNeighboursComeAndGo() {
        InterfaceAddress address = InterfaceAddress.of("10.7.0.1/24", "lan.7");
        Route narrow = Route.via("10.70.0.0/16", "10.7.0.2", "lan.7");
        Route wide = Route.onLink("10.0.0.0/8", "lan");
        Neighbour neighbour =
                new Neighbour(ip("10.7.0.2"), MacAddress.parse("02:00:00:00:00:72"), "lan.7");

        rig.apply(
                new Change.AddAddress(address),
                new Change.AddRoute(wide),
                new Change.AddRoute(narrow),
                new Change.SetNeighbour(neighbour));

        assertThat(rig.address("10.7.0.1")).get().matches(status -> status.explicit());
        assertThat(rig.status().routes()).containsExactly(narrow, wide);
        assertThat(rig.status().neighbours()).containsExactly(neighbour);

        Neighbour moved =
                new Neighbour(ip("10.7.0.2"), MacAddress.parse("02:00:00:00:00:73"), "lan.7");
        rig.apply(new Change.SetNeighbour(moved));
        assertThat(rig.status().neighbours()).containsExactly(moved);

        rig.apply(
                new Change.RemoveNeighbour(ip("10.7.0.2"), "lan.7"),
                new Change.RemoveRoute(IpPrefix.parse("10.70.0.0/16")),
                new Change.RemoveRoute(IpPrefix.parse("10.0.0.0/8")),
                new Change.RemoveAddress(address));
        assertThat(rig.status().addresses()).isEmpty();
        assertThat(rig.status().routes()).isEmpty();
        assertThat(rig.status().neighbours()).isEmpty();
    }

    @Test
    void aRemovedAddressIsAnsweredForNoMore() {
        InterfaceAddress address = InterfaceAddress.of("10.0.1.1/24", "lan");
        rig.apply(new Change.AddAddress(address));
        assertThat(rig.answersFor("10.0.1.1")).isTrue();

        rig.apply(new Change.RemoveAddress(address));

        assertThat(rig.answersFor("10.0.1.1")).isFalse();
    }

    @Test
    void aServiceAddedAgainBeginsToCountAtZero() {
        rig.configured();
        rig.connected(40_000);
        rig.apply(new Change.RemoveService(WEB));
        rig.pass(Duration.ofMinutes(1)); // the connection ends
        rig.pass(Duration.ofSeconds(1)); // its server's counters are given back

        rig.apply(new Change.AddService(service(WEB)));

        assertThat(rig.service().traffic().connections()).isZero();
    }

    @Test
    void aServiceCountsWhatItsRemovedServersCounted() {
        rig.configured();
        rig.connected(40_000);
        rig.apply(
                new Change.AddRealServer(WEB, OTHER_SERVER),
                new Change.RemoveRealServer(WEB, SERVER.endpoint()));
        assertThat(rig.service().traffic().connections()).as("while it drains").isOne();

        rig.pass(Duration.ofMinutes(1));
        rig.pass(Duration.ofSeconds(1));

        assertThat(rig.service().traffic().connections()).as("when it has drained").isOne();
        assertThat(rig.service().realServers())
                .extracting(RealServerStatus::server)
                .containsExactly(OTHER_SERVER);
    }

    @Test
    void anAnswerOutstandingWhenTheBalancerClosesSaysSo() {
        CompletableFuture<Void> waiting = rig.submit(new Change.AddService(service(WEB)));
        rig.balancer.doWork(); // the first is on its way through the workers now
        CompletableFuture<Void> queued = rig.submit(new Change.RemoveService(WEB));

        rig.balancer.close();

        assertClosed(waiting);
        assertClosed(queued);
        assertClosed(rig.submit(new Change.AddService(service(TLS))));
        assertThatThrownBy(() -> rig.balancer.services().remove(WEB))
                .isInstanceOf(BalancerException.class)
                .hasMessageContaining("closed");
    }

    private static void assertClosed(CompletableFuture<Void> answer) {
        assertThat(answer).isCompletedExceptionally();
        assertThat(answer.exceptionNow())
                .isInstanceOf(BalancerException.class)
                .extracting(failure -> ((BalancerException) failure).code())
                .isEqualTo(ErrorCode.CLOSED);
    }

    @Test
    void aRealServerOfTwoServicesIsCountedForEach() {
        rig.configured();
        rig.apply(new Change.AddService(service(TLS)));
        rig.connected(40_000);

        assertThat(rig.status().services())
                .extracting(status -> status.realServers().getFirst().traffic().connections())
                .containsExactly(1L, 0L);
        assertThat(rig.address(LOCAL)).get().matches(status -> status.connections() == 1);
        assertThat(rig.status().services())
                .extracting(status -> status.service().realServers())
                .containsOnly(List.<RealServer>of(SERVER));
    }
}
