// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.counter.Outcome;
import io.fullnat.core.connection.SequenceShifts;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import io.fullnat.testing.Seed;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Connections whose sequence numbers are moved: each segment leaves as one of a plain connection
/// does, but for the numbers, in which an arithmetic of the test's own is right. So two balancers
/// get the same packets, of which one moves numbers.
class SequenceShiftTest {
    private static final int CHECKSUM = 16;
    private static final byte[] OPTIONS = {
        1, 8, 10, 9, 8, 7, 6, 5, 4, 3, 2, 5, 10, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0
    };

    private static void shift(Rig rig, int client, int server) {
        long entry = entry(rig);
        shifts(rig).set(entry, client, server);
    }

    private static void shift(Rig rig, Moved by) {
        shift(rig, by.client(), by.server());
        if ((by.clientStamp() | by.serverStamp()) != 0) {
            shifts(rig).timestamps(entry(rig), by.clientStamp(), by.serverStamp());
        }
        if ((by.inbound() | by.outbound()) != 0) {
            shifts(rig).windows(entry(rig), by.inbound(), by.outbound());
        }
    }

    private static SequenceShifts shifts(Rig rig) {
        return rig.balancer.workersThemselves().getFirst().connections().shifts();
    }

    private static long entry(Rig rig) {
        List<Long> entries = new ArrayList<>();
        rig.balancer
                .workersThemselves()
                .getFirst()
                .connections()
                .visit(0, Integer.MAX_VALUE, entries::add);
        assertThat(entries).hasSize(1);
        return entries.getFirst();
    }

    private static byte[] options(RandomGenerator random) {
        ByteBuffer options = ByteBuffer.allocate(40);
        switch (random.nextInt(8)) {
            case 0 -> {
                return new byte[0];
            }
            case 1 -> options.put(new byte[] {1, 1, 8, 10}).putLong(random.nextLong());
            case 2 -> {
                int blocks = 1 + random.nextInt(4);
                options.put(new byte[] {1, 1, 5, (byte) (2 + 8 * blocks)});
                edges(options, random, blocks);
            }
            case 3 -> {
                options.put(new byte[] {1, 8, 10}).putLong(random.nextLong());
                int blocks = 1 + random.nextInt(3);
                options.put(new byte[] {5, (byte) (2 + 8 * blocks)});
                edges(options, random, blocks);
            }
            case 4 -> {
                options.put(new byte[] {5, 10});
                edges(options, random, 1);
                options.put(new byte[random.nextInt(4)]).put(new byte[] {8, 10});
                options.putLong(random.nextLong());
            }
            case 5 -> anywhere(options, random);
            case 6 -> {
                byte[] anything = new byte[1 + random.nextInt(37)];
                for (int i = 0; i < anything.length; i++) {
                    anything[i] = (byte) random.nextInt(12);
                }
                options.put(anything);
            }
            default -> {
                options.put(new byte[] {(byte) 253, 3, 7, 5, 10});
                edges(options, random, 1);
            }
        }
        byte[] bytes = new byte[(options.position() + 3) & -4];
        options.flip().get(bytes, 0, options.limit());
        return bytes;
    }

    /// Timestamps at each place that they fit, of the right length or not, twice now and then.
    private static void anywhere(ByteBuffer options, RandomGenerator random) {
        int front = random.nextInt(28);
        for (int i = 0; i < front; i++) {
            options.put((byte) 1);
        }
        options.put(new byte[] {8, (byte) (random.nextInt(5) == 0 ? 9 : 10)});
        options.putLong(random.nextLong());
        if (front < 8 && random.nextBoolean()) {
            options.put(new byte[] {8, 10}).putLong(random.nextLong());
        }
    }

    private static void edges(ByteBuffer options, RandomGenerator random, int blocks) {
        for (int edge = 0; edge < 2 * blocks; edge++) {
            options.putInt(random.nextInt());
        }
    }

    private static PacketBuilder segment(RandomGenerator random, PacketBuilder frame) {
        int flags = random.nextInt(3) == 0 ? Tcp.ACK | Tcp.PSH : Tcp.ACK;
        return frame.flags(random.nextInt(40) == 0 ? 0 : flags)
                .sequence(random.nextInt())
                .acknowledgement(random.nextInt())
                .tcpOptions(options(random))
                .window(random.nextInt(3) == 0 ? random.nextInt(4) : random.nextInt(0x10000))
                .payload(new byte[random.nextInt(60)]);
    }

    @ParameterizedTest
    @EnumSource
    void eachSegmentLeavesWithMovedNumbersAndElseAsItWould(FamilyPair families) {
        long seed = Seed.of(1L);
        RandomGenerator random = Seed.generator(seed);
        try (Rig plain = Rig.of(families);
                Rig shifted = Rig.of(families)) {
            TcpFlow reference = TcpFlow.established(plain.configured(), 40000);
            TcpFlow flow = TcpFlow.established(shifted.configured(), 40000);
            assertThat(flow.localPort).isEqualTo(reference.localPort);
            for (int round = 0; round < 40; round++) {
                Moved by = by(random, round);
                shift(shifted, by);
                for (int i = 0; i < 10; i++) {
                    boolean inbound = random.nextBoolean();
                    long packet = random.nextLong();
                    byte[] expected =
                            (inbound ? by : by.turned()).moved(sent(reference, inbound, packet));
                    assertThat(sent(flow, inbound, packet))
                            .as("%s inbound %s, %s", families, inbound, by)
                            .isEqualTo(expected);
                }
            }
        }
    }

    private static Moved by(RandomGenerator random, int round) {
        return switch (round) {
            case 0 -> Moved.numbers(0, 0);
            case 1 -> Moved.numbers(1, 0);
            case 2 -> Moved.numbers(0, -1);
            case 3 -> Moved.numbers(Integer.MIN_VALUE, Integer.MAX_VALUE);
            case 4 -> new Moved(0, 0, 1, 0, 0, 0);
            case 5 -> new Moved(0, 0, 0, Integer.MIN_VALUE, 0, 0);
            case 6 -> new Moved(0, 0, 0, 0, 14, -14);
            case 7 -> new Moved(0, 0, 0, 0, 0, 1);
            case 8 -> Moved.numbers(random.nextInt(), random.nextInt());
            default ->
                    new Moved(
                            random.nextInt(),
                            random.nextInt(),
                            random.nextInt(),
                            random.nextInt(),
                            random.nextInt(29) - 14,
                            random.nextInt(29) - 14);
        };
    }

    private static byte[] sent(TcpFlow flow, boolean inbound, long packet) {
        RandomGenerator random = Seed.generator(packet);
        List<byte[]> out =
                inbound
                        ? flow.rig.clientSends(segment(random, flow.client()))
                        : flow.rig.serverSends(segment(random, flow.server()));
        assertThat(out).hasSize(1);
        return out.getFirst();
    }

    /// Bursts in which connections that are moved, and one that is not, follow each other.
    @ParameterizedTest
    @EnumSource
    void packetsKeepTheirOrderInTheBurst(FamilyPair families) {
        try (Rig rig = Rig.of(families)) {
            TcpFlow flow = TcpFlow.established(rig.configured(), 40000);
            shift(rig, 1000, 77);
            TcpFlow other = TcpFlow.established(rig, 40001);
            for (int i = 0; i < 20; i++) {
                rig.client.send(flow.client().sequence(i).acknowledgement(1));
                rig.client.send(other.client().sequence(i).acknowledgement(1));
            }
            rig.run();
            List<byte[]> out = rig.out();
            assertThat(out).hasSize(40);
            for (int i = 0; i < 40; i++) {
                ByteBuffer tcp = ByteBuffer.wrap(out.get(i));
                int expected = i / 2 + (i % 2 == 0 ? 1000 : 0);
                assertThat(tcp.getInt(IpFrame.transport(out.get(i)) + 4)).isEqualTo(expected);
            }
        }
    }

    /// What the state knows are the real server's numbers: a reset of the client's own number ends
    /// the connection, one of the number that the server knows does not.
    @ParameterizedTest
    @EnumSource
    void stateIsTrackedInTheServersNumbers(FamilyPair families) {
        try (Rig rig = Rig.of(families)) {
            TcpFlow flow = TcpFlow.established(rig.configured(), 40000);
            int by = 0x1234_5678;
            shift(rig, by, 0);
            rig.clientSends(flow.clientSegment(Tcp.ACK).payload("hello"));
            rig.serverSends(
                    flow.server()
                            .flags(Tcp.ACK)
                            .sequence(flow.serverNext)
                            .acknowledgement(flow.serverGot + by + 5));
            rig.clientSends(flow.client().flags(Tcp.RST).sequence(flow.clientNext + 5 + by));
            assertThat(flow.state()).isEqualTo("TCP_EST");
            rig.clientSends(flow.client().flags(Tcp.RST).sequence(flow.clientNext + 5));
            assertThat(flow.state()).isEqualTo("TCP_CLOSE");
        }
    }

    /// A SYN stands in front of what is put in front of the stream, data behind it.
    @Test
    void aPrefixMovesAllButTheSyn() {
        try (Rig rig = new Rig()) {
            TcpFlow flow = new TcpFlow(rig.configured(), 40000);
            flow.syn();
            shift(rig, 1000, 0);
            int moved = flow.clientNext + 999;
            shifts(rig).prefix(entry(rig), 28);
            byte[] again =
                    rig.clientSends(flow.client().flags(Tcp.SYN).sequence(TcpFlow.CLIENT_ISN))
                            .getFirst();
            byte[] answer =
                    rig.serverSends(
                                    flow.server()
                                            .flags(Tcp.SYN | Tcp.ACK)
                                            .sequence(5)
                                            .acknowledgement(moved + 1))
                            .getFirst();
            byte[] data = rig.clientSends(flow.clientSegment(Tcp.ACK).payload("x")).getFirst();
            byte[] got =
                    rig.serverSends(
                                    flow.server()
                                            .sequence(6)
                                            .acknowledgement(flow.clientNext + 1000 + 28 + 1))
                            .getFirst();

            assertThat(number(again, 4)).isEqualTo(moved);
            assertThat(number(answer, 8)).isEqualTo(TcpFlow.CLIENT_ISN + 1);
            assertThat(number(data, 4)).isEqualTo(flow.clientNext + 1028);
            assertThat(number(got, 8)).isEqualTo(flow.clientNext + 1);
        }
    }

    private static int number(byte[] frame, int offset) {
        return ByteBuffer.wrap(frame).getInt(IpFrame.transport(frame) + offset);
    }

    /// Errors of either side quote a segment as it left; its sender is shown its own numbers. Of a
    /// header that is cut in the middle of its options nobody can correct the checksum.
    @ParameterizedTest
    @EnumSource
    void anErrorQuotesTheNumbersThatTheSenderKnows(FamilyPair families) {
        for (int bytes : new int[] {8, 16, 20, 44}) {
            try (Rig plain = Rig.of(families);
                    Rig shifted = Rig.of(families)) {
                TcpFlow reference = TcpFlow.established(plain.configured(), 40000);
                TcpFlow flow = TcpFlow.established(shifted.configured(), 40000);
                shift(shifted, new Moved(0x7654_3210, 0x0FED_CBA9, -7, 0x1234_5678, 0, 0));

                assertThat(errors(flow, bytes))
                        .as("%d bytes", bytes)
                        .containsExactlyElementsOf(errors(reference, bytes));
                assertThat(shifted.count(Outcome.FORWARDED_ICMP)).isEqualTo(2);
            }
        }
    }

    private static List<byte[]> errors(TcpFlow flow, int bytes) {
        Rig rig = flow.rig;
        FamilyPair.Side servers = rig.families.servers;
        PacketBuilder segment = flow.clientSegment(Tcp.ACK);
        byte[] request =
                rig.clientSends(bytes > 20 ? segment.tcpOptions(OPTIONS) : segment).getFirst();
        byte[] answer = rig.serverSends(flow.serverSegment(Tcp.ACK).payload("x")).getFirst();
        List<byte[]> out =
                new ArrayList<>(
                        rig.serverSends(
                                servers.portUnreachable(rig.answer()).quoting(request, bytes)));
        out.addAll(
                rig.clientSends(
                        rig.families
                                .clients
                                .portUnreachable(rig.request())
                                .quoting(answer, bytes)));
        return out;
    }

    /// Windows of segments with a SYN are not scaled (RFC 7323 §2.2); of a SYN without ACK nothing
    /// is an echo.
    @Test
    void aSynKeepsItsWindowAndItsEcho() {
        try (Rig rig = new Rig()) {
            TcpFlow flow = new TcpFlow(rig.configured(), 40000);
            flow.syn();
            shift(rig, new Moved(10, 20, 30, 40, 3, -3));
            byte[] stamps = {8, 10, 0, 0, 0, 50, 0, 0, 0, 60, 1, 1};
            byte[] syn =
                    rig.clientSends(
                                    flow.client()
                                            .flags(Tcp.SYN)
                                            .sequence(TcpFlow.CLIENT_ISN)
                                            .window(1000)
                                            .tcpOptions(stamps))
                            .getFirst();
            byte[] answer =
                    rig.serverSends(
                                    flow.server()
                                            .flags(Tcp.SYN | Tcp.ACK)
                                            .sequence(5)
                                            .acknowledgement(TcpFlow.CLIENT_ISN + 11)
                                            .window(1000)
                                            .tcpOptions(stamps))
                            .getFirst();

            assertThat(List.of(number(syn, 22), number(syn, 26))).containsExactly(80, 60);
            assertThat(List.of(number(answer, 22), number(answer, 26))).containsExactly(90, 30);
            assertThat(window(syn)).isEqualTo(1000);
            assertThat(window(answer)).isEqualTo(1000);
        }
    }

    private static int window(byte[] frame) {
        return ByteBuffer.wrap(frame).getShort(IpFrame.transport(frame) + 14) & 0xFFFF;
    }

    @Test
    void windowsSaturateAndAreNotClosedByRounding() {
        try (Rig rig = new Rig()) {
            TcpFlow flow = TcpFlow.established(rig.configured(), 40000);
            shift(rig, new Moved(0, 0, 0, 0, 7, -7));
            assertThat(sentWindows(flow, true, 0, 1, 511, 512, 65535))
                    .containsExactly(0, 128, 65408, 65535, 65535);
            assertThat(sentWindows(flow, false, 0, 1, 127, 128, 255, 65535))
                    .containsExactly(0, 1, 1, 1, 1, 511);
        }
    }

    private static List<Integer> sentWindows(TcpFlow flow, boolean inbound, int... windows) {
        List<Integer> out = new ArrayList<>();
        for (int window : windows) {
            PacketBuilder segment =
                    (inbound ? flow.clientSegment(Tcp.ACK) : flow.serverSegment(Tcp.ACK))
                            .window(window);
            out.add(
                    window(
                            (inbound
                                            ? flow.rig.clientSends(segment)
                                            : flow.rig.serverSends(segment))
                                    .getFirst()));
        }
        return out;
    }

    @Test
    void moreThanFourteenBitsAreRefused() {
        try (Rig rig = new Rig()) {
            TcpFlow.established(rig.configured(), 40000);
            assertThatThrownBy(() -> shifts(rig).windows(entry(rig), 15, 0))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> shifts(rig).windows(entry(rig), 0, -15))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    /// The receiver finds out what came damaged, by the same difference.
    @ParameterizedTest
    @EnumSource
    void whatCameDamagedLeavesDamaged(FamilyPair families) {
        try (Rig rig = Rig.of(families)) {
            TcpFlow flow = TcpFlow.established(rig.configured(), 40000);
            Moved by = new Moved(1 << 20, -5, 0x7FFF_FFFF, 12, 2, -1);
            shift(rig, by);
            for (byte[] options :
                    new byte[][] {{}, OPTIONS, {1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8}}) {
                byte[] right =
                        rig.clientSends(flow.clientSegment(Tcp.ACK).tcpOptions(options)).getFirst();
                byte[] damaged =
                        rig.clientSends(
                                        flow.clientSegment(Tcp.ACK)
                                                .tcpOptions(options)
                                                .badTransportChecksum())
                                .getFirst();
                int at = IpFrame.transport(right) + CHECKSUM;
                assertThat(checksum(right)).isEqualTo(checksum(Moved.numbers(0, 0).moved(right)));
                assertThat(checksum(damaged)).isNotEqualTo(checksum(right));
                right[at] = damaged[at];
                right[at + 1] = damaged[at + 1];
                assertThat(segment(damaged)).isEqualTo(segment(right));
            }
        }
    }

    private static byte[] segment(byte[] frame) {
        return Arrays.copyOfRange(frame, IpFrame.transport(frame), frame.length);
    }

    private static int checksum(byte[] frame) {
        return ByteBuffer.wrap(frame).getShort(IpFrame.transport(frame) + CHECKSUM) & 0xFFFF;
    }

    @Test
    void numbersThatAreSetAnewMoveNothingElse() {
        try (Rig rig = new Rig()) {
            TcpFlow flow = TcpFlow.established(rig.configured(), 40000);
            shift(rig, new Moved(1, 2, 3, 4, 5, 6));
            shifts(rig).prefix(entry(rig), 28);
            shift(rig, 7, 8);
            byte[] stamps = {1, 1, 8, 10, 0, 0, 0, 50, 0, 0, 0, 60};
            byte[] out =
                    rig.clientSends(flow.clientSegment(Tcp.ACK).window(1000).tcpOptions(stamps))
                            .getFirst();
            assertThat(number(out, 4)).isEqualTo(flow.clientNext + 7);
            assertThat(number(out, 8)).isEqualTo(flow.clientGot - 8);
            assertThat(List.of(number(out, 24), number(out, 28))).containsExactly(50, 60);
            assertThat(window(out)).isEqualTo(1000);
        }
    }

    @Test
    void numbersThatAreNoLongerMovedStay() {
        try (Rig rig = new Rig()) {
            TcpFlow flow = TcpFlow.established(rig.configured(), 40000);
            shift(rig, 5, 6);
            shifts(rig).clear(entry(rig));
            byte[] out = rig.clientSends(flow.clientSegment(Tcp.ACK).payload("x")).getFirst();
            assertThat(number(out, 4)).isEqualTo(flow.clientNext);
            assertThat(number(out, 8)).isEqualTo(flow.clientGot);
        }
    }
}
