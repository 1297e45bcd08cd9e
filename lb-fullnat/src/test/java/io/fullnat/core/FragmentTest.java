// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static io.fullnat.core.Rig.fromClient;
import static io.fullnat.core.Rig.fromServer;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Packets larger than the next link's MTU: fragments that a receiver makes the packet of again,
/// byte by byte, or an error with the MTU.
class FragmentTest {
    private static final int LAN_MTU = 1400;
    private static final int HEADERS = 28;

    private final Rig rig = Rig.withMtus(1500, LAN_MTU).configured();

    @AfterEach
    void allBuffersAreBackAndAllPacketsCounted() {
        rig.close();
    }

    private static PacketBuilder question(int payload) {
        return fromClient().identification(0xBEEF).udp(40000, 53).payload(Parts.noise(payload));
    }

    /// What the server makes of a question that was cut.
    private static PacketBuilder arrived(int localPort, int payload) {
        return arrived(localPort, payload, 0);
    }

    private static PacketBuilder arrived(int localPort, int payload, int identification) {
        return PacketBuilder.ethernet(Rig.LAN_MAC, Rig.SERVER_MAC)
                .ipv4(Rig.LOCAL, Rig.SERVER)
                .timeToLive(63)
                .identification(identification)
                .udp(localPort, 5353)
                .payload(Parts.noise(payload));
    }

    /// What a receiver makes of fragments that fit their link.
    private static byte[] joined(List<byte[]> frames, int mtu) {
        assertThat(frames)
                .allSatisfy(frame -> assertThat(Parts.totalLength(frame)).isLessThanOrEqualTo(mtu));
        return Parts.joined(frames);
    }

    private static int localPort(byte[] frame) {
        int l4 = Parts.header(frame);
        return ((frame[l4] & 0xFF) << 8) | (frame[l4 + 1] & 0xFF);
    }

    @Test
    void aPacketExactlyAsLargeAsTheMtuStaysWhole() {
        int payload = LAN_MTU - HEADERS;

        List<byte[]> out = rig.clientSends(question(payload));

        assertThat(out)
                .containsExactly(arrived(localPort(out.getFirst()), payload, 0xBEEF).toBytes());
        assertThat(rig.count(Counter.FRAGMENTED)).isZero();
    }

    /// 1373 bytes are one more than fit; from 1453 on the packet is larger than the clients' link.
    @ParameterizedTest
    @ValueSource(ints = {1373, 1374, 1379, 1380, 1381, 1388, 1471, 1472})
    void whatIsLargerArrivesInFragmentsThatMakeThePacketAgain(int payload) {
        List<byte[]> out = rig.clientSends(question(payload));

        assertThat(out).hasSize(2);
        assertThat(Parts.offset(out.get(0))).isZero();
        assertThat(Parts.totalLength(out.get(0))).isEqualTo(20 + (LAN_MTU - 20) / 8 * 8);
        assertThat(Parts.offset(out.get(1))).isEqualTo(1376);
        assertThat(Parts.totalLength(out.get(1))).isEqualTo(20 + 8 + payload - 1376);
        assertThat(out.get(1).length).as("no shorter than a frame").isGreaterThanOrEqualTo(60);
        assertThat(joined(out, LAN_MTU))
                .isEqualTo(arrived(localPort(out.getFirst()), payload).toBytes());
        assertThat(rig.count(Outcome.FORWARDED_IN)).as("one packet").isOne();
        assertThat(rig.count(Counter.FRAGMENTED)).isOne();
        assertThat(rig.count(Counter.SENT) - rig.count(Counter.ARP_ANNOUNCEMENTS)).isEqualTo(2);
    }

    /// RFC 6864 §4.3: clients do not know of each other, and become one source.
    @Test
    void noTwoPacketsThatAreCutHaveTheSameIdentification() {
        Set<Integer> seen = new HashSet<>();
        for (int client = 0; client < 50; client++) {
            PacketBuilder question =
                    rig.requestFrom("198.51.100." + (8 + client)).identification(7);
            List<byte[]> out = rig.clientSends(question.udp(40000, 53).payload(Parts.noise(1400)));
            assertThat(out).hasSize(2);
            assertThat(Parts.identification(out.get(0)))
                    .isEqualTo(Parts.identification(out.get(1)));
            seen.add(Parts.identification(out.get(0)));
        }
        assertThat(seen).hasSize(50);
    }

    @Test
    void theRestOfAShortFrameIsZero() {
        List<byte[]> out = rig.clientSends(question(1373));

        byte[] last = out.get(1);
        int end = 14 + Parts.totalLength(last);
        assertThat(last).hasSize(60);
        assertThat(Arrays.copyOfRange(last, end, 60)).containsOnly(0);
    }

    @Test
    void answersAreFragmentedToo() {
        try (Rig narrow = Rig.withMtus(600, 1500).configured()) {
            int port = localPort(narrow.clientSends(question(10)).getFirst());

            List<byte[]> out =
                    narrow.serverSends(
                            fromServer()
                                    .identification(7)
                                    .udp(5353, port)
                                    .payload(Parts.noise(1471)));

            assertThat(out).hasSize(3);
            assertThat(joined(out, 600))
                    .isEqualTo(
                            PacketBuilder.ethernet(Rig.WAN_MAC, Rig.CLIENT_MAC)
                                    .ipv4(Rig.VIP, Rig.CLIENT)
                                    .timeToLive(63)
                                    .udp(53, 40000)
                                    .payload(Parts.noise(1471))
                                    .toBytes());
            assertThat(narrow.count(Outcome.FORWARDED_OUT)).isOne();
        }
    }

    @Test
    void segmentsAreFragmentedToo() {
        rig.clientSends(fromClient().tcp(40000, 80).flags(Tcp.SYN).sequence(1));

        List<byte[]> out =
                rig.clientSends(
                        fromClient()
                                .typeOfService(0xB8)
                                .tcp(40000, 80)
                                .flags(Tcp.ACK)
                                .sequence(2)
                                .payload(Parts.noise(1460)));

        assertThat(out).hasSize(2);
        assertThat(joined(out, LAN_MTU))
                .isEqualTo(
                        PacketBuilder.ethernet(Rig.LAN_MAC, Rig.SERVER_MAC)
                                .ipv4(Rig.LOCAL, Rig.SERVER)
                                .timeToLive(63)
                                .typeOfService(0xB8)
                                .tcp(localPort(out.getFirst()), 8080)
                                .flags(Tcp.ACK)
                                .sequence(2)
                                .payload(Parts.noise(1460))
                                .toBytes());
    }

    @Test
    void aJumboPacketBecomesAsManyFragmentsAsTheSmallestLinkNeeds() {
        try (Rig jumbo = Rig.withMtus(9000, 68).configured()) {
            List<byte[]> out = jumbo.clientSends(question(9000 - HEADERS));

            assertThat(out).hasSize(188);
            assertThat(joined(out, 68))
                    .isEqualTo(arrived(localPort(out.getFirst()), 9000 - HEADERS).toBytes());
            assertThat(jumbo.count(Outcome.FORWARDED_IN)).isOne();
        }
    }

    /// Record route (7) is for the first fragment; loose source route (131) and security (130) have
    /// the copy bit and go into each one; no operation and end of list only fill up.
    @Test
    void optionsAreCopiedAsTheirCopyBitSays() {
        byte[] options = {
            7,
            7,
            4,
            0,
            0,
            0,
            0, // record route, room for one address
            1,
            (byte) 130,
            3,
            9, // copied
            (byte) 136,
            4,
            1,
            2, // stream identifier, copied
            0
        };

        List<byte[]> out = rig.clientSends(question(1400).ipOptions(options));

        assertThat(out).hasSize(2);
        assertThat(Parts.options(out.get(0))).isEqualTo(options);
        assertThat(Parts.options(out.get(1)))
                .containsExactly((byte) 130, 3, 9, (byte) 136, 4, 1, 2, 0);
        assertThat(joined(out, LAN_MTU))
                .isEqualTo(arrived(localPort(out.getFirst()), 1400).ipOptions(options).toBytes());
    }

    @Test
    void optionsThatLieAboutTheirLengthAreNotCopied() {
        byte[] options = {(byte) 136, 4, 1, 2, (byte) 131, 40, 4, 0};

        List<byte[]> out = rig.clientSends(question(1400).ipOptions(options));

        assertThat(Parts.options(out.get(1))).containsExactly((byte) 136, 4, 1, 2);
        assertThat(joined(out, LAN_MTU))
                .isEqualTo(arrived(localPort(out.getFirst()), 1400).ipOptions(options).toBytes());
    }

    @Test
    void withDontFragmentTheSenderIsToldTheMtu() {
        byte[] question = question(1373).dontFragment().toBytes();
        rig.client.send(question);
        rig.run();

        assertThat(rig.out())
                .containsExactly(
                        PacketBuilder.ethernet(Rig.WAN_MAC, Rig.CLIENT_MAC)
                                .ipv4(Rig.VIP, Rig.CLIENT)
                                .dontFragment()
                                .icmp(3, 4, LAN_MTU)
                                .quoting(question, 576 - 20 - 8 - 20)
                                .toBytes());
        assertThat(rig.count(Outcome.TOO_BIG)).isOne();
        assertThat(rig.count(Counter.FRAGMENTED)).isZero();
    }

    @Test
    void aServerIsToldTheMtuOfTheClientsLink() {
        try (Rig narrow = Rig.withMtus(1280, 1500).configured()) {
            int port = localPort(narrow.clientSends(question(10)).getFirst());
            byte[] answer =
                    fromServer()
                            .dontFragment()
                            .udp(5353, port)
                            .payload(Parts.noise(1253))
                            .toBytes();
            narrow.server.send(answer);
            narrow.run();

            assertThat(narrow.out())
                    .containsExactly(
                            PacketBuilder.ethernet(Rig.LAN_MAC, Rig.SERVER_MAC)
                                    .ipv4(Rig.LOCAL, Rig.SERVER)
                                    .dontFragment()
                                    .icmp(3, 4, 1280)
                                    .quoting(answer, 576 - 20 - 8 - 20)
                                    .toBytes());
            assertThat(narrow.count(Outcome.TOO_BIG)).isOne();
        }
    }

    /// T08: what came in fragments is cut further where a link takes less, at multiples of eight;
    /// who puts them together has the whole datagram.
    @ParameterizedTest
    @CsvSource({"1400, 1480", "1300, 1480", "800, 1480", "576, 1400", "68, 976"})
    void fragmentsThatArriveAreFragmentedFurther(int mtu, int part) {
        try (Rig narrow = Rig.withMtus(1500, mtu).configured()) {
            byte[] whole = question(5_000).toBytes();
            List<byte[]> out = new ArrayList<>();
            for (byte[] fragment : Parts.cut(whole, 0xBEEF, part)) {
                narrow.client.send(fragment);
                narrow.run();
                out.addAll(narrow.out());
            }
            assertThat(joined(out, mtu))
                    .isEqualTo(arrived(localPort(out.getFirst()), 5_000).toBytes());
        }
    }
}
