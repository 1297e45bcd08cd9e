// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.IpAddress;
import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.api.service.ProxyProtocol;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.TcpPolicy;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// PROXY headers, segment by segment: where they stand, and that they come again until the server
/// has them. The expected bytes are made from the published specification by this test.
class ProxyProtocolTest {
    private static final int PORT = 40000;
    private static final byte[] SIGNATURE = {
        0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A
    };

    static Rig rig(FamilyPair families, ProxyProtocol form) {
        Rig rig = Rig.of(families).configured();
        ServicePolicy policy = ServicePolicy.DEFAULT.withProxyProtocol(form);
        rig.apply(new Change.SetPolicy(rig.tcp, policy));
        if (form.version() == 2) {
            rig.apply(new Change.SetPolicy(rig.udp, policy));
        }
        return rig;
    }

    static byte[] header(Rig rig, int version, boolean tcp) {
        FamilyPair.Side clients = rig.families.clients;
        int port = tcp ? 80 : 53;
        boolean ipv6 = clients == FamilyPair.Side.V6;
        if (version == 1) {
            return ("PROXY "
                            + (ipv6 ? "TCP6 " : "TCP4 ")
                            + clients.client
                            + " "
                            + clients.vip
                            + " "
                            + PORT
                            + " "
                            + port
                            + "\r\n")
                    .getBytes(StandardCharsets.US_ASCII);
        }
        ByteBuffer header = ByteBuffer.allocate(ipv6 ? 52 : 28);
        header.put(SIGNATURE).put((byte) 0x21);
        header.put((byte) ((ipv6 ? 0x20 : 0x10) | (tcp ? 1 : 2)));
        header.putShort((short) (header.capacity() - 16));
        for (String text : List.of(clients.client, clients.vip)) {
            IpAddress address = IpAddress.parse(text);
            if (ipv6) {
                header.putLong(address.high()).putLong(address.low());
            } else {
                header.putInt((int) address.low());
            }
        }
        return header.putShort((short) PORT).putShort((short) port).array();
    }

    static int number(byte[] frame, int offset) {
        return ByteBuffer.wrap(frame).getInt(IpFrame.transport(frame) + offset);
    }

    static byte[] data(byte[] frame) {
        int l4 = IpFrame.transport(frame);
        int length =
                IpFrame.isIpv6(frame)
                        ? 54 + ByteBuffer.wrap(frame).getShort(18)
                        : 14 + ByteBuffer.wrap(frame).getShort(16);
        return Arrays.copyOfRange(frame, l4 + ((frame[l4 + 12] & 0xF0) >>> 2), length);
    }

    /// Through SYN and SYN-ACK.
    static TcpFlow opened(Rig rig) {
        TcpFlow flow = new TcpFlow(rig, PORT);
        flow.synReceived();
        return flow;
    }

    @ParameterizedTest
    @CsvSource({
        "V4_TO_V4, V1", "V6_TO_V6, V1", "V6_TO_V4, V1", "V4_TO_V6, V1",
        "V4_TO_V4, V2", "V6_TO_V6, V2", "V6_TO_V4, V2", "V4_TO_V6, V2"
    })
    void theHandshakesAcknowledgementCarriesIt(FamilyPair families, ProxyProtocol form) {
        try (Rig rig = rig(families, form)) {
            byte[] header = header(rig, form.version(), true);
            TcpFlow flow = opened(rig);
            for (int again = 0; again < 2; again++) {
                List<byte[]> out = flow.acknowledgeFromClient();
                FamilyRig.assertSent(
                        out,
                        toServer(flow)
                                .sequence(flow.clientNext)
                                .flags(Tcp.ACK | Tcp.PSH)
                                .payload(header));
            }
            byte[] nothing = serverAcknowledges(flow, flow.clientNext);
            assertThat(number(nothing, 8)).as("below the stream").isEqualTo(flow.clientNext);
            byte[] part = serverAcknowledges(flow, flow.clientNext + header.length - 1);
            assertThat(number(part, 8)).as("of a part").isEqualTo(flow.clientNext);
            byte[] all = serverAcknowledges(flow, flow.clientNext + header.length);
            assertThat(number(all, 8)).as("of the header").isEqualTo(flow.clientNext);

            List<byte[]> out = rig.clientSends(flow.clientSegment(Tcp.ACK).payload("hello"));
            FamilyRig.assertSent(
                    out, toServer(flow).sequence(flow.clientNext + header.length).payload("hello"));
            byte[] got = serverAcknowledges(flow, flow.clientNext + header.length + 5);
            assertThat(number(got, 8)).isEqualTo(flow.clientNext + 5);
            rig.balancer
                    .workersThemselves()
                    .getFirst()
                    .connections()
                    .visit(
                            0,
                            Integer.MAX_VALUE,
                            entry -> assertThat(ConnectionLayout.isModified(entry)).isFalse());
            assertThat(rig.count(Counter.PROXY_SENT)).isEqualTo(2);
        }
    }

    static PacketBuilder toServer(TcpFlow flow) {
        FamilyPair families = flow.rig.families;
        PacketBuilder frame =
                families.servers.packet(
                        PacketBuilder.ethernet(Rig.LAN_MAC, Rig.SERVER_MAC),
                        families.locals().getFirst(),
                        families.servers().getFirst());
        return frame.timeToLive(63)
                .tcp(flow.localPort, 8080)
                .flags(Tcp.ACK)
                .acknowledgement(flow.clientGot);
    }

    private static byte[] serverAcknowledges(TcpFlow flow, int number) {
        return flow.rig
                .serverSends(
                        flow.server()
                                .flags(Tcp.ACK)
                                .sequence(flow.serverNext)
                                .acknowledgement(number))
                .getFirst();
    }

    /// A1: the first data come alone, then with the next in one; each time the same header goes
    /// ahead.
    @ParameterizedTest
    @EnumSource
    void dataThatComeAgainHaveTheSameHeaderAgain(FamilyPair families) {
        try (Rig rig = rig(families, ProxyProtocol.V2)) {
            byte[] header = header(rig, 2, true);
            TcpFlow flow = opened(rig);
            for (String text : List.of("one", "one", "one, two")) {
                List<byte[]> out =
                        rig.clientSends(flow.clientSegment(Tcp.ACK | Tcp.PSH).payload(text));
                assertThat(out).hasSize(2);
                assertThat(data(out.get(0))).isEqualTo(header);
                assertThat(number(out.get(0), 4)).isEqualTo(flow.clientNext);
                assertThat(data(out.get(1))).asString(StandardCharsets.US_ASCII).isEqualTo(text);
                assertThat(number(out.get(1), 4)).isEqualTo(flow.clientNext + header.length);
            }
            List<byte[]> later =
                    rig.clientSends(
                            flow.client()
                                    .flags(Tcp.ACK)
                                    .sequence(flow.clientNext + 8)
                                    .acknowledgement(flow.clientGot)
                                    .payload("three"));
            assertThat(later).as("what does not begin the stream").hasSize(1);
        }
    }

    /// A SYN-ACK that comes again, data of the SYN, and the FIN of a client that has nothing to
    /// say.
    @Test
    void whatStandsAtTheEdgesOfAStream() {
        try (Rig rig = rig(FamilyPair.V4_TO_V4, ProxyProtocol.V2)) {
            byte[] header = header(rig, 2, true);
            TcpFlow flow = new TcpFlow(rig, PORT);
            byte[] syn =
                    rig.clientSends(
                                    flow.client()
                                            .flags(Tcp.SYN)
                                            .sequence(flow.clientNext)
                                            .payload("early"))
                            .getFirst();
            assertThat(data(syn)).as("data of the SYN").isEmpty();
            assertThat(number(syn, 4)).isEqualTo(flow.clientNext);
            flow.localPort = IpFrame.sourcePort(syn);
            flow.serverGot = ++flow.clientNext;
            for (int again = 0; again < 2; again++) {
                byte[] answer =
                        rig.serverSends(
                                        flow.server()
                                                .flags(Tcp.SYN | Tcp.ACK)
                                                .sequence(flow.serverNext)
                                                .acknowledgement(flow.serverGot))
                                .getFirst();
                assertThat(number(answer, 8)).isEqualTo(flow.clientNext);
            }
            flow.clientGot = ++flow.serverNext;
            List<byte[]> fin = rig.clientSends(flow.clientSegment(Tcp.FIN | Tcp.ACK));
            assertThat(fin).hasSize(2);
            assertThat(data(fin.getFirst())).isEqualTo(header);
            assertThat(number(fin.getLast(), 4)).isEqualTo(flow.clientNext + header.length);
            byte[] reset = rig.clientSends(flow.clientSegment(Tcp.RST)).getFirst();
            assertThat(number(reset, 4)).isEqualTo(flow.clientNext + header.length);
        }
    }

    /// A server in TIME-WAIT answers a SYN by what it knows: nothing is acknowledged by that.
    @Test
    void anAcknowledgementOfWhatWasNeverSentIsNone() {
        try (Rig rig = rig(FamilyPair.V4_TO_V4, ProxyProtocol.V1)) {
            TcpFlow flow = opened(rig);
            serverAcknowledges(flow, flow.clientNext + 1_000_000);
            assertThat(data(flow.acknowledgeFromClient().getFirst()))
                    .isEqualTo(header(rig, 1, true));
        }
    }

    /// A4: what a client says of itself is data behind what the balancer says.
    @ParameterizedTest
    @CsvSource({"V1", "V2"})
    void aHeaderOfTheClientIsNotTheFirst(ProxyProtocol form) {
        try (Rig rig = rig(FamilyPair.V4_TO_V4, form)) {
            TcpFlow flow = opened(rig);
            byte[] forged =
                    "PROXY TCP4 10.9.9.9 10.8.8.8 1 2\r\n".getBytes(StandardCharsets.US_ASCII);
            List<byte[]> out = rig.clientSends(flow.clientSegment(Tcp.ACK).payload(forged));
            assertThat(out).hasSize(2);
            assertThat(data(out.getFirst())).isEqualTo(header(rig, form.version(), true));
            assertThat(data(out.getLast())).isEqualTo(forged);
        }
    }

    /// What a trusted balancer sends is passed on as it is: see [BelievedHeaderTest].
    @ParameterizedTest
    @CsvSource({
        "V2_INSECURE, 0D0A0D0A000D0A515549540A2111000C0102030405060708000900100A",
        "V2_INSECURE, 0D0A0D0A000D0A515549540A20000000",
        "V1_INSECURE, 50524F585920554E4B4E4F574E0D0A"
    })
    void aHeaderThatIsBelievedStays(ProxyProtocol form, String sent) {
        try (Rig rig = rig(FamilyPair.V4_TO_V4, form)) {
            TcpFlow flow = opened(rig);
            assertThat(data(flow.acknowledgeFromClient().getFirst())).as("before data").isEmpty();
            byte[] bytes = java.util.HexFormat.of().parseHex(sent);
            List<byte[]> out = rig.clientSends(flow.clientSegment(Tcp.ACK).payload(bytes));
            FamilyRig.assertSent(out, toServer(flow).sequence(flow.clientNext).payload(bytes));
            assertThat(rig.count(Counter.PROXY_PASSED)).isOne();
        }
    }

    /// Data that come before the first are asked for again: they could not be placed.
    @Test
    void aStreamWithoutAHeaderThatIsBelievedGetsOurs() {
        try (Rig rig = rig(FamilyPair.V4_TO_V4, ProxyProtocol.V2_INSECURE)) {
            byte[] header = header(rig, 2, true);
            TcpFlow flow = opened(rig);
            flow.acknowledgeFromClient();
            List<byte[]> early =
                    rig.clientSends(
                            flow.client()
                                    .flags(Tcp.ACK)
                                    .sequence(flow.clientNext + 3)
                                    .acknowledgement(flow.clientGot)
                                    .payload("two"));
            FamilyRig.assertSent(early, toServer(flow).sequence(flow.clientNext));
            List<byte[]> out = rig.clientSends(flow.clientSegment(Tcp.ACK).payload("one"));
            assertThat(out).hasSize(2);
            assertThat(data(out.getFirst())).isEqualTo(header);
            assertThat(number(out.getLast(), 4)).isEqualTo(flow.clientNext + header.length);
        }
    }

    @ParameterizedTest
    @EnumSource
    void freshNumbersAndAHeaderAddUp(FamilyPair families) {
        try (Rig rig = Rig.of(families).configured()) {
            rig.apply(
                    new Change.SetPolicy(
                            rig.tcp,
                            ServicePolicy.DEFAULT
                                    .withProxyProtocol(ProxyProtocol.V2)
                                    .withTcp(TcpPolicy.KEEP.withFreshIsn(true))));
            byte[] header = header(rig, 2, true);
            TcpFlow flow = new TcpFlow(rig, PORT);
            byte[] syn = rig.clientSends(flow.client().flags(Tcp.SYN).sequence(9)).getFirst();
            flow.localPort = IpFrame.sourcePort(syn);
            int isn = number(syn, 4);
            rig.serverSends(
                    flow.server().flags(Tcp.SYN | Tcp.ACK).sequence(5).acknowledgement(isn + 1));
            List<byte[]> out =
                    rig.clientSends(
                            flow.client()
                                    .flags(Tcp.ACK)
                                    .sequence(10)
                                    .acknowledgement(6)
                                    .payload("x"));
            assertThat(number(out.get(0), 4)).isEqualTo(isn + 1);
            assertThat(number(out.get(1), 4)).isEqualTo(isn + 1 + header.length);
            byte[] got =
                    rig.serverSends(
                                    flow.server()
                                            .flags(Tcp.ACK)
                                            .sequence(6)
                                            .acknowledgement(isn + 2 + header.length))
                            .getFirst();
            assertThat(number(got, 8)).isEqualTo(11);
        }
    }

    /// A16: each datagram of the client has it, answers have none.
    @ParameterizedTest
    @EnumSource
    void eachDatagramHasIt(FamilyPair families) {
        try (Rig rig = rig(families, ProxyProtocol.V2)) {
            byte[] header = header(rig, 2, false);
            int port = 0;
            for (String text : List.of("first", "", "third!")) {
                byte[] out = rig.clientSends(rig.request().udp(PORT, 53).payload(text)).getFirst();
                ByteBuffer expected = ByteBuffer.allocate(header.length + text.length());
                expected.put(header).put(text.getBytes(StandardCharsets.US_ASCII));
                assertThat(IpFrame.udpData(out)).isEqualTo(expected.array());
                assertChecksum(rig, out);
                port = IpFrame.sourcePort(out);
            }
            byte[] answer =
                    rig.serverSends(rig.answer().udp(5353, port).payload("answer")).getFirst();
            assertThat(IpFrame.udpData(answer))
                    .asString(StandardCharsets.US_ASCII)
                    .isEqualTo("answer");
            byte[] later = rig.clientSends(rig.request().udp(PORT, 53).payload("x")).getFirst();
            assertThat(IpFrame.udpData(later)).startsWith(header);
        }
    }

    /// The frame as the builder makes it, which sums up anew.
    private static void assertChecksum(Rig rig, byte[] frame) {
        FamilyPair families = rig.families;
        PacketBuilder expected =
                families.servers
                        .packet(
                                PacketBuilder.ethernet(Rig.LAN_MAC, Rig.SERVER_MAC),
                                families.locals().getFirst(),
                                families.servers().getFirst())
                        .timeToLive(63)
                        .udp(IpFrame.sourcePort(frame), 5353)
                        .payload(IpFrame.udpData(frame));
        FamilyRig.assertSent(List.of(frame), expected);
    }

    @Test
    void aDatagramWithoutRoomLosesItsDataAndIsCounted() {
        try (Rig rig = rig(FamilyPair.V4_TO_V4, ProxyProtocol.V2)) {
            byte[] header = header(rig, 2, false);
            for (int length : new int[] {1444, 1445, 1472}) {
                byte[] out =
                        rig.clientSends(rig.request().udp(PORT, 53).payload(new byte[length]))
                                .getFirst();
                assertThat(IpFrame.udpData(out))
                        .hasSize(header.length + (length == 1444 ? 1444 : 0));
                assertChecksum(rig, out);
            }
            assertThat(rig.count(Counter.PROXY_NO_ROOM)).isEqualTo(2);
        }
    }

    static PacketBuilder at(TcpFlow flow, int sequence) {
        return flow.client()
                .flags(Tcp.ACK | Tcp.PSH)
                .sequence(sequence)
                .acknowledgement(flow.clientGot);
    }

    /// Without a buffer for a segment of its own the header takes the place of the data.
    @ParameterizedTest
    @EnumSource
    void dataDoNotOvertakeAHeaderForWhichThereIsNoBuffer(FamilyPair families) {
        try (Rig rig = rig(families, ProxyProtocol.V2)) {
            byte[] header = header(rig, 2, true);
            TcpFlow flow = opened(rig);
            rig.client.send(at(flow, flow.clientNext).flags(Tcp.ACK | Tcp.FIN).payload("hello"));
            PacketBurst rest = new PacketBurst(8192);
            while (!rest.isFull() && rig.io.buffers().allocate(rest)) {
                assertThat(rest.size()).isPositive();
            }
            rig.run();
            FamilyRig.assertSent(
                    rig.out(),
                    toServer(flow)
                            .sequence(flow.clientNext)
                            .flags(Tcp.ACK | Tcp.PSH)
                            .payload(header));
            rig.io.buffers().freeAll(rest);
            assertThat(rig.clientSends(at(flow, flow.clientNext).payload("hello"))).hasSize(2);
        }
    }

    /// A receiver that has agreed on timestamps may drop what has none. What a segment says of
    /// others that it has got is not said twice.
    @ParameterizedTest
    @EnumSource
    void whatGoesAheadHasTheTimestamps(FamilyPair families) {
        byte[] times = {1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8};
        byte[] sack = {1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8, 5, 10, 0, 0, 0, 1, 0, 0, 0, 9, 0, 0, 0};
        byte[] broken = {1, 1, 8, 30, 1, 2, 3, 4, 5, 6, 7, 8};
        try (Rig rig = rig(families, ProxyProtocol.V2)) {
            byte[] header = header(rig, 2, true);
            TcpFlow flow = opened(rig);
            for (byte[] options : List.of(times, sack, broken)) {
                List<byte[]> out =
                        rig.clientSends(
                                at(flow, flow.clientNext).tcpOptions(options).payload("hello"));
                assertThat(out).hasSize(2);
                FamilyRig.assertSent(
                        out.subList(0, 1),
                        toServer(flow)
                                .dontFragment()
                                .sequence(flow.clientNext)
                                .flags(Tcp.ACK | Tcp.PSH)
                                .tcpOptions(Arrays.equals(options, broken) ? new byte[0] : times)
                                .payload(header));
            }
        }
    }
}
