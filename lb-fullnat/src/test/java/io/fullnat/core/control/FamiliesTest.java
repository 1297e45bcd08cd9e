// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static io.fullnat.core.control.ControlRig.CLIENT_MAC;
import static io.fullnat.core.control.ControlRig.LAN_MAC;
import static io.fullnat.core.control.ControlRig.SERVER_MAC;
import static io.fullnat.core.control.ControlRig.WAN_MAC;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.ManualClock;
import io.fullnat.api.control.Change;
import io.fullnat.api.network.AddressLifetime;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Route;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.FullNatBalancer;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.memoryio.PortSettings;
import io.fullnat.core.packet.NdFrames;
import io.fullnat.core.packet.NeighbourDiscovery;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.time.Duration;
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

    /// A device's own link, whose address is the same on others: each answers on its own, is asked
    /// for by itself, goes by itself, and is no router of its own link.
    @Test
    void aLinkLocalAddressIsOnAsManyDevicesAsAreWanted() {
        InterfaceAddress lan = InterfaceAddress.of("fe80::1/64", "lan");
        InterfaceAddress wan = InterfaceAddress.of("fe80::1/64", "wan");
        rig.apply(
                new Change.AddAddress(InterfaceAddress.of("fe80::7/64", "lan")),
                new Change.AddAddress(lan));
        rig.apply(new Change.AddAddress(wan));
        rig.pass(Duration.ofSeconds(2));
        assertThat(rig.balancer.control().desired().addresses()).containsValues(lan, wan);
        assertThat(states("fe80::1/64"))
                .containsExactlyInAnyOrder("fe80::1/64 dev lan VALID", "fe80::1/64 dev wan VALID");
        assertThat(asksFromClient()).containsExactly(advertised(WAN_MAC, CLIENT_MAC));
        assertThat(asks())
                .as("a second one of its device")
                .containsExactly(advertised(LAN_MAC, SERVER_MAC));
        assertThat(rig.askFromClient(ping(CLIENT_MAC, WAN_MAC)))
                .containsExactly(pong(WAN_MAC, CLIENT_MAC));
        assertThat(rig.ask(ping(SERVER_MAC, LAN_MAC))).containsExactly(pong(LAN_MAC, SERVER_MAC));
        rig.refuses(
                ErrorCode.ADDRESS_EXISTS,
                List.of("fe80::1 already exists, as fe80::1/64 dev wan"),
                new Change.AddAddress(InterfaceAddress.of("fe80::1/64", "wan")));
        for (String device : List.of("lan", "wan")) {
            rig.refuses(
                    ErrorCode.ADDRESS_IN_USE,
                    List.of("fe80::1 is an address of the balancer, fe80::1/64 dev " + device),
                    new Change.AddRoute(Route.via("2001:db8:9::/48", "fe80::1", device)));
        }

        rig.apply(new Change.RemoveAddress(lan));
        assertThat(states("fe80::1/64")).containsExactly("fe80::1/64 dev wan VALID");
        assertThat(asksFromClient()).containsExactly(advertised(WAN_MAC, CLIENT_MAC));
        assertThat(asks()).isEmpty();
        rig.apply(new Change.AddRoute(Route.via("2001:db8:9::/48", "fe80::1", "lan")));
        rig.refuses(
                ErrorCode.NO_ADDRESS,
                List.of("lan has no address fe80::1/64"),
                new Change.RemoveAddress(lan));
        rig.apply(new Change.AddAddress(InterfaceAddress.of("192.0.2.1/24", "wan")));
        rig.refuses(
                ErrorCode.ADDRESS_EXISTS,
                List.of("192.0.2.1 already exists"),
                new Change.AddAddress(InterfaceAddress.of("192.0.2.1/24", "lan")));
    }

    /// A router of each link has the same address, and is asked for by each device from its own.
    @Test
    void routersThatAreCalledTheSameAreAskedEachFromItsOwnLink() {
        rig.apply(
                new Change.AddAddress(InterfaceAddress.of("fe80::7/64", "lan")),
                new Change.AddAddress(InterfaceAddress.of("fe80::8/64", "wan")),
                new Change.AddAddress(InterfaceAddress.of("2001:db8::80/128", "wan")),
                new Change.AddRoute(Route.via("2001:db8:9::/48", "fe80::1", "lan")),
                new Change.AddRoute(Route.via("2001:db8:a::/48", "fe80::1", "wan")),
                new Change.AddService(behindARouter(80, "2001:db8:9::11", "lan")),
                new Change.AddService(behindARouter(81, "2001:db8:a::11", "wan")));
        for (int second = 0; second < 3; second++) {
            rig.pass(Duration.ofSeconds(1));
        }
        assertThat(rig.pass(syn(80))).containsExactly(question(LAN_MAC, "fe80::7").toBytes());
        assertThat(rig.askFromClient(syn(81)))
                .containsExactly(question(WAN_MAC, "fe80::8").toBytes());
    }

    private static VirtualService behindARouter(int port, String server, String device) {
        return VirtualService.of(ServiceKey.tcp("2001:db8::80", port))
                .withRealServer(RealServer.of(server, 8080))
                .withLocalAddress(LocalAddress.of("2001:db8:b::" + port, device));
    }

    private static PacketBuilder syn(int port) {
        return PacketBuilder.ethernet(CLIENT_MAC, WAN_MAC)
                .ipv6("2001:db8:c::7", "2001:db8::80")
                .tcp(40_000, port)
                .flags(Tcp.SYN);
    }

    /// A lifetime is that of the address on its device.
    @Test
    void aLinkLocalAddressEndsOnItsOwnDevice() {
        InterfaceAddress wan = InterfaceAddress.of("fe80::1/64", "wan");
        rig.apply(
                new Change.AddAddress(
                        InterfaceAddress.of("fe80::1/64", "lan")
                                .withLifetime(new AddressLifetime(10, 5))),
                new Change.AddAddress(wan));
        rig.pass(Duration.ofSeconds(11));
        rig.pass(Duration.ofSeconds(2));
        assertThat(
                        rig.balancer.control().desired().addresses().values().stream()
                                .filter(own -> own.toString().startsWith("fe80::1/")))
                .containsExactly(wan);
    }

    private List<String> states(String prefix) {
        return rig.balancer.network().addresses().stream()
                .filter(status -> status.address().prefix().toString().equals(prefix))
                .map(status -> status.address() + " " + status.state())
                .toList();
    }

    private static PacketBuilder ping(String station, String mac) {
        return PacketBuilder.ethernet(station, mac)
                .ipv6("fe80::9", "fe80::1")
                .icmp(128, 0, 1)
                .payload(new byte[8]);
    }

    /// The answer to a ping.
    private static byte[] pong(String mac, String station) {
        return PacketBuilder.ethernet(mac, station)
                .ipv6("fe80::1", "fe80::9")
                .icmp(129, 0, 1)
                .payload(new byte[8])
                .toBytes();
    }

    /// "Who has `fe80::1`?"
    private static PacketBuilder question(String mac, String source) {
        return NdFrames.solicitation(mac, source, "fe80::1", NdFrames.option(1, mac));
    }

    /// What a station on the servers' side hears that asks it.
    private List<byte[]> asks() {
        return rig.ask(question(SERVER_MAC, "fe80::9"));
    }

    private List<byte[]> asksFromClient() {
        return rig.askFromClient(question(CLIENT_MAC, "fe80::9"));
    }

    /// The answer to a question, by the link address of the device that was asked.
    private static byte[] advertised(String mac, String station) {
        int flags = NeighbourDiscovery.FLAG_SOLICITED | NeighbourDiscovery.FLAG_OVERRIDE;
        byte[] option = NdFrames.option(2, mac);
        return NdFrames.advertisement(mac, "fe80::1", station, "fe80::9", flags, "fe80::1", option)
                .toBytes();
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
