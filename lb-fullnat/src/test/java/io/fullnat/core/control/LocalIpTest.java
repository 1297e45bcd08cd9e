// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static io.fullnat.core.control.ControlRig.ip;
import static io.fullnat.core.control.ControlRig.local;
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
import io.fullnat.core.packet.Tcp;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// The life of a LocalIP of either family, one behaviour a test: list, interface and connections
/// agree after every step. Numbers are those of the same behaviours of the command line's test.
@ParameterizedClass
@EnumSource(Site.class)
class LocalIpTest {
    private static final Duration CONNECTION_ENDS = Duration.ofSeconds(33);

    @Parameter private Site site = Site.IPV4;

    private final ControlRig rig = new ControlRig();

    @BeforeEach
    void configure() {
        site.configure(rig);
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private List<LocalAddressStatus> locals() {
        return rig.balancer.control().status(site.web).orElseThrow().localAddresses();
    }

    private List<byte[]> connect(int clientPort) {
        return rig.pass(site.toWeb(clientPort).flags(Tcp.SYN));
    }

    private void connected(int clientPort) {
        assertThat(connect(clientPort)).hasSize(1);
    }

    private boolean answersFor(String address) {
        return site.isAnswered(rig.ask(site.whoHas(address)));
    }

    /// Nobody objects to new addresses of IPv6, which are used from then on.
    private void waitForObjections() {
        rig.pass(Duration.ofMillis(1));
        rig.pass(Duration.ofSeconds(1));
        rig.pass(Duration.ofSeconds(1));
    }

    private void end() {
        rig.pass(CONNECTION_ENDS);
        rig.pass(Duration.ofSeconds(1));
    }

    private void assertGone(String address) {
        assertThat(rig.address(address)).isEmpty();
        assertThat(answersFor(address)).isFalse();
    }

    @Test
    void l01AnAddedOneIsListedWithoutConnectionsAndItsAddressHasPorts() {
        rig.apply(new Change.AddLocalAddress(site.web, local(site.otherLocal)));

        assertThat(locals())
                .extracting(LocalAddressStatus::address)
                .containsExactly(local(site.local), local(site.otherLocal));
        assertThat(locals().getLast()).matches(status -> status.connections() == 0);
        assertThat(rig.address(site.otherLocal))
                .get()
                .matches(status -> status.ports().free() == 64_511);
        site.settle(rig);
        assertThat(answersFor(site.otherLocal)).isTrue();
    }

    @Test
    void l02OneThatIsThereIsRefusedAndStaysAsItWas() {
        connected(40_000);

        rig.refuses(
                ErrorCode.LOCAL_ADDRESS_EXISTS,
                List.of(site.local, "of " + site.web + " already exists"),
                new Change.AddLocalAddress(site.web, local(site.local)));

        assertThat(locals()).singleElement().matches(status -> status.connections() == 1);
        assertThat(answersFor(site.local)).isTrue();
    }

    @Test
    void l03AnAddWithAnythingWrongLeavesNoAddressBehind() {
        rig.refuses(
                ErrorCode.NO_SERVICE,
                List.of("no service " + site.tls),
                new Change.AddLocalAddress(site.tls, local(site.otherLocal)));
        assertGone(site.otherLocal);

        rig.refuses(
                ErrorCode.NO_PORT,
                List.of("\"dpdk9\"", "wan, lan"),
                new Change.AddLocalAddress(site.web, LocalAddress.of(site.otherLocal, "dpdk9")));
        assertGone(site.otherLocal);

        List<String> noHosts =
                site == Site.IPV4
                        ? List.of("0.0.0.0", "224.0.0.9", "127.0.0.9", "255.255.255.255")
                        : List.of("::", "ff02::9", "::1", "fe80::9", "fd00:1::");
        for (String wrong : noHosts) {
            rig.refuses(
                    ErrorCode.INVALID_ARGUMENT,
                    List.of(wrong),
                    new Change.AddLocalAddress(site.web, local(wrong)));
        }
    }

    @Test
    void l04ARemovedOneGoesWithItsAddressOnlyWhenNoOtherServiceListsIt() {
        rig.apply(new Change.AddService(site.service(site.tls)));

        rig.apply(new Change.RemoveLocalAddress(site.web, ip(site.local)));
        assertThat(locals()).isEmpty();
        assertThat(answersFor(site.local)).as("TLS lists it still").isTrue();

        rig.apply(new Change.RemoveLocalAddress(site.tls, ip(site.local)));
        rig.pass(Duration.ofSeconds(1));
        assertGone(site.local);
    }

    @Test
    void l05ARemovalOfWhatIsNotThereNamesItAndTouchesNothing() {
        rig.refuses(
                ErrorCode.NO_LOCAL_ADDRESS,
                List.of(
                        site.otherLocal
                                + " is not a local address of "
                                + site.web
                                + "; it has "
                                + site.local),
                new Change.RemoveLocalAddress(site.web, ip(site.otherLocal)));
        rig.refuses(
                ErrorCode.NO_SERVICE,
                List.of("no service " + site.tls),
                new Change.RemoveLocalAddress(site.tls, ip(site.local)));

        assertThat(answersFor(site.local)).isTrue();
        connected(40_000);
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
                List.of(site.otherLocal),
                new Change.RemoveLocalAddress(site.web, ip(site.local)),
                new Change.RemoveLocalAddress(site.web, ip(site.otherLocal)));

        assertThat(locals()).hasSize(1);
        assertThat(answersFor(site.local)).isTrue();
        connected(40_000);
    }

    @Test
    void l08AMalformedOneIsRefusedWhereItIsMade() {
        for (String wrong :
                List.of(
                        "",
                        "10.0.1",
                        "10.0.1.256",
                        "10.0.1.9/24",
                        "web",
                        "fd00:1",
                        "fd00:1::9/64")) {
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
            frames.addAll(connect(port));
        }
        rig.apply(new Change.RemoveLocalAddress(site.web, ip(site.local)));

        assertThat(locals())
                .singleElement()
                .matches(LocalAddressStatus::draining)
                .matches(status -> status.connections() == 50);
        assertThat(rig.address(site.local)).get().matches(AddressStatus::isDraining);
        assertThat(answersFor(site.local)).isTrue();
        assertThat(connect(40_000)).as("a live connection").hasSize(1);
        assertThat(connect(41_000)).as("a new connection").isEmpty();

        rig.apply(new Change.AddLocalAddress(site.web, local(site.local)));
        assertThat(locals()).singleElement().matches(status -> !status.draining());
        for (int port = 41_000; port < 41_050; port++) {
            frames.addAll(connect(port));
        }

        assertThat(locals()).singleElement().matches(status -> status.connections() == 100);
        assertThat(frames.stream().map(this::sourcePort).distinct()).hasSize(100);
    }

    private int sourcePort(byte[] frame) {
        int tcp = site.sourcePort();
        return (frame[tcp] & 0xFF) << 8 | (frame[tcp + 1] & 0xFF);
    }

    @Test
    void l10ListsOfServicesAddressesAndWorkersAgree() {
        rig.apply(new Change.AddService(site.service(site.tls)));
        for (int port = 40_000; port < 40_020; port++) {
            connected(port);
        }

        long[] byWorker = new long[2];
        rig.balancer
                .control()
                .connections(
                        ConnectionFilter.of(site.web),
                        connection -> {
                            byWorker[connection.worker()]++;
                            return true;
                        });
        assertThat(Arrays.stream(byWorker).sum()).isEqualTo(20);
        assertThat(locals().getFirst().connections()).isEqualTo(20);
        assertThat(rig.address(site.local)).get().matches(status -> status.connections() == 20);
        assertThat(rig.balancer.control().status(site.tls))
                .get()
                .matches(status -> status.localAddresses().getFirst().connections() == 0);
        assertThat(rig.balancer.control().status(site.nowhere)).isEmpty();
    }

    @Test
    void l11AFlushRemovesAllOfOneService() {
        rig.apply(
                new Change.AddLocalAddress(site.web, local(site.otherLocal)),
                new Change.AddService(site.service(site.tls)));

        rig.apply(new Change.FlushLocalAddresses(site.web, false));
        rig.pass(Duration.ofSeconds(1));

        assertThat(locals()).isEmpty();
        assertGone(site.otherLocal);
        assertThat(answersFor(site.local)).as("TLS lists it").isTrue();
        rig.refuses(
                ErrorCode.NO_SERVICE,
                List.of("no service"),
                new Change.FlushLocalAddresses(site.nowhere, false));
    }

    @Test
    void l12APlanMakesAnIdempotentAddOfTheStrictOne() {
        for (int i = 0; i < 2; i++) {
            var done =
                    rig.balancer
                            .control()
                            .submit(present -> {
                                VirtualService web = present.services().get(site.web);
                                return web != null
                                                && web.localAddresses()
                                                        .contains(local(site.otherLocal))
                                        ? List.of()
                                        : List.of(
                                                new Change.AddLocalAddress(
                                                        site.web, local(site.otherLocal)));
                            });
            rig.run();
            assertThat(done).isCompleted();
        }

        assertThat(locals()).hasSize(2);
        rig.refuses(
                ErrorCode.LOCAL_ADDRESS_EXISTS,
                List.of(site.otherLocal),
                new Change.AddLocalAddress(site.web, local(site.otherLocal)));
    }

    @Test
    void l13ARemovedServiceLetsGoOfAllItsLocalAddresses() {
        rig.apply(new Change.AddLocalAddress(site.web, local(site.otherLocal)));
        connected(40_000);

        rig.apply(new Change.RemoveService(site.web));
        end();

        assertGone(site.local);
        assertGone(site.otherLocal);
    }

    @Test
    void l14AnAddressOfTheInterfaceBecomesALocalOneAndStaysWhenItIsRemoved() {
        InterfaceAddress explicit = InterfaceAddress.of(site.otherLocal + site.network, "lan");
        rig.apply(new Change.AddAddress(explicit));
        rig.apply(new Change.RemoveLocalAddress(site.web, ip(site.local)));

        rig.apply(new Change.AddLocalAddress(site.web, local(site.otherLocal)));
        waitForObjections();
        connected(40_000);
        rig.apply(new Change.RemoveLocalAddress(site.web, ip(site.otherLocal)));
        end();

        assertThat(rig.address(site.otherLocal)).get().matches(AddressStatus::explicit);
        assertThat(answersFor(site.otherLocal)).isTrue();
    }

    @Test
    void l15AVirtualAddressIsNoLocalAddress() {
        rig.refuses(
                ErrorCode.ADDRESS_IN_USE,
                List.of(site.vip, "virtual address"),
                new Change.AddLocalAddress(site.web, LocalAddress.of(site.vip, "wan")));
    }

    @Test
    void l16ConnectionsAndPeaksAreCountedForEachLocalAddress() {
        rig.apply(new Change.AddLocalAddress(site.web, local(site.otherLocal)));
        waitForObjections();
        for (int port = 40_000; port < 40_030; port++) {
            connected(port);
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
        rig.apply(new Change.AddService(site.service(site.tls)));
        connected(40_000);
        rig.apply(new Change.AddLocalAddress(site.web, local(site.otherLocal)));
        waitForObjections();

        rig.apply(new Change.RemoveLocalAddress(site.web, ip(site.local), true));

        assertThat(locals())
                .singleElement()
                .matches(status -> status.address().equals(local(site.otherLocal)));
        assertThat(rig.connections()).extracting(ConnectionInfo::local).isEmpty();
        assertThat(connect(40_000)).as("it can connect anew").hasSize(1);
        assertThat(answersFor(site.local)).as("TLS lists it").isTrue();

        rig.apply(
                new Change.FlushLocalAddresses(site.web, true), new Change.RemoveService(site.tls));
        rig.pass(Duration.ofSeconds(1));
        assertThat(rig.connections()).isEmpty();
        assertGone(site.local);
        assertGone(site.otherLocal);
    }
}
