// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static io.fullnat.core.Rig.fromClient;
import static io.fullnat.core.Rig.fromServer;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.core.packet.PacketBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// ICMP errors about connections (RFC 5508 §4): exactly those that a translator passes on, byte by
/// byte, and only if what they quote is a packet that went that way.
class IcmpTranslationTest {
    private static final int QUOTED = 15;

    private final Rig rig = new Rig().configured();
    private byte[] toServer = {};
    private byte[] toClient = {};
    private int localPort;

    private void connect() {
        toServer = rig.clientSends(question()).getFirst();
        localPort = ((toServer[34] & 0xFF) << 8) | (toServer[35] & 0xFF);
        toClient = rig.serverSends(answer()).getFirst();
    }

    @AfterEach
    void allBuffersAreBackAndAllPacketsCounted() {
        rig.close();
    }

    private static PacketBuilder question() {
        return fromClient().udp(40000, 53).payload("too far");
    }

    private PacketBuilder answer() {
        return fromServer().udp(5353, localPort).payload("so soon");
    }

    /// What an error says, type and code, and its second word.
    record Message(int type, int code, int rest) {
        PacketBuilder in(PacketBuilder frame) {
            return frame.icmp(type, code, rest);
        }

        @Override
        public String toString() {
            return "type " + type + " code " + code;
        }
    }

    private static Stream<Message> translated() {
        List<Message> messages = new ArrayList<>();
        for (int code = 0; code <= 15; code++) {
            messages.add(new Message(3, code, code == 4 ? 1400 : 0));
        }
        messages.add(new Message(11, 0, 0));
        messages.add(new Message(11, 1, 0));
        messages.add(new Message(12, 0, 20 << 24));
        messages.add(new Message(12, 1, 0));
        messages.add(new Message(12, 2, 0));
        return messages.stream();
    }

    private static Stream<Message> ignored() {
        return Stream.concat(
                Stream.of(new Message(3, 16, 0), new Message(3, 255, 0)),
                Stream.concat(
                        Stream.of(new Message(11, 2, 0), new Message(12, 3, 0)),
                        IntStream.range(0, 256)
                                .filter(type -> type != 3 && type != 11 && type != 12)
                                .filter(type -> type != 8) // an echo request is answered
                                .mapToObj(type -> new Message(type, 0, 0))));
    }

    @ParameterizedTest
    @MethodSource("translated")
    void anErrorOfTheServersSideReachesTheClient(Message message) {
        connect();

        List<byte[]> out = rig.serverSends(message.in(fromServer()).quoting(toServer, QUOTED));

        assertThat(out)
                .containsExactly(
                        message.in(
                                        PacketBuilder.ethernet(Rig.WAN_MAC, Rig.CLIENT_MAC)
                                                .ipv4(Rig.VIP, Rig.CLIENT)
                                                .timeToLive(63))
                                .quoting(question().timeToLive(63).toBytes(), QUOTED)
                                .toBytes());
        assertThat(rig.count(Outcome.FORWARDED_ICMP)).isOne();
    }

    @ParameterizedTest
    @MethodSource("translated")
    void anErrorOfTheClientsSideReachesTheServer(Message message) {
        connect();

        List<byte[]> out = rig.clientSends(message.in(fromClient()).quoting(toClient, QUOTED));

        assertThat(out)
                .containsExactly(
                        message.in(
                                        PacketBuilder.ethernet(Rig.LAN_MAC, Rig.SERVER_MAC)
                                                .ipv4(Rig.LOCAL, Rig.SERVER)
                                                .timeToLive(63))
                                .quoting(answer().timeToLive(63).toBytes(), QUOTED)
                                .toBytes());
        assertThat(rig.count(Outcome.FORWARDED_ICMP)).isOne();
    }

    @Test
    void everythingElseIsIgnored() {
        connect();
        List<Message> messages = ignored().toList();

        for (Message message : messages) {
            assertThat(rig.serverSends(message.in(fromServer()).quoting(toServer, QUOTED)))
                    .as("%s from the server's side", message)
                    .isEmpty();
            assertThat(rig.clientSends(message.in(fromClient()).quoting(toClient, QUOTED)))
                    .as("%s from the client's side", message)
                    .isEmpty();
        }

        assertThat(rig.count(Outcome.ICMP_IGNORED)).isEqualTo(2L * messages.size());
    }

    private static PacketBuilder unreachable() {
        return fromServer().icmp(3, 1, 0);
    }

    private void assertIgnored(PacketBuilder error) {
        long before = rig.count(Outcome.ICMP_IGNORED);
        assertThat(rig.serverSends(error)).isEmpty();
        assertThat(rig.count(Outcome.ICMP_IGNORED) - before).isOne();
    }

    @Test
    void theQuotedPacketMustBeOneThatTheDestinationSent() {
        connect();

        assertIgnored(
                PacketBuilder.ethernet(Rig.SERVER_MAC, Rig.LAN_MAC)
                        .ipv4(Rig.SERVER, "10.0.1.1")
                        .icmp(3, 1, 0)
                        .quoting(toServer, QUOTED));
        assertIgnored(unreachable().quoting(toClient, QUOTED));
        assertIgnored(unreachable().quoting(answer().toBytes(), QUOTED));
    }

    @Test
    void theQuotedPacketMustBeOneOfAConnection() {
        connect();
        PacketBuilder other =
                PacketBuilder.ethernet(Rig.LAN_MAC, Rig.SERVER_MAC).ipv4(Rig.LOCAL, Rig.SERVER);

        assertIgnored(unreachable().quoting(other.udp(localPort ^ 1, 5353).toBytes(), 8));
        assertIgnored(unreachable().quoting(other.udp(localPort, 5354).toBytes(), 8));
        assertIgnored(unreachable().quoting(other.tcp(localPort, 5353).toBytes(), 8));
        assertIgnored(unreachable().quoting(other.protocol(132).toBytes(), 8));
    }

    @Test
    void theQuotedHeaderMustBeWhole() {
        connect();
        byte[] wrongSum = toServer.clone();
        wrongSum[24]++;
        byte[] version6 = toServer.clone();
        version6[14] = 0x65;
        byte[] tooShort = toServer.clone();
        tooShort[14] = 0x44;
        byte[] beyond = toServer.clone();
        beyond[14] = 0x4F;
        PacketBuilder part =
                PacketBuilder.ethernet(Rig.LAN_MAC, Rig.SERVER_MAC)
                        .ipv4(Rig.LOCAL, Rig.SERVER)
                        .fragment(1480, false)
                        .udp(localPort, 5353);

        for (byte[] quoted : List.of(wrongSum, version6, tooShort, beyond, part.toBytes())) {
            byte[] header = new byte[28];
            System.arraycopy(quoted, 14, header, 0, 28);
            assertIgnored(unreachable().payload(header));
        }
        byte[] seven = new byte[27];
        System.arraycopy(toServer, 14, seven, 0, 27);
        assertIgnored(unreachable().payload(seven));
    }

    /// RFC 5508 REQ-6.
    @Test
    void aConnectionNeitherEndsNorLivesLongerByErrors() {
        connect();

        rig.serverSends(unreachable().quoting(toServer, QUOTED));
        assertThat(rig.count(Counter.CONNECTIONS)).isOne();
        for (int i = 0; i < 1000 && rig.count(Counter.CONNECTIONS) == 1; i++) {
            rig.pass(Duration.ofSeconds(10));
            rig.out();
            rig.serverSends(unreachable().quoting(toServer, QUOTED));
        }
        assertThat(rig.count(Counter.CONNECTIONS)).isZero();
    }
}
