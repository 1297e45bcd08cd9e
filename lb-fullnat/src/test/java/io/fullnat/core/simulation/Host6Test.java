// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.MacAddress;
import io.fullnat.core.memoryio.FrameEnd;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.memoryio.PortSettings;
import io.fullnat.core.packet.Icmpv6;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Ipv6Extension;
import io.fullnat.core.packet.NeighbourDiscovery;
import io.fullnat.core.packet.PacketBuilder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// A host against frames of IPv6 written by hand: neighbour discovery, routes, ICMPv6, UDP and
/// fragments.
class Host6Test {
    private static final String OURS = "02:00:00:00:00:01";
    private static final String PEER = "02:00:00:00:00:02";
    private static final String OWN = "2001:db8::1";
    private static final String OTHER = "2001:db8::2";
    private static final String ALL_NODES = "ff02::1";
    private static final String ALL_NODES_MAC = "33:33:00:00:00:01";
    private static final String OWN_GROUP = "ff02::1:ff00:1";
    private static final String OWN_GROUP_MAC = "33:33:ff:00:00:01";
    private static final long SECOND_NS = 1_000_000_000L;
    private static final int SOLICITATION = Icmpv6.TYPE_NEIGHBOUR_SOLICITATION;
    private static final int ADVERTISEMENT = Icmpv6.TYPE_NEIGHBOUR_ADVERTISEMENT;
    private static final int SOURCE = NeighbourDiscovery.OPTION_SOURCE_LINK_ADDRESS;
    private static final int TARGET = NeighbourDiscovery.OPTION_TARGET_LINK_ADDRESS;
    private static final int SOLICITED = NeighbourDiscovery.FLAG_SOLICITED;
    private static final int OVERRIDE = NeighbourDiscovery.FLAG_OVERRIDE;

    private final InMemoryIo io =
            InMemoryIo.builder()
                    .wire(PortSettings.of("host", OURS), PortSettings.of("peer", PEER))
                    .open();
    private final FrameEnd peer = new FrameEnd(io.wire("peer").far(), io.buffers());

    @AfterEach
    void close() {
        assertThat(io.buffers().inUse()).as("buffers in use").isZero();
        io.close();
    }

    private SimulatedHost host(UnaryOperator<SimulatedHost.Builder> more) {
        return more.apply(
                        SimulatedHost.at(io.wire("host").near(), io.buffers())
                                .address("10.0.0.1/24")
                                .address(OWN + "/64"))
                .start();
    }

    /// A host that knows its peer.
    private SimulatedHost host() {
        return acquainted(host(UnaryOperator.identity()));
    }

    private SimulatedHost acquainted(SimulatedHost host) {
        host.udp().send(40000, Endpoint.of(OTHER, 50000), new byte[1]);
        host.doWork(0);
        peer.send(fromPeer(advertisement(OTHER, SOLICITED | OVERRIDE, PEER)));
        host.doWork(0);
        peer.receiveAll();
        return host;
    }

    private static PacketBuilder toHost() {
        return PacketBuilder.ethernet(PEER, OURS).ipv6(OTHER, OWN);
    }

    private static PacketBuilder toPeer() {
        return PacketBuilder.ethernet(OURS, PEER).ipv6(OWN, OTHER);
    }

    private static UnaryOperator<PacketBuilder> solicitation(String target, String mac) {
        return packet -> message(packet, SOLICITATION, 0, target, SOURCE, mac);
    }

    private static UnaryOperator<PacketBuilder> advertisement(
            String target, int flags, String mac) {
        return packet -> message(packet, ADVERTISEMENT, flags, target, TARGET, mac);
    }

    private static PacketBuilder fromPeer(UnaryOperator<PacketBuilder> message) {
        return message.apply(toHost());
    }

    private static PacketBuilder message(
            PacketBuilder packet, int type, int flags, String target, int option, String mac) {
        byte[] body = Arrays.copyOf(bytes(target), 24);
        body[16] = (byte) option;
        body[17] = 1;
        long bits = MacAddress.parse(mac).bits();
        for (int i = 0; i < 6; i++) {
            body[18 + i] = (byte) (bits >>> (40 - 8 * i));
        }
        return packet.timeToLive(255).icmp(type, 0, flags << 24).payload(body);
    }

    private static byte[] bytes(String address) {
        IpAddress parsed = IpAddress.parse(address);
        return HexFormat.of().parseHex("%016x%016x".formatted(parsed.high(), parsed.low()));
    }

    @Test
    void answersSolicitationsForEachOfItsAddresses() {
        SimulatedHost host = host(builder -> builder.address("2001:db8::7/64"));
        for (String own : List.of(OWN, "2001:db8::7")) {
            peer.send(fromPeer(solicitation(own, PEER)));
            host.doWork(0);
            assertThat(peer.receiveAll())
                    .containsExactly(
                            advertisement(own, SOLICITED | OVERRIDE, OURS)
                                    .apply(PacketBuilder.ethernet(OURS, PEER).ipv6(own, OTHER))
                                    .toBytes());
        }
        peer.send(fromPeer(solicitation("2001:db8::8", PEER)));
        peer.send(
                solicitation(OWN, PEER)
                        .apply(PacketBuilder.ethernet(PEER, OWN_GROUP_MAC).ipv6(OTHER, OWN_GROUP)));
        host.doWork(0);
        assertThat(peer.receiveAll()).as("to its group, and not for another's").hasSize(1);
    }

    @Test
    void asksBeforeItSendsAndSendsWhenAnswered() {
        SimulatedHost host = host(UnaryOperator.identity());
        host.udp().send(40000, Endpoint.of(OTHER, 50000), "hello".getBytes(UTF_8));
        host.doWork(0);
        assertThat(peer.receiveAll())
                .containsExactly(
                        solicitation(OTHER, OURS)
                                .apply(
                                        PacketBuilder.ethernet(OURS, "33:33:ff:00:00:02")
                                                .ipv6(OWN, "ff02::1:ff00:2"))
                                .toBytes());
        peer.send(fromPeer(advertisement(OTHER, SOLICITED, PEER)));
        host.doWork(0);
        assertThat(peer.receiveAll())
                .containsExactly(toPeer().udp(40000, 50000).payload("hello").toBytes());
        assertThat(host.neighbour(IpAddress.parse(OTHER))).contains(MacAddress.parse(PEER));
    }

    @Test
    void asksFiveTimesASecondApartThenGivesUp() {
        SimulatedHost host = host(UnaryOperator.identity());
        host.udp().send(40000, Endpoint.of(OTHER, 50000), new byte[1]);
        int asked = 0;
        for (int tenth = 0; tenth < 100; tenth++) {
            host.doWork(tenth * SECOND_NS / 10);
            asked += peer.receiveAll().size();
        }
        assertThat(asked).isEqualTo(5);
        assertThat(host.counters().unresolved()).isEqualTo(1);
    }

    @Test
    void announcesItselfAndDefendsItsAddress() {
        SimulatedHost host = host(UnaryOperator.identity());
        byte[] announcement =
                advertisement(OWN, OVERRIDE, OURS)
                        .apply(PacketBuilder.ethernet(OURS, ALL_NODES_MAC).ipv6(OWN, ALL_NODES))
                        .toBytes();
        host.announce();
        host.doWork(0);
        assertThat(peer.receiveAll()).hasSize(2).last().isEqualTo(announcement);

        byte[] target = bytes(OWN);
        peer.send(
                PacketBuilder.ethernet(PEER, OWN_GROUP_MAC)
                        .ipv6("::", OWN_GROUP)
                        .timeToLive(255)
                        .icmp(SOLICITATION, 0, 0)
                        .payload(target));
        host.doWork(0);
        assertThat(peer.receiveAll())
                .as("told to all, for the asker has no address")
                .containsExactly(announcement);
    }

    @Test
    void believesAnotherLinkAddressOnlyIfItOverrides() {
        SimulatedHost host = host();
        String moved = "02:00:00:00:00:99";
        peer.send(fromPeer(advertisement(OTHER, 0, moved)));
        host.doWork(0);
        assertThat(host.neighbour(IpAddress.parse(OTHER))).contains(MacAddress.parse(PEER));
        peer.send(fromPeer(advertisement(OTHER, OVERRIDE, moved)));
        peer.send(fromPeer(advertisement("2001:db8::9", OVERRIDE, moved)));
        host.doWork(0);
        assertThat(host.neighbour(IpAddress.parse(OTHER))).contains(MacAddress.parse(moved));
        assertThat(host.neighbour(IpAddress.parse("2001:db8::9"))).isEmpty();
    }

    @Test
    void discoveryFromAnotherLinkIsMalformed() {
        SimulatedHost host = host(UnaryOperator.identity());
        peer.send(fromPeer(solicitation(OWN, PEER)).timeToLive(254));
        peer.send(fromPeer(solicitation(OWN, PEER)).payload(new byte[15]));
        byte[] emptyOption = Arrays.copyOf(bytes(OWN), 24);
        peer.send(fromPeer(solicitation(OWN, PEER)).payload(emptyOption));
        host.doWork(0);
        assertThat(host.counters().malformed()).isEqualTo(3);
        assertThat(peer.receiveAll()).isEmpty();
    }

    @Test
    void sendsToOtherNetworksThroughItsGateway() {
        SimulatedHost host = acquainted(host(builder -> builder.gateway(OTHER)));
        host.udp().send(40000, Endpoint.of("2001:db8:1::1", 50000), new byte[1]);
        host.doWork(0);
        assertThat(peer.receiveAll())
                .containsExactly(
                        PacketBuilder.ethernet(OURS, PEER)
                                .ipv6(OWN, "2001:db8:1::1")
                                .udp(40000, 50000)
                                .payload(new byte[1])
                                .toBytes());
        host.udp().send(40000, Endpoint.of("192.0.2.1", 50000), new byte[1]);
        host.doWork(0);
        assertThat(host.counters().noRoute()).as("the other family has no gateway").isEqualTo(1);
    }

    @Test
    void linkLocalAddressesSpeakToEachOther() {
        SimulatedHost host = host(builder -> builder.address("fe80::1/64"));
        peer.send(
                solicitation(OWN, PEER)
                        .apply(
                                PacketBuilder.ethernet(PEER, OWN_GROUP_MAC)
                                        .ipv6("fe80::2", OWN_GROUP)));
        host.udp().send(40000, Endpoint.of("fe80::2", 50000), new byte[1]);
        host.doWork(0);
        assertThat(peer.receiveAll())
                .containsExactlyInAnyOrder(
                        advertisement(OWN, SOLICITED | OVERRIDE, OURS)
                                .apply(PacketBuilder.ethernet(OURS, PEER).ipv6(OWN, "fe80::2"))
                                .toBytes(),
                        PacketBuilder.ethernet(OURS, PEER)
                                .ipv6("fe80::1", "fe80::2")
                                .udp(40000, 50000)
                                .payload(new byte[1])
                                .toBytes());
    }

    @Test
    void answersPingsAndKeepsTheAnswersToItsOwn() {
        SimulatedHost host = host();
        peer.send(toHost().echoRequest(7, 65535).payload("odd"));
        host.icmp().ping(IpAddress.parse(OTHER), 9, 1, new byte[] {(byte) 0xAB});
        host.doWork(0);
        assertThat(peer.receiveAll())
                .containsExactlyInAnyOrder(
                        toPeer().echoReply(7, 65535).payload("odd").toBytes(),
                        toPeer().echoRequest(9, 1)
                                .payload(HexFormat.of().parseHex("ab"))
                                .toBytes());
        peer.send(toHost().echoReply(9, 1).payload(HexFormat.of().parseHex("ab")));
        host.doWork(0);
        assertThat(host.icmp().replies())
                .containsExactly(new SimulatedIcmp.EchoReply(IpAddress.parse(OTHER), 9, 1, "ab"));
    }

    @Test
    void saysThatNobodyListensAndQuotesAll() {
        SimulatedHost host = host();
        byte[] datagram = toHost().udp(40000, 9).payload(new byte[100]).toBytes();
        peer.send(datagram);
        host.doWork(0);
        assertThat(peer.receiveAll())
                .containsExactly(toPeer().icmp(1, 4, 0).quoting(datagram, 108).toBytes());
    }

    @Test
    void keepsIcmpErrorsAboutItsPackets() {
        SimulatedHost host = host();
        byte[] own =
                PacketBuilder.ethernet(OURS, PEER)
                        .ipv6(OWN, "2001:db8:1::1")
                        .udp(40000, 50000)
                        .toBytes();
        peer.send(toHost().icmp(2, 0, 1400).quoting(own, 8));
        host.doWork(0);
        IcmpError error =
                new IcmpError(
                        IpAddress.parse(OTHER),
                        2,
                        0,
                        1400,
                        Ipv4.PROTOCOL_UDP,
                        Endpoint.of(OWN, 40000),
                        Endpoint.of("2001:db8:1::1", 50000));
        assertThat(host.icmp().errors()).containsExactly(error);
        assertThat(error.isPacketTooBig()).isTrue();
    }

    @Test
    void countsBadChecksumsOfAnyKindAndDropsThePacket() {
        SimulatedHost host = host();
        host.udp().echo(7);
        peer.send(toHost().udp(40000, 7).badTransportChecksum());
        peer.send(toHost().udp(40000, 7).noUdpChecksum());
        peer.send(toHost().tcp(40000, 80).badTransportChecksum());
        peer.send(toHost().echoRequest(1, 1).badTransportChecksum());
        peer.send(fromPeer(solicitation(OWN, PEER)).badTransportChecksum());
        host.doWork(0);
        assertThat(host.counters().badChecksums()).isEqualTo(5);
        assertThat(host.udp().peers()).isEmpty();
        assertThat(peer.receiveAll()).isEmpty();
    }

    @Test
    void countsWhatIsMalformed() {
        SimulatedHost host = host();
        peer.send(toHost().udp(40000, 7).totalLength(5000));
        peer.send(toHost().udp(40000, 7).versionAndHeaderLength(0x45));
        peer.send(toHost().udp(40000, 7).transportLength(7));
        peer.send(toHost().udp(40000, 7).truncate(14 + 39));
        peer.send(toHost().icmp(1, 1, 0).payload(new byte[20]));
        host.doWork(0);
        assertThat(host.counters().malformed()).isEqualTo(5);
    }

    @Test
    void readsBehindExtensionHeaders() {
        SimulatedHost host = host();
        host.udp().echo(7);
        peer.send(toHost().extension(Ipv6Extension.destination()).udp(40000, 7).payload("behind"));
        host.doWork(0);
        assertThat(peer.receiveAll())
                .containsExactly(toPeer().udp(7, 40000).payload("behind").toBytes());
    }

    @Test
    void putsFragmentsTogetherInAnyOrder() {
        SimulatedHost host = host();
        List<byte[]> received = new ArrayList<>();
        host.udp().bind(7, datagram -> received.add(datagram.data()));
        byte[] data = Body.of(1, 2500);
        byte[] whole = toHost().udp(40000, 7).payload(data).toBytes();
        byte[] payload = Arrays.copyOfRange(whole, 14 + 40, whole.length);
        List<PacketBuilder> parts =
                List.of(
                        part(payload, 1000, 2000, 5),
                        part(payload, 0, 1000, 5),
                        part(payload, 0, 1000, 5),
                        part(payload, 0, 1000, 6),
                        part(payload, 2000, payload.length, 5));
        parts.forEach(peer::send);
        host.doWork(0);
        assertThat(received).containsExactly(data);
        assertThat(host.counters().fragments()).isEqualTo(5);
    }

    @Test
    void givesUpAPacketWhoseFragmentsOverlap() {
        SimulatedHost host = host();
        host.udp().echo(7);
        byte[] whole = toHost().udp(40000, 7).payload(new byte[2500]).toBytes();
        byte[] payload = Arrays.copyOfRange(whole, 14 + 40, whole.length);
        peer.send(part(payload, 0, 1008, 5));
        peer.send(part(payload, 1000, 2000, 5));
        peer.send(part(payload, 1008, 2000, 5));
        peer.send(part(payload, 2000, payload.length, 5));
        host.doWork(0);
        assertThat(host.udp().peers()).isEmpty();
        assertThat(peer.receiveAll()).isEmpty();
    }

    private static PacketBuilder part(byte[] payload, int from, int to, int identification) {
        return toHost().protocol(Ipv4.PROTOCOL_UDP)
                .extension(Ipv6Extension.fragment(from, to < payload.length, identification))
                .payload(Arrays.copyOfRange(payload, from, to));
    }

    @Test
    void refusesWhatCannotBe() {
        SimulatedHost host = host();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> host.udp().send(1, Endpoint.of(OTHER, 7), new byte[1453]))
                .withMessageContaining("1452 would");
        SimulatedHost narrow =
                SimulatedHost.at(io.wire("host").near(), io.buffers())
                        .address("10.0.0.1/24")
                        .start();
        assertThatIllegalStateException()
                .isThrownBy(() -> narrow.udp().send(1, Endpoint.of(OTHER, 7), new byte[1]))
                .withMessageContaining("no address of the family");
    }
}
