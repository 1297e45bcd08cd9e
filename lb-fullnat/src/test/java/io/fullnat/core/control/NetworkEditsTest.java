// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static io.fullnat.api.ErrorCode.ADDRESS_IN_USE;
import static io.fullnat.api.ErrorCode.INVALID_ARGUMENT;
import static io.fullnat.api.ErrorCode.NO_PORT;
import static io.fullnat.core.control.Drafting.LOCAL;
import static io.fullnat.core.control.Drafting.WEB;
import static io.fullnat.core.control.Drafting.added;
import static io.fullnat.core.control.Drafting.address;
import static io.fullnat.core.control.Drafting.ip;
import static io.fullnat.core.control.Drafting.local;
import static io.fullnat.core.control.Drafting.refused;
import static io.fullnat.core.control.Drafting.service;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.MacAddress;
import io.fullnat.api.control.Change;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Neighbour;
import io.fullnat.api.network.Route;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// [NetworkEdits]: what addresses, routes and neighbours need around them.
class NetworkEditsTest {
    private final Drafting drafting = new Drafting();

    @AfterEach
    void close() {
        drafting.close();
    }

    private void add(Change.AddAddress change) {
        drafting.network().addAddress(change);
    }

    /// What was there before must not be one of them: the address, and those that no host of its
    /// network has.
    @Test
    void anAddressIsFreshWithTheFirstAndLastOfItsNetwork() {
        add(address("10.0.1.1/24", "lan"));
        assertThat(drafting.draft.fresh)
                .containsExactlyInAnyOrder(ip("10.0.1.1"), ip("10.0.1.0"), ip("10.0.1.255"));
        assertThat(drafting.draft.addresses()).hasSize(1);
    }

    @Test
    void aVlanThatIsNamedIsMadeAndAPortThatIsNotThereIsNot() {
        add(address("10.0.1.1/24", "lan.100"));
        assertThat(drafting.devices.known("lan.100", "a test").vlan()).isEqualTo(100);
        refused(NO_PORT, "dmz", () -> add(address("10.0.2.1/24", "dmz")));
        refused(INVALID_ARGUMENT, "4095", () -> add(address("10.0.2.1/24", "lan.4095")));
    }

    @Test
    void onlyAHostHasAnAddress() {
        refused(INVALID_ARGUMENT, "224.0.0.5", () -> add(address("224.0.0.5/32", "lan")));
        refused(INVALID_ARGUMENT, "127.0.0.1", () -> add(address("127.0.0.1/8", "lan")));
    }

    @Test
    void anAddressOfTheKernelNeedsAnInterfaceOfItsOwn() {
        Change.AddAddress kernels =
                new Change.AddAddress(InterfaceAddress.of("10.0.1.1/24", "lan").ofKernel());
        refused(INVALID_ARGUMENT, "no interface of the kernel", () -> add(kernels));
    }

    @Test
    void aLocalAddressMayBeGivenToItsDeviceAlone() {
        drafting.inForce(added(service(WEB).withLocalAddress(local(LOCAL, "lan"))));
        refused(ADDRESS_IN_USE, "local address on lan", () -> add(address(LOCAL + "/24", "wan")));
        drafting.draft = new Draft(drafting.before(), drafting.devices, 0);
        add(address(LOCAL + "/32", "lan"));
        assertThat(drafting.draft.addresses()).hasSize(1);
    }

    @Test
    void anAddressThatServicesUseAsALocalOneStays() {
        drafting.inForce(
                address(LOCAL + "/32", "lan"),
                added(service(WEB).withLocalAddress(local(LOCAL, "lan"))));
        Change.RemoveAddress remove =
                new Change.RemoveAddress(InterfaceAddress.of(LOCAL + "/32", "lan"), true);
        refused(ADDRESS_IN_USE, "1 service", () -> drafting.network().removeAddress(remove));
        assertThat(drafting.draft.given).isEmpty();
    }

    @Test
    void anAddressIsGivenAwayOnlyByForce() {
        drafting.inForce(address("192.0.2.80/32", "wan"), address("192.0.2.81/32", "wan"));
        drafting.network()
                .removeAddress(
                        new Change.RemoveAddress(
                                InterfaceAddress.of("192.0.2.80/32", "wan"), false));
        assertThat(drafting.draft.given).isEmpty();
        drafting.network()
                .removeAddress(
                        new Change.RemoveAddress(
                                InterfaceAddress.of("192.0.2.81/32", "wan"), true));
        assertThat(drafting.draft.given).containsExactly(ip("192.0.2.81"));
        assertThat(drafting.draft.addresses()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "0.0.0.0/0, 10.0.1.254, lan, true",
        "10.9.0.0/16, 10.0.1.254, lan, true",
        "0.0.0.0/0, 10.0.1.254, wan, false",
        "0.0.0.0/0, 10.0.2.254, lan, false",
        "::/0, fe80::1, lan, true",
        "::/0, 2001:db8:1::fe, lan, true",
        "::/0, 2001:db8:2::fe, lan, false"
    })
    void aGatewayIsOnANetworkOfItsDevice(
            String destination, String gateway, String device, boolean right) {
        drafting.inForce(
                address("10.0.1.1/24", "lan"),
                address("192.0.2.1/24", "wan"),
                address("2001:db8:1::1/64", "lan"));
        Change.AddRoute add = new Change.AddRoute(Route.via(destination, gateway, device));
        if (right) {
            drafting.network().addRoute(add);
            assertThat(drafting.draft.routes()).hasSize(1);
        } else {
            refused(INVALID_ARGUMENT, gateway, () -> drafting.network().addRoute(add));
        }
    }

    @Test
    void aRouteToALinkNeedsNoGateway() {
        drafting.network().addRoute(new Change.AddRoute(Route.onLink("10.9.0.0/16", "lan")));
        assertThat(drafting.draft.routes()).hasSize(1);
        refused(
                NO_PORT,
                "dmz",
                () ->
                        drafting.network()
                                .addRoute(new Change.AddRoute(Route.onLink("10.8.0.0/16", "dmz"))));
    }

    private static Change.SetNeighbour neighbour(String mac, String device) {
        return new Change.SetNeighbour(
                new Neighbour(ip("10.0.1.11"), MacAddress.parse(mac), device));
    }

    @Test
    void aNeighbourIsAStationOfADevice() {
        drafting.network().setNeighbour(neighbour("02:00:00:00:00:51", "lan"));
        assertThat(drafting.draft.neighbours()).hasSize(1);
        refused(
                INVALID_ARGUMENT,
                "group",
                () -> drafting.network().setNeighbour(neighbour("01:00:5e:00:00:05", "lan")));
        refused(
                NO_PORT,
                "dmz",
                () -> drafting.network().setNeighbour(neighbour("02:00:00:00:00:51", "dmz")));
    }

    @Test
    void neighboursAreForgottenOnOneDeviceOrOnAll() {
        drafting.network().flushNeighbours(Optional.of("lan"));
        assertThat(drafting.draft.flushed).containsExactly(1);
        drafting.network().flushNeighbours(Optional.empty());
        assertThat(drafting.draft.flushed).containsExactlyInAnyOrder(0, 1);
        refused(NO_PORT, "lan.7", () -> drafting.network().flushNeighbours(Optional.of("lan.7")));
    }
}
