// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.SequenceShifts;
import io.fullnat.core.memory.Region;
import io.fullnat.core.packet.Checksum;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import io.fullnat.testing.Seed;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Connections whose sequence numbers are moved: each segment leaves as one of a plain connection
/// does, but for the numbers, in which an arithmetic of the test's own is right. So two balancers
/// get the same packets, of which one moves numbers.
class SequenceShiftTest {
    private static final int FLAGS = 13;
    private static final int CHECKSUM = 16;
    private static final byte[] SACK = {5, 10, 1, 2, 3, 4, 5, 6, 7, 8};

    /// As [SequenceShifts#set].
    private record Moved(int client, int server) {}

    private static void shift(Rig rig, int client, int server) {
        long entry = entry(rig);
        shifts(rig).set(entry, client, server);
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

    /// The same frame with other numbers, and a checksum that is summed up anew.
    private static byte[] moved(byte[] frame, int sequence, int acknowledgement) {
        byte[] out = frame.clone();
        ByteBuffer bytes = ByteBuffer.wrap(out);
        int l4 = IpFrame.transport(frame);
        add(bytes, l4 + 4, sequence);
        if ((out[l4 + FLAGS] & Tcp.ACK) != 0) {
            add(bytes, l4 + 8, acknowledgement);
            int end = l4 + ((out[l4 + 12] & 0xF0) >>> 2);
            for (int at = l4 + 20; at < end && out[at] != 0; ) {
                int length = out[at] == 1 ? 1 : out[at + 1] & 0xFF;
                for (int edge = at + 2; out[at] == 5 && edge < at + length; edge += 4) {
                    add(bytes, edge, acknowledgement);
                }
                at += length;
            }
        }
        bytes.putShort(l4 + CHECKSUM, (short) 0);
        try (Region region = Region.allocate(2048, "a frame")) {
            Memory.fromBytes(out, region.address());
            long ip = region.address() + 14;
            long tcp = region.address() + l4;
            int checksum;
            if (IpFrame.isIpv6(frame)) {
                int length = bytes.getShort(18) & 0xFFFF;
                checksum = Checksum.transport6(ip, Ipv4.PROTOCOL_TCP, tcp, length);
            } else {
                checksum = Checksum.transport(ip);
            }
            bytes.putShort(l4 + CHECKSUM, (short) checksum);
        }
        return out;
    }

    private static void add(ByteBuffer bytes, int at, int more) {
        bytes.putInt(at, bytes.getInt(at) + more);
    }

    private static byte[] options(RandomGenerator random) {
        ByteBuffer options = ByteBuffer.allocate(40);
        switch (random.nextInt(5)) {
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
            default -> {
                options.put(new byte[] {(byte) 253, 3, 7, 5, 10});
                edges(options, random, 1);
            }
        }
        byte[] bytes = new byte[options.position() + 3 & -4];
        options.flip().get(bytes, 0, options.limit());
        return bytes;
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
                shift(shifted, by.client, by.server);
                for (int i = 0; i < 10; i++) {
                    boolean inbound = random.nextBoolean();
                    long packet = random.nextLong();
                    byte[] expected =
                            inbound
                                    ? moved(sent(reference, true, packet), by.client, -by.server)
                                    : moved(sent(reference, false, packet), by.server, -by.client);
                    assertThat(sent(flow, inbound, packet))
                            .as("%s inbound %s, %s", families, inbound, by)
                            .isEqualTo(expected);
                }
            }
        }
    }

    private static Moved by(RandomGenerator random, int round) {
        return switch (round) {
            case 0 -> new Moved(0, 0);
            case 1 -> new Moved(1, 0);
            case 2 -> new Moved(0, -1);
            case 3 -> new Moved(Integer.MIN_VALUE, Integer.MAX_VALUE);
            default -> new Moved(random.nextInt(), random.nextInt());
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
        for (int bytes : new int[] {8, 16, 20, 33}) {
            try (Rig plain = Rig.of(families);
                    Rig shifted = Rig.of(families)) {
                TcpFlow reference = TcpFlow.established(plain.configured(), 40000);
                TcpFlow flow = TcpFlow.established(shifted.configured(), 40000);
                shift(shifted, 0x7654_3210, 0x0FED_CBA9);

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
                rig.clientSends(bytes > 20 ? segment.tcpOptions(SACK) : segment).getFirst();
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
