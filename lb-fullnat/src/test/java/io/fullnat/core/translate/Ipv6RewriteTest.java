// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.translate;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.packet.Checksum;
import io.fullnat.testing.Seed;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The write of FullNAT from IPv6 to IPv6 against RFC 1624, equation 3, term by term, for every
/// checksum there is; and that nothing else of the packet changes.
class Ipv6RewriteTest {
    private static final int CONNECTIONS = 4;
    private static final int CHECKSUMS = 1 << 16;
    private static final int LENGTH = 128;
    private static final int NOW = 77;

    private final Arena arena = Arena.ofConfined();
    private final RandomGenerator random = Seed.generator(8200);
    private final long flow = arena.allocate(ConnectionLayout.WIDE_ENTRY_LENGTH, 64).address();
    private final MemorySegment packet = arena.allocate(LENGTH, 64);
    private final MemorySegment expected = arena.allocate(LENGTH, 64);
    private final long ip = packet.address();

    @AfterEach
    void free() {
        arena.close();
    }

    @ParameterizedTest
    @CsvSource({"6, 40", "17, 40", "6, 48", "17, 104"})
    void writesTheTupleAndCorrectsTheChecksum(int protocol, int transport) {
        int sumAt = transport + (protocol == 6 ? 16 : 6);
        for (int connection = 0; connection < CONNECTIONS; connection++) {
            fillFlow();
            for (int checksum = 0; checksum < CHECKSUMS; checksum++) {
                if (protocol == 17 && checksum == 0) {
                    continue; // no datagram of IPv6 is without one
                }
                fillPacket(transport);
                packet.set(ValueLayout.JAVA_BYTE, sumAt, (byte) (checksum >>> 8));
                packet.set(ValueLayout.JAVA_BYTE, sumAt + 1L, (byte) checksum);
                expect(checksum, protocol, transport, sumAt);

                Ipv6Rewrite.apply(flow, ip, ip + transport, protocol);
                Rewrite.count(flow, LENGTH, NOW);

                assertThat(packet.mismatch(expected)).as("first byte that is wrong").isEqualTo(-1);
            }
        }
        int each = protocol == 17 ? CHECKSUMS - 1 : CHECKSUMS;
        assertThat(Memory.getInt(flow + ConnectionLayout.LAST_SEEN)).isEqualTo(NOW);
        assertThat(Memory.getInt(flow + ConnectionLayout.PACKETS)).isEqualTo(each);
        assertThat(Memory.getLong(flow + ConnectionLayout.BYTES)).isEqualTo(each * 128L);
    }

    private void expect(int checksum, int protocol, int transport, int sumAt) {
        MemorySegment.copy(packet, 0, expected, 0, LENGTH);
        long to = expected.address();
        Memory.putByte(to + 7, Memory.getByte(ip + 7) - 1);
        Memory.copy(flow + ConnectionLayout.NEW_WIDE_ADDRESSES, to + 8, 32);
        Memory.putInt(to + transport, Memory.getInt(flow + ConnectionLayout.NEW_PORTS));
        long sum = (~checksum & 0xFFFF) + difference();
        while (sum > 0xFFFF) {
            sum = (sum & 0xFFFF) + (sum >>> 16);
        }
        int corrected = (int) ~sum & 0xFFFF;
        if (protocol == 17 && corrected == 0) {
            corrected = 0xFFFF; // RFC 8200 §8.1
        }
        Memory.putNetworkShort(to + sumAt, corrected);
    }

    /// The sum of `~m + m'` over 16-bit words of addresses and ports.
    private long difference() {
        long sum = 0;
        for (int at = 0; at < 32; at += 2) {
            int before = Memory.getNetworkShort(flow + ConnectionLayout.WIDE_ADDRESSES + at);
            int after = Memory.getNetworkShort(flow + ConnectionLayout.NEW_WIDE_ADDRESSES + at);
            sum += (~before & 0xFFFF) + after;
        }
        for (int at = 0; at < 4; at += 2) {
            int before = Memory.getNetworkShort(flow + ConnectionLayout.PORTS + at);
            int after = Memory.getNetworkShort(flow + ConnectionLayout.NEW_PORTS + at);
            sum += (~before & 0xFFFF) + after;
        }
        return sum;
    }

    private void fillFlow() {
        Memory.zero(flow, ConnectionLayout.WIDE_ENTRY_LENGTH);
        for (int at = 0; at < 32; at += 8) {
            Memory.putLong(flow + ConnectionLayout.WIDE_ADDRESSES + at, random.nextLong());
            Memory.putLong(flow + ConnectionLayout.NEW_WIDE_ADDRESSES + at, random.nextLong());
        }
        Memory.putInt(flow + ConnectionLayout.PORTS, random.nextInt());
        Memory.putInt(flow + ConnectionLayout.NEW_PORTS, random.nextInt());
        long delta = difference();
        Memory.putNetworkShort(flow + ConnectionLayout.L4_DELTA, Checksum.fold(delta));
    }

    private void fillPacket(int transport) {
        for (int at = 0; at < LENGTH; at += 8) {
            Memory.putLong(ip + at, random.nextLong());
        }
        Memory.copy(flow + ConnectionLayout.WIDE_ADDRESSES, ip + 8, 32);
        Memory.putInt(ip + transport, Memory.getInt(flow + ConnectionLayout.PORTS));
    }
}
