// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static io.fullnat.core.control.Drafting.LOCAL;
import static io.fullnat.core.control.Drafting.WEB;
import static io.fullnat.core.control.Drafting.added;
import static io.fullnat.core.control.Drafting.address;
import static io.fullnat.core.control.Drafting.ip;
import static io.fullnat.core.control.Drafting.local;
import static io.fullnat.core.control.Drafting.service;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.IpAddress;
import io.fullnat.api.MacAddress;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.LeftoverPolicy;
import io.fullnat.api.network.AddressLifetime;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Neighbour;
import io.fullnat.api.network.Route;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.core.stack.NetworkView;
import io.fullnat.core.stack.RouteTable;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// [NetworkBuilder]: which devices, own addresses, routes and neighbours workers get of a state.
class NetworkBuilderTest {
    private static final int WAN = 0;
    private static final int LAN = 1;
    private static final String LOCAL6 = "2001:db8:1::64";

    private final Drafting drafting = new Drafting();
    private final NetworkBuilder builder = new NetworkBuilder(drafting.devices);

    @AfterEach
    void close() {
        drafting.close();
    }

    private NetworkView view(Change... changes) {
        drafting.inForce(changes);
        return viewAt(0);
    }

    private NetworkView viewAt(long nowNs) {
        return builder.build(drafting.before(), drafting.draining, nowNs);
    }

    /// Of an address that is the kernel's, on a port that has no interface of it.
    private NetworkView viewOfKernels(String prefix, String device) {
        drafting.draft.apply(new Change.AddAddress(InterfaceAddress.of(prefix, device).ofKernel()));
        return builder.build(drafting.draft.state(), drafting.draining, 0);
    }

    private static Change mortal(String prefix, long validSeconds, long preferredSeconds) {
        return new Change.AddAddress(
                InterfaceAddress.of(prefix, "lan")
                        .withLifetime(new AddressLifetime(validSeconds, preferredSeconds)));
    }

    private static boolean isOwn(NetworkView view, String address) {
        return view.isOwn(ip(address).high(), ip(address).low());
    }

    private static boolean isLocal(NetworkView view, String address) {
        return view.isLocalAddress(ip(address).high(), ip(address).low());
    }

    private static int device(NetworkView view, String address) {
        return view.ownDevice(ip(address).high(), ip(address).low());
    }

    private static String source(NetworkView view, String peer) {
        NetworkView.Own own = view.sourceFor(LAN, ip(peer).high(), ip(peer).low());
        return own == null ? "none" : IpAddress.of(own.high(), own.low()).toString();
    }

    private static RouteTable.@Nullable Hop hop(NetworkView view, String address) {
        return view.routes().find(ip(address).high(), ip(address).low());
    }

    private static RouteTable.Hop via(int device, String gateway) {
        return new RouteTable.Hop(device, ip(gateway).high(), ip(gateway).low());
    }

    @Test
    void portsTakeFramesWithoutATagWhateverTheyHave() {
        NetworkView view = view();
        assertThat(view.deviceOf(WAN, 0)).isEqualTo(WAN);
        assertThat(view.deviceOf(LAN, 0)).isEqualTo(LAN);
        assertThat(view.device(LAN).name()).isEqualTo("lan");
    }

    @Test
    void aVlanTakesFramesOnlyWhileItHasAnAddress() {
        drafting.devices.require("lan.100", "a test");
        assertThat(view().deviceOf(LAN, 100)).isEqualTo(NetworkView.NONE);
        Change.AddAddress add = address("10.0.5.1/24", "lan.100");
        assertThat(view(add).deviceOf(LAN, 100)).isEqualTo(2);
        assertThat(view(new Change.RemoveAddress(add.address())).deviceOf(LAN, 100))
                .isEqualTo(NetworkView.NONE);
    }

    @Test
    void anAddressOfTheKernelOpensAVlanToo() {
        assertThat(viewOfKernels("10.0.5.1/24", "lan.100").deviceOf(LAN, 100)).isEqualTo(2);
    }

    @Test
    void aLocalAddressOpensAVlanEvenWhileItDrains() {
        Change.AddService listed =
                added(service(WEB).withLocalAddress(local("10.0.5.100", "lan.100")));
        assertThat(view(listed).deviceOf(LAN, 100)).isEqualTo(2);
        drafting.draining.put(ip("10.0.6.100"), "lan.101");
        NetworkView view = view(new Change.RemoveService(WEB));
        assertThat(view.deviceOf(LAN, 100)).isEqualTo(NetworkView.NONE);
        assertThat(view.deviceOf(LAN, 101)).isEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource({"10.0.1.1/24, 120", "10.0.1.1/32, 128", "2001:db8:1::1/64, 64"})
    void anInterfaceAddressIsOwnOnItsDeviceWithItsNetwork(String prefix, int length) {
        String address = prefix.substring(0, prefix.indexOf('/'));
        NetworkView view = view(address(prefix, "lan"));
        assertThat(isOwn(view, address)).isTrue();
        assertThat(device(view, address)).isEqualTo(LAN);
        assertThat(isLocal(view, address)).isFalse();
        assertThat(view.ownOfPort(LAN))
                .contains(
                        new NetworkView.Own(
                                ip(address).high(), ip(address).low(), length, LAN, false));
        assertThat(view.ownOfPort(WAN)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {LOCAL, LOCAL6})
    void aLocalAddressOfNoInterfaceIsOwnWithoutANetwork(String address) {
        NetworkView view = view(added(service(WEB).withLocalAddress(local(address, "lan"))));
        assertThat(isLocal(view, address)).isTrue();
        assertThat(view.ownOfPort(LAN))
                .contains(
                        new NetworkView.Own(ip(address).high(), ip(address).low(), 128, LAN, true));
        assertThat(hop(view, address)).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {LOCAL, LOCAL6})
    void aLocalAddressOfNoServiceAnyMoreIsOwnWhileItDrains(String address) {
        drafting.draining.put(ip(address), "lan");
        NetworkView view = view();
        assertThat(isOwn(view, address)).isTrue();
        assertThat(isLocal(view, address)).isTrue();
        assertThat(device(view, address)).isEqualTo(LAN);
    }

    @Test
    void aLocalAddressThatIsListedAgainIsOnTheDeviceWhereItIsListed() {
        drafting.draining.put(ip(LOCAL), "wan");
        NetworkView view = view(added(service(WEB).withLocalAddress(local(LOCAL, "lan"))));
        assertThat(device(view, LOCAL)).isEqualTo(LAN);
        assertThat(view.ownOfPort(WAN)).isEmpty();
        assertThat(view.ownOfPort(LAN)).hasSize(1);
    }

    /// Then it has that one's network, and is there once.
    @Test
    void anInterfaceAddressMayBeALocalOneToo() {
        NetworkView.Own both =
                new NetworkView.Own(ip(LOCAL).high(), ip(LOCAL).low(), 120, LAN, true);
        NetworkView listed =
                view(
                        address(LOCAL + "/24", "lan"),
                        added(service(WEB).withLocalAddress(local(LOCAL, "lan"))));
        assertThat(listed.ownOfPort(LAN)).containsExactly(both);
        drafting.draining.put(ip(LOCAL), "lan");
        NetworkView draining = view(new Change.RemoveService(WEB));
        assertThat(draining.ownOfPort(LAN)).containsExactly(both);
        drafting.draining.clear();
        assertThat(isLocal(viewAt(0), LOCAL)).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"10.0.1.1/24, 10.0.1.9", "2001:db8:1::1/64, 2001:db8:1::9"})
    void anAddressOfTheKernelIsNotOwnAndItsNetworkNoRoutes(String prefix, String neighbour) {
        NetworkView view = viewOfKernels(prefix, "lan");
        IpAddress address = ip(prefix.substring(0, prefix.indexOf('/')));
        assertThat(view.isKernels(address.high(), address.low())).isTrue();
        assertThat(isOwn(view, address.toString())).isFalse();
        assertThat(view.isConnected(LAN, ip(neighbour).high(), ip(neighbour).low())).isTrue();
        assertThat(hop(view, neighbour)).isNull();
    }

    /// RFC 6724 §5, rule 3.
    @Test
    void whoseTimeIsOverIsSpokenFromLast() {
        drafting.inForce(
                mortal("10.0.1.1/24", 100, 10),
                address("10.0.1.2/24", "lan"),
                mortal("2001:db8:1::1/64", 100, 10),
                address("2001:db8:1::2/64", "lan"));
        long end = TimeUnit.SECONDS.toNanos(10);
        assertThat(source(viewAt(end - 1), "10.0.1.9")).isEqualTo("10.0.1.1");
        assertThat(source(viewAt(end - 1), "2001:db8:1::9")).isEqualTo("2001:db8:1::1");
        NetworkView late = viewAt(end);
        assertThat(source(late, "10.0.1.9")).isEqualTo("10.0.1.2");
        assertThat(source(late, "2001:db8:1::9")).isEqualTo("2001:db8:1::2");
        assertThat(isOwn(late, "10.0.1.1")).isTrue();
        assertThat(isOwn(late, "2001:db8:1::1")).isTrue();
        assertThat(hop(late, "10.0.1.9")).isNotNull();
    }

    @Test
    void whoseTimeIsOverIsSpokenFromIfThereIsNoOther() {
        drafting.inForce(mortal("10.0.1.1/24", 100, 10), address("10.0.5.1/24", "lan.100"));
        NetworkView late = viewAt(TimeUnit.SECONDS.toNanos(50));
        assertThat(source(late, "10.0.1.9")).isEqualTo("10.0.1.1");
        assertThat(late.deviceOf(LAN, 100)).isEqualTo(2);
    }

    @Test
    void aVlanStaysOpenWhileItsOnlyAddressIsOfOldTime() {
        drafting.inForce(
                new Change.AddAddress(
                        InterfaceAddress.of("10.0.5.1/24", "lan.100")
                                .withLifetime(new AddressLifetime(100, 10))));
        assertThat(viewAt(TimeUnit.SECONDS.toNanos(50)).deviceOf(LAN, 100)).isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.1.1/24, 10.0.1.9",
        "10.0.1.1/31, 10.0.1.0",
        "2001:db8:1::1/64, 2001:db8:1:0:ffff::9",
        "2001:db8:1::1/127, 2001:db8:1::"
    })
    void theNetworkOfAnInterfaceAddressIsOnItsLink(String prefix, String neighbour) {
        NetworkView view = view(address(prefix, "lan"));
        assertThat(hop(view, neighbour)).isEqualTo(RouteTable.Hop.onLink(LAN));
        assertThat(hop(view, "10.9.9.9")).isNull();
        assertThat(hop(view, "2001:db8:9::9")).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.1.1/32", "2001:db8:1::1/128", "fe80::1/64"})
    void anAddressWithoutANetworkOrOfEachLinkIsNoRoute(String prefix) {
        NetworkView view = view(address(prefix, "lan"));
        assertThat(hop(view, prefix.substring(0, prefix.indexOf('/')))).isNull();
    }

    @Test
    void routesLeadToTheirGatewaysOrToALink() {
        NetworkView view =
                view(
                        address("192.0.2.1/24", "wan"),
                        address("2001:db8:1::1/64", "lan"),
                        new Change.AddRoute(Route.via("0.0.0.0/0", "192.0.2.254", "wan")),
                        new Change.AddRoute(Route.onLink("10.7.0.0/16", "lan")),
                        new Change.AddRoute(Route.via("::/0", "2001:db8:1::fe", "lan")),
                        new Change.AddRoute(Route.onLink("2001:db8:7::/48", "wan")));
        assertThat(hop(view, "198.51.100.9")).isEqualTo(via(WAN, "192.0.2.254"));
        assertThat(hop(view, "10.7.3.4")).isEqualTo(RouteTable.Hop.onLink(LAN));
        assertThat(hop(view, "192.0.2.9")).isEqualTo(RouteTable.Hop.onLink(WAN));
        assertThat(hop(view, "2001:db8:8::9")).isEqualTo(via(LAN, "2001:db8:1::fe"));
        assertThat(hop(view, "2001:db8:7::9")).isEqualTo(RouteTable.Hop.onLink(WAN));
        assertThat(hop(view, "2001:db8:1::9")).isEqualTo(RouteTable.Hop.onLink(LAN));
    }

    @Test
    void aRouteToAConnectedNetworkGivesWay() {
        NetworkView view =
                view(
                        address("192.0.2.1/24", "wan"),
                        new Change.AddRoute(Route.via("10.0.1.0/24", "192.0.2.254", "wan")),
                        address("10.0.1.1/24", "lan"));
        assertThat(hop(view, "10.0.1.9")).isEqualTo(RouteTable.Hop.onLink(LAN));
    }

    /// What remembers a next hop may go on with it.
    @Test
    void theGenerationIsAnotherOnlyIfRoutesAre() {
        NetworkView first = view();
        NetworkView host = view(address("10.0.1.1/32", "lan"));
        assertThat(host.generation()).isEqualTo(first.generation());
        assertThat(host.routes()).isSameAs(first.routes());
        NetworkView network = view(address("10.0.2.1/24", "lan"));
        assertThat(network.generation()).isEqualTo(first.generation() + 1);
        assertThat(hop(network, "10.0.2.9")).isNotNull();
        NetworkView again = view(address("10.0.2.2/24", "lan"));
        assertThat(again.generation()).isEqualTo(network.generation());
        assertThat(again.routes()).isSameAs(network.routes());
        NetworkView less =
                view(
                        new Change.RemoveAddress(InterfaceAddress.of("10.0.2.1/24", "lan")),
                        new Change.RemoveAddress(InterfaceAddress.of("10.0.2.2/24", "lan")));
        assertThat(less.generation()).isEqualTo(network.generation() + 1);
        assertThat(hop(less, "10.0.2.9")).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "10.7.0.0/16, 10.8.0.0/16",
        "10.7.0.0/16, 10.7.0.0/24",
        "2001:db8:7::/48, 2001:db8:8::/48",
        "2001:db8:0:1::/96, 2001:db8:0:1:0:1::/96",
        "2001:db8::/32, 10.7.0.0/16"
    })
    void routesAreTheSameInWhateverOrderTheyCame(String one, String other) {
        Route first = Route.onLink(one, "lan");
        Route second = Route.onLink(other, "wan");
        int before = view(new Change.AddRoute(first), new Change.AddRoute(second)).generation();
        drafting.inForce(new Change.RemoveRoute(first.destination()), new Change.AddRoute(first));
        assertThat(viewAt(0).generation()).isEqualTo(before);
    }

    @Test
    void aStaticNeighbourIsAStationOfItsDevice() {
        MacAddress mac = MacAddress.parse("02:00:00:00:00:51");
        NetworkView view =
                view(
                        new Change.SetNeighbour(new Neighbour(ip("10.0.1.11"), mac, "lan")),
                        new Change.SetNeighbour(new Neighbour(ip("2001:db8:1::b"), mac, "wan")));
        assertThat(view.neighbours())
                .containsExactlyInAnyOrder(
                        neighbour("10.0.1.11", LAN, mac), neighbour("2001:db8:1::b", WAN, mac));
        assertThat(view(new Change.RemoveNeighbour(ip("10.0.1.11"), "lan")).neighbours())
                .containsExactly(neighbour("2001:db8:1::b", WAN, mac));
    }

    private static NetworkView.StaticNeighbour neighbour(
            String address, int device, MacAddress mac) {
        return new NetworkView.StaticNeighbour(
                ip(address).high(), ip(address).low(), device, mac.bits());
    }

    @Test
    void whatBecomesOfLeftoversIsTheStates() {
        assertThat(view().leftovers()).isEqualTo(LeftoverPolicy.DEFAULT);
        LeftoverPolicy other = LeftoverPolicy.DEFAULT.withUnusedPorts(ServicePolicy.Refusal.DROP);
        assertThat(view(new Change.SetLeftovers(other)).leftovers()).isEqualTo(other);
    }

    @Test
    void oneBuilderForgetsWhatDrainsNoMore() {
        drafting.draining.put(ip(LOCAL), "lan");
        assertThat(isOwn(viewAt(0), LOCAL)).isTrue();
        assertThat(isOwn(builder.build(drafting.before(), Map.of(), 0), LOCAL)).isFalse();
    }
}
