// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.ManualClock;
import io.fullnat.api.control.Change;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Route;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.FullNatBalancer;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.memoryio.PortSettings;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// What a transaction may make of addresses of both families.
class FamiliesTest {
    private final ControlRig rig = new ControlRig();

    @AfterEach
    void close() {
        rig.close();
    }

    /// No packet would reach such a server: refused when it is committed, whatever comes last.
    @ParameterizedTest
    @EnumSource(Site.class)
    void aServerWithoutALocalAddressOfItsFamilyIsRefused(Site site) {
        site.configure(rig);
        Site other = site == Site.IPV4 ? Site.IPV6 : Site.IPV4;
        RealServer foreign = other.service(other.web).realServers().getFirst();

        rig.refuses(
                ErrorCode.INVALID_ARGUMENT,
                List.of(foreign.endpoint().toString(), "no local address of IPv", "add one first"),
                new Change.AddRealServer(site.web, foreign));
        rig.refuses(
                ErrorCode.INVALID_ARGUMENT,
                List.of(foreign.endpoint().toString(), "no local address of IPv"),
                new Change.AddService(
                        VirtualService.of(site.tls)
                                .withRealServer(foreign)
                                .withLocalAddress(LocalAddress.of(site.otherLocal, "lan"))));
        assertThat(rig.pass(site.toWeb(40_000).flags(2))).as("as before").hasSize(1);
    }

    @ParameterizedTest
    @EnumSource(Site.class)
    void clientsOfAnotherFamilyAreRefused(Site site) {
        site.configure(rig);
        String own = site == Site.IPV4 ? "0.0.0.0/0" : "::/0";
        String foreign = site == Site.IPV4 ? "::/0" : "0.0.0.0/0";

        rig.refuses(
                ErrorCode.INVALID_ARGUMENT,
                List.of("allow " + foreign, "its clients are of"),
                new Change.AddAccessRule(site.web, AccessRule.allow(foreign)));
        rig.apply(new Change.AddAccessRule(site.web, AccessRule.deny(own)));
        assertThat(rig.pass(site.toWeb(40_000).flags(2))).as("kept out").isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "::/0,             fe80::1,        ",
        "::/0,             2001:db8::9,    ",
        "::/0,             2001:db8:7::9,  is on no network of wan",
        "::/0,             192.0.2.9,      is an IPv4 address",
        "0.0.0.0/0,        fe80::1,        is an IPv6 address",
        "0.0.0.0/0,        2001:db8::9,    is an IPv6 address",
        "2001:db8:8::/48,  ff02::1,        no network of wan",
    })
    void aGatewayIsOnItsLinkAndOfItsFamily(String network, String gateway, String wrong) {
        Site.IPV4.configure(rig);
        rig.apply(new Change.AddAddress(InterfaceAddress.of("2001:db8::1/64", "wan")));

        Change add = new Change.AddRoute(Route.via(network, gateway, "wan"));
        if (wrong == null) {
            rig.apply(add);
        } else {
            rig.refuses(ErrorCode.INVALID_ARGUMENT, List.of(gateway, wrong), add);
        }
    }

    /// Each link has link-local addresses of its own.
    @Test
    void aRouterMayHaveALinkLocalAddressThatIsOursOnAnotherLink() {
        Change route = new Change.AddRoute(Route.via("::/0", "fe80::1", "wan"));
        rig.apply(
                new Change.AddAddress(InterfaceAddress.of("2001:db8::1/64", "wan")),
                route,
                new Change.AddAddress(InterfaceAddress.of("fe80::1/64", "lan")));
        rig.apply(new Change.RemoveRoute(IpPrefix.parse("::/0")));
        rig.apply(route);
        rig.refuses(
                ErrorCode.ADDRESS_IN_USE,
                List.of("fe80::1 is an address of the balancer, fe80::1/64 dev lan"),
                new Change.AddRoute(Route.via("2001:db8:9::/48", "fe80::1", "lan")));
    }

    /// Addresses have one place: those of all links that are not generated.
    @Test
    void aLinkLocalAddressIsAddedOnOneDeviceOnly() {
        rig.apply(new Change.AddAddress(InterfaceAddress.of("fe80::1/64", "lan")));
        rig.refuses(
                ErrorCode.ADDRESS_EXISTS,
                List.of(
                        "fe80::1 already exists, as fe80::1/64 dev lan",
                        "one device only",
                        "leave wan the one that it has by its MAC address"),
                new Change.AddAddress(InterfaceAddress.of("fe80::1/64", "wan")));
    }

    @Test
    void anAddressIsOneHoweverItIsSpelt() {
        rig.apply(new Change.AddAddress(InterfaceAddress.of("2001:db8::1/64", "wan")));

        rig.refuses(
                ErrorCode.ADDRESS_EXISTS,
                List.of("2001:db8::1 already exists"),
                new Change.AddAddress(InterfaceAddress.of("2001:DB8:0:0::1/128", "lan")));
    }

    /// RFC 8200 §5.
    @ParameterizedTest
    @CsvSource({
        "1279, 2001:db8::1/64, false",
        "1280, 2001:db8::1/64, true",
        "1279, 10.0.0.1/24, true",
        "1279, ::/0, false",
        "1280, ::/0, true"
    })
    void ipv6NeedsALargeEnoughLink(int mtu, String prefix, boolean right) {
        Change change =
                prefix.endsWith("/0")
                        ? new Change.AddRoute(Route.via(prefix, "fe80::1", "wan.7"))
                        : new Change.AddAddress(InterfaceAddress.of(prefix, "wan.7"));
        try (InMemoryIo io =
                        InMemoryIo.builder()
                                .buffers(4096)
                                .wire(
                                        PortSettings.of("wan", ControlRig.WAN_MAC).withMtu(mtu),
                                        PortSettings.of("far", ControlRig.LAN_MAC))
                                .open();
                FullNatBalancer balancer =
                        FullNatBalancer.builder(io)
                                .workers(1)
                                .connections(256)
                                .clock(new ManualClock())
                                .seed(1)
                                .build()) {
            CompletableFuture<Void> done = balancer.control().submit(List.of(change));
            for (int turn = 0; turn < 100; turn++) {
                balancer.doWork();
            }
            if (right) {
                assertThat(done).isCompleted();
            } else {
                assertThat(done.exceptionNow())
                        .isInstanceOf(BalancerException.class)
                        .hasMessageContaining("wan.7 has an MTU of 1279, and IPv6 needs 1280");
            }
        }
    }
}
