// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Fragments that arrive are sent on one by one: what a receiver makes of them is the whole packet,
/// byte by byte, whatever their order is.
class ReceivedFragmentsTest {
    private static final int CLIENT_PORT = 40_000;
    private static final int PART = 1_200;

    private static byte[] question(Rig rig, int length) {
        return rig.request().udp(CLIENT_PORT, 53).payload(Parts.noise(length)).toBytes();
    }

    /// What the server makes of the fragments of a question.
    private static byte[] arrived(Rig rig, List<byte[]> out, int length) {
        return rig.forwarded().udp(localPort(out), 5353).payload(Parts.noise(length)).toBytes();
    }

    private static int localPort(List<byte[]> frames) {
        byte[] first =
                frames.stream().filter(frame -> Parts.offset(frame) == 0).findFirst().orElseThrow();
        int at = first[14] >>> 4 == 6 ? 62 : 34;
        return (first[at] & 0xFF) << 8 | (first[at + 1] & 0xFF);
    }

    private static List<byte[]> send(Rig rig, List<byte[]> frames) {
        List<byte[]> out = new ArrayList<>();
        for (byte[] frame : frames) {
            rig.client.send(frame);
            rig.run();
            out.addAll(rig.out());
        }
        return out;
    }

    /// Sends many frames in bursts.
    ///
    /// @return how many have come out
    private static int sendAll(Rig rig, List<byte[]> frames) {
        int out = 0;
        for (int i = 0; i < frames.size(); i++) {
            rig.client.send(frames.get(i));
            if (i % 64 == 63 || i == frames.size() - 1) {
                rig.run();
                out += rig.out().size();
            }
        }
        return out;
    }

    private static List<byte[]> inOrder(List<byte[]> parts, String order) {
        return Stream.of(order.split(" ", -1)).map(n -> parts.get(Integer.parseInt(n))).toList();
    }

    private static Stream<Object[]> pairsAndOrders() {
        return Stream.of(FamilyPair.values())
                .flatMap(pair ->
                        Stream.of("0 1 2 3", "2 0 1 3", "3 2 1 0", "1 0 3 2")
                                .map(order -> new Object[] {pair, order}));
    }

    /// T11: orders 1-2-3 and 3-1-2, as the first datagram of a connection and as a later one.
    @ParameterizedTest
    @MethodSource("pairsAndOrders")
    void inAnyOrderTheDatagramArrives(FamilyPair pair, String order) {
        try (Rig rig = Rig.of(pair).configured()) {
            for (int identification = 0x1_0007; identification < 0x1_000A; identification++) {
                List<byte[]> parts = Parts.cut(question(rig, 4_000), identification, PART);
                List<byte[]> out = send(rig, inOrder(parts, order));
                assertThat(out).hasSize(4);
                assertThat(Parts.joined(out)).isEqualTo(arrived(rig, out, 4_000));
            }
            assertThat(rig.count(Outcome.FORWARDED_IN)).isEqualTo(12);
            assertThat(rig.count(Outcome.FRAGMENT)).isZero();
        }
    }

    /// F6: last fragments of one to three bytes, shorter than the ports that they have not.
    @ParameterizedTest
    @EnumSource(FamilyPair.class)
    void aLastFragmentOfAFewBytesIsNotTakenForPorts(FamilyPair pair) {
        try (Rig rig = Rig.of(pair).configured()) {
            for (int length : new int[] {1, 2, 3, 4}) {
                int whole = PART - 8 + length;
                List<byte[]> parts = Parts.cut(question(rig, whole), length, PART);
                assertThat(parts).hasSize(2);
                List<byte[]> out = send(rig, parts);
                assertThat(Parts.joined(out)).isEqualTo(arrived(rig, out, whole));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(FamilyPair.class)
    void answersComeInFragmentsToo(FamilyPair pair) {
        try (Rig rig = Rig.of(pair).configured()) {
            rig.client.send(question(rig, 10));
            rig.run();
            byte[] first = rig.out().getFirst();
            int at = pair.servers == FamilyPair.Side.V6 ? 54 : 34;
            int port = (first[at] & 0xFF) << 8 | (first[at + 1] & 0xFF);
            byte[] whole = rig.answer().udp(5353, port).payload(Parts.noise(8_000)).toBytes();
            List<byte[]> parts = new ArrayList<>(Parts.cut(whole, 0x7777, PART));
            parts.addFirst(parts.remove(3));
            for (byte[] part : parts) {
                rig.server.send(part);
            }
            rig.run();
            PacketBuilder expected = rig.answered();
            assertThat(Parts.joined(rig.out()))
                    .isEqualTo(expected.udp(53, CLIENT_PORT).payload(Parts.noise(8_000)).toBytes());
            assertThat(rig.count(Outcome.FORWARDED_OUT)).isEqualTo(parts.size());
        }
    }

    @ParameterizedTest
    @EnumSource(FamilyPair.class)
    void segmentsInFragmentsArrive(FamilyPair pair) {
        try (Rig rig = Rig.of(pair).configured()) {
            rig.clientSends(rig.request().tcp(CLIENT_PORT, 80).flags(Tcp.SYN).sequence(1));
            byte[] whole =
                    rig.request()
                            .tcp(CLIENT_PORT, 80)
                            .flags(Tcp.ACK)
                            .sequence(2)
                            .acknowledgement(9)
                            .payload(Parts.noise(3_000))
                            .toBytes();
            List<byte[]> out = send(rig, Parts.cut(whole, 5, PART));
            PacketBuilder expected = rig.forwarded();
            assertThat(Parts.joined(out))
                    .isEqualTo(
                            expected.tcp(localPort(out), 8080)
                                    .flags(Tcp.ACK)
                                    .sequence(2)
                                    .acknowledgement(9)
                                    .payload(Parts.noise(3_000))
                                    .toBytes());
        }
    }

    /// T11: fragments whose first one never comes are held for a second, and dropped.
    @ParameterizedTest
    @EnumSource(FamilyPair.class)
    void withoutTheFirstAllAreDropped(FamilyPair pair) {
        try (Rig rig = Rig.of(pair).configured()) {
            List<byte[]> parts = Parts.cut(question(rig, 4_000), 7, PART);
            assertThat(send(rig, parts.subList(1, 4))).isEmpty();
            assertThat(rig.count(Outcome.FRAGMENT)).isZero();
            rig.pass(Duration.ofMillis(999));
            assertThat(rig.count(Outcome.FRAGMENT)).isZero();
            rig.pass(Duration.ofMillis(1));
            assertThat(rig.count(Outcome.FRAGMENT)).isEqualTo(3);
            assertThat(send(rig, parts.subList(0, 1))).as("what comes then is new").hasSize(1);
        }
    }

    @Test
    void noMoreThanEightOfAPacketAreHeld() {
        try (Rig rig = Rig.of(FamilyPair.V4_TO_V4).configured()) {
            List<byte[]> parts = Parts.cut(question(rig, 1_000), 7, 80);
            send(rig, parts.subList(1, parts.size()));
            assertThat(rig.count(Outcome.FRAGMENT)).isEqualTo(parts.size() - 1 - 8);
            assertThat(send(rig, parts.subList(0, 1))).hasSize(9);
        }
    }

    /// F5: 8,193 datagrams unfinished: all first fragments go on, what came long ago gives way to
    /// what comes, and its other fragments are dropped and counted.
    @ParameterizedTest
    @EnumSource(FamilyPair.class)
    void manyUnfinishedDatagramsAreBounded(FamilyPair pair) {
        try (Rig rig = Rig.of(pair, 1, 16_384).configured()) {
            int count = 8_193;
            int known = 4_096 - 64; // some places are taken by what waits for its first fragment
            List<byte[]> firsts = new ArrayList<>();
            List<byte[]> lasts = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                byte[] whole =
                        rig.requestFrom(pair.clients.stranger(i + 1))
                                .udp(CLIENT_PORT, 53)
                                .payload(Parts.noise(100))
                                .toBytes();
                List<byte[]> parts = Parts.cut(whole, 7, 64);
                firsts.add(parts.getFirst());
                lasts.add(parts.getLast());
            }
            assertThat(sendAll(rig, firsts)).isEqualTo(count);
            assertThat(sendAll(rig, lasts)).as("those that are known").isEqualTo(known);
            rig.pass(Duration.ofSeconds(1));
            assertThat(rig.count(Outcome.FRAGMENT)).isEqualTo(count - known);
        }
    }

    /// F7: fragments that overlap the first one end the packet.
    @ParameterizedTest
    @EnumSource(FamilyPair.class)
    void whatOverlapsTheFirstFragmentIsDroppedFromThenOn(FamilyPair pair) {
        try (Rig rig = Rig.of(pair).configured()) {
            byte[] whole = question(rig, 4_000);
            List<byte[]> parts = Parts.cut(whole, 7, PART);
            assertThat(send(rig, parts.subList(0, 1))).hasSize(1);
            byte[] overlap = Parts.part(whole, 7, PART - 8, 2 * PART, true);
            assertThat(send(rig, List.of(overlap))).isEmpty();
            assertThat(send(rig, parts)).isEmpty();
            assertThat(rig.count(Outcome.FRAGMENT)).isEqualTo(5);
            List<byte[]> next = send(rig, Parts.cut(whole, 8, PART));
            assertThat(Parts.joined(next)).isEqualTo(arrived(rig, next, 4_000));
        }
    }

    /// A second first fragment with other ports would have those behind it go elsewhere.
    @ParameterizedTest
    @EnumSource(FamilyPair.class)
    void anotherFirstFragmentEndsThePacket(FamilyPair pair) {
        try (Rig rig = Rig.of(pair).configured()) {
            List<byte[]> parts = Parts.cut(question(rig, 4_000), 7, PART);
            byte[] other =
                    rig.request().udp(CLIENT_PORT + 1, 53).payload(Parts.noise(4_000)).toBytes();
            assertThat(send(rig, parts.subList(0, 1))).hasSize(1);
            assertThat(send(rig, Parts.cut(other, 7, PART).subList(0, 1))).isEmpty();
            assertThat(send(rig, parts.subList(1, 4))).isEmpty();
            assertThat(rig.count(Outcome.FRAGMENT)).isEqualTo(4);
        }
    }

    /// F8, RFC 6864 §4.3: clients do not know of each other, and become one source.
    @ParameterizedTest
    @EnumSource(FamilyPair.class)
    void clientsMayHaveTheSameIdentification(FamilyPair pair) {
        try (Rig rig = Rig.of(pair).configured()) {
            byte[] other = Parts.noise(3_999);
            PacketBuilder stranger =
                    rig.requestFrom(
                            pair.clients == FamilyPair.Side.V6
                                    ? "2001:db8:100::8"
                                    : "198.51.100.8");
            List<byte[]> one = Parts.cut(question(rig, 4_000), 7, PART);
            List<byte[]> two =
                    Parts.cut(stranger.udp(CLIENT_PORT, 53).payload(other).toBytes(), 7, PART);
            List<byte[]> mixed = new ArrayList<>();
            for (int i = 0; i < one.size(); i++) {
                mixed.add(one.get(i));
                mixed.add(two.get(i));
            }
            List<byte[]> out = send(rig, mixed);
            assertThat(out).hasSize(8);
            List<byte[]> ofOne = List.of(out.get(0), out.get(2), out.get(4), out.get(6));
            List<byte[]> ofTwo = List.of(out.get(1), out.get(3), out.get(5), out.get(7));
            assertThat(Parts.joined(ofOne)).isEqualTo(arrived(rig, ofOne, 4_000));
            assertThat(Parts.joined(ofTwo)).endsWith(other);
            if (!(pair.clients == pair.servers && pair.clients == FamilyPair.Side.V6)) {
                assertThat(Parts.identification(ofOne.getFirst()))
                        .isNotEqualTo(Parts.identification(ofTwo.getFirst()));
            }
        }
    }

    /// When all of a packet has come, its identification may be used again, with any ports.
    @ParameterizedTest
    @EnumSource(FamilyPair.class)
    void anIdentificationIsUsedAgain(FamilyPair pair) {
        try (Rig rig = Rig.of(pair).configured()) {
            for (int port = CLIENT_PORT; port < CLIENT_PORT + 3; port++) {
                byte[] whole = rig.request().udp(port, 53).payload(Parts.noise(4_000)).toBytes();
                List<byte[]> out = send(rig, Parts.cut(whole, 7, PART));
                assertThat(Parts.joined(out)).isEqualTo(arrived(rig, out, 4_000));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(FamilyPair.class)
    void whatComesTwiceGoesOnTwice(FamilyPair pair) {
        try (Rig rig = Rig.of(pair).configured()) {
            List<byte[]> parts = Parts.cut(question(rig, 4_000), 7, PART);
            List<byte[]> out = send(rig, inOrder(parts, "0 0 1 1 2 2 3 3"));
            assertThat(out).hasSize(8);
            assertThat(Parts.joined(List.of(out.get(1), out.get(2), out.get(4), out.get(7))))
                    .isEqualTo(arrived(rig, out, 4_000));
        }
    }

    /// F8: a datagram and a segment with the same identification are two packets.
    @ParameterizedTest
    @EnumSource(FamilyPair.class)
    void protocolsAreToldApart(FamilyPair pair) {
        try (Rig rig = Rig.of(pair).configured()) {
            rig.clientSends(rig.request().tcp(CLIENT_PORT, 80).flags(Tcp.SYN).sequence(1));
            byte[] segment =
                    rig.request()
                            .tcp(CLIENT_PORT, 80)
                            .flags(Tcp.ACK)
                            .sequence(2)
                            .payload(Parts.noise(2_000))
                            .toBytes();
            List<byte[]> udp = Parts.cut(question(rig, 2_000), 7, PART);
            List<byte[]> tcp = Parts.cut(segment, 7, PART);
            List<byte[]> out = send(rig, List.of(udp.get(0), tcp.get(0), udp.get(1), tcp.get(1)));
            List<byte[]> datagram = List.of(out.get(0), out.get(2));
            assertThat(Parts.joined(datagram)).isEqualTo(arrived(rig, datagram, 2_000));
            assertThat(Parts.joined(List.of(out.get(1), out.get(3)))).hasSizeGreaterThan(2_000);
        }
    }

    /// What is known of a datagram is forgotten two seconds after its last fragment.
    @ParameterizedTest
    @ValueSource(ints = {1_999, 2_001})
    void whatIsKnownIsForgotten(int milliseconds) {
        try (Rig rig = Rig.of(FamilyPair.V4_TO_V4).configured().withStaticNeighbours()) {
            List<byte[]> parts = Parts.cut(question(rig, 4_000), 7, PART);
            send(rig, parts.subList(0, 2));
            rig.pass(Duration.ofMillis(milliseconds));
            rig.out();
            assertThat(send(rig, parts.subList(2, 3))).hasSize(milliseconds < 2_000 ? 1 : 0);
            rig.pass(Duration.ofSeconds(1));
        }
    }

    /// RFC 1858, RFC 3128: the first fragment has the whole header, and no other begins within it.
    @ParameterizedTest
    @EnumSource(FamilyPair.class)
    void tinyFragmentsAreDropped(FamilyPair pair) {
        try (Rig rig = Rig.of(pair).configured()) {
            rig.clientSends(rig.request().tcp(CLIENT_PORT, 80).flags(Tcp.SYN).sequence(1));
            byte[] segment =
                    rig.request()
                            .tcp(CLIENT_PORT, 80)
                            .flags(Tcp.ACK)
                            .sequence(2)
                            .payload(Parts.noise(100))
                            .toBytes();
            int tiny = Parts.cut(segment, 1, 16).size();
            assertThat(send(rig, Parts.cut(segment, 1, 16))).isEmpty();
            assertThat(rig.count(Outcome.FRAGMENT)).isEqualTo(tiny);
            assertThat(send(rig, List.of(Parts.part(segment, 2, 0, 24, true)))).hasSize(1);
            assertThat(send(rig, List.of(Parts.part(segment, 2, 8, 64, true)))).isEmpty();
            assertThat(rig.count(Outcome.FRAGMENT)).isEqualTo(tiny + 1);
            byte[] syn = rig.request().tcp(CLIENT_PORT + 1, 80).flags(Tcp.SYN).toBytes();
            assertThat(send(rig, List.of(Parts.part(syn, 3, 0, 16, true)))).isEmpty();
            byte[] large =
                    rig.request()
                            .tcp(CLIENT_PORT + 1, 80)
                            .flags(Tcp.SYN)
                            .payload(Parts.noise(100))
                            .toBytes();
            assertThat(send(rig, Parts.cut(large, 4, 64))).isEmpty();
            assertThat(rig.count(Outcome.FRAGMENT)).isEqualTo(tiny + 4);
            assertThat(rig.count(Counter.WAITING)).isZero();
        }
    }

    /// Payloads that a packet cannot have; of IPv6 their sender is told so (RFC 8200 §4.5).
    @ParameterizedTest
    @EnumSource(FamilyPair.class)
    void whatCannotBeAPartIsDropped(FamilyPair pair) {
        try (Rig rig = Rig.of(pair).configured()) {
            byte[] whole = question(rig, 1_000);
            send(rig, List.of(Parts.part(whole, 1, 0, 65, true)));
            assertThat(send(rig, List.of(Parts.part(whole, 2, 0, 64, true)))).hasSize(1);
            send(rig, List.of(Parts.moved(Parts.part(whole, 2, 0, 64, false), 65_528)));
            Outcome outcome =
                    pair.clients == FamilyPair.Side.V6
                            ? Outcome.EXTENSION_HEADERS
                            : Outcome.MALFORMED;
            assertThat(rig.count(outcome)).isEqualTo(2);
            assertThat(rig.count(Outcome.FORWARDED_IN)).isOne();
        }
    }
}
