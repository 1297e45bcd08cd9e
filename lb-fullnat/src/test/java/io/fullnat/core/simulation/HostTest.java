// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.fullnat.api.Endpoint;
import io.fullnat.api.Ipv4Address;
import io.fullnat.api.MacAddress;
import io.fullnat.core.memoryio.FrameEnd;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.memoryio.PortSettings;
import io.fullnat.core.packet.Arp;
import io.fullnat.core.packet.Icmp;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.PacketBuilder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// A host against frames written by hand: ARP, routes, ICMP and UDP. [Host6Test] does the same of
/// IPv6.
class HostTest {
    private static final String OURS = "02:00:00:00:00:01";
    private static final String PEER = "02:00:00:00:00:02";
    private static final String NONE = "00:00:00:00:00:00";
    private static final String ALL = "ff:ff:ff:ff:ff:ff";
    private static final long SECOND_NS = 1_000_000_000L;

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
                                .address("10.0.0.1/24"))
                .start();
    }

    private SimulatedHost host() {
        return host(UnaryOperator.identity());
    }

    private static PacketBuilder toHost() {
        return PacketBuilder.ethernet(PEER, OURS).ipv4("10.0.0.2", "10.0.0.1");
    }

    private static PacketBuilder arp(int operation, String sender, String target) {
        return PacketBuilder.ethernet(PEER, ALL).arp(operation, PEER, sender, NONE, target);
    }

    @Test
    void answersArpForEachOfItsAddresses() {
        SimulatedHost host = host(builder -> builder.address("10.0.0.7/24"));
        for (String own : List.of("10.0.0.1", "10.0.0.7")) {
            peer.send(arp(Arp.OPERATION_REQUEST, "10.0.0.2", own));
            host.doWork(0);
            assertThat(peer.receiveAll())
                    .containsExactly(
                            PacketBuilder.ethernet(OURS, PEER)
                                    .arp(Arp.OPERATION_REPLY, OURS, own, PEER, "10.0.0.2")
                                    .toBytes());
        }
        peer.send(arp(Arp.OPERATION_REQUEST, "10.0.0.2", "10.0.0.8"));
        host.doWork(0);
        assertThat(peer.receiveAll()).isEmpty();
    }

    @Test
    void asksBeforeItSendsAndSendsWhenAnswered() {
        SimulatedHost host = host();
        host.udp().send(40000, Endpoint.of("10.0.0.2", 50000), "hello".getBytes(UTF_8));
        host.doWork(0);
        assertThat(peer.receiveAll())
                .containsExactly(
                        PacketBuilder.ethernet(OURS, ALL)
                                .arp(Arp.OPERATION_REQUEST, OURS, "10.0.0.1", NONE, "10.0.0.2")
                                .toBytes());
        peer.send(arp(Arp.OPERATION_REPLY, "10.0.0.2", "10.0.0.1"));
        host.doWork(0);
        assertThat(peer.receiveAll())
                .containsExactly(
                        PacketBuilder.ethernet(OURS, PEER)
                                .ipv4("10.0.0.1", "10.0.0.2")
                                .identification(1)
                                .udp(40000, 50000)
                                .payload("hello")
                                .toBytes());
        assertThat(host.neighbour(Ipv4Address.parse("10.0.0.2"))).contains(MacAddress.parse(PEER));
    }

    @Test
    void asksFiveTimesASecondApartThenGivesUp() {
        SimulatedHost host = host();
        host.udp().send(40000, Endpoint.of("10.0.0.2", 50000), new byte[1]);
        int asked = 0;
        for (int tenth = 0; tenth < 100; tenth++) {
            host.doWork(tenth * SECOND_NS / 10);
            asked += peer.receiveAll().size();
        }
        assertThat(asked).isEqualTo(5);
        assertThat(host.counters().unresolved()).isEqualTo(1);
    }

    @Test
    void announcesItself() {
        SimulatedHost host = host();
        host.announce();
        host.doWork(0);
        assertThat(peer.receiveAll())
                .containsExactly(
                        PacketBuilder.ethernet(OURS, ALL)
                                .arp(Arp.OPERATION_REQUEST, OURS, "10.0.0.1", NONE, "10.0.0.1")
                                .toBytes());
    }

    @Test
    void believesAnAnnouncementOfAKnownNeighbour() {
        SimulatedHost host = host();
        peer.send(arp(Arp.OPERATION_REPLY, "10.0.0.2", "10.0.0.1"));
        String moved = "02:00:00:00:00:99";
        peer.send(
                PacketBuilder.ethernet(moved, ALL)
                        .arp(Arp.OPERATION_REQUEST, moved, "10.0.0.2", NONE, "10.0.0.2"));
        host.doWork(0);
        assertThat(host.neighbour(Ipv4Address.parse("10.0.0.2"))).contains(MacAddress.parse(moved));
    }

    @Test
    void sendsToOtherNetworksThroughItsGateway() {
        SimulatedHost host = host(builder -> builder.gateway("10.0.0.2"));
        peer.send(arp(Arp.OPERATION_REPLY, "10.0.0.2", "10.0.0.1"));
        host.udp().send(40000, Endpoint.of("192.0.2.1", 50000), new byte[1]);
        host.doWork(0);
        List<byte[]> frames = peer.receiveAll();
        assertThat(frames)
                .containsExactly(
                        PacketBuilder.ethernet(OURS, PEER)
                                .ipv4("10.0.0.1", "192.0.2.1")
                                .identification(1)
                                .udp(40000, 50000)
                                .payload(new byte[1])
                                .toBytes());
    }

    @Test
    void countsWhatItHasNoRouteFor() {
        SimulatedHost host = host();
        host.udp().send(40000, Endpoint.of("192.0.2.1", 50000), new byte[1]);
        host.doWork(0);
        assertThat(host.counters().noRoute()).isEqualTo(1);
    }

    @Test
    void answersPings() {
        SimulatedHost host = host();
        peer.send(arp(Arp.OPERATION_REPLY, "10.0.0.2", "10.0.0.1"));
        peer.send(toHost().echoRequest(7, 65535).payload("odd"));
        host.doWork(0);
        assertThat(peer.receiveAll())
                .containsExactly(
                        PacketBuilder.ethernet(OURS, PEER)
                                .ipv4("10.0.0.1", "10.0.0.2")
                                .identification(1)
                                .echoReply(7, 65535)
                                .payload("odd")
                                .toBytes());
    }

    @Test
    void pingsAndKeepsTheAnswers() {
        SimulatedHost host = host();
        peer.send(arp(Arp.OPERATION_REPLY, "10.0.0.2", "10.0.0.1"));
        host.doWork(0);
        host.icmp().ping(Ipv4Address.parse("10.0.0.2"), 9, 1, new byte[] {(byte) 0xAB});
        host.doWork(0);
        assertThat(peer.receiveAll())
                .containsExactly(
                        PacketBuilder.ethernet(OURS, PEER)
                                .ipv4("10.0.0.1", "10.0.0.2")
                                .identification(1)
                                .echoRequest(9, 1)
                                .payload(HexFormat.of().parseHex("ab"))
                                .toBytes());
        peer.send(toHost().echoReply(9, 1).payload(HexFormat.of().parseHex("ab")));
        host.doWork(0);
        assertThat(host.icmp().replies())
                .containsExactly(
                        new SimulatedIcmp.EchoReply(Ipv4Address.parse("10.0.0.2"), 9, 1, "ab"));
    }

    @Test
    void echoesDatagramsAndRemembersWhoSentThem() {
        SimulatedHost host = host();
        host.udp().echo(7);
        peer.send(arp(Arp.OPERATION_REPLY, "10.0.0.2", "10.0.0.1"));
        peer.send(toHost().udp(40000, 7).payload("echo"));
        peer.send(toHost().udp(40001, 7).noUdpChecksum());
        host.doWork(0);
        assertThat(peer.receiveAll())
                .first()
                .isEqualTo(
                        PacketBuilder.ethernet(OURS, PEER)
                                .ipv4("10.0.0.1", "10.0.0.2")
                                .identification(1)
                                .udp(7, 40000)
                                .payload("echo")
                                .toBytes());
        assertThat(host.udp().peers())
                .containsExactly(Endpoint.of("10.0.0.2", 40000), Endpoint.of("10.0.0.2", 40001));
    }

    @Test
    void handsDatagramsToTheReceiverOfTheirPort() {
        SimulatedHost host = host();
        List<SimulatedUdp.Datagram> received = new ArrayList<>();
        int port = host.udp().freePort();
        host.udp().bind(port, received::add);
        peer.send(toHost().udp(40000, port).payload("x").padding(10));
        host.doWork(0);
        assertThat(received).hasSize(1);
        assertThat(received.getFirst().data()).isEqualTo(new byte[] {'x'});
        assertThat(received.getFirst().local()).isEqualTo(Endpoint.of("10.0.0.1", port));
        assertThatIllegalStateException().isThrownBy(() -> host.udp().echo(port));
    }

    @Test
    void saysThatNobodyListens() {
        SimulatedHost host = host();
        peer.send(arp(Arp.OPERATION_REPLY, "10.0.0.2", "10.0.0.1"));
        byte[] datagram = toHost().udp(40000, 9).payload("anybody there?").toBytes();
        peer.send(datagram);
        host.doWork(0);
        assertThat(peer.receiveAll())
                .containsExactly(
                        PacketBuilder.ethernet(OURS, PEER)
                                .ipv4("10.0.0.1", "10.0.0.2")
                                .identification(1)
                                .icmp(3, 3, 0)
                                .quoting(datagram, 8)
                                .toBytes());
    }

    @Test
    void keepsIcmpErrorsAboutItsPackets() {
        SimulatedHost host = host();
        byte[] own =
                PacketBuilder.ethernet(OURS, PEER)
                        .ipv4("10.0.0.1", "192.0.2.1")
                        .udp(40000, 50000)
                        .toBytes();
        peer.send(toHost().icmp(3, Icmp.CODE_FRAGMENTATION_NEEDED, 1400).quoting(own, 8));
        host.doWork(0);
        assertThat(host.icmp().errors())
                .containsExactly(
                        new IcmpError(
                                Ipv4Address.parse("10.0.0.2"),
                                3,
                                4,
                                1400,
                                Ipv4.PROTOCOL_UDP,
                                Endpoint.of("10.0.0.1", 40000),
                                Endpoint.of("192.0.2.1", 50000)));
    }

    @Test
    void countsBadChecksumsOfAnyKindAndDropsThePacket() {
        SimulatedHost host = host();
        host.udp().echo(7);
        byte[] quoted =
                PacketBuilder.ethernet(OURS, PEER)
                        .ipv4("10.0.0.1", "10.0.0.2")
                        .udp(40000, 50000)
                        .badIpChecksum()
                        .toBytes();
        peer.send(toHost().udp(40000, 7).badIpChecksum());
        peer.send(toHost().udp(40000, 7).badTransportChecksum());
        peer.send(toHost().tcp(40000, 80).badTransportChecksum());
        peer.send(toHost().echoRequest(1, 1).badTransportChecksum());
        peer.send(toHost().icmp(3, 1, 0).quoting(quoted, 8));
        host.doWork(0);
        assertThat(host.counters().badChecksums()).isEqualTo(5);
        assertThat(host.udp().peers()).isEmpty();
        assertThat(peer.receiveAll()).isEmpty();
    }

    @Test
    void countsWhatIsMalformed() {
        SimulatedHost host = host();
        peer.send(toHost().udp(40000, 7).totalLength(5000));
        peer.send(toHost().udp(40000, 7).versionAndHeaderLength(0x44));
        peer.send(toHost().udp(40000, 7).transportLength(7));
        peer.send(toHost().udp(40000, 7).transportLength(900));
        peer.send(toHost().udp(0, 7));
        peer.send(toHost().tcp(40000, 80).transportLength(16));
        peer.send(toHost().tcp(40000, 80).transportLength(60));
        peer.send(toHost().tcp(0, 80));
        peer.send(toHost().protocol(Ipv4.PROTOCOL_ICMP).payload("short"));
        peer.send(toHost().icmp(3, 1, 0).payload(new byte[20]));
        host.doWork(0);
        assertThat(host.counters().malformed()).isEqualTo(10);
    }

    @Test
    void ignoresWhatIsNotForIt() {
        SimulatedHost host = host();
        host.udp().echo(7);
        peer.send(toHost().vlan(5).udp(40000, 7));
        peer.send(PacketBuilder.ethernet(PEER, PEER).ipv4("10.0.0.2", "10.0.0.1").udp(1, 7));
        peer.send(PacketBuilder.ethernet(PEER, OURS).ipv4("10.0.0.2", "10.0.0.9").udp(1, 7));
        peer.send(toHost().protocol(89));
        peer.send(PacketBuilder.ethernet(PEER, OURS).type(0x88CC));
        host.doWork(0);
        assertThat(host.counters().ignoredFrames()).isEqualTo(5);
        peer.send(toHost().udp(40000, 7).fragment(0, true));
        host.doWork(0);
        assertThat(host.counters().fragments()).isEqualTo(1);
        assertThat(host.udp().peers()).isEmpty();
    }

    @Test
    void putsFragmentsTogetherInAnyOrder() {
        SimulatedHost host = host();
        List<byte[]> received = new ArrayList<>();
        host.udp().bind(7, datagram -> received.add(datagram.data()));
        byte[] data = Body.of(1, 2500);
        byte[] whole = toHost().udp(40000, 7).payload(data).toBytes();
        byte[] payload = Arrays.copyOfRange(whole, 14 + 20, whole.length);
        peer.send(part(payload, 1000, 2000, 5));
        peer.send(part(payload, 2000, payload.length, 5));
        peer.send(part(payload, 0, 1000, 6));
        host.doWork(0);
        assertThat(received).isEmpty();
        peer.send(part(payload, 0, 1000, 5));
        host.doWork(0);
        assertThat(received).containsExactly(data);
    }

    private static PacketBuilder part(byte[] payload, int from, int to, int identification) {
        return toHost().protocol(Ipv4.PROTOCOL_UDP)
                .identification(identification)
                .fragment(from, to < payload.length)
                .payload(Arrays.copyOfRange(payload, from, to));
    }

    @Test
    void livesInAVlan() {
        SimulatedHost host = host(builder -> builder.vlan(100));
        host.udp().echo(7);
        peer.send(arp(Arp.OPERATION_REPLY, "10.0.0.2", "10.0.0.1").vlan(100));
        peer.send(toHost().udp(40000, 7));
        peer.send(toHost().udp(40000, 7).vlan(101));
        peer.send(toHost().udp(40000, 7).vlan(100));
        host.doWork(0);
        assertThat(peer.receiveAll())
                .containsExactly(
                        PacketBuilder.ethernet(OURS, PEER)
                                .vlan(100)
                                .ipv4("10.0.0.1", "10.0.0.2")
                                .identification(1)
                                .udp(7, 40000)
                                .toBytes());
        assertThat(host.counters().ignoredFrames()).isEqualTo(2);
    }

    @Test
    void refusesWhatCannotBe() {
        SimulatedHost.Builder nameless = SimulatedHost.at(io.wire("host").near(), io.buffers());
        assertThatIllegalStateException().isThrownBy(nameless::start);
        assertThatIllegalArgumentException().isThrownBy(() -> nameless.vlan(4095));
        SimulatedHost host = host();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> host.udp().send(1, Endpoint.of("10.0.0.2", 7), new byte[1473]))
                .withMessageContaining("1472 would");
    }
}
