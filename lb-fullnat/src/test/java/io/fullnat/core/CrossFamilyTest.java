// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static io.fullnat.core.FamilyRig.CLIENT_PORT;
import static io.fullnat.core.FamilyRig.assertSent;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.FamilyRig.Way;
import io.fullnat.core.packet.Ipv6Extension;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Connections between families through a whole balancer: what leaves, byte by byte, and what is
/// counted. Errors are in [CrossFamilyErrorTest], sizes in [CrossFamilySizeTest].
class CrossFamilyTest {
    @ParameterizedTest
    @EnumSource
    void datagramsGoThereAndBack(Way way) {
        try (FamilyRig rig = new FamilyRig(way)) {
            byte[] first =
                    rig.clientSends(rig.fromClient().udp(CLIENT_PORT, 53).payload("question"))
                            .getFirst();
            int port = FamilyRig.sourcePort(first);
            assertSent(List.of(first), rig.toServer().udp(port, 5353).payload("question"));
            for (int i = 0; i < 3; i++) {
                assertSent(
                        rig.serverSends(rig.fromServer().udp(5353, port).payload("answer " + i)),
                        rig.toClient().udp(53, CLIENT_PORT).payload("answer " + i));
                assertSent(
                        rig.clientSends(rig.fromClient().udp(CLIENT_PORT, 53).payload("more " + i)),
                        rig.toServer().udp(port, 5353).payload("more " + i));
            }
            assertThat(rig.rig.count(Outcome.FORWARDED_IN)).isEqualTo(4);
            assertThat(rig.rig.count(Outcome.FORWARDED_OUT)).isEqualTo(3);
            assertThat(rig.rig.count(Counter.CONNECTIONS)).isOne();
        }
    }

    private static int open(FamilyRig rig) {
        byte[] syn =
                rig.clientSends(rig.fromClient().tcp(CLIENT_PORT, 80).flags(Tcp.SYN).sequence(1000))
                        .getFirst();
        int port = FamilyRig.sourcePort(syn);
        assertSent(List.of(syn), rig.toServer().tcp(port, 8080).flags(Tcp.SYN).sequence(1000));
        assertSent(
                rig.serverSends(
                        rig.fromServer()
                                .tcp(8080, port)
                                .flags(Tcp.SYN | Tcp.ACK)
                                .sequence(5000)
                                .acknowledgement(1001)),
                rig.toClient()
                        .tcp(80, CLIENT_PORT)
                        .flags(Tcp.SYN | Tcp.ACK)
                        .sequence(5000)
                        .acknowledgement(1001));
        rig.clientSends(rig.fromClient().tcp(CLIENT_PORT, 80).sequence(1001).acknowledgement(5001));
        return port;
    }

    @ParameterizedTest
    @EnumSource
    void segmentsGoThereAndBack(Way way) {
        try (FamilyRig rig = new FamilyRig(way)) {
            int port = open(rig);
            for (int i = 0; i < 3; i++) {
                assertSent(
                        rig.clientSends(
                                rig.fromClient()
                                        .tcp(CLIENT_PORT, 80)
                                        .sequence(1001 + i)
                                        .acknowledgement(5001 + i)
                                        .typeOfService(0xB9)
                                        .payload("x")),
                        rig.toServer()
                                .tcp(port, 8080)
                                .sequence(1001 + i)
                                .acknowledgement(5001 + i)
                                .typeOfService(0xB9)
                                .payload("x"));
                assertSent(
                        rig.serverSends(
                                rig.fromServer()
                                        .tcp(8080, port)
                                        .sequence(5001 + i)
                                        .acknowledgement(1002 + i)
                                        .payload("y")),
                        rig.toClient()
                                .tcp(80, CLIENT_PORT)
                                .sequence(5001 + i)
                                .acknowledgement(1002 + i)
                                .payload("y"));
            }
        }
    }

    /// T19: what is over lives no longer than a closed connection does, a reset after a FIN
    /// included.
    @ParameterizedTest
    @EnumSource
    void aConnectionThatIsClosedAndResetEnds(Way way) {
        try (FamilyRig rig = new FamilyRig(way)) {
            int port = open(rig);
            PacketBuilder fin =
                    rig.fromClient()
                            .tcp(CLIENT_PORT, 80)
                            .flags(Tcp.FIN | Tcp.ACK)
                            .sequence(1001)
                            .acknowledgement(5001);
            assertThat(rig.clientSends(fin)).hasSize(1);
            PacketBuilder reset = rig.fromServer().tcp(8080, port).flags(Tcp.RST).sequence(5001);
            assertThat(rig.serverSends(reset)).hasSize(1);
            assertThat(rig.rig.count(Counter.CONNECTIONS)).isOne();
            for (int second = 0; second < 130; second++) {
                rig.rig.pass(Duration.ofSeconds(1));
            }
            assertThat(rig.rig.count(Counter.CONNECTIONS)).isZero();
            assertThat(rig.rig.count(Counter.CONNECTIONS_EXPIRED)).isOne();
        }
    }

    /// One that opens stands between quiet ones: each is in its place.
    @ParameterizedTest
    @EnumSource
    void packetsKeepTheirOrderInABurst(Way way) {
        try (FamilyRig rig = new FamilyRig(way)) {
            rig.connect();
            for (int i = 0; i < 20; i++) {
                int from = i % 5 == 3 ? 50_000 + i : CLIENT_PORT;
                rig.rig.client.send(
                        rig.fromClient().udp(from, 53).payload("number " + (char) ('a' + i)));
            }
            rig.rig.run();
            List<Character> last = new ArrayList<>();
            for (byte[] frame : rig.rig.server.receiveAll()) {
                int end = (FamilyRig.ipv6(frame) ? 62 : 42) + "number x".length();
                last.add((char) frame[end - 1]);
            }
            assertThat(last).hasSize(20).isSorted();
        }
    }

    /// T09: a datagram of IPv6 has a checksum, or nothing can be corrected.
    @Test
    void aDatagramOfIpv6WithoutAChecksumIsDropped() {
        try (FamilyRig rig = new FamilyRig(Way.TO_4)) {
            rig.connect();
            PacketBuilder datagram = rig.fromClient().udp(CLIENT_PORT, 53).noUdpChecksum();
            assertThat(rig.clientSends(datagram.payload("bare"))).isEmpty();
            assertThat(rig.rig.count(Outcome.NO_UDP_CHECKSUM)).isOne();
        }
    }

    /// T10: one of IPv4 gets the checksum that IPv6 demands.
    @ParameterizedTest
    @EnumSource
    void aDatagramOfIpv4WithoutAChecksumGetsOne(Way way) {
        try (FamilyRig rig = new FamilyRig(way)) {
            int port = rig.connect();
            if (way == Way.TO_6) {
                assertSent(
                        rig.clientSends(
                                rig.fromClient().udp(CLIENT_PORT, 53).noUdpChecksum().payload("b")),
                        rig.toServer().udp(port, 5353).payload("b"));
            } else {
                assertSent(
                        rig.serverSends(
                                rig.fromServer().udp(5353, port).noUdpChecksum().payload("b")),
                        rig.toClient().udp(53, CLIENT_PORT).payload("b"));
            }
        }
    }

    /// T10: a computed sum of 0 is written as all ones, since 0 would say that there is none (RFC
    /// 768). One payload in 65536 has it.
    @Test
    void aComputedChecksumOf0IsAllOnes() {
        try (FamilyRig rig = new FamilyRig(Way.TO_6)) {
            rig.connect();
            byte[] with0 = sentWith(rig, new byte[] {0, 0});
            int rest = (with0[60] & 0xFF) << 8 | (with0[61] & 0xFF);
            byte[] with = sentWith(rig, new byte[] {(byte) (rest >> 8), (byte) rest});
            assertThat(Arrays.copyOfRange(with, 60, 62)).containsExactly(0xFF, 0xFF);
            assertThat(rig.rig.count(Outcome.NO_UDP_CHECKSUM)).isZero();
        }
    }

    /// What becomes of a datagram of IPv4 without a checksum.
    private static byte[] sentWith(FamilyRig rig, byte[] payload) {
        return rig.clientSends(
                        rig.fromClient().udp(CLIENT_PORT, 53).noUdpChecksum().payload(payload))
                .getFirst();
    }

    /// RFC 7915 §5.1.1: one that is its own only part goes on as a whole packet.
    @Test
    void anAtomicFragmentKeepsItsIdentification() {
        try (FamilyRig rig = new FamilyRig(Way.TO_4)) {
            int port = rig.connect();
            PacketBuilder datagram =
                    rig.fromClient()
                            .extension(Ipv6Extension.destination())
                            .extension(Ipv6Extension.fragment(0, false, 0xABCD_1234))
                            .udp(CLIENT_PORT, 53)
                            .payload("whole");
            List<byte[]> out = rig.clientSends(datagram);
            assertSent(out, rig.toServer().udp(port, 5353).payload("whole"));
            assertThat(Arrays.copyOfRange(out.getFirst(), 18, 22))
                    .containsExactly(0x12, 0x34, 0, 0);
            out = rig.clientSends(rig.fromClient().udp(CLIENT_PORT, 53).payload("plain"));
            assertThat(Arrays.copyOfRange(out.getFirst(), 18, 20))
                    .isNotEqualTo(new byte[] {0x12, 0x34});
        }
    }

    /// T16: extension headers are left out of what becomes IPv4.
    @Test
    void extensionHeadersAreLeftOut() {
        try (FamilyRig rig = new FamilyRig(Way.TO_4)) {
            int port = rig.connect();
            assertSent(
                    rig.clientSends(
                            rig.fromClient()
                                    .extension(Ipv6Extension.destination())
                                    .udp(CLIENT_PORT, 53)
                                    .payload("behind")),
                    rig.toServer().udp(port, 5353).payload("behind"));
            byte[] syn =
                    rig.clientSends(
                                    rig.fromClient()
                                            .extension(Ipv6Extension.hopByHop())
                                            .extension(Ipv6Extension.routing(3, 0))
                                            .tcp(CLIENT_PORT, 80)
                                            .flags(Tcp.SYN))
                            .getFirst();
            assertSent(
                    List.of(syn),
                    rig.toServer().tcp(FamilyRig.sourcePort(syn), 8080).flags(Tcp.SYN));
        }
    }

    /// T16: a packet that is to visit others first is refused.
    @Test
    void aRoutingHeaderThatIsNotDoneWithIsRefused() {
        try (FamilyRig rig = new FamilyRig(Way.TO_4)) {
            rig.connect();
            PacketBuilder packet =
                    rig.fromClient()
                            .extension(Ipv6Extension.routing(3, 1, "2001:db8::1"))
                            .udp(CLIENT_PORT, 53);
            assertThat(rig.rig.count(Outcome.SOURCE_ROUTED)).isZero();
            rig.clientSends(packet);
            assertThat(rig.rig.count(Outcome.SOURCE_ROUTED)).isOne();
        }
    }

    /// RFC 7915 §4.1: options are left out, a source route that is not done with is refused.
    @Test
    void optionsAreLeftOutButASourceRouteIsRefused() {
        try (FamilyRig rig = new FamilyRig(Way.TO_6)) {
            int port = rig.connect();
            assertSent(
                    rig.clientSends(
                            rig.fromClient()
                                    .ipOptions((byte) 148, (byte) 4, (byte) 0, (byte) 0)
                                    .udp(CLIENT_PORT, 53)
                                    .payload("alert")),
                    rig.toServer().udp(port, 5353).payload("alert"));
            PacketBuilder routed =
                    rig.fromClient()
                            .ipOptions(
                                    (byte) 131,
                                    (byte) 7,
                                    (byte) 4,
                                    (byte) 10,
                                    (byte) 0,
                                    (byte) 0,
                                    (byte) 1)
                            .udp(CLIENT_PORT, 53);
            List<byte[]> out = rig.clientSends(routed);
            assertThat(rig.rig.count(Outcome.SOURCE_ROUTED)).isOne();
            assertThat(out).hasSize(1);
            assertThat(out.getFirst()[34]).as("type").isEqualTo((byte) 3);
            assertThat(out.getFirst()[35]).as("code").isEqualTo((byte) 5);
        }
    }

    /// T18: TCP and UDP do not share ports.
    @ParameterizedTest
    @EnumSource
    void aPortThatTcpHasIsFreeForUdp(Way way) {
        try (FamilyRig rig = new FamilyRig(way)) {
            open(rig);
            assertThat(rig.clientSends(rig.fromClient().udp(CLIENT_PORT, 53))).hasSize(1);
            assertThat(rig.rig.count(Counter.CONNECTIONS)).isEqualTo(2);
            assertThat(rig.rig.count(Outcome.NO_LOCAL_PORT)).isZero();
        }
    }

    /// Real servers of both families behind one virtual address of either.
    @ParameterizedTest
    @EnumSource
    void oneServiceHasServersOfBothFamilies(Way way) {
        try (FamilyRig rig = new FamilyRig(way)) {
            rig.rig.apply(new Change.RemoveService(rig.udp(), false));
            rig.rig.apply(
                    new Change.AddService(
                            VirtualService.of(rig.udp())
                                    .withScheduler("rr")
                                    .withRealServer(RealServer.of(Rig.SERVER, 5353))
                                    .withRealServer(RealServer.of(FamilyRig.SERVER6, 5353))
                                    .withLocalAddress(LocalAddress.of(Rig.LOCAL, "lan"))
                                    .withLocalAddress(LocalAddress.of(FamilyRig.LOCAL6, "lan"))));
            rig.rig.pass(Duration.ofSeconds(1));
            rig.rig.pass(Duration.ofSeconds(1)); // nobody objects to the local address
            rig.rig.out();
            int ipv6 = 0;
            for (int i = 0; i < 10; i++) {
                List<byte[]> out =
                        rig.clientSends(rig.fromClient().udp(CLIENT_PORT + i, 53).payload("q"));
                assertThat(out).hasSize(1);
                boolean six = FamilyRig.ipv6(out.getFirst());
                ipv6 += six ? 1 : 0;
                int port = FamilyRig.sourcePort(out.getFirst());
                PacketBuilder answer = PacketBuilder.ethernet(Rig.SERVER_MAC, Rig.LAN_MAC);
                answer =
                        six
                                ? answer.ipv6(FamilyRig.SERVER6, FamilyRig.LOCAL6)
                                : answer.ipv4(Rig.SERVER, Rig.LOCAL);
                assertSent(
                        rig.serverSends(answer.udp(5353, port).payload("a")),
                        rig.toClient().udp(53, CLIENT_PORT + i).payload("a"));
            }
            assertThat(ipv6).isEqualTo(5);
        }
    }

    /// Without a server a client is told so in its own family.
    @ParameterizedTest
    @EnumSource
    void aClientThatIsNotServedIsToldInItsFamily(Way way) {
        try (FamilyRig rig = new FamilyRig(way)) {
            rig.rig.apply(
                    new Change.RemoveRealServer(
                            rig.tcp(),
                            Endpoint.of(rig.to4 ? Rig.SERVER : FamilyRig.SERVER6, 8080)));
            List<byte[]> out =
                    rig.clientSends(rig.fromClient().tcp(CLIENT_PORT, 80).flags(Tcp.SYN));
            assertThat(out).hasSize(1);
            assertThat(FamilyRig.ipv6(out.getFirst())).isEqualTo(rig.to4);
            int flags = (rig.to4 ? 54 : 34) + 13;
            assertThat(out.getFirst()[flags]).isEqualTo((byte) (Tcp.RST | Tcp.ACK));
        }
    }

    /// Answers that arrive at another worker find the one that knows the connection.
    @ParameterizedTest
    @EnumSource
    void answersAreHandedOverBetweenWorkers(Way way) {
        Rig two = new Rig(2, 1024, (l2, length, queues) -> length % queues);
        try (FamilyRig rig = new FamilyRig(way, two)) {
            int forwarded = 0;
            for (int i = 0; i < 8; i++) {
                byte[] first =
                        rig.clientSends(
                                        rig.fromClient()
                                                .udp(CLIENT_PORT + i, 53)
                                                .payload("x".repeat(30 + i)))
                                .getFirst();
                int port = FamilyRig.sourcePort(first);
                for (int more = 0; more < 2; more++) {
                    String payload = "y".repeat(30 + more);
                    assertSent(
                            rig.serverSends(rig.fromServer().udp(5353, port).payload(payload)),
                            rig.toClient().udp(53, CLIENT_PORT + i).payload(payload));
                    forwarded++;
                }
            }
            assertThat(rig.rig.count(Outcome.FORWARDED_OUT)).isEqualTo(forwarded);
            assertThat(rig.rig.count(Counter.CONNECTIONS)).isEqualTo(8);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7, 17, 18, 19})
    void shortDatagramsArePaddedWithZeros(int length) {
        try (FamilyRig rig = new FamilyRig(Way.TO_4)) {
            int port = rig.connect();
            String payload = "z".repeat(length);
            byte[] frame =
                    rig.clientSends(rig.fromClient().udp(CLIENT_PORT, 53).payload(payload))
                            .getFirst();
            assertThat(frame).hasSize(Math.max(60, 42 + length));
            assertSent(List.of(frame), rig.toServer().udp(port, 5353).payload(payload));
        }
    }
}
