// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.io.Memory;
import io.fullnat.testing.Seed;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// How large packets are cut: byte by byte, against sums made here in another way.
class LargePacketTest {
    private static final int TCP_V4 = 1;
    private static final int UFO = 3;
    private static final int TCP_V6 = 4;
    private static final int UDP = 5;
    private static final int FIN_PSH_ACK_CWR = 0x99;

    private final Arena arena = Arena.ofConfined();
    private final LargePacket large = new LargePacket(arena);

    @AfterEach
    void free() {
        arena.close();
    }

    private static byte[] ipv4(int protocol, byte[] transport) {
        byte[] packet = new byte[14 + 24 + transport.length];
        packet[12] = 8;
        packet[14] = 0x46; // with an option
        put(packet, 16, 24 + transport.length);
        put(packet, 18, 0xFFFF);
        packet[22] = 64;
        packet[23] = (byte) protocol;
        Arrays.fill(packet, 26, 34, (byte) 0xAB);
        packet[34] = 1;
        System.arraycopy(transport, 0, packet, 38, transport.length);
        return packet;
    }

    private static byte[] ipv6(int protocol, byte[] transport) {
        byte[] packet = new byte[14 + 40 + transport.length];
        put(packet, 12, 0x86DD);
        packet[14] = 0x60;
        put(packet, 18, transport.length);
        packet[20] = (byte) protocol;
        packet[21] = 64;
        Arrays.fill(packet, 22, 54, (byte) 0xCD);
        System.arraycopy(transport, 0, packet, 54, transport.length);
        return packet;
    }

    private static byte[] tcp(int flags, byte[] payload) {
        byte[] segment = new byte[32 + payload.length];
        put(segment, 0, 40000);
        put(segment, 2, 80);
        put(segment, 4, 0xFFFF); // the sequence number wraps
        put(segment, 6, 0xFF00);
        segment[12] = (byte) 0x80;
        segment[13] = (byte) flags;
        put(segment, 16, 0x1234);
        System.arraycopy(payload, 0, segment, 32, payload.length);
        return segment;
    }

    private static byte[] udp(byte[] payload) {
        byte[] datagram = new byte[8 + payload.length];
        put(datagram, 0, 40000);
        put(datagram, 2, 443);
        put(datagram, 4, datagram.length);
        System.arraycopy(payload, 0, datagram, 8, payload.length);
        return datagram;
    }

    private static void put(byte[] bytes, int at, int value) {
        bytes[at] = (byte) (value >>> 8);
        bytes[at + 1] = (byte) value;
    }

    private static int word(byte[] bytes, int at) {
        return ((bytes[at] & 0xFF) << 8) | (bytes[at + 1] & 0xFF);
    }

    private static byte[] payload(int length) {
        byte[] payload = new byte[length];
        Seed.generator(length).nextBytes(payload);
        return payload;
    }

    private boolean start(byte[] packet, int kind, int size, int tag) {
        long room = large.room();
        Memory.zero(room, LargePacket.HEADER);
        Memory.putByte(room + 1, kind);
        Memory.putShort(room + 4, size);
        Memory.fromBytes(packet, room + LargePacket.HEADER);
        return large.start(packet.length, tag);
    }

    private List<byte[]> pieces() {
        List<byte[]> pieces = new ArrayList<>();
        long to = NativeFunction.zeroed(arena, 9000);
        while (large.isPending()) {
            int length = large.nextLength();
            large.take(to);
            pieces.add(Memory.toBytes(to, length));
        }
        return pieces;
    }

    private static int onesSum(byte[] bytes, int from, int to, int start) {
        int sum = start;
        for (int i = from; i < to; i++) {
            sum += (bytes[i] & 0xFF) << ((i - from) % 2 == 0 ? 8 : 0);
            sum = (sum & 0xFFFF) + (sum >>> 16);
        }
        return sum;
    }

    private static void assertChecksums(byte[] piece, int network, boolean version6, int protocol) {
        int transport;
        int pseudo;
        if (version6) {
            transport = network + 40;
            pseudo = onesSum(piece, network + 8, network + 40, 0);
        } else {
            transport = network + 24;
            pseudo = onesSum(piece, network + 12, network + 20, 0);
            assertThat(onesSum(piece, network, transport, 0)).isEqualTo(0xFFFF);
        }
        int start = pseudo + protocol + piece.length - transport;
        assertThat(onesSum(piece, transport, piece.length, start)).isEqualTo(0xFFFF);
    }

    @Test
    void shouldCutTcpSegmentsAsACardDoes() {
        byte[] payload = payload(10_001);
        assertThat(start(ipv4(6, tcp(FIN_PSH_ACK_CWR, payload)), TCP_V4 | 0x80, 1000, 0)).isTrue();

        List<byte[]> pieces = pieces();

        assertThat(pieces).hasSize(11);
        ByteArrayOutputStream together = new ByteArrayOutputStream();
        for (int i = 0; i < 11; i++) {
            byte[] piece = pieces.get(i);
            assertChecksums(piece, 14, false, 6);
            assertThat(word(piece, 16)).as("total length").isEqualTo(piece.length - 14);
            assertThat(word(piece, 18)).as("identification").isEqualTo((0xFFFF + i) & 0xFFFF);
            int sequence = word(piece, 42) << 16 | word(piece, 44);
            assertThat(sequence).isEqualTo(0xFFFF_FF00 + 1000 * i);
            int flags = piece[51] & 0xFF;
            assertThat(flags).isEqualTo(i == 0 ? 0x90 : i == 10 ? 0x19 : 0x10);
            together.write(piece, 70, piece.length - 70);
        }
        assertThat(together.toByteArray()).isEqualTo(payload);
        assertThat(large.isPending()).isFalse();
    }

    @Test
    void shouldCutVersion6AndDatagramsAndPutTheTagIn() {
        byte[] payload = payload(3001);
        int tag = 0x8100 << 16 | 100;
        assertThat(start(ipv6(6, tcp(0x10, payload)), TCP_V6, 1400, tag)).isTrue();
        List<byte[]> segments = pieces();
        assertThat(segments).hasSize(3);
        for (byte[] piece : segments) {
            assertThat(word(piece, 12)).isEqualTo(0x8100);
            assertThat(word(piece, 14)).isEqualTo(100);
            assertThat(word(piece, 16)).isEqualTo(0x86DD);
            assertThat(word(piece, 22)).isEqualTo(piece.length - 58);
            assertChecksums(piece, 18, true, 6);
        }

        assertThat(start(ipv4(17, udp(payload)), UDP, 1500, 0)).isTrue();
        List<byte[]> datagrams = pieces();
        assertThat(datagrams).hasSize(3);
        for (byte[] piece : datagrams) {
            assertThat(word(piece, 42)).as("length of UDP").isEqualTo(piece.length - 38);
            assertChecksums(piece, 14, false, 17);
        }
        assertThat(datagrams.get(2)).hasSize(38 + 8 + 1);
    }

    @Test
    void shouldRefuseWhatItCannotCut() {
        byte[] good = ipv4(6, tcp(0x10, payload(3000)));
        assertThat(start(good, UFO, 1400, 0)).as("fragmentation offload").isFalse();
        assertThat(start(good, TCP_V4, 0, 0)).as("no size").isFalse();
        assertThat(start(good, UDP, 1400, 0)).as("another protocol").isFalse();
        assertThat(start(Arrays.copyOf(good, 13), TCP_V4, 1400, 0)).isFalse();
        assertThat(start(Arrays.copyOf(good, 70), TCP_V4, 1400, 0)).as("no payload").isFalse();
        byte[] fragment = good.clone();
        put(fragment, 20, 0x2000);
        assertThat(start(fragment, TCP_V4, 1400, 0)).isFalse();
        assertThat(large.isPending()).isFalse();
    }

    @Test
    void shouldKeepItsBoundsWhateverComes() {
        RandomGenerator random = Seed.generator(7);
        byte[] good = ipv4(6, tcp(0x10, payload(3000)));
        for (int i = 0; i < 20_000; i++) {
            byte[] packet = Arrays.copyOf(good, random.nextInt(good.length));
            for (int change = 0; change < 3 && packet.length > 0; change++) {
                packet[random.nextInt(Math.min(packet.length, 60))] = (byte) random.nextInt();
            }
            if (start(packet, random.nextInt(6), 1 + random.nextInt(2000), 0)) {
                int payload = 0;
                for (byte[] piece : pieces()) {
                    assertThat(piece.length).isLessThanOrEqualTo(packet.length);
                    payload += piece.length;
                }
                assertThat(payload).isGreaterThanOrEqualTo(packet.length);
            }
        }
    }
}
