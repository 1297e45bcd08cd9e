// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static io.fullnat.core.control.ControlRig.LOCAL;
import static io.fullnat.core.control.ControlRig.OTHER_LOCAL;
import static io.fullnat.core.control.ControlRig.SERVER;
import static io.fullnat.core.control.ControlRig.TLS;
import static io.fullnat.core.control.ControlRig.WEB;
import static io.fullnat.core.control.ControlRig.ip;
import static io.fullnat.core.control.ControlRig.local;
import static io.fullnat.core.control.ControlRig.service;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.ErrorCode;
import io.fullnat.api.control.AddressStatus;
import io.fullnat.api.control.Change;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.PortUsage;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.SchedulerContext;
import io.fullnat.api.service.SchedulerFactory;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// How long an address stays that came with a local address: while a service lists it or a
/// connection uses it, and no longer.
class LocalAddressLifeTest {
    private static final Change REMOVAL = new Change.RemoveLocalAddress(WEB, ip(LOCAL));
    private static final Duration CONNECTION_ENDS = Duration.ofSeconds(32);

    private final ControlRig rig =
            new ControlRig(builder -> builder.scheduler(new FailingScheduler())).configured();

    @AfterEach
    void close() {
        rig.close();
    }

    /// Of a local address that leads to some real servers and has no connection.
    private static PortUsage unused(int servers) {
        return new PortUsage(0, servers * 64_511L, 0, 0, 0, false);
    }

    private void assertGone(String address) {
        assertThat(rig.address(address)).isEmpty();
        assertThat(rig.answersFor(address)).isFalse();
    }

    @Test
    void aLocalAddressBringsItsAddressAlong() {
        assertThat(rig.address(LOCAL))
                .contains(
                        new AddressStatus(
                                InterfaceAddress.of(LOCAL + "/32", "lan"), false, 1, unused(1)));
        assertThat(rig.answersFor(LOCAL)).isTrue();
        assertThat(rig.answersFor(OTHER_LOCAL)).isFalse();
    }

    @Test
    void withoutConnectionsItGoesAtOnce() {
        rig.apply(REMOVAL);
        rig.pass(Duration.ofSeconds(1));

        assertGone(LOCAL);
    }

    @Test
    void twoServicesShareOneAddressUntilTheLastLetsGo() {
        rig.apply(new Change.AddService(service(TLS)));
        assertThat(rig.address(LOCAL)).get().matches(status -> status.services() == 2);

        rig.apply(REMOVAL);
        rig.pass(Duration.ofSeconds(1));
        assertThat(rig.address(LOCAL)).get().matches(status -> status.services() == 1);
        assertThat(rig.answersFor(LOCAL)).isTrue();

        rig.apply(new Change.RemoveService(TLS));
        rig.pass(Duration.ofSeconds(1));
        assertGone(LOCAL);
    }

    @Test
    void withLiveConnectionsItDrains() {
        rig.connected(40_000);

        rig.apply(REMOVAL);

        assertThat(rig.address(LOCAL))
                .get()
                .matches(AddressStatus::isDraining)
                .matches(status -> status.connections() == 1);
        assertThat(rig.answersFor(LOCAL)).isTrue();
        assertThat(rig.connect(40_000)).as("the connection goes on").hasSize(1);
        assertThat(rig.connect(40_001)).as("a new one has no local address").isEmpty();

        rig.pass(CONNECTION_ENDS);
        rig.pass(Duration.ofSeconds(1));
        assertGone(LOCAL);
    }

    @Test
    void theConnectionsOfARemovedServiceDrainToo() {
        rig.connected(40_000);

        rig.apply(new Change.RemoveService(WEB));

        assertThat(rig.address(LOCAL)).get().matches(AddressStatus::isDraining);
        assertThat(rig.connect(40_001)).isEmpty();
        assertThat(rig.answersFor(LOCAL)).isTrue();
        rig.pass(CONNECTION_ENDS);
        rig.pass(Duration.ofSeconds(1));
        assertGone(LOCAL);
    }

    @Test
    void addedAgainWhileItDrainsItStays() {
        rig.connected(40_000);
        rig.apply(REMOVAL);

        rig.apply(new Change.AddLocalAddress(WEB, local(LOCAL)));

        assertThat(rig.address(LOCAL))
                .get()
                .matches(status -> !status.isDraining() && status.connections() == 1);
        rig.pass(CONNECTION_ENDS);
        rig.pass(Duration.ofSeconds(1));
        assertThat(rig.address(LOCAL)).get().matches(status -> status.connections() == 0);
        assertThat(rig.answersFor(LOCAL)).isTrue();
        rig.connected(40_001);
    }

    @Test
    void drainingDoesNotMakeARevision() {
        rig.connected(40_000);
        rig.apply(REMOVAL);
        long revision = rig.status().revision();

        rig.pass(CONNECTION_ENDS);
        rig.pass(Duration.ofSeconds(1));

        assertGone(LOCAL);
        assertThat(rig.status().revision()).isEqualTo(revision);
    }

    @Test
    void anAddressAddedExplicitlyOutlivesItsUseAsALocalAddress() {
        InterfaceAddress explicit = InterfaceAddress.of(OTHER_LOCAL + "/24", "lan");
        rig.apply(new Change.AddAddress(explicit));
        rig.apply(new Change.AddLocalAddress(WEB, local(OTHER_LOCAL)));
        assertThat(rig.address(OTHER_LOCAL))
                .contains(new AddressStatus(explicit, true, 1, unused(1)));

        rig.apply(new Change.RemoveLocalAddress(WEB, ip(OTHER_LOCAL)));
        rig.pass(Duration.ofSeconds(1));

        assertThat(rig.address(OTHER_LOCAL))
                .contains(new AddressStatus(explicit, true, 0, PortUsage.NONE));
        assertThat(rig.answersFor(OTHER_LOCAL)).isTrue();
        rig.apply(new Change.RemoveAddress(explicit));
        assertGone(OTHER_LOCAL);
    }

    @Test
    void anAddressMadeExplicitWhileItIsALocalOneStaysToo() {
        rig.apply(new Change.AddAddress(InterfaceAddress.of(LOCAL + "/24", "lan")));

        rig.apply(new Change.RemoveService(WEB));
        rig.pass(Duration.ofSeconds(1));

        assertThat(rig.address(LOCAL)).get().matches(AddressStatus::explicit);
        assertThat(rig.answersFor(LOCAL)).isTrue();
    }

    @Test
    void anExplicitAddressRemovedWhileItsConnectionsLiveDrains() {
        InterfaceAddress explicit = InterfaceAddress.of(LOCAL + "/24", "lan");
        rig.apply(new Change.AddAddress(explicit));
        rig.connected(40_000);

        rig.apply(REMOVAL, new Change.RemoveAddress(explicit));

        assertThat(rig.address(LOCAL)).get().matches(AddressStatus::isDraining);
        assertThat(rig.answersFor(LOCAL)).isTrue();
        rig.pass(CONNECTION_ENDS);
        rig.pass(Duration.ofSeconds(1));
        assertGone(LOCAL);
    }

    @Test
    void aServerRemovedAndAddedAgainHasItsConnectionsStill() {
        rig.connected(40_000);
        rig.apply(new Change.RemoveRealServer(WEB, SERVER.endpoint()));
        assertThat(rig.connect(40_001)).isEmpty();

        rig.apply(new Change.AddRealServer(WEB, SERVER.withWeight(9)));

        assertThat(rig.service().realServers())
                .singleElement()
                .matches(server -> server.inactiveConnections() == 1)
                .matches(server -> server.server().weight() == 9);
        rig.connected(40_001);
        rig.pass(CONNECTION_ENDS);
        assertThat(rig.service().realServers())
                .singleElement()
                .matches(server -> server.inactiveConnections() == 0)
                .matches(server -> server.traffic().connections() == 2);
    }

    @Test
    void aLocalAddressOfAVlanBringsTheVlanAlong() {
        rig.apply(new Change.AddLocalAddress(WEB, LocalAddress.of("10.5.0.9", "lan.5")));

        assertThat(rig.address("10.5.0.9"))
                .contains(
                        new AddressStatus(
                                InterfaceAddress.of("10.5.0.9/32", "lan.5"), false, 1, unused(1)));
    }

    @Test
    void aTransactionThatCannotBeBuiltHoldsNoAddress() {
        rig.refuses(
                ErrorCode.INTERNAL,
                List.of("no memory today"),
                new Change.AddService(service(TLS).withScheduler("failing")));

        rig.apply(new Change.RemoveService(WEB));
        rig.pass(Duration.ofSeconds(1));

        assertGone(LOCAL);
    }

    /// A custom kind that has a fault.
    private static final class FailingScheduler implements SchedulerFactory {
        @Override
        public String name() {
            return "failing";
        }

        @Override
        public Scheduler create(List<RealServer> servers, SchedulerContext context) {
            throw new IllegalStateException("no memory today");
        }
    }
}
