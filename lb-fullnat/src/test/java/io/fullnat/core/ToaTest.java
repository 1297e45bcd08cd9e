// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static io.fullnat.core.FamilyRig.assertSent;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import io.fullnat.api.IpAddress;
import io.fullnat.api.control.ActiveCondition;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.Condition;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.ClientDisclosure;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.core.open.Modifiers;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Servers of TCP are told their clients by an option: where it stands and what it says, which
/// segments have it, what makes room for it, and that nobody else can write it.
@ParameterizedClass
@EnumSource(FamilyPair.class)
class ToaTest {
    private static final int PORT = 40_000;
    private static final int ISN = 0xFFFF_FFFE; // the server's, so that numbers wrap
    private static final byte[] TIMESTAMPS = {1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2};

    private final FamilyPair families;
    private final boolean ipv6;
    private final Rig rig;

    ToaTest(FamilyPair families) {
        this.families = families;
        ipv6 = families.clients == FamilyPair.Side.V6;
        rig = Rig.of(families).configured();
        disclose(rig, ClientDisclosure.NONE.withToa(true));
    }

    @AfterEach
    void allBuffersAreBackAndAllPacketsCounted() {
        rig.close();
    }

    private static void disclose(Rig rig, ClientDisclosure how) {
        rig.apply(new Change.SetPolicy(rig.tcp, ServicePolicy.DEFAULT.withDisclosure(how)));
    }

    private byte[] toa() {
        return toa(254, PORT, families.clients.client);
    }

    private byte[] toa(int kind, int port, String client) {
        int length = ipv6 ? 20 : 8;
        IpAddress address = IpAddress.parse(client);
        ByteBuffer option = ByteBuffer.allocate(length);
        option.put((byte) kind).put((byte) length).putShort((short) port);
        if (ipv6) {
            option.putLong(address.high()).putLong(address.low());
        } else {
            option.putInt((int) address.low());
        }
        return option.array();
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    private static byte[] padding(int length) {
        byte[] padding = new byte[length];
        Arrays.fill(padding, (byte) 1);
        return padding;
    }

    private PacketBuilder request(int acknowledgement) {
        return rig.request()
                .dontFragment()
                .tcp(PORT, 80)
                .flags(Tcp.ACK)
                .sequence(8)
                .acknowledgement(acknowledgement);
    }

    /// A short one; short ones that come from IPv6 may be fragmented on their way by IPv4.
    private PacketBuilder forwarded(int port, int acknowledgement) {
        PacketBuilder frame = toServer();
        return frame.tcp(port, 8080).flags(Tcp.ACK).sequence(8).acknowledgement(acknowledgement);
    }

    private PacketBuilder toServer() {
        PacketBuilder frame = rig.forwarded();
        return ipv6 ? frame : frame.dontFragment();
    }

    private PacketBuilder answer(int port, int flags, int sequence) {
        return rig.answer().tcp(8080, port).flags(flags).sequence(sequence).acknowledgement(8);
    }

    private PacketBuilder answered(int flags, int sequence) {
        return rig.answered().tcp(80, PORT).flags(flags).sequence(sequence).acknowledgement(8);
    }

    private PacketBuilder syn(byte... options) {
        return rig.request()
                .dontFragment()
                .tcp(PORT, 80)
                .flags(Tcp.SYN)
                .sequence(7)
                .tcpOptions(options);
    }

    /// A SYN and its answer; returns the local port.
    private int open() {
        int port = FamilyRig.sourcePort(rig.clientSends(syn()).getFirst());
        rig.serverSends(answer(port, Tcp.SYN | Tcp.ACK, ISN));
        return port;
    }

    private int modified() {
        Modifiers table = rig.balancer.workersThemselves().getFirst().flows().modifiers();
        return table == null ? 0 : table.size();
    }

    @Test
    void theAckOfTheHandshakeHasIt() {
        int port = open();

        assertSent(rig.clientSends(request(ISN + 1)), forwarded(port, ISN + 1).tcpOptions(toa()));
        assertThat(rig.count(Counter.TOA_SENT)).isOne();
    }

    @Test
    void aSynHasNone() {
        List<byte[]> out = rig.clientSends(syn(TIMESTAMPS));

        assertSent(
                out,
                toServer()
                        .tcp(FamilyRig.sourcePort(out.getFirst()), 8080)
                        .flags(Tcp.SYN)
                        .sequence(7)
                        .tcpOptions(TIMESTAMPS));
    }

    @Test
    void firstDataHaveItAheadOfOtherOptionsAsOftenAsTheyAreSent() {
        int port = open();
        rig.clientSends(request(ISN + 1));
        PacketBuilder expected =
                forwarded(port, ISN + 1).tcpOptions(join(toa(), TIMESTAMPS)).payload("GET /");

        for (int i = 0; i < 2; i++) {
            assertSent(
                    rig.clientSends(request(ISN + 1).tcpOptions(TIMESTAMPS).payload("GET /")),
                    expected);
        }
    }

    @Test
    void aFinHasItAndAResetHasNot() {
        int port = open();
        int fin = Tcp.ACK | Tcp.PSH | Tcp.FIN;

        assertSent(
                rig.clientSends(request(ISN + 1).flags(fin).payload("all of it")),
                forwarded(port, ISN + 1).flags(fin).tcpOptions(toa()).payload("all of it"));
        assertSent(
                rig.clientSends(request(ISN + 1).flags(Tcp.ACK | Tcp.RST)),
                forwarded(port, ISN + 1).flags(Tcp.ACK | Tcp.RST));
    }

    @Test
    void whatAcknowledgesDataHasNoneAndTheConnectionIsPlain() {
        int port = open();
        rig.clientSends(request(ISN + 1).payload("GET /"));
        rig.serverSends(answer(port, Tcp.ACK, ISN + 1).payload("200"));
        assertThat(modified()).isOne();

        assertSent(rig.clientSends(request(ISN + 4)), forwarded(port, ISN + 4));
        assertThat(modified()).isZero();
        assertSent(
                rig.clientSends(request(ISN + 1).payload("GET /")),
                forwarded(port, ISN + 1).payload("GET /"));
    }

    @Test
    void whatAcknowledgesTheServersFinEndsItToo() {
        int port = open();
        rig.clientSends(request(ISN + 1));
        rig.serverSends(answer(port, Tcp.ACK | Tcp.FIN, ISN + 1));

        assertSent(rig.clientSends(request(ISN + 2)), forwarded(port, ISN + 2));
        assertThat(modified()).isZero();
    }

    /// Else a client could make the connection plain before its handshake is complete, and then
    /// complete it with an option of its own.
    @Test
    void whatAcknowledgesMoreThanWasSentEndsNothing() {
        int port = open();
        byte[] forged = toa(254, 1, families.clients.stranger(5));

        assertSent(rig.clientSends(request(ISN + 2)), forwarded(port, ISN + 2));
        assertThat(modified()).isOne();
        assertSent(
                rig.clientSends(request(ISN + 1).tcpOptions(forged)),
                forwarded(port, ISN + 1).tcpOptions(join(toa(), padding(forged.length))));
    }

    /// A server takes nothing from a client before the handshake is complete. Numbers that are far
    /// ahead are of the former connection.
    @Test
    void aServerThatAcknowledgesWhatItGotHasBeenTold() {
        int port = open();
        PacketBuilder request = request(ISN + 1).payload("GET /");
        rig.clientSends(request);
        rig.serverSends(answer(port, Tcp.ACK, ISN + 1));
        rig.serverSends(answer(port, Tcp.ACK, ISN + 1).acknowledgement(8 + (1 << 20) + 1));
        rig.serverSends(answer(port, Tcp.ACK, ISN + 1).acknowledgement(7));
        assertThat(modified()).isOne();

        assertSent(
                rig.serverSends(answer(port, Tcp.ACK, ISN + 1).acknowledgement(13)),
                answered(Tcp.ACK, ISN + 1).acknowledgement(13));
        assertThat(modified()).isZero();
        assertSent(rig.clientSends(request), forwarded(port, ISN + 1).payload("GET /"));
    }

    @Test
    void beforeTheServerHasAnsweredThereIsNone() {
        int port = FamilyRig.sourcePort(rig.clientSends(syn()).getFirst());

        assertSent(rig.clientSends(request(0)), forwarded(port, 0));
        assertThat(rig.count(Counter.TOA_SENT)).isZero();
    }

    @Test
    void anOptionOfTheClientIsPaddingInEachSegmentThatTheServerMayBelieve() {
        byte[] forged = toa(254, 1, families.clients.stranger(5));
        byte[] short8 = {(byte) 254, 8, 0, 1, 1, 2, 3, 4};
        byte[] twice = join(short8, short8);

        List<byte[]> out = rig.clientSends(syn(forged));
        int port = FamilyRig.sourcePort(out.getFirst());
        assertSent(
                out,
                toServer()
                        .tcp(port, 8080)
                        .flags(Tcp.SYN)
                        .sequence(7)
                        .tcpOptions(padding(forged.length)));
        rig.serverSends(answer(port, Tcp.SYN | Tcp.ACK, ISN));
        assertSent(
                rig.clientSends(request(ISN + 1).tcpOptions(twice)),
                forwarded(port, ISN + 1).tcpOptions(join(toa(), padding(16))));
        assertThat(rig.count(Counter.TOA_STRIPPED)).isEqualTo(2);
    }

    @Test
    void aServiceWithoutItLetsNoneThroughInTheHandshake() {
        disclose(rig, ClientDisclosure.NONE);
        byte[] forged = toa(254, 1, families.clients.stranger(5));
        byte[] other = {(byte) 254, 4, 1, 2};
        int port = FamilyRig.sourcePort(rig.clientSends(syn()).getFirst());
        rig.serverSends(answer(port, Tcp.SYN | Tcp.ACK, ISN));

        assertSent(
                rig.clientSends(request(ISN + 1).tcpOptions(join(forged, other))),
                forwarded(port, ISN + 1).tcpOptions(join(padding(forged.length), other)));
        assertThat(rig.count(Counter.TOA_STRIPPED)).isOne();
        assertThat(modified()).isZero();
        assertSent(
                rig.clientSends(request(ISN + 1).tcpOptions(forged).payload("later")),
                forwarded(port, ISN + 1).tcpOptions(forged).payload("later"));
    }

    /// The gap that the documentation names: an ACK that the server drops ends the handshake here.
    /// Services that disclose clients have none.
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anAckThatTheServerDropsEndsTheHandshakeHere(boolean toa) {
        if (!toa) {
            disclose(rig, ClientDisclosure.NONE);
        }
        byte[] forged = toa(254, 1, families.clients.stranger(5));
        int port = FamilyRig.sourcePort(rig.clientSends(syn()).getFirst());
        rig.serverSends(answer(port, Tcp.SYN | Tcp.ACK, ISN));
        assertThat(rig.clientSends(request(ISN + 1).badTransportChecksum())).hasSize(1);

        byte[] out = rig.clientSends(request(ISN + 1).tcpOptions(forged)).getFirst();

        assertThat(rig.count(Counter.TOA_STRIPPED)).isEqualTo(toa ? 1 : 0);
        assertSent(
                List.of(out),
                forwarded(port, ISN + 1)
                        .tcpOptions(toa ? join(toa(), padding(forged.length)) : forged));
    }

    @Test
    void theKindIsTheServices() {
        disclose(rig, ClientDisclosure.NONE.withToa(true).withToaKind(200));
        int port = open();
        byte[] experiment = {(byte) 254, 8, 1, 2, 3, 4, 5, 6};

        assertSent(
                rig.clientSends(request(ISN + 1).tcpOptions(experiment)),
                forwarded(port, ISN + 1)
                        .tcpOptions(join(toa(200, PORT, families.clients.client), experiment)));
    }

    private byte[] mss(int size) {
        return new byte[] {2, 4, (byte) (size >>> 8), (byte) size};
    }

    private void assertMss(int said, int passedOn) {
        int port = FamilyRig.sourcePort(rig.clientSends(syn()).getFirst());
        assertSent(
                rig.serverSends(answer(port, Tcp.SYN | Tcp.ACK, ISN).tcpOptions(mss(said))),
                answered(Tcp.SYN | Tcp.ACK, ISN).tcpOptions(mss(passedOn)));
    }

    /// What a client sends at most fits with the option, over links of 1500 bytes.
    @Test
    void theServersSegmentSizeLeavesRoom() {
        int option = ipv6 ? 20 : 8;
        int headers = families == FamilyPair.V4_TO_V4 ? 40 : 60;
        int longest = families == FamilyPair.V6_TO_V4 ? 1460 : 1500 - headers;
        assertMss(1200, 1200 - option);
        assertMss(536, 536 - option);
        assertMss(1380, 1380 - option);
        assertMss(8960, longest - option);
        assertMss(longest, longest - option);
        assertMss(64 + option, 64);
        assertMss(70, 64);
        assertMss(40, 40);
        assertMss(0, 0);
    }

    @Test
    void anAbsentSegmentSizeStaysAbsent() {
        int port = FamilyRig.sourcePort(rig.clientSends(syn()).getFirst());

        assertSent(
                rig.serverSends(answer(port, Tcp.SYN | Tcp.ACK, ISN).tcpOptions(TIMESTAMPS)),
                answered(Tcp.SYN | Tcp.ACK, ISN).tcpOptions(TIMESTAMPS));
    }

    @Test
    void aSegmentThatIsTooLongGoesWithoutAndIsCounted() {
        int port = open();
        int headers = families == FamilyPair.V4_TO_V4 ? 40 : 60;
        int most = families == FamilyPair.V6_TO_V4 ? 1440 : 1500 - headers;
        int fits = (families == FamilyPair.V6_TO_V4 ? 1460 : most) - (ipv6 ? 20 : 8);
        for (int length : new int[] {Math.min(most, fits), most}) {
            PacketBuilder expected =
                    forwarded(port, ISN + 1).dontFragment().payload(new byte[length]);
            assertSent(
                    rig.clientSends(request(ISN + 1).payload(new byte[length])),
                    length <= fits ? expected.tcpOptions(toa()) : expected);
        }
        assertThat(rig.count(Counter.TOA_NO_ROOM)).isEqualTo(most > fits ? 1 : 0);
    }

    /// The client hears what the path takes, and sends that; with the option it would be too long
    /// again, and the client hear nothing new.
    @Test
    void aPathThatIsNarrowerThanTheLinkTakesSegmentsOfItsSizeWithout() {
        int port = open();
        boolean server6 = families.servers == FamilyPair.Side.V6;
        int headers = (server6 ? 40 : 20) + 20;
        int path = 1400;
        byte[] data = new byte[path - headers];
        byte[] sent = rig.clientSends(request(ISN + 1).payload(data)).getFirst();
        PacketBuilder error =
                rig.answer().icmp(server6 ? 2 : 3, server6 ? 0 : 4, path).quoting(sent, 60);

        assertThat(rig.serverSends(error)).as("error for the client").hasSize(1);

        PacketBuilder plain = forwarded(port, ISN + 1).dontFragment();
        assertSent(rig.clientSends(request(ISN + 1).payload(data)), plain.payload(data));
        int length = data.length - toa().length;
        assertSent(
                rig.clientSends(request(ISN + 1).payload(new byte[length])),
                plain.tcpOptions(toa()).payload(new byte[length]));
        rig.serverSends(rig.answer().icmp(server6 ? 2 : 3, server6 ? 0 : 4, 100).quoting(sent, 60));
        assertSent(rig.clientSends(request(ISN + 1)), forwarded(port, ISN + 1).tcpOptions(toa()));
    }

    private static byte[] sack(int blocks) {
        byte[] option = new byte[2 + 8 * blocks];
        option[0] = 5;
        option[1] = (byte) option.length;
        return option;
    }

    /// Nothing but padding gives way.
    @Test
    void optionsStayAndPaddingGivesWay() {
        int port = open();
        byte[] full = join(TIMESTAMPS, padding(2), sack(3));
        assertSent(
                rig.clientSends(request(ISN + 1).tcpOptions(full)),
                forwarded(port, ISN + 1).tcpOptions(join(TIMESTAMPS10, sack(3))));
        assertThat(rig.count(Counter.TOA_NO_ROOM)).isOne();

        byte[] padded = join(TIMESTAMPS, padding(2), sack(1), padding(4));
        assertSent(
                rig.clientSends(request(ISN + 1).tcpOptions(padded)),
                forwarded(port, ISN + 1)
                        .tcpOptions(
                                ipv6 ? join(toa(), TIMESTAMPS10, sack(1)) : join(toa(), padded)));
    }

    private static final byte[] TIMESTAMPS10 = Arrays.copyOfRange(TIMESTAMPS, 2, 12);

    @Test
    void aConnectionThatBeginsAnewIsToldAnew() {
        int port = open();
        rig.clientSends(request(ISN + 1).payload("x"));
        rig.serverSends(answer(port, Tcp.ACK, ISN + 1).payload("y"));
        rig.clientSends(request(ISN + 2));
        assertThat(modified()).isZero();
        rig.serverSends(answer(port, Tcp.RST, ISN + 2));

        rig.clientSends(syn());
        assertThat(modified()).isOne();
        rig.serverSends(answer(port, Tcp.SYN | Tcp.ACK, 5000));
        assertSent(rig.clientSends(request(5001)), forwarded(port, 5001).tcpOptions(toa()));
    }

    @Test
    void whatIsSwitchedOffConcernsConnectionsThatBegin() {
        int port = open();
        disclose(rig, ClientDisclosure.NONE);

        assertSent(rig.clientSends(request(ISN + 1)), forwarded(port, ISN + 1).tcpOptions(toa()));
        rig.clientSends(rig.request().tcp(PORT + 1, 80).flags(Tcp.SYN));
        assertThat(modified()).isOne();
    }

    @Test
    void withoutRoomForMoreConnectionsThatIsTold() {
        try (Rig small = Rig.with(options -> options.modifiedConnections(1)).configured()) {
            disclose(small, ClientDisclosure.NONE.withToa(true));
            for (int i = 0; i < 3; i++) {
                small.clientSends(Rig.fromClient().tcp(PORT + i, 80).flags(Tcp.SYN));
            }
            assertThat(small.count(Outcome.MODIFIERS_FULL)).isEqualTo(2);
            small.pass(Duration.ofSeconds(1));
            assertThat(small.balancer.control().health().conditions())
                    .extracting(ActiveCondition::condition)
                    .containsExactly(Condition.MODIFIERS_FULL);
        }
    }

    @Test
    void aServiceOfUdpRefusesIt() {
        assertThatThrownBy(() ->
                        rig.apply(
                                new Change.SetPolicy(
                                        rig.udp,
                                        ServicePolicy.DEFAULT.withDisclosure(
                                                ClientDisclosure.NONE.withToa(true)))))
                .hasCauseInstanceOf(BalancerException.class)
                .hasMessageContaining("only services of TCP can have it");
    }
}
