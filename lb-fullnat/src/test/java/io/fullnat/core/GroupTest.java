// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static io.fullnat.core.FamilyRig.CLIENT6;
import static io.fullnat.core.FamilyRig.LOCAL6;
import static io.fullnat.core.FamilyRig.SERVER6;
import static io.fullnat.core.FamilyRig.VIP6;
import static io.fullnat.core.FamilyRig.assertSent;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Endpoint;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.Protocol;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.api.control.ConnectionInfo;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.Frontend;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.Persistence;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.VirtualService;
import io.fullnat.api.set.IpSet;
import io.fullnat.api.set.SetFamily;
import io.fullnat.api.set.SetMember;
import io.fullnat.api.set.SetType;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A group: several frontends of both families, in front of servers of both, as one service.
class GroupTest {
    private static final ServiceKey SHOP = ServiceKey.group(Protocol.TCP, "shop");
    private static final Frontend WEB = Frontend.parse(Rig.VIP + ":8000");
    private static final Frontend RANGE = Frontend.parse(Rig.VIP + ":9000-9099");
    private static final Frontend ALL6 = Frontend.parse("[" + VIP6 + "]:0");

    private final Rig rig = new Rig();
    private final FamilyRig both = new FamilyRig(FamilyRig.Way.TO_6, rig);
    private int client = 20_000;

    @BeforeEach
    void add() {
        rig.apply(new Change.AddService(shop(WEB, RANGE, ALL6)));
        rig.pass(Duration.ofSeconds(2)); // local addresses of IPv6 are checked
        rig.out();
    }

    @AfterEach
    void close() {
        both.close();
    }

    private static VirtualService shop(Frontend... frontends) {
        return VirtualService.of(SHOP)
                .withFrontends(List.of(frontends))
                .withScheduler("rr")
                .withRealServers(List.of(RealServer.of(Rig.SERVER, 0)))
                .withLocalAddresses(
                        List.of(LocalAddress.of(Rig.LOCAL, "lan"), LocalAddress.of(LOCAL6, "lan")));
    }

    private PacketBuilder from(boolean ipv6) {
        PacketBuilder frame = PacketBuilder.ethernet(Rig.CLIENT_MAC, Rig.WAN_MAC);
        return ipv6 ? frame.ipv6(CLIENT6, VIP6) : frame.ipv4(Rig.CLIENT, Rig.VIP);
    }

    private List<byte[]> connect(boolean ipv6, int port) {
        return rig.clientSends(from(ipv6).tcp(client++, port).flags(Tcp.SYN).sequence(7));
    }

    private byte[] open(boolean ipv6, int port) {
        List<byte[]> out = connect(ipv6, port);
        assertThat(out).hasSize(1);
        assertThat(IpFrame.tcpFlags(out.getFirst())).as("port %d", port).isEqualTo(Tcp.SYN);
        return out.getFirst();
    }

    private void assertRefused(boolean ipv6, int port) {
        List<byte[]> out = connect(ipv6, port);
        assertThat(out).hasSize(1);
        assertThat(IpFrame.tcpFlags(out.getFirst())).isEqualTo(Tcp.RST | Tcp.ACK);
    }

    private List<Integer> ports(ConnectionFilter filter) {
        List<Integer> ports = new ArrayList<>();
        rig.balancer
                .control()
                .connections(filter, connection -> ports.add(connection.virtual().port()));
        return ports;
    }

    private void refuses(ErrorCode code, Change change, String... texts) {
        assertThatExceptionOfType(BalancerException.class)
                .isThrownBy(() -> {
                    try {
                        rig.apply(change);
                    } catch (CompletionException wrapped) {
                        throw wrapped.getCause();
                    }
                })
                .satisfies(refused -> {
                    assertThat(refused.code()).isEqualTo(code);
                    assertThat(refused).hasMessageContainingAll(texts);
                });
    }

    @Test
    void eachFrontendLeadsToTheServerAtThePortThatIsAskedFor() {
        for (int port : new int[] {8000, 9000, 9099}) {
            assertThat(IpFrame.destinationPort(open(false, port))).isEqualTo(port);
        }
        byte[] syn = open(true, 443);
        assertSent(
                List.of(syn),
                PacketBuilder.ethernet(Rig.LAN_MAC, Rig.SERVER_MAC)
                        .ipv4(Rig.LOCAL, Rig.SERVER)
                        .timeToLive(63)
                        .tcp(IpFrame.sourcePort(syn), 443)
                        .flags(Tcp.SYN)
                        .sequence(7));
        List<byte[]> answer =
                rig.serverSends(
                        PacketBuilder.ethernet(Rig.SERVER_MAC, Rig.LAN_MAC)
                                .ipv4(Rig.SERVER, Rig.LOCAL)
                                .dontFragment()
                                .tcp(443, IpFrame.sourcePort(syn))
                                .flags(Tcp.SYN | Tcp.ACK)
                                .sequence(9)
                                .acknowledgement(8));
        assertSent(
                answer,
                PacketBuilder.ethernet(Rig.WAN_MAC, Rig.CLIENT_MAC)
                        .ipv6(VIP6, CLIENT6)
                        .timeToLive(63)
                        .tcp(443, client - 1)
                        .flags(Tcp.SYN | Tcp.ACK)
                        .sequence(9)
                        .acknowledgement(8));
        assertRefused(false, 8001);
        assertRefused(false, 9100);
        assertThat(rig.count(Outcome.NO_SERVICE)).isEqualTo(2);
        assertThat(ports(ConnectionFilter.of(SHOP)))
                .containsExactlyInAnyOrder(8000, 9000, 9099, 443);
    }

    @Test
    void itsConnectionsTellWhoseTheyAreAndAreCountedTogether() {
        open(false, 8000);
        open(true, 22);
        List<ServiceKey> services = new ArrayList<>();
        rig.balancer
                .control()
                .connections(
                        ConnectionFilter.ALL,
                        (ConnectionInfo connection) -> services.add(connection.service()));
        assertThat(services).containsOnly(SHOP);
        assertThat(rig.balancer.control().status(SHOP).orElseThrow().traffic().connections())
                .isEqualTo(2);
    }

    @Test
    void aClientHasOneServerWhicheverFrontendItAsks() {
        VirtualService service =
                shop(WEB, RANGE)
                        .withRealServers(
                                List.of(
                                        RealServer.of(Rig.SERVER, 1),
                                        RealServer.of(Rig.SERVER, 2)));
        rig.apply(
                new Change.ReplaceService(
                        service.withPolicy(
                                service.policy()
                                        .withPersistence(
                                                Optional.of(
                                                        Persistence.of(Duration.ofMinutes(5)))))));
        int first = IpFrame.destinationPort(open(false, 8000));
        for (int port : new int[] {8000, 9000, 9050, 9099, 8000}) {
            assertThat(IpFrame.destinationPort(open(false, port))).isEqualTo(first);
        }
        assertThat(rig.count(Counter.TEMPLATES_CREATED)).isOne();
    }

    /// P12.
    @Test
    void accessRulesHoldForAllFrontends() {
        rig.apply(
                new Change.AddAccessRule(SHOP, AccessRule.deny("198.51.100.0/24")),
                new Change.AddAccessRule(SHOP, AccessRule.deny("2001:db8:c::/48")));
        assertRefused(false, 8000);
        assertRefused(false, 9001);
        assertRefused(true, 443);
        assertThat(rig.count(Outcome.ACCESS_DENIED)).isEqualTo(3);

        rig.apply(new Change.RemoveAccessRule(SHOP, AccessRule.deny("2001:db8:c::/48")));
        open(true, 443);
    }

    /// P11: networks of both families in one list, the widest of the other family beside: each
    /// holds for its own family, whatever comes before or behind it, and goes alone.
    @Test
    void p11PrefixesOfOneFamilyDoNotSpoilThoseOfTheOther() {
        for (List<String> list :
                List.of(List.of("2001:db8:c::/48", Rig.CLIENT), List.of(Rig.CLIENT, "::/0"))) {
            for (String allowed : list) {
                rig.apply(new Change.AddAccessRule(SHOP, AccessRule.allow(allowed)));
            }
            open(false, 8000);
            open(true, 443);
            rig.apply(new Change.RemoveAccessRule(SHOP, AccessRule.allow(Rig.CLIENT)));
            assertRefused(false, 8000);
            open(true, 443);
            rig.apply(new Change.AddAccessRule(SHOP, AccessRule.allow("203.0.113.0/24")));
            assertRefused(false, 8000);
            open(true, 443);
            for (String allowed : list) {
                if (!allowed.equals(Rig.CLIENT)) {
                    rig.apply(
                            new Change.RemoveAccessRule(SHOP, AccessRule.allow(allowed)),
                            new Change.AddAccessRule(SHOP, AccessRule.allow(Rig.CLIENT)));
                }
            }
            open(false, 8000);
            assertRefused(true, 443);
            rig.apply(new Change.AddAccessRule(SHOP, AccessRule.allow("0.0.0.0/0")));
            assertRefused(true, 443);
            rig.apply(
                    new Change.RemoveAccessRule(SHOP, AccessRule.allow("0.0.0.0/0")),
                    new Change.RemoveAccessRule(SHOP, AccessRule.allow("203.0.113.0/24")),
                    new Change.RemoveAccessRule(SHOP, AccessRule.allow(Rig.CLIENT)));
            open(true, 443);
        }
        for (String all : List.of("::/0", "0.0.0.0/0")) {
            rig.apply(new Change.AddAccessRule(SHOP, AccessRule.deny(all)));
            boolean ipv6 = all.equals("::/0");
            assertRefused(ipv6, ipv6 ? 443 : 8000);
            open(!ipv6, ipv6 ? 8000 : 443);
            rig.apply(new Change.RemoveAccessRule(SHOP, AccessRule.deny(all)));
        }
    }

    /// P11: a set of each family in one allow list.
    @Test
    void p11SetsOfBothFamiliesInOneListAreOfTheirOwn() {
        rig.apply(
                new Change.CreateSet(IpSet.builder("four", SetType.HASH_NET).build()),
                new Change.CreateSet(
                        IpSet.builder("six", SetType.HASH_NET).family(SetFamily.IPV6).build()),
                new Change.AddAccessRule(SHOP, AccessRule.allow("ipset:six")),
                new Change.AddAccessRule(SHOP, AccessRule.allow("ipset:four")));
        assertRefused(false, 8000);
        assertRefused(true, 443);
        rig.apply(member("six", "::/0"));
        assertRefused(false, 8000);
        open(true, 443);
        rig.apply(member("four", Rig.CLIENT));
        open(false, 8000);
        refuses(
                ErrorCode.INVALID_ARGUMENT,
                member("four", "2001:db8::/32"),
                "\"2001:db8::/32\"",
                "set four");
        open(false, 8000);
        rig.apply(new Change.FlushSet("six"));
        open(false, 8000);
        assertRefused(true, 443);
        assertThat(ports(ConnectionFilter.of(SHOP))).as("live ones").containsOnly(8000);
    }

    private static Change member(String set, String entry) {
        return new Change.AddSetMembers(set, List.of(SetMember.of(entry)), false);
    }

    @Test
    void aLimitHoldsOverAllFrontends() {
        VirtualService service = shop(WEB, RANGE, ALL6);
        rig.apply(
                new Change.ReplaceService(
                        service.withPolicy(
                                service.policy()
                                        .withLimits(
                                                service.policy().limits().withConnections(2)))));
        open(false, 8000);
        open(true, 443);
        assertRefused(false, 9000);
    }

    @Test
    void membersComeAndGoAndConnectionsOfOthersStay() {
        open(false, 8000);
        open(false, 9000);
        open(true, 443);

        rig.apply(new Change.SetFrontends(SHOP, List.of(WEB, Frontend.parse(Rig.VIP + ":7000"))));

        assertThat(ports(ConnectionFilter.of(SHOP))).containsExactlyInAnyOrder(8000, 9000, 443);
        assertRefused(false, 9001);
        assertRefused(true, 443);
        open(false, 7000);
        open(false, 8000);
    }

    @Test
    void connectionsOfAMemberThatGoesEndIfTheServiceSaysSo() {
        VirtualService service = shop(WEB, RANGE, ALL6);
        rig.apply(
                new Change.ReplaceService(
                        service.withPolicy(
                                service.policy().withRemoval(ServicePolicy.Removal.END))));
        open(false, 8000);
        open(false, 9000);
        open(false, 9050);
        open(true, 443);

        Frontend part = Frontend.parse(Rig.VIP + ":9040-9060");
        rig.apply(new Change.SetFrontends(SHOP, List.of(WEB, part)));

        assertThat(ports(ConnectionFilter.ALL)).containsExactlyInAnyOrder(8000, 9050);
    }

    @Test
    void aGroupWithoutFrontendsIsReachedByNobody() {
        rig.apply(new Change.SetFrontends(SHOP, List.of()));
        assertRefused(false, 8000);
        rig.apply(new Change.SetFrontends(SHOP, List.of(WEB)));
        open(false, 8000);
        rig.apply(new Change.RemoveService(SHOP, true));
        assertThat(ports(ConnectionFilter.ALL)).isEmpty();
        assertRefused(false, 8000);
    }

    /// The order holds between a group's frontends and services of their own.
    @Test
    void aPortOfItsOwnComesBeforeTheGroupsRange() {
        rig.apply(new Change.AddService(alone(Rig.VIP + ":9050")));
        assertThat(IpFrame.destinationPort(open(false, 9050))).isEqualTo(1234);
        assertThat(IpFrame.destinationPort(open(false, 9051))).isEqualTo(9051);
    }

    private static VirtualService alone(String frontend) {
        return VirtualService.of(ServiceKey.parse(Protocol.TCP, frontend))
                .withRealServer(RealServer.of(Rig.SERVER, 1234))
                .withLocalAddress(LocalAddress.of(Rig.LOCAL, "lan"));
    }

    /// P14 and P15: the entry that cannot be is named, with what is in its way.
    @Test
    void anEntryThatCannotBeIsNamed() {
        refuses(
                ErrorCode.SERVICE_EXISTS,
                new Change.AddService(alone(WEB.toString())),
                "TCP " + WEB + ": the same ports are those of",
                WEB + " of " + SHOP);
        refuses(
                ErrorCode.SERVICE_EXISTS,
                new Change.SetFrontends(SHOP, List.of(WEB, Frontend.parse(Rig.VIP + ":80"))),
                Rig.VIP
                        + ":80 of "
                        + SHOP
                        + ": the same ports are those of TCP "
                        + Rig.VIP
                        + ":80");
        refuses(
                ErrorCode.INVALID_ARGUMENT,
                new Change.SetFrontends(SHOP, List.of(WEB, Frontend.parse("255.255.255.255:80"))),
                "frontend 255.255.255.255:80 of " + SHOP);
        refuses(
                ErrorCode.ADDRESS_IN_USE,
                new Change.SetFrontends(SHOP, List.of(WEB, Frontend.parse(Rig.LOCAL + ":80"))),
                Rig.LOCAL + " is a local address");
        refuses(
                ErrorCode.INVALID_ARGUMENT,
                new Change.SetFrontends(both.tcp(), List.of(WEB)),
                "only groups have them");
        assertThatExceptionOfType(BalancerException.class)
                .isThrownBy(() -> shop(WEB, RANGE, Frontend.parse(Rig.VIP + ":9050-9200")))
                .withMessageContaining("overlap, and neither is within the other");
        assertThatExceptionOfType(BalancerException.class)
                .isThrownBy(() -> shop(WEB, RANGE, WEB))
                .withMessageContaining("are the same");
        open(false, 8000);
    }

    /// The address of a member is a virtual address like any other.
    @Test
    void nobodyElseMayHaveTheAddressOfAMember() {
        refuses(
                ErrorCode.ADDRESS_IN_USE,
                new Change.AddRealServer(SHOP, RealServer.of(VIP6, 80)),
                VIP6);
        refuses(
                ErrorCode.ADDRESS_IN_USE,
                new Change.AddLocalAddress(SHOP, LocalAddress.of(VIP6, "lan")),
                VIP6);
    }

    @Test
    void serversOfBothFamiliesServeClientsOfBoth() {
        VirtualService service =
                shop(WEB, ALL6)
                        .withRealServers(
                                List.of(RealServer.of(Rig.SERVER, 0), RealServer.of(SERVER6, 0)));
        rig.apply(new Change.ReplaceService(service));
        for (boolean ipv6 : new boolean[] {false, true}) {
            List<Boolean> families = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                byte[] out = open(ipv6, 8000);
                assertThat(IpFrame.destinationPort(out)).isEqualTo(8000);
                families.add(IpFrame.isIpv6(out));
            }
            assertThat(families).containsOnly(true, false);
        }
        assertThat(Endpoint.of(VIP6, 8000)).matches(ALL6::covers);
    }
}
