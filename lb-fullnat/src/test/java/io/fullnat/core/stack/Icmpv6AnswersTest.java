// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import static io.fullnat.core.packet.NdFrames.ALL;
import static io.fullnat.core.packet.NdFrames.groupMac;
import static io.fullnat.core.packet.NdFrames.option;
import static io.fullnat.core.stack.TestNetwork.MAC;
import static io.fullnat.core.stack.TestNetwork.OTHER;
import static io.fullnat.core.stack.TestNetwork.STATION;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.core.packet.Icmpv6;
import io.fullnat.core.packet.Ipv6Chain;
import io.fullnat.core.packet.Ipv6Extension;
import io.fullnat.core.packet.NdFrames;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What is said about packets of IPv6 (RFC 4443), by which MAC address, from which address.
class Icmpv6AnswersTest {
    private static final String OWN = "2001:db8:1::1";
    private static final String CLIENT = "2001:db8:f::7";
    private static final String VIP = "2001:db8:80::80";

    private final TestNetwork network = TestNetwork.dual();
    private final Icmpv6Answers answers =
            new Icmpv6Answers(
                    network.context, network.states, new AnswerLimits(network.context, 7));

    @BeforeEach
    void settle() {
        network.settle();
    }

    @AfterEach
    void close() {
        network.close();
    }

    @Test
    void aPingIsAnsweredInItsBufferWithoutItsExtensionHeaders() {
        byte[] answer =
                PacketBuilder.ethernet(MAC, STATION)
                        .ipv6(OWN, CLIENT)
                        .echoReply(7, 1)
                        .payload("hello")
                        .toBytes();
        assertThat(ping(request())).isNull();
        assertThat(network.out()).containsExactly(answer);
        assertThat(
                        ping(
                                request()
                                        .flowLabel(77)
                                        .typeOfService(3)
                                        .timeToLive(2)
                                        .extension(Ipv6Extension.hopByHop())
                                        .extension(Ipv6Extension.destination(new byte[20]))))
                .isNull();
        assertThat(network.out()).containsExactly(answer);
        ping(request().vlan(100));
        assertThat(network.out().getFirst()).hasSize(answer.length + 4).matches(NdFrames::isRight);
        assertThat(network.count(Outcome.ECHO_ANSWERED)).isEqualTo(3);
    }

    /// RFC 4862 §5.4: what is sent to an address that may be another station's is not for us.
    @Test
    void fromATentativeAddressNothingIsSaid() {
        String tentative = "2001:db8:1::2";
        network.context.view(
                TestNetwork.dualView(
                        TestNetwork.own(OWN + "/64", 0, false),
                        TestNetwork.own(tentative + "/64", 0, false)));
        assertSilent(tentative);
        network.links().poll();
        assertSilent(tentative);
        network.receive6(
                NdFrames.advertisement(
                        OTHER, tentative, groupMac(ALL), ALL, 0x20, tentative, option(2, OTHER)));
        network.pass(4_000, 6_000);
        assertSilent(tentative); // a duplicate now

        network.pass(6_000, 18_000);
        network.out();
        assertThat(ping(request(CLIENT, tentative))).as("the other one has gone").isNull();
        assertThat(network.out()).hasSize(1);
    }

    @Test
    void aTentativeAddressOfAnotherDeviceSaysNothingEither() {
        String tentative = "2001:db8:2::2";
        network.context.view(
                TestNetwork.dualView(
                        TestNetwork.own(OWN + "/64", 0, false),
                        TestNetwork.own(tentative + "/64", 1, false)));
        assertSilent(tentative);
        network.pass(4_000, 6_000);
        network.out();
        assertThat(ping(request(CLIENT, tentative))).isNull();
        assertThat(network.out()).hasSize(1);
    }

    @Test
    void errorsAreNotSpokenFromATentativeAddressOfTheDevice() {
        network.context.view(TestNetwork.dualView(TestNetwork.own("2001:db8:1::2/64", 0, false)));
        Frame frame = network.frame(udp(VIP));
        answers.unreachable(frame, Icmpv6.CODE_PORT_UNREACHABLE, 53);
        assertThat(network.out()).isEmpty();

        network.pass(4_000, 6_000);
        network.out();
        answers.unreachable(frame, Icmpv6.CODE_PORT_UNREACHABLE, 53);
        free(frame);
        assertThat(network.out()).hasSize(1);
    }

    @Test
    void errorsAreSpokenFromAnotherAddressWhenTheFirstIsADuplicate() {
        network.context.view(
                TestNetwork.dualView(
                        TestNetwork.own("2001:db8:1::2/64", 0, false),
                        TestNetwork.own("2001:db8:2::1/64", 1, false),
                        TestNetwork.own(OWN + "/64", 0, false)));
        Frame frame = network.frame(udp(VIP));
        answers.errorToPeer(frame, Icmpv6.TYPE_PACKET_TOO_BIG, 0, 1280);
        free(frame);
        byte[] own = PacketBuilder.ethernet(MAC, STATION).ipv6(OWN, CLIENT).toBytes();
        assertThat(network.out())
                .singleElement()
                .satisfies(each ->
                        assertThat(Arrays.copyOfRange(each, 22, 54))
                                .isEqualTo(Arrays.copyOfRange(own, 22, 54)));
    }

    private void assertSilent(String address) {
        network.out();
        assertThat(ping(request(CLIENT, address))).isEqualTo(Outcome.ICMP_IGNORED);
        Frame datagram = network.frame(udp(address));
        answers.unreachable(datagram, Icmpv6.CODE_PORT_UNREACHABLE, 53);
        answers.errorToPeer(datagram, Icmpv6.TYPE_PACKET_TOO_BIG, 0, 1280);
        free(datagram);
        Frame segment =
                network.frame(
                        PacketBuilder.ethernet(STATION, MAC)
                                .ipv6(CLIENT, address)
                                .tcp(40_000, 80)
                                .flags(Tcp.SYN));
        answers.reset(segment, 80);
        free(segment);
        assertThat(network.out()).isEmpty();
    }

    @Test
    void pingsAreLimitedAndNobodyIsAnswered() {
        assertThat(ping(request("::", OWN))).isEqualTo(Outcome.ICMP_IGNORED);
        assertThat(ping(request("ff02::1", OWN))).isEqualTo(Outcome.ICMP_IGNORED);
        assertThat(ping(request(CLIENT, "ff02::1"))).isEqualTo(Outcome.ICMP_IGNORED);
        int answered = 0;
        while (answered < 100_000 && ping(request()) == null) {
            network.out();
            answered++;
        }
        assertThat(answered).as("an eighth of 40,000 a second, 0.4 s of it").isEqualTo(2_000);
        assertThat(network.count(Counter.ERRORS_SUPPRESSED)).isOne();
    }

    @Test
    void anErrorQuotesThePacketAsFarAs1280BytesAllow() {
        PacketBuilder packet = udp(VIP).payload(new byte[1400]);
        Frame frame = network.frame(packet);
        answers.unreachable(frame, Icmpv6.CODE_PORT_UNREACHABLE, 53);
        free(frame);

        byte[] error = network.out().getFirst();
        assertThat(error)
                .isEqualTo(
                        PacketBuilder.ethernet(MAC, STATION)
                                .ipv6(OWN, CLIENT)
                                .icmp(1, 4, 0)
                                .payload(Arrays.copyOfRange(packet.toBytes(), 14, 14 + 1232))
                                .toBytes())
                .hasSize(14 + 1280);
        assertThat(network.count(Counter.ICMP_ERRORS)).isOne();
    }

    @Test
    void anErrorComesFromTheAddressThatWasAskedIfItIsOurs() {
        Frame frame = network.frame(udp("2001:db8:1::100"));
        answers.timeExceeded(frame, 53);
        answers.errorToPeer(frame, Icmpv6.TYPE_PACKET_TOO_BIG, 0, 1400);
        answers.parameterProblem(frame, Icmpv6.CODE_UNKNOWN_NEXT_HEADER, 6);
        free(frame);

        List<byte[]> out = network.out();
        assertThat(out).hasSize(3).allMatch(NdFrames::isRight);
        int[][] headers = {{3, 0, 0}, {2, 0, 1400}, {4, 1, 6}};
        for (int i = 0; i < 3; i++) {
            assertThat(out.get(i))
                    .isEqualTo(
                            PacketBuilder.ethernet(MAC, STATION)
                                    .ipv6("2001:db8:1::100", CLIENT)
                                    .icmp(headers[i][0], headers[i][1], headers[i][2])
                                    .quoting(udp("2001:db8:1::100").toBytes(), 100)
                                    .toBytes());
        }
    }

    @Test
    void aLinkLocalPeerHearsFromTheLinkLocalAddress() {
        Frame frame =
                network.frame(
                        PacketBuilder.ethernet(STATION, MAC)
                                .ipv6("fe80::7", VIP)
                                .udp(1, 2)
                                .payload("x"));
        answers.unreachable(frame, Icmpv6.CODE_NO_ROUTE, 0);
        free(frame);
        byte[] source = Arrays.copyOfRange(network.out().getFirst(), 22, 38);
        assertThat(source)
                .isEqualTo(
                        new byte[] {
                            (byte) 0xFE,
                            (byte) 0x80,
                            0,
                            0,
                            0,
                            0,
                            0,
                            0,
                            0,
                            0,
                            0,
                            (byte) 0xFF,
                            (byte) 0xFE,
                            0,
                            0,
                            2
                        });
    }

    /// RFC 4443 §2.4 (e).
    @Test
    void nothingIsSaidAboutWhatMustNotCauseErrors() {
        PacketBuilder error = PacketBuilder.ethernet(STATION, MAC).ipv6(CLIENT, VIP);
        List<PacketBuilder> silent =
                List.of(
                        PacketBuilder.ethernet(STATION, MAC).ipv6(CLIENT, VIP).icmp(1, 4, 0),
                        PacketBuilder.ethernet(STATION, MAC)
                                .ipv6(CLIENT, VIP)
                                .extension(Ipv6Extension.destination())
                                .icmp(127, 0, 0),
                        PacketBuilder.ethernet(STATION, MAC).ipv6(CLIENT, VIP).icmp(137, 0, 0),
                        error.protocol(58).payload(new byte[3]),
                        udp("ff02::1"),
                        udp("ff0e::101"),
                        PacketBuilder.ethernet(STATION, "33:33:00:00:00:01")
                                .ipv6(CLIENT, VIP)
                                .udp(1, 2),
                        PacketBuilder.ethernet(STATION, "ff:ff:ff:ff:ff:ff")
                                .ipv6(CLIENT, VIP)
                                .udp(1, 2),
                        PacketBuilder.ethernet(STATION, MAC).ipv6("::", VIP).udp(1, 2),
                        PacketBuilder.ethernet(STATION, MAC).ipv6("::1", VIP).udp(1, 2),
                        PacketBuilder.ethernet(STATION, MAC).ipv6("ff02::1", VIP).udp(1, 2),
                        udp(VIP).extension(Ipv6Extension.fragment(8, false, 1)));
        for (PacketBuilder packet : silent) {
            Frame frame = network.frame(packet);
            answers.unreachable(frame, 4, 53);
            answers.timeExceeded(frame, 53);
            answers.errorToPeer(frame, 2, 0, 1280);
            answers.parameterProblem(frame, 0, 0);
            free(frame);
        }
        assertThat(network.out()).isEmpty();
        Frame ping = network.frame(request(CLIENT, VIP));
        answers.unreachable(ping, 4, 53);
        free(ping);
        assertThat(network.out()).as("a ping may").hasSize(1);
    }

    @Test
    void errorsAreLimitedAsThoseOfIpv4AreAndPeersHaveTheirShare() {
        Frame frame = network.frame(udp(VIP));
        for (int i = 0; i < 1_000; i++) {
            answers.unreachable(frame, 4, 53);
            network.out();
        }
        long strangers = network.count(Counter.ICMP_ERRORS);
        assertThat(strangers).as("an eighth of 1,000 a second, 0.4 s of it").isEqualTo(50);
        answers.errorToPeer(frame, Icmpv6.TYPE_PACKET_TOO_BIG, 0, 1280);
        assertThat(network.out()).hasSize(1);
        free(frame);
        assertThat(network.count(Counter.ERRORS_SUPPRESSED)).isEqualTo(950);
    }

    @Test
    void aSegmentWithoutAConnectionIsReset() {
        PacketBuilder syn =
                PacketBuilder.ethernet(STATION, MAC)
                        .ipv6(CLIENT, VIP)
                        .extension(Ipv6Extension.destination())
                        .tcp(40_000, 80)
                        .flags(Tcp.SYN)
                        .sequence(1_000)
                        .tcpOptions((byte) 2, (byte) 4, (byte) 5, (byte) 0xA0)
                        .payload("data");
        Frame frame = network.frame(syn);
        answers.reset(frame, 80);
        free(frame);
        assertThat(network.out())
                .containsExactly(
                        PacketBuilder.ethernet(MAC, STATION)
                                .ipv6(VIP, CLIENT)
                                .tcp(80, 40_000)
                                .flags(Tcp.RST | Tcp.ACK)
                                .acknowledgement(1_005)
                                .window(0)
                                .toBytes());

        Frame ack = network.frame(tcp(Tcp.ACK).acknowledgement(77));
        answers.reset(ack, 80);
        free(ack);
        assertThat(network.out())
                .containsExactly(
                        PacketBuilder.ethernet(MAC, STATION)
                                .ipv6(VIP, CLIENT)
                                .tcp(80, 40_000)
                                .flags(Tcp.RST)
                                .sequence(77)
                                .window(0)
                                .toBytes());
        Frame reset = network.frame(tcp(Tcp.RST));
        answers.reset(reset, 80);
        free(reset);
        Frame datagram = network.frame(udp(VIP));
        answers.reset(datagram, 80);
        free(datagram);
        assertThat(network.out()).isEmpty();
        assertThat(network.count(Counter.TCP_RESETS)).isEqualTo(2);
    }

    private @Nullable Outcome ping(PacketBuilder packet) {
        Frame frame = network.frame(packet);
        Ipv6Chain chain = new Ipv6Chain();
        assertThat(chain.walk(frame.l3(), frame.l3Length())).isEqualTo(Ipv6Chain.RIGHT);
        Outcome outcome = answers.echoReply(frame, chain);
        if (outcome != null) {
            free(frame);
        }
        return outcome;
    }

    private void free(Frame frame) {
        network.io.buffers().free(frame.buffer());
    }

    private static PacketBuilder request() {
        return request(CLIENT, OWN);
    }

    private static PacketBuilder request(String from, String to) {
        return PacketBuilder.ethernet(STATION, MAC)
                .ipv6(from, to)
                .echoRequest(7, 1)
                .payload("hello");
    }

    private static PacketBuilder udp(String destination) {
        return PacketBuilder.ethernet(STATION, MAC)
                .ipv6(CLIENT, destination)
                .udp(40_000, 53)
                .payload("query");
    }

    private static PacketBuilder tcp(int flags) {
        return PacketBuilder.ethernet(STATION, MAC).ipv6(CLIENT, VIP).tcp(40_000, 80).flags(flags);
    }
}
