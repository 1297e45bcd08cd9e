// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fullnat.api.BalancerException;
import io.fullnat.api.IpAddress;
import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.api.service.ClientDisclosure;
import io.fullnat.api.service.ClientDisclosure.Uoa;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.core.packet.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// Servers of UDP are told their clients with the first datagrams: where that stands and what it
/// says, until the server answers, and what goes ahead where there is no room. The bytes are taken
/// apart here, by the reference alone.
@ParameterizedClass
@EnumSource(FamilyPair.class)
class UoaTest {
    private static final int PORT = 40_000;
    private static final int LINK = 14;

    private final FamilyPair families;
    private final boolean clients6;
    private final boolean servers6;
    private final Rig rig;

    UoaTest(FamilyPair families) {
        this.families = families;
        clients6 = families.clients == FamilyPair.Side.V6;
        servers6 = families.servers == FamilyPair.Side.V6;
        rig = Rig.of(families).configured();
        disclose(Uoa.OPP);
    }

    @AfterEach
    void allBuffersAreBackAndAllPacketsCounted() {
        rig.close();
    }

    private void disclose(Uoa form) {
        disclose(ClientDisclosure.NONE.withUoa(form), false);
    }

    private void disclose(ClientDisclosure how, boolean onePacket) {
        rig.apply(
                new Change.SetPolicy(
                        rig.udp,
                        ServicePolicy.DEFAULT.withDisclosure(how).withOnePacket(onePacket)));
    }

    private PacketBuilder datagram(byte... payload) {
        return rig.request().dontFragment().udp(PORT, 53).payload(payload);
    }

    private byte[] option() {
        IpAddress address = IpAddress.parse(families.clients.client);
        ByteBuffer option = ByteBuffer.allocate(clients6 ? 20 : 8);
        option.put((byte) 31).put((byte) option.capacity()).putShort((short) PORT);
        if (clients6) {
            option.putLong(address.high()).putLong(address.low());
        } else {
            option.putInt((int) address.low());
        }
        return option.array();
    }

    /// A frame without the header that tells the client, which is looked at.
    private byte[] withoutHeader(byte[] frame) {
        int at = LINK + (servers6 ? 40 : 20);
        int length = clients6 ? 24 : 12;
        assertThat(frame[servers6 ? 20 : 23] & 0xFF).as("protocol").isEqualTo(248);
        assertThat(frame[at]).as("version").isEqualTo((byte) (clients6 ? 0x20 : 0x10));
        assertThat(frame[at + 1]).as("next protocol").isEqualTo((byte) 17);
        assertThat(number(frame, at + 2)).as("length").isEqualTo(length);
        assertThat(Arrays.copyOfRange(frame, at + 4, at + length)).isEqualTo(option());
        if (!servers6) {
            assertThat(sum(frame, LINK, 20)).as("checksum of the IP header").isEqualTo(0xFFFF);
        }
        assertThat(number(frame, servers6 ? 18 : 16))
                .as("length of IP")
                .isEqualTo(frame.length - LINK - (servers6 ? 40 : 0));
        byte[] rest = new byte[frame.length - length];
        System.arraycopy(frame, 0, rest, 0, at);
        System.arraycopy(frame, at + length, rest, at, rest.length - at);
        rest[servers6 ? 20 : 23] = 17;
        resized(rest);
        return rest;
    }

    private void resized(byte[] frame) {
        int length = frame.length - LINK - (servers6 ? 40 : 0);
        frame[servers6 ? 18 : 16] = (byte) (length >>> 8);
        frame[servers6 ? 19 : 17] = (byte) length;
        if (!servers6) {
            frame[24] = 0;
            frame[25] = 0;
            int sum = ~sum(frame, LINK, 20);
            frame[24] = (byte) (sum >>> 8);
            frame[25] = (byte) sum;
        }
    }

    private static int number(byte[] frame, int at) {
        return (frame[at] & 0xFF) << 8 | (frame[at + 1] & 0xFF);
    }

    private static int sum(byte[] bytes, int from, int length) {
        int sum = 0;
        for (int i = from; i < from + length; i += 2) {
            sum += number(bytes, i);
        }
        return (sum & 0xFFFF) + (sum >>> 16);
    }

    private void assertTold(byte[] frame, String payload) {
        byte[] plain = withoutHeader(frame);
        int port = number(plain, LINK + (servers6 ? 40 : 20));
        FamilyRig.assertSent(List.of(plain), plain(port, payload.getBytes(US_ASCII)));
    }

    /// Short ones that come from IPv6 may be fragmented on their way by IPv4.
    private PacketBuilder plain(int port, byte... payload) {
        PacketBuilder frame = rig.forwarded();
        return (clients6 && payload.length < 1232 ? frame : frame.dontFragment())
                .udp(port, 5353)
                .payload(payload);
    }

    private int modified() {
        return requireNonNull(rig.balancer.workersThemselves().getFirst().flows().modifiers())
                .size();
    }

    @Test
    void theFirstThreeDatagramsTellTheClient() {
        List<byte[]> out = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            out.addAll(rig.clientSends(datagram(("datagram " + i).getBytes(US_ASCII))));
        }

        assertThat(out).hasSize(5);
        for (int i = 0; i < 3; i++) {
            assertTold(out.get(i), "datagram " + i);
        }
        int port = FamilyRig.sourcePort(out.get(3));
        FamilyRig.assertSent(
                out.subList(3, 5),
                plain(port, "datagram 3".getBytes(US_ASCII)),
                plain(port, "datagram 4".getBytes(US_ASCII)));
        assertThat(modified()).isZero();
        assertThat(rig.count(Counter.UOA_SENT)).isEqualTo(3);
    }

    @Test
    void anAnswerShowsThatTheServerKnows() {
        byte[] first = withoutHeader(rig.clientSends(datagram((byte) 1)).getFirst());
        int port = FamilyRig.sourcePort(first);
        rig.serverSends(rig.answer().udp(5353, port).payload("answer"));

        assertThat(modified()).isZero();
        FamilyRig.assertSent(rig.clientSends(datagram((byte) 2)), plain(port, (byte) 2));
        assertThat(rig.count(Counter.UOA_SENT)).isOne();
    }

    @Test
    void datagramsOfOneBurstKeepTheirOrder() {
        for (int i = 0; i < 6; i++) {
            rig.client.send(datagram((byte) i));
        }
        rig.run();

        List<byte[]> out = rig.out();
        assertThat(out).hasSize(6);
        for (int i = 0; i < 6; i++) {
            byte[] frame = i < 3 ? withoutHeader(out.get(i)) : out.get(i);
            assertThat(frame[LINK + (servers6 ? 48 : 28)]).isEqualTo((byte) i);
        }
    }

    /// The packet ahead has no data; the datagram follows as it is.
    @Test
    void withoutRoomAPacketGoesAhead() {
        int most = clients6 || servers6 ? 1452 : 1472;
        int room = 1500 - (servers6 ? 48 : 28) - (clients6 ? 24 : 12);
        byte[] fits = new byte[Math.min(most, room)];
        byte[] tooLong = new byte[most];
        assertTold(rig.clientSends(datagram(fits)).getFirst(), new String(fits, US_ASCII));
        boolean ahead = most > room;
        List<byte[]> out = rig.clientSends(datagram(tooLong));

        assertThat(out).hasSize(ahead ? 2 : 1);
        if (ahead) {
            byte[] told =
                    Arrays.copyOf(
                            out.getFirst(), LINK + (servers6 ? 48 : 28) + (clients6 ? 24 : 12));
            byte[] alone = withoutHeader(told);
            int port = FamilyRig.sourcePort(alone);
            FamilyRig.assertSent(
                    List.of(alone), rig.forwarded().dontFragment().udp(port, 5353).payload(""));
            FamilyRig.assertSent(List.of(out.get(1)), plain(port, tooLong));
            assertThat(rig.count(Counter.UOA_ALONE)).isOne();
        }
    }

    /// What went ahead may be lost though its datagram arrives: an answer proves nothing then.
    @Test
    void anAnswerProvesNothingOfWhatWentAhead() {
        assumeTrue(families != FamilyPair.V6_TO_V4, "what comes from IPv6 has room");
        byte[] longest = new byte[clients6 || servers6 ? 1452 : 1472];
        List<byte[]> out = rig.clientSends(datagram(longest));
        assertThat(out).hasSize(2);
        int port = FamilyRig.sourcePort(out.get(1));
        rig.serverSends(rig.answer().udp(5353, port).payload("answer"));

        assertThat(modified()).isOne();
        assertTold(rig.clientSends(datagram((byte) 'x')).getFirst(), "x");
    }

    @Test
    void eachDatagramThatIsScheduledForItselfTells() {
        disclose(ClientDisclosure.NONE.withUoa(Uoa.OPP).withUoaPackets(1), true);

        for (int i = 0; i < 3; i++) {
            assertTold(
                    rig.clientSends(datagram((byte) ('a' + i))).getFirst(), "" + (char) ('a' + i));
        }
        assertThat(rig.count(Counter.CONNECTIONS_CREATED)).isEqualTo(3);
    }

    @Test
    void anOptionOfIpv4TellsItBehindTheFixedHeader() {
        assumeTrue(families == FamilyPair.V4_TO_V4, "an option of IPv4");
        disclose(Uoa.IPO);

        List<byte[]> out = rig.clientSends(datagram((byte) 1));

        int port = number(out.getFirst(), LINK + 28);
        FamilyRig.assertSent(
                out,
                rig.forwarded()
                        .ipOptions(option())
                        .dontFragment()
                        .udp(port, 5353)
                        .payload(new byte[] {1}));
        byte[] padding = new byte[36];
        Arrays.fill(padding, (byte) 1);
        out = rig.clientSends(rig.request().ipOptions(padding).udp(PORT, 53).payload("full"));
        FamilyRig.assertSent(
                out,
                rig.forwarded().dontFragment().ipOptions(option()).udp(port, 5353).payload(""),
                rig.forwarded().ipOptions(padding).udp(port, 5353).payload("full"));
    }

    private static byte[] padding(int length) {
        byte[] padding = new byte[length];
        Arrays.fill(padding, (byte) 1);
        return padding;
    }

    private static byte[] join(byte[]... parts) {
        ByteBuffer joined = ByteBuffer.allocate(Arrays.stream(parts).mapToInt(p -> p.length).sum());
        Arrays.stream(parts).forEach(joined::put);
        return joined.array();
    }

    private static byte[] forged(int length) {
        byte[] forged = new byte[length];
        forged[0] = 31;
        forged[1] = (byte) length;
        forged[length - 1] = 77;
        return forged;
    }

    private void assertStripped(byte[] options, byte[] passedOn) {
        int port = 0;
        for (String payload : List.of("first", "second")) { // the one that opens, and one that not
            List<byte[]> out =
                    rig.clientSends(
                            rig.request().ipOptions(options).udp(PORT, 53).payload(payload));
            port = number(out.getFirst(), LINK + 20 + passedOn.length);
            FamilyRig.assertSent(
                    out, rig.forwarded().ipOptions(passedOn).udp(port, 5353).payload(payload));
        }
        rig.serverSends(rig.answer().udp(5353, port).payload("answer"));
    }

    @Test
    void anOptionOfTheClientIsPaddingWhateverTheServiceSays() {
        assumeTrue(families == FamilyPair.V4_TO_V4, "an option of IPv4");
        disclose(Uoa.OFF);

        assertStripped(forged(8), padding(8));
        assertStripped(forged(20), padding(20));
        assertStripped(join(forged(8), forged(20), forged(8)), padding(36));
        assertThat(rig.count(Counter.UOA_STRIPPED)).isEqualTo(6);
        byte[] end = {0, 1, 1, 1};
        byte[] broken = {7, 0, 1, 1};
        byte[] alert = {(byte) 0x94, 4, 0, 0};
        assertStripped(join(end, forged(8)), join(end, padding(8)));
        assertStripped(join(broken, forged(8)), join(broken, padding(8)));
        assertStripped(join(alert, forged(8)), join(alert, padding(8)));
        assertThat(rig.count(Counter.UOA_STRIPPED)).isEqualTo(12);
        byte[] cut = {31, 8, 0, 0};
        assertStripped(forged(12), forged(12));
        assertStripped(join(padding(4), cut), join(padding(4), cut));
        assertThat(rig.count(Counter.UOA_STRIPPED)).isEqualTo(12);
    }

    @Test
    void aServiceThatTellsByOptionTellsItsOwn() {
        assumeTrue(families == FamilyPair.V4_TO_V4, "an option of IPv4");
        disclose(Uoa.IPO);

        List<byte[]> out =
                rig.clientSends(rig.request().ipOptions(forged(8)).udp(PORT, 53).payload("x"));

        int port = number(out.getFirst(), LINK + 36);
        FamilyRig.assertSent(
                out,
                rig.forwarded().ipOptions(join(option(), padding(8))).udp(port, 5353).payload("x"));
        assertThat(rig.count(Counter.UOA_STRIPPED)).isOne();
    }

    @Test
    void anOptionIsNoMatterWhereServersAreOfIpv6() {
        assumeTrue(families == FamilyPair.V4_TO_V6, "an option of IPv4");
        disclose(Uoa.OFF);

        List<byte[]> out =
                rig.clientSends(rig.request().ipOptions(forged(8)).udp(PORT, 53).payload("x"));

        int port = number(out.getFirst(), LINK + 40);
        FamilyRig.assertSent(out, rig.forwarded().udp(port, 5353).payload("x"));
    }

    /// Servers believe a header of that protocol too; none of a client's gets to them.
    @Test
    void aHeaderOfTheClientIsNotForwarded() {
        byte[] header = ByteBuffer.allocate(12).putInt(0x10_11_00_0C).put(forged(8)).array();
        byte[] datagram = {(byte) (PORT >>> 8), (byte) PORT, 0, 53, 0, 8, 0, 0};

        List<byte[]> out =
                rig.clientSends(rig.request().protocol(248).payload(join(header, datagram)));

        assertThat(rig.count(Outcome.UNKNOWN_PROTOCOL)).isOne();
        assertThat(rig.count(Counter.CONNECTIONS_CREATED)).isZero();
        for (byte[] frame : out) { // an error for the client at most
            assertThat(frame[clients6 ? 20 : 23]).isEqualTo((byte) (clients6 ? 58 : 1));
        }
    }

    @Test
    void anOptionOfIpv4IsRefusedWhereThereIsIpv6() {
        assumeTrue(families != FamilyPair.V4_TO_V4);

        assertThatThrownBy(() -> disclose(Uoa.IPO))
                .hasCauseInstanceOf(BalancerException.class)
                .hasMessageContaining("it is an option of IPv4; say opp where there is IPv6");
    }

    /// What is off costs nobody a datagram; what is on may.
    @Test
    void whoSwitchesItOnIsWarnedOnce() {
        disclose(Uoa.OFF);
        try (LogCapture log = new LogCapture()) {
            disclose(Uoa.OPP);
            disclose(ClientDisclosure.NONE.withUoa(Uoa.OPP).withUoaPackets(5), false);
            assertThat(log.with("a server without the module that knows it drops the first 3"))
                    .hasSize(1);
            assertThat(log.with("by UOA")).hasSize(1);
        }
    }

    @Test
    void withoutABufferForWhatGoesAheadTheDatagramGoesAsItIs() {
        assumeTrue(families != FamilyPair.V6_TO_V4, "what comes from IPv6 has room");
        byte[] longest = new byte[clients6 || servers6 ? 1452 : 1472];
        PacketBurst taken = new PacketBurst(64);
        List<PacketBurst> all = new ArrayList<>();
        rig.client.send(datagram(longest));
        while (rig.io.buffers().allocate(taken)) {
            if (taken.isFull()) {
                all.add(taken);
                taken = new PacketBurst(64);
            }
        }
        all.add(taken);
        rig.run();

        List<byte[]> out = rig.out();
        all.forEach(rig.io.buffers()::freeAll);
        FamilyRig.assertSent(out, plain(FamilyRig.sourcePort(out.getFirst()), longest));
        assertThat(rig.count(Counter.UOA_NO_ROOM)).isOne();
        assertThat(modified()).isOne();
    }

    @Test
    void aServiceOfTcpRefusesIt() {
        ServicePolicy policy =
                ServicePolicy.DEFAULT.withDisclosure(ClientDisclosure.NONE.withUoa(Uoa.OPP));

        assertThatThrownBy(() -> rig.apply(new Change.SetPolicy(rig.tcp, policy)))
                .hasMessageContaining("only services of UDP can have it");
    }
}
