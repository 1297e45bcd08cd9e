// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static io.fullnat.core.control.ControlRig.VIP;
import static io.fullnat.core.control.ControlRig.WEB;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.MacAddress;
import io.fullnat.api.control.Change;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Neighbour;
import io.fullnat.api.network.Route;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// What an address may be at once, whichever comes first.
class AddressRolesTest {
    private static final String ADDRESS = "10.0.1.50";

    private final ControlRig rig = new ControlRig().configured();

    @AfterEach
    void close() {
        rig.close();
    }

    /// What an address can be, and how it becomes that, on the servers' side.
    enum Role {
        OWN,
        VIRTUAL,
        LOCAL,
        SERVER,
        GATEWAY,
        NEIGHBOUR;

        Change of(String ip) {
            return switch (this) {
                case OWN -> new Change.AddAddress(InterfaceAddress.of(ip + "/32", "lan"));
                case VIRTUAL -> new Change.AddService(VirtualService.of(ServiceKey.tcp(ip, 81)));
                case LOCAL -> new Change.AddLocalAddress(WEB, ControlRig.local(ip));
                case SERVER -> new Change.AddRealServer(WEB, RealServer.of(ip, 9090));
                case GATEWAY -> new Change.AddRoute(Route.via("10.50.0.0/16", ip, "lan"));
                case NEIGHBOUR ->
                        new Change.SetNeighbour(
                                new Neighbour(
                                        ControlRig.ip(ip),
                                        MacAddress.parse("02:00:00:00:00:99"),
                                        "lan"));
            };
        }
    }

    private static final Set<Role> OURS = EnumSet.of(Role.OWN, Role.VIRTUAL, Role.LOCAL);

    /// An address is ours or another's; and nobody talks to servers from where clients connect to.
    private static boolean mayBeBoth(Role one, Role other) {
        Set<Role> both = EnumSet.of(one, other);
        return OURS.contains(one) == OURS.contains(other)
                && !both.equals(EnumSet.of(Role.VIRTUAL, Role.LOCAL));
    }

    private static Stream<Arguments> pairs() {
        return Arrays.stream(Role.values())
                .flatMap(first ->
                        Arrays.stream(Role.values())
                                .filter(second -> second != first)
                                .map(second -> Arguments.of(first, second)));
    }

    @ParameterizedTest(name = "{0}, then {1}")
    @MethodSource("pairs")
    void twoRolesInTwoTransactions(Role first, Role second) {
        rig.apply(first.of(ADDRESS));

        if (mayBeBoth(first, second)) {
            rig.apply(second.of(ADDRESS));
        } else {
            rig.refuses(ErrorCode.ADDRESS_IN_USE, List.of(ADDRESS, "; "), second.of(ADDRESS));
        }
    }

    @ParameterizedTest(name = "{0} and {1}")
    @MethodSource("pairs")
    void twoRolesInOneTransaction(Role first, Role second) {
        Change[] changes = {first.of(ADDRESS), second.of(ADDRESS)};
        if (mayBeBoth(first, second)) {
            rig.apply(changes);
        } else {
            rig.refuses(ErrorCode.ADDRESS_IN_USE, List.of(ADDRESS, "; "), changes);
        }
    }

    private static Stream<Arguments> rolesOfNoHost() {
        return Stream.of(
                        "10.0.1.0",
                        "10.0.1.255",
                        "127.0.0.1",
                        "127.8.9.10",
                        "0.0.0.0",
                        "0.1.2.3",
                        "224.0.0.1",
                        "239.255.255.250",
                        "240.0.0.1",
                        "255.255.255.255")
                .flatMap(ip -> Arrays.stream(Role.values()).map(role -> Arguments.of(ip, role)));
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("rolesOfNoHost")
    void whatNoHostHasIsNothing(String address, Role role) {
        rig.refuses(ErrorCode.INVALID_ARGUMENT, List.of(address, "; "), role.of(address));
    }

    /// 10.0.5.127 is a host of 10.0.5.0/24 and the broadcast address of 10.0.5.0/25.
    @ParameterizedTest
    @EnumSource(Role.class)
    void aNetworkThatComesLaterDoesNotMakeABroadcastAddressOfWhatIsThere(Role role) {
        rig.apply(new Change.AddAddress(InterfaceAddress.of("10.0.5.1/24", "lan")));
        rig.apply(role.of("10.0.5.127"));

        rig.refuses(
                ErrorCode.INVALID_ARGUMENT,
                List.of("10.0.5.127", "broadcast", "10.0.5.0/25", "; "),
                new Change.AddAddress(InterfaceAddress.of("10.0.5.2/25", "lan")));
        rig.apply(new Change.AddAddress(InterfaceAddress.of("10.0.5.2/26", "lan")));
    }

    @ParameterizedTest
    @EnumSource(
            value = Role.class,
            names = {"OWN", "LOCAL", "NEIGHBOUR"})
    void theNetworkOfAnotherDeviceDoesNotMatter(Role role) {
        rig.apply(role.of("192.0.2.255"));
    }

    @Test
    void networksOfTwoAddressesHaveNoBroadcastAddress() {
        rig.apply(
                new Change.AddAddress(InterfaceAddress.of("10.0.7.0/31", "lan")),
                new Change.AddAddress(InterfaceAddress.of("10.0.8.0/32", "lan")));
        rig.apply(
                new Change.AddRealServer(WEB, RealServer.of("10.0.7.1", 80)),
                new Change.AddRoute(Route.via("10.60.0.0/16", "10.0.7.1", "lan")));
    }

    @Test
    void anInterfaceAddressIsNotTheFirstOrLastOfItsNetwork() {
        for (String address : List.of("10.0.9.0/24", "10.0.9.255/24", "0.0.0.0/0")) {
            rig.refuses(
                    ErrorCode.INVALID_ARGUMENT,
                    List.of(address, "; "),
                    new Change.AddAddress(InterfaceAddress.of(address, "lan")));
        }
    }

    @Test
    void theServersOfAWholeServiceAreLookedAtToo() {
        VirtualService service =
                VirtualService.of(ServiceKey.udp("192.0.2.81", 53))
                        .withRealServer(RealServer.of(VIP, 53));
        rig.refuses(
                ErrorCode.ADDRESS_IN_USE,
                List.of(VIP, "virtual address", WEB.toString(), "server itself"),
                new Change.AddService(service));
        rig.refuses(
                ErrorCode.ADDRESS_IN_USE,
                List.of("192.0.2.80"),
                new Change.ReplaceService(
                        rig.service().service().withRealServers(List.of(RealServer.of(VIP, 80)))));
        rig.refuses(
                ErrorCode.ADDRESS_IN_USE,
                List.of("192.0.2.81", "virtual"),
                new Change.AddService(
                        VirtualService.of(ServiceKey.udp("192.0.2.81", 53))
                                .withRealServer(RealServer.of("192.0.2.81", 53))));
    }

    @Test
    void anAddressThatDrainsIsStillOurs() {
        rig.connected(40_000);
        rig.apply(new Change.RemoveLocalAddress(WEB, ControlRig.ip(ControlRig.LOCAL)));
        for (Role role : EnumSet.of(Role.SERVER, Role.GATEWAY, Role.NEIGHBOUR)) {
            rig.refuses(
                    ErrorCode.ADDRESS_IN_USE,
                    List.of(ControlRig.LOCAL, "drains"),
                    role.of(ControlRig.LOCAL));
        }

        rig.pass(Duration.ofSeconds(60));
        rig.pass(Duration.ofSeconds(1));
        rig.apply(Role.SERVER.of(ControlRig.LOCAL));
    }

    @Test
    void aVirtualAddressIsRemovedAfterItsServicesOrByForce() {
        InterfaceAddress virtual = InterfaceAddress.of(VIP + "/32", "wan");
        rig.apply(new Change.AddAddress(virtual));

        rig.refuses(
                ErrorCode.ADDRESS_IN_USE,
                List.of(VIP, WEB.toString(), "force"),
                new Change.RemoveAddress(virtual));
        rig.apply(new Change.RemoveAddress(virtual, true));
        assertThat(rig.address(VIP)).isEmpty();

        rig.apply(new Change.AddAddress(virtual));
        rig.apply(new Change.RemoveAddress(virtual), new Change.RemoveService(WEB));
        assertThat(rig.address(VIP)).isEmpty();
    }

    @Test
    void aVirtualAddressMayMoveWithinATransaction() {
        InterfaceAddress virtual = InterfaceAddress.of(VIP + "/32", "wan");
        rig.apply(new Change.AddAddress(virtual));
        rig.apply(
                new Change.RemoveAddress(virtual),
                new Change.AddAddress(InterfaceAddress.of(VIP + "/32", "lan")));
        assertThat(rig.address(VIP)).isPresent();
    }

    @Test
    void rolesMayBeExchangedWithinATransaction() {
        rig.apply(Role.SERVER.of(ADDRESS), Role.GATEWAY.of(ADDRESS));
        rig.apply(
                Role.LOCAL.of(ADDRESS),
                new Change.RemoveRealServer(WEB, RealServer.of(ADDRESS, 9090).endpoint()),
                new Change.RemoveRoute(IpPrefix.parse("10.50.0.0/16")));
        rig.apply(
                Role.SERVER.of(ADDRESS),
                new Change.RemoveLocalAddress(WEB, ControlRig.ip(ADDRESS)));
    }
}
