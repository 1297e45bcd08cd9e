// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static io.fullnat.core.Rig.CLIENT;
import static io.fullnat.core.Rig.CLIENT_MAC;
import static io.fullnat.core.Rig.GATEWAY;
import static io.fullnat.core.Rig.VIP;
import static io.fullnat.core.Rig.WAN_MAC;
import static io.fullnat.core.packet.NdFrames.ALL;
import static io.fullnat.core.packet.NdFrames.groupMac;
import static io.fullnat.core.packet.NdFrames.option;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.MacAddress;
import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.core.memoryio.InMemoryPuntPort;
import io.fullnat.core.packet.Ipv6Extension;
import io.fullnat.core.packet.NdFrames;
import io.fullnat.core.packet.PacketBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What goes to the kernel of what arrives at a port that has its interface beside it, one frame a
/// row. The balancer has interface, virtual and local addresses of both families, the kernel one of
/// each for itself.
class KernelPathTest {
    private static final String WAN = "192.0.2.1";
    private static final String KERNEL = "192.0.2.9";
    private static final String STRANGE = "192.0.2.77";
    private static final String KERNEL_6 = "2001:db8:1::9";
    private static final String LINK_LOCAL = "fe80::ff:fe00:1";
    private static final String PEER_LINK_LOCAL = "fe80::c1";
    private static final String ROUTERS = "ff02::16"; // those that know MLDv2
    private static final String BROADCAST = "ff:ff:ff:ff:ff:ff";
    private static final String ZERO = "00:00:00:00:00:00";
    private static final String OSPF_GROUP = "01:00:5e:00:00:05";
    private static final String VRRP_GROUP = "01:00:5e:00:00:12";
    private static final String LLDP_GROUP = "01:80:c2:00:00:0e";
    private static final String SPANNING_TREE = "01:80:c2:00:00:00";
    private static final String VIRTUAL_ROUTER = "00:00:5e:00:01:07";
    private static final int LLDP = 0x88CC;

    /// Where a frame ends.
    enum Where {
        /// At the kernel, and nowhere else.
        KERNEL,
        /// The balancer has it, or drops it; the kernel does not see it.
        BALANCER,
        /// Both have it.
        BOTH
    }

    record Row(String what, PacketBuilder frame, Where where, Outcome outcome) {
        @Override
        public String toString() {
            return what;
        }
    }

    private final Rig rig = Rig.withKernel(options -> options);
    private final InMemoryPuntPort kernel = rig.io.wire("wan").near().kernel();

    @AfterEach
    void close() {
        rig.close();
    }

    private static Row kernel(String what, PacketBuilder frame) {
        return new Row(what, frame, Where.KERNEL, Outcome.PUNTED);
    }

    private static Row balancer(String what, PacketBuilder frame, Outcome outcome) {
        return new Row(what, frame, Where.BALANCER, outcome);
    }

    private static Row both(String what, PacketBuilder frame, Outcome outcome) {
        return new Row(what, frame, Where.BOTH, outcome);
    }

    private static PacketBuilder ethernet(String to) {
        return PacketBuilder.ethernet(CLIENT_MAC, to);
    }

    private static PacketBuilder to(String address) {
        return ethernet(WAN_MAC).ipv4(CLIENT, address);
    }

    private static PacketBuilder to6(String address) {
        return ethernet(WAN_MAC).ipv6(Rig6.CLIENT, address);
    }

    private static PacketBuilder arp(int operation, String sender, String target) {
        return ethernet(operation == 1 ? BROADCAST : WAN_MAC)
                .arp(operation, CLIENT_MAC, sender, ZERO, target);
    }

    static List<Row> link() {
        return List.of(
                kernel("unknown type", ethernet(WAN_MAC).type(0x88B5).payload("x")),
                balancer(
                        "unknown type to another station",
                        ethernet("02:00:00:00:00:77").type(0x88B5).payload("x"),
                        Outcome.OTHER_HOST),
                kernel("unknown type to all", ethernet(BROADCAST).type(0x88B5).payload("x")),
                balancer(
                        "LLDP that nobody listens to",
                        ethernet(LLDP_GROUP).type(LLDP).payload("x"),
                        Outcome.UNKNOWN_ETHERTYPE),
                balancer(
                        "spanning tree",
                        ethernet(SPANNING_TREE).type(0x27).payload("x"),
                        Outcome.UNKNOWN_ETHERTYPE),
                kernel("unknown VLAN", ethernet(WAN_MAC).vlan(7).ipv4(CLIENT, KERNEL).tcp(1, 22)),
                balancer(
                        "a frame that bears our own address",
                        PacketBuilder.ethernet(WAN_MAC, BROADCAST).type(0x88B5).payload("x"),
                        Outcome.UNKNOWN_ETHERTYPE),
                kernel(
                        "to a virtual router",
                        ethernet(VIRTUAL_ROUTER).ipv4(CLIENT, KERNEL).tcp(1, 2)),
                balancer("ARP for an interface address", arp(1, GATEWAY, WAN), Outcome.ARP),
                balancer("ARP for a virtual address", arp(1, GATEWAY, VIP), Outcome.ARP),
                both("ARP for the kernel's address", arp(1, GATEWAY, KERNEL), Outcome.ARP),
                both("ARP for any other", arp(1, GATEWAY, STRANGE), Outcome.ARP),
                both("an ARP answer", arp(2, GATEWAY, WAN), Outcome.ARP),
                both("a gratuitous ARP", arp(1, GATEWAY, GATEWAY), Outcome.ARP));
    }

    static List<Row> ipv4() {
        return List.of(
                kernel("ssh to an interface address", to(WAN).tcp(40000, 22)),
                kernel("an answer to an interface address", to(WAN).tcp(443, 40000).flags(0x12)),
                kernel("UDP to an interface address", to(WAN).udp(123, 40000)),
                kernel("ssh to the kernel's address", to(KERNEL).tcp(40000, 22)),
                kernel("UDP to the kernel's address", to(KERNEL).udp(1, 2)),
                kernel("to an address of which nothing is known", to(STRANGE).tcp(1, 2)),
                balancer(
                        "ping of an interface address",
                        to(WAN).echoRequest(1, 1),
                        Outcome.ECHO_ANSWERED),
                kernel("an answer to a ping", to(WAN).echoReply(1, 1)),
                kernel("ping of the kernel's address", to(KERNEL).echoRequest(1, 1)),
                kernel(
                        "an error about no connection",
                        to(WAN).icmp(3, 3, 0).quoting(to(WAN).udp(1, 2).toBytes(), 8)),
                kernel("OSPF to one", to(WAN).protocol(89).payload("x")),
                kernel(
                        "a fragment of OSPF",
                        to(WAN).protocol(89).fragment(0, true).payload("x".repeat(64))),
                kernel("its end", to(WAN).protocol(89).fragment(64, false).payload("x")),
                kernel(
                        "OSPF to its group",
                        ethernet(OSPF_GROUP).ipv4(GATEWAY, "224.0.0.5").protocol(89).payload("x")),
                kernel(
                        "VRRP",
                        ethernet(VRRP_GROUP)
                                .ipv4(GATEWAY, "224.0.0.18")
                                .timeToLive(255)
                                .protocol(112)
                                .payload("x")),
                balancer(
                        "a group that nobody listens to",
                        ethernet("01:00:5e:01:02:03").ipv4(GATEWAY, "224.1.2.3").udp(1, 2),
                        Outcome.OTHER_HOST),
                kernel(
                        "DHCP to all",
                        ethernet(BROADCAST).ipv4(GATEWAY, "255.255.255.255").udp(67, 68)),
                kernel("GRE to an interface address", to(WAN).protocol(47).payload("x")),
                kernel(
                        "a fragment to the kernel's address",
                        to(KERNEL).udp(1, 2).fragment(0, true).payload("x".repeat(64))));
    }

    static List<Row> ipv4OfTheBalancer() {
        return List.of(
                balancer("a service", to(VIP).tcp(40000, 80).flags(0x02), Outcome.FORWARDED_IN),
                balancer(
                        "no connection of a service",
                        to(VIP).tcp(40000, 80).flags(0x10),
                        Outcome.NO_CONNECTION),
                balancer(
                        "another port of a virtual address",
                        to(VIP).tcp(40000, 22),
                        Outcome.NO_SERVICE),
                balancer(
                        "another protocol of a virtual address",
                        to(VIP).protocol(89).payload("x"),
                        Outcome.UNKNOWN_PROTOCOL),
                balancer(
                        "a fragment to a virtual address",
                        to(VIP).udp(1, 53).fragment(0, true).payload("x".repeat(64)),
                        Outcome.FORWARDED_IN),
                balancer(
                        "a fragment to a virtual address that is too short",
                        to(VIP).protocol(6).fragment(0, true).payload("x".repeat(16)),
                        Outcome.FRAGMENT),
                balancer(
                        "a local address from outside",
                        to(Rig.LOCAL).tcp(40000, 40000),
                        Outcome.NOT_LOCAL),
                balancer(
                        "an impossible source",
                        ethernet(WAN_MAC).ipv4("127.0.0.1", WAN).tcp(1, 22),
                        Outcome.BAD_SOURCE),
                kernel(
                        "another station has the kernel's address now",
                        ethernet(WAN_MAC).ipv4(KERNEL, WAN).tcp(1, 22)),
                balancer(
                        "which is a client as any other",
                        ethernet(WAN_MAC).ipv4(KERNEL, VIP).tcp(40000, 80).flags(0x02),
                        Outcome.FORWARDED_IN),
                balancer(
                        "our own address as source",
                        ethernet(WAN_MAC).ipv4(WAN, WAN).tcp(1, 22),
                        Outcome.BAD_SOURCE),
                balancer(
                        "a bad checksum",
                        to(WAN).tcp(1, 22).badIpChecksum(),
                        Outcome.BAD_IP_CHECKSUM));
    }

    static List<Row> ipv6() {
        byte[] link = option(1, CLIENT_MAC);
        PacketBuilder adverts =
                NdFrames.message(CLIENT_MAC, PEER_LINK_LOCAL, groupMac(ALL), ALL, 134, 0)
                        .payload(new byte[8]);
        return List.of(
                kernel("ssh to an interface address", to6(Rig6.WAN).tcp(40000, 22)),
                kernel("ssh to the kernel's address", to6(KERNEL_6).tcp(40000, 22)),
                kernel(
                        "BGP between neighbours",
                        ethernet(WAN_MAC).ipv6(PEER_LINK_LOCAL, LINK_LOCAL).tcp(40000, 179)),
                balancer(
                        "our own link-local address as source",
                        ethernet(WAN_MAC).ipv6(LINK_LOCAL, Rig6.WAN).tcp(40000, 22),
                        Outcome.BAD_SOURCE),
                balancer(
                        "ping of an interface address",
                        to6(Rig6.WAN).echoRequest(1, 1),
                        Outcome.ECHO_ANSWERED),
                kernel("an answer to a ping", to6(Rig6.WAN).echoReply(1, 1)),
                kernel("ping of the kernel's address", to6(KERNEL_6).echoRequest(1, 1)),
                both("a router's advertisement", adverts, Outcome.DISCOVERY_IGNORED),
                balancer("one that came from afar", adverts2(), Outcome.BAD_DISCOVERY),
                both(
                        "a neighbour's answer",
                        NdFrames.advertisement(
                                CLIENT_MAC,
                                Rig6.GATEWAY,
                                WAN_MAC,
                                Rig6.WAN,
                                0x60,
                                Rig6.GATEWAY,
                                option(2, CLIENT_MAC)),
                        Outcome.DISCOVERY),
                balancer(
                        "a question for an interface address",
                        NdFrames.solicitation(CLIENT_MAC, Rig6.GATEWAY, Rig6.WAN, link),
                        Outcome.DISCOVERY),
                kernel(
                        "a question for the kernel's address",
                        NdFrames.solicitation(CLIENT_MAC, Rig6.GATEWAY, KERNEL_6, link)),
                both(
                        "a query for listeners",
                        NdFrames.query(CLIENT_MAC, PEER_LINK_LOCAL, 1, "::"),
                        Outcome.DISCOVERY),
                kernel(
                        "OSPF",
                        ethernet(groupMac("ff02::5"))
                                .ipv6(PEER_LINK_LOCAL, "ff02::5")
                                .timeToLive(1)
                                .protocol(89)
                                .payload("x")),
                kernel(
                        "VRRP",
                        ethernet(groupMac("ff02::12"))
                                .ipv6(PEER_LINK_LOCAL, "ff02::12")
                                .timeToLive(255)
                                .protocol(112)
                                .payload("x")),
                kernel(
                        "a fragment of OSPF",
                        ethernet(WAN_MAC)
                                .ipv6(PEER_LINK_LOCAL, LINK_LOCAL)
                                .extension(Ipv6Extension.fragment(0, true, 7))
                                .protocol(89)
                                .payload("x".repeat(64))),
                balancer(
                        "a service",
                        to6(Rig6.VIP).tcp(40000, 80).flags(0x02),
                        Outcome.FORWARDED_IN),
                balancer(
                        "another port of a virtual address",
                        to6(Rig6.VIP).tcp(40000, 22),
                        Outcome.NO_SERVICE),
                balancer(
                        "another protocol of a virtual address",
                        to6(Rig6.VIP).protocol(89).payload("x"),
                        Outcome.UNKNOWN_PROTOCOL));
    }

    static List<Row> listeners() {
        List<Row> rows = new ArrayList<>();
        for (int type : new int[] {131, 132, 143}) {
            rows.add(
                    both(
                            type + " of a neighbour",
                            listener(type, PEER_LINK_LOCAL, ROUTERS, 1),
                            Outcome.DISCOVERY_IGNORED));
            rows.add(
                    both(
                            type + " of one that has no address yet",
                            listener(type, "::", ROUTERS, 1),
                            Outcome.DISCOVERY_IGNORED));
            rows.add(wrong(type + " from afar", listener(type, PEER_LINK_LOCAL, ROUTERS, 50)));
            rows.add(wrong(type + " of a client", listener(type, Rig6.CLIENT, ROUTERS, 1)));
            for (String to : List.of(Rig6.VIP, Rig6.WAN, Rig6.LOCAL, KERNEL_6)) {
                rows.add(wrong(type + " to " + to, listener(type, PEER_LINK_LOCAL, to, 1)));
                rows.add(
                        wrong(type + " of a client to " + to, listener(type, Rig6.CLIENT, to, 50)));
            }
        }
        rows.add(balancer("a query to a virtual address", query(Rig6.VIP), Outcome.DISCOVERY));
        rows.add(balancer("a query to a local address", query(Rig6.LOCAL), Outcome.DISCOVERY));
        rows.add(both("a query to an interface address", query(Rig6.WAN), Outcome.DISCOVERY));
        rows.add(
                balancer(
                        "a neighbour's answer to a virtual address",
                        NdFrames.advertisement(
                                CLIENT_MAC,
                                Rig6.GATEWAY,
                                WAN_MAC,
                                Rig6.VIP,
                                0x60,
                                Rig6.GATEWAY,
                                option(2, CLIENT_MAC)),
                        Outcome.DISCOVERY));
        return rows;
    }

    private static Row wrong(String what, PacketBuilder frame) {
        return balancer(what, frame, Outcome.BAD_DISCOVERY);
    }

    private static PacketBuilder listener(int type, String from, String to, int hops) {
        return ethernet(to.startsWith("ff") ? groupMac(to) : WAN_MAC)
                .ipv6(from, to)
                .timeToLive(hops)
                .extension(Ipv6Extension.routerAlert())
                .icmp(type, 0, 0)
                .payload(new byte[16]);
    }

    private static PacketBuilder query(String to) {
        return ethernet(WAN_MAC)
                .ipv6(PEER_LINK_LOCAL, to)
                .timeToLive(1)
                .extension(Ipv6Extension.routerAlert())
                .icmp(130, 0, 1 << 16)
                .payload(new byte[20]);
    }

    private static PacketBuilder adverts2() {
        return NdFrames.message(CLIENT_MAC, PEER_LINK_LOCAL, groupMac(ALL), ALL, 134, 0)
                .timeToLive(254)
                .payload(new byte[8]);
    }

    private void configure() {
        rig.configured();
        Rig6.configured(rig);
        rig.apply(
                new Change.AddAddress(InterfaceAddress.of(KERNEL + "/24", "wan").ofKernel()),
                new Change.AddAddress(InterfaceAddress.of(KERNEL_6 + "/64", "wan").ofKernel()));
        kernel.listen(
                Set.of(
                        MacAddress.parse(OSPF_GROUP),
                        MacAddress.parse(VRRP_GROUP),
                        MacAddress.parse(VIRTUAL_ROUTER),
                        MacAddress.parse(groupMac(ALL)),
                        MacAddress.parse(groupMac("ff02::5")),
                        MacAddress.parse(groupMac(ROUTERS)),
                        MacAddress.parse(groupMac("ff02::12")),
                        MacAddress.parse(groupMac(NdFrames.solicitedNode(KERNEL_6)))));
        rig.pass(Duration.ofSeconds(1));
        rig.out();
        kernel.receiveAll();
    }

    @ParameterizedTest
    @MethodSource({"link", "ipv4", "ipv4OfTheBalancer", "ipv6", "listeners"})
    void eachFrameEndsWhereItBelongs(Row row) {
        configure();
        byte[] sent = row.frame.toBytes();
        long before = rig.count(row.outcome);
        List<byte[]> out = rig.clientSends(row.frame);

        assertThat(rig.count(row.outcome) - before).as("counted as %s", row.outcome).isOne();
        List<byte[]> frames = kernel.receiveAll();
        if (row.where == Where.BALANCER) {
            assertThat(frames).isEmpty();
        } else {
            assertThat(frames).singleElement().satisfies(f -> assertThat(f).isEqualTo(sent));
        }
        if (row.where == Where.KERNEL) {
            assertThat(out).as("nobody is refused what the kernel gets").isEmpty();
        }
    }
}
