// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.path.KernelBench.FAR;
import static io.fullnat.core.path.KernelBench.KERNELS;
import static io.fullnat.core.path.KernelBench.KERNELS_6;
import static io.fullnat.core.path.KernelBench.LAN;
import static io.fullnat.core.path.KernelBench.LINK_LOCAL;
import static io.fullnat.core.path.KernelBench.LOCAL;
import static io.fullnat.core.path.KernelBench.LOCAL_6;
import static io.fullnat.core.path.KernelBench.OURS;
import static io.fullnat.core.path.KernelBench.OWN;
import static io.fullnat.core.path.KernelBench.OWN_6;
import static io.fullnat.core.path.KernelBench.OWN_FAR;
import static io.fullnat.core.path.KernelBench.OWN_FAR_6;
import static io.fullnat.core.path.KernelBench.PEER;
import static io.fullnat.core.path.KernelBench.VIRTUAL;
import static io.fullnat.core.path.KernelBench.VIRTUAL_6;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.LeftoverPolicy;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.network.PuntSettings;
import io.fullnat.api.service.ServicePolicy.Refusal;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.punt.PuntClass;
import io.fullnat.core.stack.Frame;
import io.fullnat.core.stack.NetworkView;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Which frames [KernelPath] takes for the kernel's, and in which queue they go there; what it does
/// about single outcomes is [KernelPathOutcomesTest]'s.
class KernelPathDecisionsTest {
    private static final String BROADCAST = "ff:ff:ff:ff:ff:ff";
    private static final String OTHER = "02:00:00:00:00:77";
    private static final String OSPF_GROUP = "01:00:5e:00:00:05";
    private static final String ISIS_GROUP = "01:80:c2:00:00:14";
    private static final String LLDP_GROUP = "01:80:c2:00:00:0e";
    private static final String ROUTER = "00:00:5e:00:01:07";
    private static final String ROUTER_6 = "00:00:5e:00:02:ff";
    private static final int OSPF = 89;

    /// A client that is no station of the link.
    private static final String CLIENT = "198.51.100.7";

    private static final String CLIENT_6 = "2001:db8:0:c1::7";

    /// Stations of the link.
    private static final String STATION = "192.0.2.50";

    private static final String STATION_6 = "2001:db8:0:1::50";

    private static final Set<Outcome> MAY_BE_THE_KERNELS =
            EnumSet.of(
                    Outcome.UNKNOWN_ETHERTYPE,
                    Outcome.UNKNOWN_VLAN,
                    Outcome.UNKNOWN_PROTOCOL,
                    Outcome.OTHER_HOST,
                    Outcome.NO_SERVICE,
                    Outcome.NOT_LOCAL,
                    Outcome.FRAGMENT,
                    Outcome.ICMP_IGNORED);

    private final KernelBench bench = new KernelBench();

    @AfterEach
    void close() {
        bench.close();
    }

    private static PacketBuilder to(String mac) {
        return PacketBuilder.ethernet(PEER, mac);
    }

    private static PacketBuilder ip(String from, String to) {
        PacketBuilder link = to(OURS);
        return to.contains(":") ? link.ipv6(from, to) : link.ipv4(from, to);
    }

    /// SSH of a client to an address.
    private static PacketBuilder ssh(String address) {
        return ip(address.contains(":") ? CLIENT_6 : CLIENT, address).tcp(40_000, 22);
    }

    private static PacketBuilder ospf(String from, String to) {
        return ip(from, to).protocol(OSPF).payload("hello");
    }

    /// Sees where a frame goes, of which nothing but the end is known.
    private void goes(PacketBuilder packet, int device, @Nullable PuntClass queue) {
        Frame frame = bench.frame(packet, device);
        assertThat(bench.path.takes(frame)).isEqualTo(queue != null);
        Outcome outcome = bench.path.ended(frame, Outcome.NOT_LOCAL);
        assertThat(outcome).isEqualTo(queue == null ? Outcome.NOT_LOCAL : Outcome.PUNTED);
        bench.goesTo(queue);
    }

    private void goes(PacketBuilder packet, @Nullable PuntClass queue) {
        goes(packet, LAN, queue);
    }

    @ParameterizedTest
    @EnumSource
    void onlyWhatNobodyElseHandlesIsTheKernels(Outcome outcome) {
        Frame frame = bench.frame(ssh(KERNELS));
        boolean its = MAY_BE_THE_KERNELS.contains(outcome);
        boolean heard = outcome == Outcome.DISCOVERY || outcome == Outcome.DISCOVERY_IGNORED;
        assertThat(bench.path.ended(frame, outcome)).isEqualTo(its ? Outcome.PUNTED : outcome);
        bench.goesTo(its || heard ? PuntClass.HOST : null);
        assertThat(bench.copies()).isEqualTo(heard ? 1 : 0);
    }

    @ParameterizedTest
    @EnumSource
    void aPortWithoutAnInterfaceGivesNothing(Outcome outcome) {
        Frame frame = bench.frame(ssh(KERNELS).toBytes(), LAN, 1);
        assertThat(bench.path.ended(frame, outcome)).isEqualTo(outcome);
        assertThat(bench.path.takes(frame)).isFalse();
        bench.goesTo(null);
    }

    @Test
    void whereNoPortHasOneNothingIsTheKernels() {
        try (KernelBench none = new KernelBench(LeftoverPolicy.DEFAULT, false)) {
            Frame frame = none.frame(ssh(KERNELS));
            assertThat(none.path.ended(frame, Outcome.NOT_LOCAL)).isEqualTo(Outcome.NOT_LOCAL);
            assertThat(none.path.takes(frame)).isFalse();
            none.path.arp(none.frame(to(BROADCAST).arp(1, PEER, STATION, OTHER, KERNELS)));
            assertThat(none.copies()).isZero();
        }
    }

    @Test
    void moreThanItsRateIsNotTaken() {
        try (KernelBench slow = new KernelBench(new PuntSettings(1, 1, 1, false))) {
            for (int i = 0; i < 16; i++) {
                assertThat(slow.path.ended(slow.frame(ssh(KERNELS)), Outcome.NOT_LOCAL))
                        .isEqualTo(Outcome.PUNTED);
            }
            assertThat(slow.path.ended(slow.frame(ssh(KERNELS)), Outcome.NOT_LOCAL))
                    .isEqualTo(Outcome.PUNT_LIMITED);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {OWN, OWN_FAR, KERNELS, OWN_6, OWN_FAR_6, KERNELS_6, LINK_LOCAL})
    void whatIsForAnInterfaceOrTheKernelIsAHosts(String address) {
        goes(ssh(address), PuntClass.HOST);
        goes(ssh(address), NetworkView.NONE, PuntClass.HOST);
    }

    /// It has one as soon as its interface is up.
    @Test
    void anyLinkLocalAddressMayBeTheKernels() {
        goes(ip("fe80::77", "fe80::78").tcp(40_000, 22), PuntClass.HOST);
    }

    @ParameterizedTest
    @ValueSource(strings = {"192.0.2.77", "203.0.113.1", "2001:db8:0:1::77", "2001:db8:9::1"})
    void whatIsForAnAddressOfWhichNothingIsKnownIsOther(String address) {
        goes(ssh(address), PuntClass.OTHER);
        goes(ssh(address), NetworkView.NONE, PuntClass.HOST);
    }

    @ParameterizedTest
    @ValueSource(strings = {LOCAL, LOCAL_6, VIRTUAL, VIRTUAL_6})
    void whatIsForTheBalancerIsNot(String address) {
        goes(ssh(address), null);
        String station = address.contains(":") ? STATION_6 : STATION;
        goes(ospf(station, address), null);
    }

    @Test
    void virtualAddressesAreIfTheSettingsSaySo() {
        try (KernelBench shared = new KernelBench(new PuntSettings(100, 100, 100, true))) {
            for (String address : new String[] {VIRTUAL, VIRTUAL_6}) {
                Frame frame = shared.frame(ssh(address));
                assertThat(shared.path.takes(frame)).isTrue();
                assertThat(shared.path.ended(frame, Outcome.NO_SERVICE)).isEqualTo(Outcome.PUNTED);
                shared.goesTo(PuntClass.OTHER);
            }
            assertThat(shared.path.takes(shared.frame(ssh(LOCAL)))).isFalse();
        }
    }

    /// VLAN 7 is the kernel's alone, and so is what addresses mean there.
    @Test
    void ofAnotherNetworkAllIsTheKernels() {
        goes(to(OURS).vlan(7).ipv4(CLIENT, VIRTUAL).tcp(1, 80), NetworkView.NONE, PuntClass.HOST);
        goes(
                to(OURS).vlan(7).ipv4(STATION, OWN).timeToLive(255).protocol(OSPF),
                NetworkView.NONE,
                PuntClass.ROUTING);
        goes(to(OURS).vlan(7).ipv4(STATION, OWN).protocol(OSPF), NetworkView.NONE, PuntClass.HOST);
        goes(to(OTHER).vlan(7).ipv4(CLIENT, OWN).tcp(1, 2), NetworkView.NONE, null);
    }

    @ParameterizedTest
    @CsvSource({
        STATION + ", " + OWN,
        STATION + ", " + KERNELS,
        STATION_6 + ", " + OWN_6,
        STATION_6 + ", " + KERNELS_6,
        "fe80::51, " + LINK_LOCAL
    })
    void aRoutingProtocolOfAStationOfTheLinkIsHeardFirst(String from, String to) {
        goes(ospf(from, to), PuntClass.ROUTING);
    }

    /// Else anybody anywhere could drown what routers say to each other.
    @ParameterizedTest
    @CsvSource({CLIENT + ", " + OWN, CLIENT_6 + ", " + OWN_6, "10.0.1.50, " + OWN})
    void oneFromElsewhereIsAsAllThatIsForAHost(String from, String to) {
        goes(ospf(from, to), PuntClass.HOST);
        goes(ospf(from, to).timeToLive(255), PuntClass.ROUTING);
    }

    @Test
    void theNetworkOfASourceIsThatOfItsDevice() {
        PacketBuilder packet = to(OURS).vlan(100).ipv4("10.0.1.50", OWN).protocol(OSPF);
        goes(packet, FAR, PuntClass.ROUTING);
        goes(to(OURS).vlan(100).ipv4(STATION, OWN).protocol(OSPF), FAR, PuntClass.HOST);
    }

    @Test
    void groupsAreForWhoListens() {
        PacketBuilder hello = to(OSPF_GROUP).ipv4(STATION, "224.0.0.5").protocol(OSPF);
        PacketBuilder data = to(OSPF_GROUP).ipv4(STATION, "224.0.0.5").udp(1, 2);
        goes(hello, null);
        goes(data, null);
        bench.punts.listen(OSPF_GROUP);
        goes(hello, PuntClass.ROUTING);
        goes(data, PuntClass.HOST);
        goes(to(BROADCAST).ipv4(STATION, "255.255.255.255").udp(67, 68), PuntClass.HOST);
    }

    /// Nobody sends to a group by the MAC address of one station.
    @Test
    void aGroupByTheAddressOfThePortIsOther() {
        goes(to(OURS).ipv4(CLIENT, "224.1.2.3").udp(1, 2), PuntClass.OTHER);
    }

    @Test
    void whatIsNoPacketOfIpIsForWhoListens() {
        PacketBuilder lldp = to(LLDP_GROUP).type(0x88CC).payload("lldp");
        goes(lldp, null);
        bench.punts.listen(LLDP_GROUP, ISIS_GROUP);
        goes(lldp, PuntClass.HOST);
        goes(to(ISIS_GROUP).type(0xFE).payload("isis"), PuntClass.ROUTING);
        goes(to(OURS).type(0x88B5).payload("x"), PuntClass.OTHER);
        goes(to(BROADCAST).type(0x88B5).payload("x"), PuntClass.HOST);
        goes(to(OURS).arp(2, PEER, STATION, OURS, OWN), PuntClass.ROUTING);
    }

    @Test
    void whatIsShorterThanItsHeadersIsOther() {
        goes(ssh(OWN).truncate(14 + 19), PuntClass.OTHER);
        goes(ssh(OWN_6).truncate(14 + 39), PuntClass.OTHER);
    }

    @ParameterizedTest
    @ValueSource(strings = {OTHER, LLDP_GROUP, ROUTER})
    void whatIsForAnotherStationIsNot(String mac) {
        goes(to(mac).ipv4(CLIENT, OWN).tcp(40_000, 22), null);
    }

    @Test
    void aFurtherAddressOfTheKernelIsItsOwn() {
        bench.punts.listen(OTHER);
        goes(to(OTHER).ipv4(CLIENT, KERNELS).tcp(40_000, 22), PuntClass.HOST);
        goes(to(ROUTER).ipv4(CLIENT, KERNELS).tcp(40_000, 22), null);
    }

    @ParameterizedTest
    @ValueSource(strings = {OURS, BROADCAST})
    void theKernelDoesNotHearItself(String mac) {
        goes(PacketBuilder.ethernet(OURS, mac).ipv4(OWN, KERNELS).tcp(1, 2), null);
        assertThat(bench.path.hasComeBack(bench.frame(PacketBuilder.ethernet(OURS, mac)))).isTrue();
        assertThat(bench.path.hasComeBack(bench.frame(to(mac)))).isFalse();
    }

    @Test
    void whereTheKernelIsNotNothingOfItComesBack() {
        byte[] own = PacketBuilder.ethernet(OURS, BROADCAST).type(0x88B5).payload("x").toBytes();
        assertThat(bench.path.hasComeBack(bench.frame(own, LAN, 1))).isFalse();
        assertThat(bench.path.hasComeBack(bench.frame(own, LAN, 0))).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"false, false", "true, false", "false, true"})
    void unusedPortsOfVirtualAddressesAreNobodysIfTheSettingsSaySo(boolean tcp, boolean udp) {
        PuntSettings settings = PuntSettings.DEFAULT.withDropped(tcp, udp);
        try (KernelBench dropping = new KernelBench(settings)) {
            assertThat(dropping.path.drops(true)).isEqualTo(tcp);
            assertThat(dropping.path.drops(false)).isEqualTo(udp);
        }
    }

    @ParameterizedTest
    @EnumSource
    void whoSendsToUnusedPortsIsToldIfThePolicySaysSo(Refusal refusal) {
        LeftoverPolicy policy = LeftoverPolicy.DEFAULT.withUnusedPorts(refusal);
        try (KernelBench silent = new KernelBench(policy, true)) {
            assertThat(silent.path.tellsOfUnusedPorts()).isEqualTo(refusal == Refusal.REJECT);
        }
    }

    private boolean isByRouter(PacketBuilder packet) {
        return bench.path.isByVirtualRouter(bench.frame(packet));
    }

    @ParameterizedTest
    @ValueSource(strings = {ROUTER, ROUTER_6})
    void aVirtualRouterThatTheKernelIsBringsWhatIsForServices(String mac) {
        PacketBuilder packet = to(mac).ipv4(CLIENT, VIRTUAL).tcp(1, 80);
        assertThat(isByRouter(packet)).as("another is it").isFalse();
        bench.punts.listen(mac);
        assertThat(isByRouter(packet)).isTrue();
        assertThat(isByRouter(to(mac).ipv6(CLIENT_6, VIRTUAL_6).tcp(1, 80))).isTrue();
        for (String other : new String[] {OWN, KERNELS, LOCAL, "192.0.2.77"}) {
            assertThat(isByRouter(to(mac).ipv4(CLIENT, other).tcp(1, 80))).as(other).isFalse();
        }
        assertThat(isByRouter(to(mac).arp(1, PEER, STATION, OTHER, VIRTUAL))).isFalse();
        assertThat(isByRouter(to(mac).ipv4(CLIENT, VIRTUAL).tcp(1, 80).truncate(33))).isFalse();
        byte[] elsewhere = packet.toBytes();
        assertThat(bench.path.isByVirtualRouter(bench.frame(elsewhere, LAN, 1))).isFalse();
    }

    /// What was read of the packet before says nothing of this one.
    @Test
    void aFrameOfAnotherTypeIsNoPacketOfTheOneBefore() {
        bench.punts.listen(ROUTER);
        assertThat(isByRouter(to(ROUTER).ipv4(CLIENT, VIRTUAL).tcp(1, 80))).isTrue();
        assertThat(isByRouter(to(ROUTER).type(0x88B5).payload("x"))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                OURS,
                "00:00:5e:00:00:07",
                "00:00:5e:00:03:07",
                "00:00:5f:00:01:07",
                "02:00:5e:00:01:07"
            })
    void noOtherAddressIsOneOfAVirtualRouter(String mac) {
        bench.punts.listen(mac);
        assertThat(isByRouter(to(mac).ipv4(CLIENT, VIRTUAL).tcp(1, 80))).isFalse();
    }

    private void arp(PacketBuilder packet, int device, boolean copied) {
        long before = bench.copies();
        bench.path.arp(bench.frame(packet, device));
        bench.goesTo(copied ? PuntClass.ROUTING : null);
        assertThat(bench.copies() - before).isEqualTo(copied ? 1 : 0);
    }

    private static PacketBuilder asks(String target) {
        return to(BROADCAST).arp(1, PEER, STATION, "00:00:00:00:00:00", target);
    }

    @Test
    void arpIsHeardByBothButForQuestionsThatTheBalancerAnswers() {
        arp(asks(OWN), LAN, false);
        arp(asks(KERNELS), LAN, true);
        arp(asks("192.0.2.77"), LAN, true);
        arp(to(OURS).arp(2, PEER, STATION, OURS, OWN), LAN, true);
        assertThat(bench.bench.context.stack().counters().get(Counter.PUNT_COPIES_LOST)).isZero();
    }

    /// The balancer answers by each device for what belongs there.
    @Test
    void aQuestionForAnAddressOfAnotherDeviceIsHeardByBoth() {
        arp(asks(OWN_FAR), LAN, true);
        arp(asks(LOCAL), LAN, true);
        PacketBuilder tagged = to(BROADCAST).vlan(100);
        arp(tagged.arp(1, PEER, "10.0.1.50", "00:00:00:00:00:00", OWN_FAR), FAR, false);
    }

    @Test
    void arpThatIsForAnotherOrHasComeBackIsHeardByNobody() {
        arp(to(OTHER).arp(2, PEER, STATION, OTHER, OWN), LAN, false);
        arp(
                PacketBuilder.ethernet(OURS, BROADCAST).arp(1, OURS, KERNELS, OTHER, KERNELS),
                LAN,
                false);
        bench.path.arp(bench.frame(asks(KERNELS).toBytes(), LAN, 1));
        bench.goesTo(null);
    }

    /// The kernel may know what a shorter one is.
    @Test
    void anArpPacketThatIsTooShortIsNoQuestion() {
        byte[] whole = asks(OWN).toBytes();
        bench.path.arp(bench.frame(Arrays.copyOf(whole, 14 + 28), LAN, 0));
        bench.goesTo(null);
        bench.path.arp(bench.frame(Arrays.copyOf(whole, 14 + 27), LAN, 0));
        bench.goesTo(PuntClass.ROUTING);
    }
}
