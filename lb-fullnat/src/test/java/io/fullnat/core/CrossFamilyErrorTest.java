// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static io.fullnat.core.FamilyRig.CLIENT_PORT;
import static io.fullnat.core.FamilyRig.assertSent;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.core.FamilyRig.Way;
import io.fullnat.core.packet.PacketBuilder;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// ICMP errors about packets of connections between families, in a whole balancer: those of the
/// server's side reach the client in its family, quoting what it sent, and the other way round.
/// Which error becomes which is the page of `FamilyFixtureTest`.
class CrossFamilyErrorTest {
    private static final int UNIT = 8;

    private static PacketBuilder question(FamilyRig rig) {
        return rig.fromClient().udp(CLIENT_PORT, 53).payload("too far");
    }

    private static PacketBuilder answer(FamilyRig rig, int port) {
        return rig.fromServer().udp(5353, port).payload("so soon");
    }

    /// A router between the balancer and the server.
    private static PacketBuilder fromServersRouter(FamilyRig rig) {
        PacketBuilder frame = PacketBuilder.ethernet(Rig.SERVER_MAC, Rig.LAN_MAC);
        return rig.to4
                ? frame.ipv4("10.0.1.77", Rig.LOCAL)
                : frame.ipv6("fd00:1::77", FamilyRig.LOCAL6);
    }

    /// One between the client and the balancer.
    private static PacketBuilder fromClientsRouter(FamilyRig rig) {
        PacketBuilder frame = PacketBuilder.ethernet(Rig.CLIENT_MAC, Rig.WAN_MAC);
        return rig.to4
                ? frame.ipv6("2001:db8:77::1", FamilyRig.VIP6)
                : frame.ipv4("203.0.113.77", Rig.VIP);
    }

    /// What the sender of a quoted packet is to be shown: hops are as the router saw them.
    private static byte[] seen(PacketBuilder packet) {
        return packet.timeToLive(63).toBytes();
    }

    /// T01, T02, T15: the outer message is the error's, the quoted packet the client's own; it
    /// comes from the virtual address, since its router has none in the other family.
    @ParameterizedTest
    @CsvSource({
        "TO_4, 3, 0, 1, 0",
        "TO_4, 3, 1, 1, 0",
        "TO_4, 3, 3, 1, 4",
        "TO_4, 3, 10, 1, 1",
        "TO_4, 3, 13, 1, 1",
        "TO_4, 11, 0, 3, 0",
        "TO_4, 11, 1, 3, 1",
        "TO_6, 1, 0, 3, 1",
        "TO_6, 1, 1, 3, 10",
        "TO_6, 1, 2, 3, 1",
        "TO_6, 1, 3, 3, 1",
        "TO_6, 1, 4, 3, 3",
        "TO_6, 3, 0, 11, 0",
        "TO_6, 3, 1, 11, 1"
    })
    void anErrorOfTheServersSideReachesTheClient(
            Way way, int type, int code, int newType, int newCode) {
        try (FamilyRig rig = new FamilyRig(way)) {
            byte[] sent = rig.clientSends(question(rig)).getFirst();
            assertSent(
                    rig.serverSends(fromServersRouter(rig).icmp(type, code, 0).quoting(sent, 15)),
                    rig.toClient().icmp(newType, newCode, 0).quoting(bare(rig, true, 0), 15));
            assertThat(rig.rig.count(Outcome.FORWARDED_ICMP)).isOne();
        }
    }

    /// The packet that a client or server sent, as it was before translation, but for what IPv4 and
    /// IPv6 do not have in common: identification and DF.
    private static byte[] bare(FamilyRig rig, boolean ofClient, int port) {
        PacketBuilder frame = PacketBuilder.ethernet(Rig.CLIENT_MAC, Rig.WAN_MAC);
        if (ofClient) {
            frame =
                    rig.to4
                            ? frame.ipv6(FamilyRig.CLIENT6, FamilyRig.VIP6)
                            : frame.ipv4(Rig.CLIENT, Rig.VIP);
            return seen(frame.udp(CLIENT_PORT, 53).payload("too far"));
        }
        frame =
                rig.to4
                        ? frame.ipv4(Rig.SERVER, Rig.LOCAL)
                        : frame.ipv6(FamilyRig.SERVER6, FamilyRig.LOCAL6);
        return seen(frame.udp(5353, port).payload("so soon"));
    }

    @ParameterizedTest
    @CsvSource({
        "TO_4, 1, 0, 3, 1",
        "TO_4, 1, 3, 3, 1",
        "TO_4, 1, 4, 3, 3",
        "TO_4, 3, 0, 11, 0",
        "TO_6, 3, 1, 1, 0",
        "TO_6, 3, 3, 1, 4",
        "TO_6, 11, 0, 3, 0"
    })
    void anErrorOfTheClientsSideReachesTheServer(
            Way way, int type, int code, int newType, int newCode) {
        try (FamilyRig rig = new FamilyRig(way)) {
            int port = rig.connect();
            byte[] sent = rig.serverSends(answer(rig, port)).getFirst();
            PacketBuilder expected =
                    rig.toServer().icmp(newType, newCode, 0).quoting(bare(rig, false, port), 15);
            assertSent(
                    rig.clientSends(fromClientsRouter(rig).icmp(type, code, 0).quoting(sent, 15)),
                    expected);
            assertThat(rig.rig.count(Outcome.FORWARDED_ICMP)).isOne();
        }
    }

    /// T03, T04, T05: MTUs move by 20, are capped by both links and never below 1,280 in IPv6.
    @ParameterizedTest
    @CsvSource({
        "TO_4, 1400, 1420",
        "TO_4, 1500, 1500",
        "TO_4, 905, 1280",
        "TO_4, 1, 1280",
        "TO_4, 65535, 1500",
        "TO_6, 1400, 1380",
        "TO_6, 1280, 1260",
        "TO_6, 4294967295, 1480"
    })
    void theMtuOfAnErrorMovesBy20(Way way, long mtu, int told) {
        try (FamilyRig rig = new FamilyRig(way)) {
            byte[] sent = rig.clientSends(question(rig)).getFirst();
            int type = rig.to4 ? 3 : 2;
            int code = rig.to4 ? 4 : 0;
            assertSent(
                    rig.serverSends(
                            fromServersRouter(rig).icmp(type, code, (int) mtu).quoting(sent, 15)),
                    rig.toClient()
                            .icmp(rig.to4 ? 2 : 3, rig.to4 ? 0 : 4, told)
                            .quoting(bare(rig, true, 0), 15));
        }
    }

    /// T04: no link of IPv6 has less than 1,280.
    @ParameterizedTest
    @CsvSource({"0", "1", "19", "20", "1279"})
    void packetTooBigWithLessThan1280IsIgnored(int mtu) {
        try (FamilyRig rig = new FamilyRig(Way.TO_6)) {
            byte[] sent = rig.clientSends(question(rig)).getFirst();
            assertThat(rig.serverSends(fromServersRouter(rig).icmp(2, 0, mtu).quoting(sent, 15)))
                    .isEmpty();
            assertThat(rig.rig.count(Outcome.ICMP_IGNORED)).isOne();
        }
    }

    /// T12: an error needs the header that it quotes, and ports behind; whatever ends before is
    /// dropped without a look behind it.
    @ParameterizedTest
    @EnumSource
    void aShortErrorIsDroppedAndAPingOfThatLengthAnswered(Way way) {
        try (FamilyRig rig = new FamilyRig(way)) {
            byte[] sent = rig.clientSends(question(rig)).getFirst();
            byte[] packet = Arrays.copyOfRange(sent, 14, sent.length);
            int least = (rig.to4 ? 20 : 40) + UNIT;
            int type = rig.to4 ? 3 : 1;
            for (int length = 0; length < least; length++) {
                assertThat(
                                rig.serverSends(
                                        fromServersRouter(rig)
                                                .icmp(type, 0, 0)
                                                .payload(Arrays.copyOf(packet, length))))
                        .as("%d bytes", length)
                        .isEmpty();
            }
            assertThat(rig.rig.count(Outcome.FORWARDED_ICMP)).isZero();
            assertThat(
                            rig.serverSends(
                                    fromServersRouter(rig)
                                            .icmp(type, 0, 0)
                                            .payload(Arrays.copyOf(packet, least))))
                    .hasSize(1);
            assertThat(rig.clientSends(rig.fromClient().echoRequest(1, 1))).hasSize(1);
            assertThat(rig.rig.count(Outcome.ECHO_ANSWERED)).isOne();
        }
    }

    /// T13: the eight bytes that RFC 792 asks for are enough, and an extension whose length cannot
    /// be right (17 words) costs the extension, not the error.
    @Test
    void aLengthThatCannotBeRightCostsTheExtensionOnly() {
        try (FamilyRig rig = new FamilyRig(Way.TO_4)) {
            byte[] sent = rig.clientSends(question(rig)).getFirst();
            assertSent(
                    rig.serverSends(fromServersRouter(rig).icmp(11, 0, 17 << 16).quoting(sent, 8)),
                    rig.toClient().icmp(3, 0, 0).quoting(bare(rig, true, 0), 8));
        }
    }

    /// T01: pings end at the balancer, which answers them, so no error can be about one of ours.
    @ParameterizedTest
    @EnumSource
    void anErrorAboutAPingIsAboutNoConnection(Way way) {
        try (FamilyRig rig = new FamilyRig(way)) {
            rig.connect();
            byte[] ping = rig.toServer().echoRequest(1, 1).payload("ping").toBytes();
            int type = rig.to4 ? 3 : 1;
            assertThat(rig.serverSends(fromServersRouter(rig).icmp(type, 0, 0).quoting(ping, 12)))
                    .isEmpty();
            assertThat(rig.rig.count(Outcome.ICMP_IGNORED)).isOne();
        }
    }

    /// T20: an error about a connection that is another balancer's is counted, not believed.
    @ParameterizedTest
    @EnumSource
    void anErrorAboutAnUnknownConnectionIsCounted(Way way) {
        try (FamilyRig rig = new FamilyRig(way)) {
            rig.connect();
            byte[] others = rig.toClient().udp(53, CLIENT_PORT + 1).payload("so soon").toBytes();
            int type = rig.to4 ? 2 : 3;
            int code = rig.to4 ? 0 : 4;
            assertThat(
                            rig.clientSends(
                                    fromClientsRouter(rig)
                                            .icmp(type, code, 1300)
                                            .quoting(others, 15)))
                    .isEmpty();
            assertThat(rig.rig.count(Outcome.ICMP_IGNORED)).isOne();
        }
    }

    /// T14: an error about hops quotes the packet as it came, in the sender's family.
    @ParameterizedTest
    @EnumSource
    void theHopsOfAPacketEndInItsOwnFamily(Way way) {
        try (FamilyRig rig = new FamilyRig(way)) {
            int port = rig.connect();
            byte[] question = question(rig).timeToLive(1).toBytes();
            List<byte[]> out = rig.clientSends(question(rig).timeToLive(1));
            assertError(out, rig.to4, question);
            byte[] answer = answer(rig, port).timeToLive(1).toBytes();
            out = rig.serverSends(answer(rig, port).timeToLive(1));
            assertError(out, !rig.to4, answer);
            assertThat(rig.rig.count(Outcome.TTL_EXPIRED)).isEqualTo(2);
            assertThat(rig.rig.count(Counter.ICMP_ERRORS)).isEqualTo(2);
        }
    }

    private static void assertError(List<byte[]> out, boolean ipv6, byte[] about) {
        assertThat(out).hasSize(1);
        byte[] error = out.getFirst();
        assertThat(FamilyRig.ipv6(error)).isEqualTo(ipv6);
        int icmp = ipv6 ? 54 : 34;
        assertThat(error[icmp]).as("type").isEqualTo((byte) (ipv6 ? 3 : 11));
        assertThat(error[icmp + 1]).as("code").isEqualTo((byte) 0);
        int length = about.length - 14;
        assertThat(Arrays.copyOfRange(error, icmp + 8, icmp + 8 + length))
                .isEqualTo(Arrays.copyOfRange(about, 14, about.length));
    }
}
