// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.fullnat.api.BalancerException;
import io.fullnat.api.io.Memory;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.testing.Seed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

final class BpfFilterTest {
    private static final int RET_K = 0x06;
    private static final int BEHIND = 64;

    private static BpfFilter program(int... numbers) {
        List<BpfInstruction> program = new ArrayList<>();
        for (int i = 0; i < numbers.length; i += 4) {
            program.add(
                    new BpfInstruction(numbers[i], numbers[i + 1], numbers[i + 2], numbers[i + 3]));
        }
        return new BpfFilter(program);
    }

    private static boolean matches(BpfFilter filter, byte[] frame) {
        return matches(filter, frame, frame.length);
    }

    private static boolean matches(BpfFilter filter, byte[] frame, int length) {
        boolean verdict = matches(filter, frame, length, (byte) 0);
        assertThat(matches(filter, frame, length, (byte) 0xFF))
                .as("whatever is behind the frame")
                .isEqualTo(verdict);
        return verdict;
    }

    private static boolean matches(BpfFilter filter, byte[] frame, int length, byte behind) {
        byte[] all = Arrays.copyOf(frame, frame.length + BEHIND);
        Arrays.fill(all, length, all.length, behind);
        long address = Memory.allocate(all.length);
        try {
            Memory.fromBytes(all, address);
            return filter.matches(address, length, new int[16]);
        } finally {
            Memory.free(address);
        }
    }

    private static void refused(int... numbers) {
        assertThatExceptionOfType(BalancerException.class).isThrownBy(() -> program(numbers));
    }

    /// What `tcpdump -ddd 'udp port 53'` prints of IPv4, by hand.
    private static final int[] UDP_53 = {
        40, 0, 0, 12, // ldh type
        21, 0, 8, 0x800, 48, 0, 0, 23, // ldb protocol
        21, 0, 6, 17, 40, 0, 0, 20, // ldh fragment
        69, 4, 0, 0x1FFF, 177, 0, 0, 14, // ldxb 4*([14]&0xf)
        72, 0, 0, 16, // ldh [x + 16]
        21, 0, 1, 53, RET_K, 0, 0, 262144, RET_K, 0, 0, 0
    };

    private static PacketBuilder packet() {
        return PacketBuilder.ethernet("02:00:00:00:00:01", "02:00:00:00:00:02")
                .ipv4("198.51.100.7", "192.0.2.80");
    }

    @Test
    void carriesOutWhatACompilerMakes() {
        BpfFilter filter = program(UDP_53);

        assertThat(filter.length()).isEqualTo(11);
        assertThat(matches(filter, packet().udp(1, 53).payload("x").toBytes())).isTrue();
        assertThat(matches(filter, packet().ipOptions(new byte[4]).udp(1, 53).toBytes())).isTrue();
        assertThat(matches(filter, packet().udp(53, 54).toBytes())).isFalse();
        assertThat(matches(filter, packet().tcp(1, 53).toBytes())).isFalse();
        assertThat(matches(filter, packet().fragment(8, false).udp(1, 53).toBytes())).isFalse();
    }

    @Test
    void aLoadBeyondTheFrameEndsIt() {
        byte[] frame = packet().udp(1, 53).payload("x").toBytes();
        BpfFilter filter = program(UDP_53);
        for (int length = 0; length < 38; length++) {
            assertThat(matches(filter, frame, length)).as("%d bytes", length).isFalse();
        }
        for (int from : new int[] {0x7FFF_FFFF, frame.length, frame.length - 3}) {
            assertThat(matches(program(32, 0, 0, from, RET_K, 0, 0, 1), frame)).isFalse();
        }
        // ldx #-1; ld [x + 0]: an index that wraps stays within the frame or ends it
        assertThat(matches(program(1, 0, 0, -1, 0x40, 0, 0, 0, RET_K, 0, 0, 1), frame)).isFalse();
        assertThat(matches(program(32, 0, 0, frame.length - 4, RET_K, 0, 0, 1), frame)).isTrue();
    }

    @Test
    void reckonsAsTheKernelDoes() {
        byte[] frame = packet().udp(1, 53).toBytes();
        // ld #-2; div #2; jeq #0x7fffffff
        assertThat(
                        matches(
                                program(
                                        0,
                                        0,
                                        0,
                                        -2,
                                        0x34,
                                        0,
                                        0,
                                        2,
                                        0x15,
                                        0,
                                        1,
                                        0x7FFF_FFFF,
                                        RET_K,
                                        0,
                                        0,
                                        1,
                                        RET_K,
                                        0,
                                        0,
                                        0),
                                frame))
                .isTrue();
        // ld #1; ldx #32; lsh x; jeq #0
        assertThat(
                        matches(
                                program(
                                        0, 0, 0, 1, 1, 0, 0, 32, 0x6C, 0, 0, 0, 0x15, 0, 1, 0,
                                        RET_K, 0, 0, 1, RET_K, 0, 0, 0),
                                frame))
                .isTrue();
        // ld #7; ldx #0; mod x: ends without a match
        assertThat(matches(program(0, 0, 0, 7, 1, 0, 0, 0, 0x9C, 0, 0, 0, RET_K, 0, 0, 1), frame))
                .isFalse();
        // ld #-1; jgt #5: unsigned
        assertThat(
                        matches(
                                program(0, 0, 0, -1, 0x25, 0, 1, 5, RET_K, 0, 0, 1, RET_K, 0, 0, 0),
                                frame))
                .isTrue();
        // ld len; st M[3]; ldx M[3]; txa; ret a
        assertThat(
                        matches(
                                program(
                                        0x80, 0, 0, 0, 2, 0, 0, 3, 0x61, 0, 0, 3, 0x87, 0, 0, 0,
                                        0x16, 0, 0, 0),
                                frame))
                .isTrue();
    }

    @Test
    void refusesWhatDoesNotEndOrLeavesTheFrame() {
        refused();
        refused(0, 0, 0, 1); // does not return
        refused(0x15, 1, 0, 0, RET_K, 0, 0, 0); // leaps behind its end
        refused(0x05, 0, 0, 1, RET_K, 0, 0, 0);
        refused(0x05, 0, 0, -1, RET_K, 0, 0, 0); // backwards
        refused(0x15, -1, 0, 0, RET_K, 0, 0, 0, RET_K, 0, 0, 0);
        refused(0x15, 256, 0, 0, RET_K, 0, 0, 0);
        refused(2, 0, 0, 16, RET_K, 0, 0, 0); // memory that is not there
        refused(0x60, 0, 0, -1, RET_K, 0, 0, 0);
        refused(0x34, 0, 0, 0, RET_K, 0, 0, 0); // divides by zero
        refused(0x20, 0, 0, -4096, RET_K, 0, 0, 0); // the kernel's extensions
        refused(0xFF, 0, 0, 0, RET_K, 0, 0, 0);
        refused(-1, 0, 0, 0, RET_K, 0, 0, 0);
        int[] long4097 = new int[4 * 4097];
        for (int i = 0; i < 4097; i++) {
            long4097[4 * i] = RET_K;
        }
        refused(long4097);
    }

    @Test
    void anyProgramIsRefusedOrEndsWithoutHarm() {
        RandomGenerator random = Seed.generator();
        byte[] frame = packet().udp(1, 53).payload("x").toBytes();
        int[] codes = {
            0, 1, 2, 3, 4, 5, 6, 7, 0x20, 0x28, 0x30, 0x40, 0x48, 0x50, 0x60, 0x61, 0x80, 0x81,
            0xB1, 0x0C, 0x14, 0x24, 0x34, 0x44, 0x54, 0x64, 0x6C, 0x74, 0x84, 0x94, 0x9C, 0xA4,
            0x15, 0x1D, 0x25, 0x35, 0x45, 0x16, 0x87
        };
        int accepted = 0;
        for (int round = 0; round < 20_000; round++) {
            List<BpfInstruction> program = new ArrayList<>();
            int length = random.nextInt(1, 12);
            for (int i = 0; i < length - 1; i++) {
                int code =
                        random.nextInt(50) == 0
                                ? random.nextInt(0x10000)
                                : codes[random.nextInt(codes.length)];
                int value = random.nextInt(8) == 0 ? random.nextInt() : random.nextInt(20);
                program.add(new BpfInstruction(code, random.nextInt(3), random.nextInt(3), value));
            }
            program.add(new BpfInstruction(RET_K, 0, 0, random.nextInt(2)));
            try {
                matches(new BpfFilter(program), frame, random.nextInt(frame.length + 1));
                accepted++;
            } catch (BalancerException e) {
                assertThat(e).hasMessageContaining("filter");
            }
        }
        assertThat(accepted).isGreaterThan(1_000);
    }
}
