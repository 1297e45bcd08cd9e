// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.packet;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.io.Memory;
import io.fullnat.testing.Seed;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ChecksumTest {
    private static final int CASES = 20_000;
    private static final int IP = Ethernet.HEADER_LENGTH;

    private final NativeMemory memory = new NativeMemory();
    private final RandomGenerator random = Seed.generator();

    @AfterEach
    void free() {
        memory.close();
    }

    /// RFC 1071 §3.
    @Test
    void sumsTheRfcsExample() {
        long bytes = memory.load("0001 f203 f4f5 f6f7");
        assertThat(Checksum.sum(bytes, 8)).isEqualTo(0xDDF2);
        assertThat(Checksum.internet(bytes, 8)).isEqualTo(0x220D);
    }

    @Test
    void countsAnOddLastByteAsIfAZeroFollowed() {
        assertThat(Checksum.sum(memory.load("1234 56"), 3)).isEqualTo(0x1234 + 0x5600);
        assertThat(Checksum.sum(memory.load("ff"), 1)).isEqualTo(0xFF00);
        assertThat(Checksum.sum(memory.load("ff"), 0)).isZero();
    }

    @Test
    void sumsAsTheSlowWayDoesForAllLengthsAndAlignments() {
        for (int length = 0; length < 80; length++) {
            for (int offset = 0; offset < 8; offset++) {
                byte[] bytes = bytes(offset + length);
                long sum = Checksum.sum(memory.load(bytes) + offset, length);
                assertThat(Checksum.fold(sum))
                        .as("length %d, offset %d, -Dseed=%d", length, offset, Seed.value())
                        .isEqualTo(slowSum(bytes, offset, length));
            }
        }
    }

    @Test
    void sumsALargePacketOfOnes() {
        byte[] bytes = new byte[65535];
        Arrays.fill(bytes, (byte) 0xFF);
        assertThat(Checksum.sum(memory.load(bytes), bytes.length)).isEqualTo(0xFF00);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "0xFFFF, 0xFFFF",
        "0x10000, 1",
        "0x1FFFE, 0xFFFF",
        "0xFFFFFFFF, 0xFFFF",
        "0x1FFFF0001, 2",
        "0x10000FFFFFFFF, 1",
        "0xFFFEFFFF, 0xFFFE",
        "0x1FFFFFFFE, 0xFFFF",
        "0x7FFFFFFFFFFFFFFF, 0x7FFF",
    })
    void foldsToSixteenBits(String sum, String folded) {
        assertThat(Checksum.fold(Long.decode(sum))).isEqualTo(Integer.decode(folded));
    }

    @Test
    void foldIsTheRemainderModulo0xFFFF() {
        for (int i = 0; i < CASES; i++) {
            long sum = random.nextLong() >>> random.nextInt(64);
            int folded = Checksum.fold(sum);
            assertThat(folded).as(Seed.message(i)).isBetween(sum == 0 ? 0 : 1, 0xFFFF);
            assertThat(folded % 0xFFFF)
                    .as(Seed.message(i))
                    .isEqualTo((int) Long.remainderUnsigned(sum, 0xFFFF));
        }
    }

    @Test
    void findsCapturedChecksumsRight() {
        long tcp = memory.load(Captured.DATA) + IP;
        assertThat(Checksum.isIpv4HeaderValid(tcp)).isTrue();
        assertThat(Checksum.isTransportValid(tcp)).isTrue();
        assertThat(Checksum.ipv4Header(tcp)).isEqualTo(0xB069);
        assertThat(Checksum.transport(tcp)).isEqualTo(0x02A1);

        long udp = memory.load(Captured.UDP) + IP;
        assertThat(Checksum.isTransportValid(udp)).isTrue();
        assertThat(Checksum.transport(udp)).isEqualTo(0xFE07);

        long icmp = memory.load(Captured.PORT_UNREACHABLE) + IP;
        assertThat(Checksum.isIpv4HeaderValid(icmp)).isTrue();
        assertThat(Checksum.isIcmpValid(icmp)).isTrue();
        assertThat(Checksum.icmp(icmp)).isEqualTo(0x1120);
    }

    @ParameterizedTest
    @ValueSource(strings = {Captured.DATA, Captured.UDP})
    void findsAnyFlippedBitOfTheSegment(String hex) {
        byte[] frame = Captured.bytes(hex);
        int first = IP + Ipv4.MIN_HEADER_LENGTH;
        for (int bit = 8 * first; bit < 8 * frame.length; bit++) {
            byte[] damaged = frame.clone();
            damaged[bit / 8] ^= (byte) (1 << bit % 8);
            long ip = memory.load(damaged) + IP;
            boolean lengthIntact = Udp.length(ip + 20) == 15 || Ipv4.protocol(ip) == 6;
            if (lengthIntact) {
                assertThat(Checksum.isTransportValid(ip)).as("bit %d", bit).isFalse();
            }
        }
    }

    @Test
    void udpWithoutAChecksumIsValid() {
        long ip = memory.load(Captured.UDP) + IP;
        Udp.checksum(ip + 20, Udp.NO_CHECKSUM);
        assertThat(Checksum.isTransportValid(ip)).isTrue();
    }

    /// The datagram's own port is chosen so that all else sums up to 0xFFFF.
    @Test
    void udpNeverComputesToNone() {
        long ip = memory.load(Captured.UDP) + IP;
        long l4 = ip + 20;
        Udp.sourcePort(l4, 0);
        Udp.sourcePort(l4, Checksum.transport(ip));
        assertThat(Checksum.transport(ip)).isEqualTo(0xFFFF);
        Udp.checksum(l4, 0xFFFF);
        assertThat(Checksum.isTransportValid(ip)).isTrue();
    }

    @Test
    void tcpMayComputeToZero() {
        long ip = memory.load(Captured.DATA) + IP;
        long l4 = ip + 20;
        Tcp.sourcePort(l4, 0);
        Tcp.sourcePort(l4, Checksum.transport(ip));
        assertThat(Checksum.transport(ip)).isZero();
        Tcp.checksum(l4, 0);
        assertThat(Checksum.isTransportValid(ip)).isTrue();
    }

    /// The IP length may be greater than the datagram's (RFC 9868): the surplus is not summed.
    @Test
    void udpSurplusIsNotPartOfTheChecksum() {
        byte[] frame = Captured.bytes(Captured.UDP);
        byte[] longer = Arrays.copyOf(frame, frame.length + 3);
        longer[frame.length] = 0x77;
        long ip = memory.load(longer) + IP;
        Ipv4.totalLength(ip, Ipv4.totalLength(ip) + 3);
        assertThat(Checksum.isTransportValid(ip)).isTrue();
        assertThat(Checksum.transport(ip)).isEqualTo(0xFE07);
    }

    /// RFC 1624 §4: equations 1 and 2 of its forerunners give 0xFFFF or worse here.
    @Test
    void updatesTheRfcsExample() {
        assertThat(Checksum.update(0xDD2F, 0x5555, 0x3285)).isEqualTo(0x0000);
    }

    @Test
    void updateGivesWhatAFreshComputationGives() {
        for (int i = 0; i < CASES; i++) {
            byte[] bytes = bytes(2 + 2 * random.nextInt(20));
            bytes[0] |= 1; // a header is never all zero, before or after
            int at = 2 * random.nextInt(bytes.length / 2);
            int before = (bytes[at] & 0xFF) << 8 | (bytes[at + 1] & 0xFF);
            int after = at == 0 ? 1 + random.nextInt(0xFFFF) : cornerOrRandom();
            int checksum = ~slowSum(bytes, 0, bytes.length) & 0xFFFF;
            bytes[at] = (byte) (after >>> 8);
            bytes[at + 1] = (byte) after;
            assertThat(Checksum.update(checksum, before, after))
                    .as(Seed.message(i))
                    .isEqualTo(~slowSum(bytes, 0, bytes.length) & 0xFFFF);
        }
    }

    @Test
    void deltasAddUp() {
        for (int i = 0; i < CASES; i++) {
            byte[] bytes = bytes(16);
            bytes[15] |= 1;
            int[] after = {random.nextInt(), cornerOrRandom() << 16, random.nextInt()};
            long before = memory.load(bytes);
            long delta = 0;
            int checksum = Checksum.internet(before, 16);
            for (int word = 0; word < 3; word++) {
                long at = before + 4L * word;
                delta += Checksum.delta(Memory.getNetworkInt(at), after[word]);
                Memory.putNetworkInt(at, after[word]);
            }
            assertThat(Checksum.apply(checksum, delta))
                    .as(Seed.message(i))
                    .isEqualTo(Checksum.internet(before, 16));
        }
    }

    @Test
    void avoidZeroTouchesNothingElse() {
        assertThat(Checksum.avoidZero(0)).isEqualTo(0xFFFF);
        assertThat(Checksum.avoidZero(1)).isEqualTo(1);
        assertThat(Checksum.avoidZero(0xFFFF)).isEqualTo(0xFFFF);
    }

    private int cornerOrRandom() {
        return switch (random.nextInt(4)) {
            case 0 -> 0x0000;
            case 1 -> 0xFFFF;
            default -> random.nextInt(0x10000);
        };
    }

    private byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private static int slowSum(byte[] bytes, int offset, int length) {
        int sum = 0;
        for (int i = 0; i < length; i++) {
            int shift = i % 2 == 0 ? 8 : 0;
            sum += (bytes[offset + i] & 0xFF) << shift;
            if (sum > 0xFFFF) {
                sum -= 0xFFFF;
            }
        }
        return sum;
    }
}
