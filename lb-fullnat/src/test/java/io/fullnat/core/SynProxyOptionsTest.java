// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.SynProxy;
import io.fullnat.api.service.TcpPolicy;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// What real servers of a SYN proxy are asked for, and what becomes of options and windows when
/// they grant something else than clients were promised.
class SynProxyOptionsTest {
    private static final int PORT = 40_000;
    private static final int SERVER_ISN = 0xFFFF_FFFE;
    private static final int SERVER_STAMP = 0x7FFF_FFFF;
    private static final int CLIENT_STAMP = 0x0102_0305;

    /// Of a server of Linux with another scale than 7.
    private static final byte[] SERVER = {
        2, 4, 5, (byte) 0xB4, 4, 2, 8, 10, 127, -1, -1, -1, 1, 2, 3, 5, 1, 3, 3, 9
    };

    private static Rig rig(FamilyPair families, TcpPolicy tcp) {
        Rig rig = Rig.of(families).configured();
        ServicePolicy policy = ServicePolicy.DEFAULT;
        rig.apply(new Change.SetPolicy(rig.tcp, policy.withTcp(tcp.withSynProxy(SynProxy.ALWAYS))));
        return rig;
    }

    /// A client that has acknowledged its cookie, and what the server was sent then.
    private static final class Asked {
        final CookieClient client;
        final Rig rig;
        final byte[] syn;
        final int localPort;

        Asked(Rig rig, byte... options) {
            this.rig = rig;
            client = new CookieClient(rig, PORT);
            client.connect(options);
            List<byte[]> out = rig.clientSends(client.acknowledgement().window(400));
            assertThat(out).hasSize(1);
            syn = out.getFirst();
            localPort = IpFrame.sourcePort(syn);
        }

        PacketBuilder answer(int flags, int sequence, int acknowledgement) {
            return rig.answer()
                    .tcp(8080, localPort)
                    .flags(flags)
                    .sequence(sequence)
                    .acknowledgement(acknowledgement);
        }

        /// The server's SYN-ACK; what comes out is the acknowledgement.
        byte[] accept(byte... options) {
            List<byte[]> out =
                    rig.serverSends(
                            answer(Tcp.SYN | Tcp.ACK, SERVER_ISN, CookieClient.ISN + 1)
                                    .window(65_000)
                                    .tcpOptions(options));
            assertThat(out).hasSize(1);
            return out.getFirst();
        }

        byte[] serverSends(PacketBuilder segment) {
            List<byte[]> out = rig.serverSends(segment);
            assertThat(out).hasSize(1);
            return out.getFirst();
        }

        byte[] clientSends(PacketBuilder segment) {
            List<byte[]> out = rig.clientSends(segment);
            assertThat(out).hasSize(1);
            return out.getFirst();
        }
    }

    private static byte[] stamps(int own, int echo) {
        return ByteBuffer.allocate(12)
                .put(new byte[] {1, 1, 8, 10})
                .putInt(own)
                .putInt(echo)
                .array();
    }

    private static int stamp(byte[] frame, int offset) {
        return ByteBuffer.wrap(CookieClient.options(frame)).getInt(4 + offset);
    }

    /// The segment size is that which the cookie had room for, and the window is not scaled.
    @ParameterizedTest
    @CsvSource({
        "V4_TO_V4, 1460, 1460",
        "V6_TO_V6, 1440, 1440",
        "V6_TO_V4, 1440, 1440",
        "V4_TO_V6, 1460, 1460",
        "V4_TO_V4, 1439, 1432",
        "V6_TO_V6, 1439, 1432"
    })
    void theServerIsAskedForWhatTheClientWasPromised(FamilyPair families, int said, int size) {
        try (Rig rig = rig(families, TcpPolicy.KEEP)) {
            byte[] offer = CookieClient.LINUX.clone();
            ByteBuffer.wrap(offer).putShort(2, (short) said);
            Asked asked = new Asked(rig, offer);

            byte[] expected = {
                2, 4, 5, (byte) 0xB4, 4, 2, 8, 10, 1, 2, 3, 5, 0, 0, 0, 0, 1, 3, 3, 9
            };
            byte[] options = CookieClient.options(asked.syn);
            ByteBuffer.wrap(expected).putShort(2, (short) size);
            assertThat(options).isEqualTo(expected);
            assertThat(IpFrame.tcpFlags(asked.syn)).isEqualTo(Tcp.SYN);
            assertThat(CookieClient.number(asked.syn, 4)).isEqualTo(CookieClient.ISN);
            assertThat(CookieClient.number(asked.syn, 8)).isZero();
            assertThat(CookieClient.window(asked.syn)).isEqualTo(65_535);
        }
    }

    /// A server must not take the second for another connection's.
    @ParameterizedTest
    @EnumSource
    void theServerIsAskedTheSameAgain(FamilyPair families) {
        try (Rig rig = rig(families, TcpPolicy.KEEP)) {
            Asked asked = new Asked(rig, CookieClient.LINUX);
            rig.withStaticNeighbours();

            rig.pass(Duration.ofSeconds(1));
            List<byte[]> again = rig.server.receiveAll();
            assertThat(again).hasSize(1);
            assertThat(withoutId(again.getFirst())).isEqualTo(withoutId(asked.syn));
            assertThat(rig.count(Counter.SYN_PROXY_REPEATED)).isEqualTo(1);
        }
    }

    /// A frame without what IPv4 counts its packets by, and the sum over that.
    private static byte[] withoutId(byte[] frame) {
        byte[] without = frame.clone();
        if (!IpFrame.isIpv6(frame)) {
            ByteBuffer.wrap(without).putShort(18, (short) 0).putShort(24, (short) 0);
        }
        return without;
    }

    @Test
    void nothingIsAskedForThatTheClientDoesNotHave() {
        try (Rig rig = rig(FamilyPair.V4_TO_V4, TcpPolicy.KEEP)) {
            Asked asked = new Asked(rig);

            assertThat(CookieClient.options(asked.syn)).startsWith(2, 4).hasSize(4);
            assertThat(CookieClient.window(asked.syn)).isEqualTo(400);
        }
    }

    @Test
    void whatAServiceDoesToSynsIsDoneToItsOwn() {
        TcpPolicy policy = TcpPolicy.KEEP.withMss(1000).withStripsTimestamps(true);
        try (Rig rig = rig(FamilyPair.V4_TO_V4, policy)) {
            Asked asked = new Asked(rig, CookieClient.LINUX);

            byte[] options = CookieClient.options(asked.syn);
            assertThat((int) ByteBuffer.wrap(options).getShort(2)).isLessThanOrEqualTo(1000);
            assertThat(options).hasSize(12); // segment size, selective, scale
        }
    }

    /// Sequence numbers, timestamps, edges and windows, across their wraps.
    @ParameterizedTest
    @EnumSource
    void numbersOfBothEndsMeet(FamilyPair families) {
        try (Rig rig = rig(families, TcpPolicy.KEEP)) {
            Asked asked = new Asked(rig, CookieClient.LINUX);
            CookieClient client = asked.client;
            byte[] ack = asked.accept(SERVER);

            assertThat(IpFrame.tcpFlags(ack)).isEqualTo(Tcp.ACK);
            assertThat(CookieClient.number(ack, 4)).isEqualTo(CookieClient.ISN + 1);
            assertThat(CookieClient.number(ack, 8)).isEqualTo(SERVER_ISN + 1);
            assertThat(CookieClient.window(ack)).isEqualTo(400);
            assertThat(stamp(ack, 0)).isEqualTo(CLIENT_STAMP);
            assertThat(stamp(ack, 4)).isEqualTo(SERVER_STAMP);

            byte[] down =
                    asked.serverSends(
                            asked.answer(Tcp.ACK, SERVER_ISN + 1, CookieClient.ISN + 1)
                                    .window(100)
                                    .tcpOptions(stamps(SERVER_STAMP + 7, CLIENT_STAMP))
                                    .payload(new byte[10]));
            assertThat(CookieClient.number(down, 4)).isEqualTo(client.cookie + 1);
            assertThat(CookieClient.number(down, 8)).isEqualTo(CookieClient.ISN + 1);
            assertThat(CookieClient.window(down)).as("scale 9 as 7").isEqualTo(400);
            assertThat(stamp(down, 0)).isEqualTo(client.timestamp + 7);
            assertThat(stamp(down, 4)).isEqualTo(CLIENT_STAMP);

            byte[] up = asked.clientSends(selective(client));
            assertThat(CookieClient.number(up, 8)).isEqualTo(SERVER_ISN + 11);
            assertThat(CookieClient.window(up)).isEqualTo(500);
            assertThat(stamp(up, 0)).isEqualTo(CLIENT_STAMP + 1);
            assertThat(stamp(up, 4)).isEqualTo(SERVER_STAMP + 7);
            assertEdges(up);
        }
    }

    /// Of what the client has got 10 bytes, none of the next 10, and 10 of those behind.
    private static PacketBuilder selective(CookieClient client) {
        ByteBuffer options =
                ByteBuffer.allocate(24).put(stamps(CLIENT_STAMP + 1, client.timestamp + 7));
        options.put(new byte[] {1, 1, 5, 10}).putInt(client.cookie + 21).putInt(client.cookie + 31);
        return client.segment()
                .flags(Tcp.ACK)
                .sequence(CookieClient.ISN + 1)
                .acknowledgement(client.cookie + 11)
                .window(500)
                .tcpOptions(options.array());
    }

    private static void assertEdges(byte[] atServer) {
        ByteBuffer options = ByteBuffer.wrap(CookieClient.options(atServer));
        assertThat(options.getInt(16)).isEqualTo(SERVER_ISN + 21);
        assertThat(options.getInt(20)).isEqualTo(SERVER_ISN + 31);
    }

    /// C5: a server that has another scale, or none. One that has none believes that the client has
    /// none either.
    @ParameterizedTest
    @CsvSource({
        "7, 100, 100, 400, 400",
        "9, 100, 400, 400, 400",
        "14, 1000, 65535, 400, 400",
        "2, 4096, 128, 400, 400",
        "2, 5, 1, 400, 400",
        "0, 65535, 511, 400, 400",
        "-1, 65535, 511, 100, 51200",
        "-1, 0, 0, 400, 65535"
    })
    void windowsAreThoseOfTheirSender(int scale, int down, int downSeen, int up, int upSeen) {
        try (Rig rig = rig(FamilyPair.V4_TO_V4, TcpPolicy.KEEP)) {
            Asked asked = new Asked(rig, CookieClient.LINUX);
            byte[] options = SERVER.clone();
            options[19] = (byte) scale;
            asked.accept(scale < 0 ? Arrays.copyOf(options, 16) : options);

            byte[] answer =
                    asked.serverSends(
                            asked.answer(Tcp.ACK, SERVER_ISN + 1, CookieClient.ISN + 1)
                                    .window(down)
                                    .tcpOptions(stamps(SERVER_STAMP, CLIENT_STAMP)));
            assertThat(CookieClient.window(answer)).isEqualTo(downSeen);
            byte[] request = asked.clientSends(asked.client.acknowledgement().window(up));
            assertThat(CookieClient.window(request)).isEqualTo(upSeen);
        }
    }

    /// Neither is read from the bytes behind an option that is too short for it: these are of
    /// another one, or of no header any more.
    @Test
    void optionsOfAWrongLengthAreNone() {
        try (Rig rig = rig(FamilyPair.V4_TO_V4, TcpPolicy.KEEP)) {
            Asked asked = new Asked(rig, CookieClient.LINUX);
            byte[] short8 = {2, 4, 5, (byte) 0xB4, 4, 2, 1, 3, 3, 9, 8, 2};
            List<byte[]> out =
                    rig.serverSends(
                            asked.answer(Tcp.SYN | Tcp.ACK, SERVER_ISN, CookieClient.ISN + 1)
                                    .tcpOptions(short8));
            assertThat(out).isNotEmpty();
            assertThat(rig.count(Counter.SYN_PROXY_UNSUITED)).isEqualTo(1);
        }
        try (Rig rig = rig(FamilyPair.V4_TO_V4, TcpPolicy.KEEP)) {
            Asked asked = new Asked(rig, CookieClient.LINUX);
            byte[] misleading = {
                8, 2, 3, 2, 8, 10, 127, -1, -1, -1, 1, 2, 3, 5, 3, 4, 9, 9, 3, 2, 9, 1, 0, 0
            };
            byte[] ack = asked.accept(misleading);
            assertThat(stamp(ack, 4)).as("the first that is right").isEqualTo(SERVER_STAMP);
            byte[] down =
                    asked.serverSends(
                            asked.answer(Tcp.ACK, SERVER_ISN + 1, CookieClient.ISN + 1)
                                    .window(1280)
                                    .tcpOptions(stamps(SERVER_STAMP, CLIENT_STAMP)));
            assertThat(CookieClient.window(down)).as("not scaled").isEqualTo(10);
        }
    }

    /// What the client says meanwhile goes to the server: a timestamp that was none would make all
    /// later ones old (RFC 7323 §5.3).
    @Test
    void aTimestampOfAWrongLengthIsNotPassedOn() {
        try (Rig rig = rig(FamilyPair.V4_TO_V4, TcpPolicy.KEEP)) {
            Asked asked = new Asked(rig, CookieClient.LINUX);
            byte[] late = {8, 2, 0x41, 2, 3, 5, 0, 0};
            rig.clientSends(asked.client.acknowledgement().tcpOptions(late));
            byte[] ack = asked.accept(SERVER);
            assertThat(stamp(ack, 0)).isEqualTo(CLIENT_STAMP);
        }
    }

    /// C12: a client that was promised timestamps would drop what comes without them (RFC 7323
    /// §3.2), and there is no room for them in what the server sends: both are told at once.
    @ParameterizedTest
    @EnumSource
    void aServerWithoutTheTimestampsThatWerePromisedIsRefused(FamilyPair families) {
        try (Rig rig = rig(families, TcpPolicy.KEEP)) {
            Asked asked = new Asked(rig, CookieClient.LINUX);
            PacketBuilder answer =
                    asked.answer(Tcp.SYN | Tcp.ACK, SERVER_ISN, CookieClient.ISN + 1)
                            .tcpOptions((byte) 2, (byte) 4, (byte) 5, (byte) 0xB4);
            List<byte[]> out = rig.serverSends(answer);

            assertThat(out).hasSize(2);
            byte[] client = out.get(0);
            assertThat(IpFrame.tcpFlags(client)).isEqualTo(Tcp.RST | Tcp.ACK);
            assertThat(CookieClient.number(client, 4)).isEqualTo(asked.client.cookie + 1);
            byte[] server = out.get(1);
            assertThat(IpFrame.tcpFlags(server)).isEqualTo(Tcp.RST);
            assertThat(CookieClient.number(server, 4)).isEqualTo(CookieClient.ISN + 1);
            assertThat(rig.count(Counter.SYN_PROXY_UNSUITED)).isEqualTo(1);
            assertThat(rig.count(Counter.CONNECTIONS)).isZero();

            List<byte[]> again = rig.serverSends(answer);
            assertThat(again).hasSize(1);
            assertThat(IpFrame.tcpFlags(again.getFirst())).isEqualTo(Tcp.RST);
            assertThat(CookieClient.number(again.getFirst(), 4)).isEqualTo(CookieClient.ISN + 1);
            assertThat(rig.count(Outcome.NO_CONNECTION)).isEqualTo(1);
            assertThat(rig.count(Counter.SYN_PROXY_UNSUITED)).isEqualTo(1);
        }
    }

    /// A server that takes no selective acknowledgements ignores them, as all that it does not know
    /// (RFC 9293 §3.1): they are right in its numbers nevertheless.
    @Test
    void aServerWithoutSelectiveAcknowledgementsGetsThemInItsNumbers() {
        try (Rig rig = rig(FamilyPair.V4_TO_V4, TcpPolicy.KEEP)) {
            Asked asked = new Asked(rig, CookieClient.LINUX);
            byte[] options = SERVER.clone();
            options[4] = 1;
            options[5] = 1;
            byte[] ack = asked.accept(options);

            assertThat(CookieClient.number(ack, 8)).isEqualTo(SERVER_ISN + 1);
            byte[] up = asked.clientSends(selective(asked.client));
            assertThat(CookieClient.number(up, 8)).isEqualTo(SERVER_ISN + 11);
            assertEdges(up);
        }
    }

    /// Neither a SYN nor what acknowledges one says anything of congestion (RFC 3168 §6.1.1).
    @ParameterizedTest
    @EnumSource
    void theClassOfServiceIsThatOfTheClient(FamilyPair families) {
        try (Rig rig = rig(families, TcpPolicy.KEEP)) {
            CookieClient client = new CookieClient(rig, PORT);
            client.connect();
            rig.client.send(client.acknowledgement().typeOfService(0xBA));
            rig.run();

            byte[] syn = rig.server.receiveAll().getFirst();
            int start = ByteBuffer.wrap(syn).getShort(14);
            int shift = IpFrame.isIpv6(syn) ? 4 : 0;
            assertThat(start >> shift & 0xFF).isEqualTo(0xB8);
        }
    }
}
