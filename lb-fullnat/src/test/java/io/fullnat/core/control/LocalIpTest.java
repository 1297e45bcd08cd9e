// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static io.fullnat.core.control.ControlRig.LOCAL;
import static io.fullnat.core.control.ControlRig.OTHER_LOCAL;
import static io.fullnat.core.control.ControlRig.TLS;
import static io.fullnat.core.control.ControlRig.VIP;
import static io.fullnat.core.control.ControlRig.WEB;
import static io.fullnat.core.control.ControlRig.ip;
import static io.fullnat.core.control.ControlRig.local;
import static io.fullnat.core.control.ControlRig.service;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.control.AddressStatus;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.api.control.ConnectionInfo;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.LocalAddressStatus;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.packet.Ipv4;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The life of a LocalIP, one behaviour a test: list, interface and connections agree after every
/// step. Numbers are those of the same behaviours of the command line's test.
class LocalIpTest {
    private static final Duration CONNECTION_ENDS = Duration.ofSeconds(33);

    private final ControlRig rig = new ControlRig().configured();

    @AfterEach
    void close() {
        rig.close();
    }

    private List<LocalAddressStatus> locals() {
        return rig.service().localAddresses();
    }

    private void end() {
        rig.pass(CONNECTION_ENDS);
        rig.pass(Duration.ofSeconds(1));
    }

    private void assertGone(String address) {
        assertThat(rig.address(address)).isEmpty();
        assertThat(rig.answersFor(address)).isFalse();
    }

    @Test
    void l01AnAddedOneIsListedWithoutConnectionsAndItsAddressHasPorts() {
        rig.apply(new Change.AddLocalAddress(WEB, local(OTHER_LOCAL)));

        assertThat(locals())
                .extracting(LocalAddressStatus::address)
                .containsExactly(local(LOCAL), local(OTHER_LOCAL));
        assertThat(locals().getLast()).matches(status -> status.connections() == 0);
        assertThat(rig.address(OTHER_LOCAL))
                .get()
                .matches(status -> status.ports().free() == 64_511);
        assertThat(rig.answersFor(OTHER_LOCAL)).isTrue();
    }

    @Test
    void l02OneThatIsThereIsRefusedAndStaysAsItWas() {
        rig.connected(40_000);

        rig.refuses(
                ErrorCode.LOCAL_ADDRESS_EXISTS,
                List.of(LOCAL, "of TCP 192.0.2.80:80 already exists"),
                new Change.AddLocalAddress(WEB, local(LOCAL)));

        assertThat(locals()).singleElement().matches(status -> status.connections() == 1);
        assertThat(rig.answersFor(LOCAL)).isTrue();
    }

    @Test
    void l03AnAddWithAnythingWrongLeavesNoAddressBehind() {
        rig.refuses(
                ErrorCode.NO_SERVICE,
                List.of("no service TCP 192.0.2.80:443"),
                new Change.AddLocalAddress(TLS, local(OTHER_LOCAL)));
        assertGone(OTHER_LOCAL);

        rig.refuses(
                ErrorCode.NO_PORT,
                List.of("\"dpdk9\"", "wan, lan"),
                new Change.AddLocalAddress(WEB, LocalAddress.of(OTHER_LOCAL, "dpdk9")));
        assertGone(OTHER_LOCAL);

        for (String wrong : List.of("0.0.0.0", "224.0.0.9", "127.0.0.9", "255.255.255.255")) {
            rig.refuses(
                    ErrorCode.INVALID_ARGUMENT,
                    List.of(wrong),
                    new Change.AddLocalAddress(WEB, local(wrong)));
        }
    }

    @Test
    void l04ARemovedOneGoesWithItsAddressOnlyWhenNoOtherServiceListsIt() {
        rig.apply(new Change.AddService(service(TLS)));

        rig.apply(new Change.RemoveLocalAddress(WEB, ip(LOCAL)));
        assertThat(locals()).isEmpty();
        assertThat(rig.answersFor(LOCAL)).as("TLS lists it still").isTrue();

        rig.apply(new Change.RemoveLocalAddress(TLS, ip(LOCAL)));
        rig.pass(Duration.ofSeconds(1));
        assertGone(LOCAL);
    }

    @Test
    void l05ARemovalOfWhatIsNotThereNamesItAndTouchesNothing() {
        rig.refuses(
                ErrorCode.NO_LOCAL_ADDRESS,
                List.of("10.0.1.101 is not a local address of TCP 192.0.2.80:80; it has " + LOCAL),
                new Change.RemoveLocalAddress(WEB, ip(OTHER_LOCAL)));
        rig.refuses(
                ErrorCode.NO_SERVICE,
                List.of("no service TCP 192.0.2.80:443"),
                new Change.RemoveLocalAddress(TLS, ip(LOCAL)));

        assertThat(rig.answersFor(LOCAL)).isTrue();
        rig.connected(40_000);
    }

    @Test
    void l06EachClassOfErrorHasAnExitStatusOfItsOwn() {
        Set<Integer> statuses = new HashSet<>();
        for (ErrorCode code : ErrorCode.values()) {
            assertThat(code.exitStatus()).isBetween(1, 125);
            assertThat(statuses.add(code.exitStatus())).as(code.name()).isTrue();
        }
    }

    @Test
    void l07ListAndInterfaceChangeTogetherOrNotAtAll() {
        rig.refuses(
                ErrorCode.NO_LOCAL_ADDRESS,
                List.of(OTHER_LOCAL),
                new Change.RemoveLocalAddress(WEB, ip(LOCAL)),
                new Change.RemoveLocalAddress(WEB, ip(OTHER_LOCAL)));

        assertThat(locals()).hasSize(1);
        assertThat(rig.answersFor(LOCAL)).isTrue();
        rig.connected(40_000);
    }

    @Test
    void l08AMalformedOneIsRefusedWhereItIsMade() {
        for (String wrong : List.of("", "10.0.1", "10.0.1.256", "10.0.1.9/24", "web")) {
            assertThatThrownBy(() -> LocalAddress.of(wrong, "lan"))
                    .isInstanceOf(BalancerException.class)
                    .hasMessageContaining("\"" + wrong + "\"")
                    .extracting(failure -> ((BalancerException) failure).code())
                    .isEqualTo(ErrorCode.INVALID_ARGUMENT);
        }
    }

    @Test
    void l09ARemovedOneDrainsAndIsRevivedWithoutGivingOutPortsInUse() {
        List<byte[]> frames = new ArrayList<>();
        for (int port = 40_000; port < 40_050; port++) {
            frames.addAll(rig.connect(port));
        }
        rig.apply(new Change.RemoveLocalAddress(WEB, ip(LOCAL)));

        assertThat(locals())
                .singleElement()
                .matches(LocalAddressStatus::draining)
                .matches(status -> status.connections() == 50);
        assertThat(rig.address(LOCAL)).get().matches(AddressStatus::isDraining);
        assertThat(rig.answersFor(LOCAL)).isTrue();
        assertThat(rig.connect(40_000)).as("a live connection").hasSize(1);
        assertThat(rig.connect(41_000)).as("a new connection").isEmpty();

        rig.apply(new Change.AddLocalAddress(WEB, local(LOCAL)));
        assertThat(locals()).singleElement().matches(status -> !status.draining());
        for (int port = 41_000; port < 41_050; port++) {
            frames.addAll(rig.connect(port));
        }

        assertThat(locals()).singleElement().matches(status -> status.connections() == 100);
        assertThat(frames.stream().map(LocalIpTest::sourcePort).distinct()).hasSize(100);
    }

    private static int sourcePort(byte[] frame) {
        int tcp = 14 + Ipv4.MIN_HEADER_LENGTH;
        return (frame[tcp] & 0xFF) << 8 | (frame[tcp + 1] & 0xFF);
    }

    @Test
    void l10ListsOfServicesAddressesAndWorkersAgree() {
        rig.apply(new Change.AddService(service(TLS)));
        for (int port = 40_000; port < 40_020; port++) {
            rig.connected(port);
        }

        long[] byWorker = new long[2];
        rig.balancer
                .control()
                .connections(
                        ConnectionFilter.of(WEB),
                        connection -> {
                            byWorker[connection.worker()]++;
                            return true;
                        });
        assertThat(Arrays.stream(byWorker).sum()).isEqualTo(20);
        assertThat(locals().getFirst().connections()).isEqualTo(20);
        assertThat(rig.address(LOCAL)).get().matches(status -> status.connections() == 20);
        assertThat(rig.balancer.control().status(TLS))
                .get()
                .matches(status -> status.localAddresses().getFirst().connections() == 0);
        assertThat(rig.balancer.control().status(ControlRig.NOWHERE)).isEmpty();
    }

    @Test
    void l11AFlushRemovesAllOfOneService() {
        rig.apply(
                new Change.AddLocalAddress(WEB, local(OTHER_LOCAL)),
                new Change.AddService(service(TLS)));

        rig.apply(new Change.FlushLocalAddresses(WEB, false));
        rig.pass(Duration.ofSeconds(1));

        assertThat(locals()).isEmpty();
        assertGone(OTHER_LOCAL);
        assertThat(rig.answersFor(LOCAL)).as("TLS lists it").isTrue();
        rig.refuses(
                ErrorCode.NO_SERVICE,
                List.of("no service"),
                new Change.FlushLocalAddresses(ControlRig.NOWHERE, false));
    }

    @Test
    void l12APlanMakesAnIdempotentAddOfTheStrictOne() {
        for (int i = 0; i < 2; i++) {
            var done =
                    rig.balancer
                            .control()
                            .submit(present -> {
                                VirtualService web = present.services().get(WEB);
                                return web != null
                                                && web.localAddresses().contains(local(OTHER_LOCAL))
                                        ? List.of()
                                        : List.of(
                                                new Change.AddLocalAddress(
                                                        WEB, local(OTHER_LOCAL)));
                            });
            rig.run();
            assertThat(done).isCompleted();
        }

        assertThat(locals()).hasSize(2);
        rig.refuses(
                ErrorCode.LOCAL_ADDRESS_EXISTS,
                List.of(OTHER_LOCAL),
                new Change.AddLocalAddress(WEB, local(OTHER_LOCAL)));
    }

    @Test
    void l13ARemovedServiceLetsGoOfAllItsLocalAddresses() {
        rig.apply(new Change.AddLocalAddress(WEB, local(OTHER_LOCAL)));
        rig.connected(40_000);

        rig.apply(new Change.RemoveService(WEB));
        end();

        assertGone(LOCAL);
        assertGone(OTHER_LOCAL);
    }

    @Test
    void l14AnAddressOfTheInterfaceBecomesALocalOneAndStaysWhenItIsRemoved() {
        InterfaceAddress explicit = InterfaceAddress.of(OTHER_LOCAL + "/24", "lan");
        rig.apply(new Change.AddAddress(explicit));
        rig.apply(new Change.RemoveLocalAddress(WEB, ip(LOCAL)));

        rig.apply(new Change.AddLocalAddress(WEB, local(OTHER_LOCAL)));
        rig.connected(40_000);
        rig.apply(new Change.RemoveLocalAddress(WEB, ip(OTHER_LOCAL)));
        end();

        assertThat(rig.address(OTHER_LOCAL)).get().matches(AddressStatus::explicit);
        assertThat(rig.answersFor(OTHER_LOCAL)).isTrue();
    }

    @Test
    void l15AVirtualAddressIsNoLocalAddress() {
        rig.refuses(
                ErrorCode.ADDRESS_IN_USE,
                List.of(VIP, "virtual address"),
                new Change.AddLocalAddress(WEB, LocalAddress.of(VIP, "wan")));
    }

    @Test
    void l16ConnectionsAndPeaksAreCountedForEachLocalAddress() {
        rig.apply(new Change.AddLocalAddress(WEB, local(OTHER_LOCAL)));
        for (int port = 40_000; port < 40_030; port++) {
            rig.connected(port);
        }

        assertThat(locals().stream().mapToLong(LocalAddressStatus::connections).sum())
                .isEqualTo(30);
        assertThat(locals()).allMatch(status -> status.connections() > 0);
        end();
        assertThat(locals())
                .allMatch(status -> status.connections() == 0)
                .allMatch(status -> status.ports().misses() == 0);
        assertThat(locals().stream().mapToLong(status -> status.ports().highWater()).sum())
                .isEqualTo(30);
    }

    @Test
    void l17AForcedRemovalEndsItsConnectionsWithTheTransaction() {
        rig.apply(new Change.AddService(service(TLS)));
        rig.connected(40_000);
        rig.apply(new Change.AddLocalAddress(WEB, local(OTHER_LOCAL)));

        rig.apply(new Change.RemoveLocalAddress(WEB, ip(LOCAL), true));

        assertThat(locals())
                .singleElement()
                .matches(status -> status.address().equals(local(OTHER_LOCAL)));
        assertThat(rig.connections()).extracting(ConnectionInfo::local).isEmpty();
        assertThat(rig.connect(40_000)).as("it can connect anew").hasSize(1);
        assertThat(rig.answersFor(LOCAL)).as("TLS lists it").isTrue();

        rig.apply(new Change.FlushLocalAddresses(WEB, true), new Change.RemoveService(TLS));
        rig.pass(Duration.ofSeconds(1));
        assertThat(rig.connections()).isEmpty();
        assertGone(LOCAL);
        assertGone(OTHER_LOCAL);
    }
}
