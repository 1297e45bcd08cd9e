// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.control;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpAddress;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.MacAddress;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Neighbour;
import io.fullnat.api.network.Route;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What addresses of both families may be, and which belong together.
class FamilyRulesTest {
    private static final ServiceKey WEB4 = ServiceKey.tcp("192.0.2.80", 80);
    private static final ServiceKey WEB6 = ServiceKey.tcp("2001:db8::80", 80);

    private final AddressRules rules =
            new AddressRules(
                    List.of(
                            InterfaceAddress.of("2001:db8:1::1/64", "lan"),
                            InterfaceAddress.of("2001:db8:2::1/127", "lan")),
                    ip -> Optional.empty());

    private static void refuses(Executable rule, String... words) {
        BalancerException wrong = assertThrows(BalancerException.class, rule);
        assertEquals(ErrorCode.INVALID_ARGUMENT, wrong.code());
        for (String word : words) {
            assertTrue(String.valueOf(wrong.getMessage()).contains(word), wrong.getMessage());
        }
    }

    /// The kernel is given what comes for an address, on whichever device.
    @Test
    void aLinkLocalAddressIsTheKernelsOnAllDevicesOrOnNone() {
        InterfaceAddress own = InterfaceAddress.of("fe80::1/64", "lan");
        InterfaceAddress kernels = InterfaceAddress.of("fe80::1/64", "wan").ofKernel();
        AddressRules mixed = new AddressRules(List.of(own, kernels), ip -> Optional.empty());
        String refusal =
                String.valueOf(
                        assertThrows(BalancerException.class, () -> mixed.check(own)).getMessage());
        for (String words :
                List.of("fe80::1/64 dev lan", "fe80::1/64 dev wan", "all devices or on none")) {
            assertTrue(refusal.contains(words), refusal);
        }
        AddressRules both =
                new AddressRules(List.of(own.ofKernel(), kernels), ip -> Optional.empty());
        assertDoesNotThrow(() -> both.check(kernels));
    }

    /// A link-local address is ours on its own link alone: elsewhere it may be a router's.
    @Test
    void anotherLinkMayHaveAStationWithALinkLocalAddressOfOurs() {
        List<InterfaceAddress> own =
                List.of(
                        InterfaceAddress.of("fe80::1/64", "lan"),
                        InterfaceAddress.of("2001:db8:1::1/64", "lan"));
        AddressRules held =
                new AddressRules(
                        own,
                        ip ->
                                own.stream()
                                        .filter(each -> each.prefix().address().equals(ip))
                                        .map(InterfaceAddress::toString)
                                        .findFirst());
        MacAddress mac = MacAddress.parse("02:00:00:00:00:51");
        IpAddress router = IpAddress.parse("fe80::1");

        assertDoesNotThrow(() -> held.check(Route.via("::/0", "fe80::1", "wan")));
        assertDoesNotThrow(() -> held.check(new Neighbour(router, mac, "wan")));
        List<Executable> wrong =
                List.of(
                        () -> held.check(Route.via("::/0", "fe80::1", "lan")),
                        () -> held.check(new Neighbour(router, mac, "lan")),
                        () -> held.check(Route.via("::/0", "2001:db8:1::1", "wan")));
        for (Executable rule : wrong) {
            BalancerException refused = assertThrows(BalancerException.class, rule);
            assertEquals(ErrorCode.ADDRESS_IN_USE, refused.code());
        }
    }

    /// A service whose packets to a server no local address could carry.
    @ParameterizedTest
    @CsvSource({
        "2001:db8::80, 2001:db8:1::11, 10.0.1.100",
        "2001:db8::80, 10.0.1.11,      2001:db8:1::100",
        "192.0.2.80,   2001:db8:1::11, 10.0.1.100",
        "192.0.2.80,   10.0.1.11,      2001:db8:1::100",
    })
    void aServerNeedsALocalAddressOfItsFamily(String vip, String server, String local) {
        VirtualService lacking =
                VirtualService.of(ServiceKey.tcp(vip, 80))
                        .withRealServer(RealServer.of(server, 8080))
                        .withLocalAddress(LocalAddress.of(local, "lan"));
        refuses(
                () -> AddressRules.checkFamilies(lacking),
                server,
                vip,
                "no local address of "
                        + lacking.realServers().getFirst().endpoint().address().family(),
                "add one first");

        String own = server.indexOf(':') < 0 ? "10.0.1.101" : "2001:db8:1::101";
        VirtualService right = lacking.withLocalAddress(LocalAddress.of(own, "lan"));
        assertDoesNotThrow(() -> AddressRules.checkFamilies(right));
        assertDoesNotThrow(() -> AddressRules.checkFamilies(lacking.withRealServers(List.of())));
        assertDoesNotThrow(() -> AddressRules.checkFamilies(lacking.withLocalAddresses(List.of())));
    }

    /// Servers of both families behind one virtual address of either.
    @ParameterizedTest
    @ValueSource(strings = {"192.0.2.80", "2001:db8::80"})
    void serversOfBothFamiliesAreRightWithLocalAddressesOfBoth(String vip) {
        VirtualService both =
                VirtualService.of(ServiceKey.tcp(vip, 80))
                        .withRealServer(RealServer.of("10.0.1.11", 8080))
                        .withRealServer(RealServer.of("2001:db8:1::11", 8080))
                        .withLocalAddress(LocalAddress.of("10.0.1.100", "lan"))
                        .withLocalAddress(LocalAddress.of("2001:db8:1::100", "lan"));
        assertDoesNotThrow(() -> AddressRules.checkFamilies(both));
    }

    @Test
    void clientsAreOfTheVirtualAddressesFamily() {
        VirtualService web4 = VirtualService.of(WEB4);
        VirtualService web6 = VirtualService.of(WEB6);
        refuses(
                () ->
                        AddressRules.checkFamilies(
                                web4.withAccessRules(List.of(AccessRule.allow("::/0")))),
                "allow ::/0",
                "of IPv4");
        refuses(
                () ->
                        AddressRules.checkFamilies(
                                web6.withAccessRules(List.of(AccessRule.deny("0.0.0.0/0")))),
                "deny 0.0.0.0/0",
                "of IPv6");
        assertDoesNotThrow(() ->
                AddressRules.checkFamilies(
                        web6.withAccessRules(List.of(AccessRule.deny("2001:db8::/32")))));
    }

    @ParameterizedTest
    @CsvSource({
        "::,                loopback",
        "::1,               loopback",
        "ff02::1,           multicast",
        "ff05::2,           multicast",
        "fe80::1,           one link only",
        "febf::1,           one link only",
        "2001:db8:1::,      all routers",
    })
    void noServiceHasAnAddressThatNoOtherHostCanReach(String address, String reason) {
        refuses(() -> rules.check(VirtualService.of(ServiceKey.udp(address, 53))), address, reason);
        refuses(() -> rules.check(WEB6, RealServer.of(address, 80)), address, reason);
        refuses(() -> rules.check(WEB6, LocalAddress.of(address, "lan")), address, reason);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "2001:db8:1::2",
                "2001:db8:1::ffff",
                "2001:db8:2::",
                "fc00::1",
                "fdff::1",
                "2001:db8:1:0:ffff:ffff:ffff:ffff",
                "fec0::1",
                "::2",
                "64:ff9b::c000:201"
            })
    void allOthersAreAddressesOfHosts(String address) {
        assertDoesNotThrow(() -> rules.check(VirtualService.of(ServiceKey.udp(address, 53))));
        assertDoesNotThrow(() -> rules.check(WEB6, RealServer.of(address, 80)));
        assertDoesNotThrow(() -> rules.check(WEB6, LocalAddress.of(address, "lan")));
    }

    @Test
    void interfacesAndGatewaysMayHoldOnOneLink() {
        assertDoesNotThrow(() -> rules.check(InterfaceAddress.of("fe80::5/64", "lan")));
        assertDoesNotThrow(() -> rules.check(Route.via("::/0", "fe80::1", "lan")));
        refuses(() -> rules.check(InterfaceAddress.of("ff02::1/128", "lan")), "multicast");
        refuses(() -> rules.check(InterfaceAddress.of("::1/128", "lan")), "loopback");
        refuses(() -> rules.check(Route.via("::/0", "ff02::2", "lan")), "multicast");
    }

    @Test
    void aGatewayIsOfItsRoutesFamily() {
        refuses(
                () -> rules.check(Route.via("0.0.0.0/0", "2001:db8:1::9", "lan")),
                "2001:db8:1::9 is an IPv6 address",
                "IPv4 address");
        refuses(
                () -> rules.check(Route.via("::/0", "192.0.2.9", "lan")),
                "192.0.2.9 is an IPv4 address",
                "IPv6 address");
    }

    @Test
    void onlyIpv4HasBroadcastAddresses() {
        assertEquals(
                List.of(IpPrefix.parse("2001:db8:1::/64").address()),
                AddressRules.specials(IpPrefix.parse("2001:db8:1::5/64")));
        assertEquals(List.of(), AddressRules.specials(IpPrefix.parse("2001:db8::1/127")));
        assertEquals(List.of(), AddressRules.specials(IpPrefix.parse("2001:db8::1/128")));
        assertEquals(
                List.of(IpPrefix.parse("::/0").address()),
                AddressRules.specials(IpPrefix.parse("2001:db8::1/0")));
    }
}
