// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.translate;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.testing.Seed;
import java.lang.foreign.Arena;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The write of FullNAT against RFC 1624, equation 3, term by term, for every checksum there is.
class RewriteTest {
    private static final int CONNECTIONS = 20;
    private static final int CHECKSUMS = 1 << 16;
    private static final int LENGTH = 64;
    private static final int NOW = 77;

    private final Arena arena = Arena.ofConfined();
    private final RandomGenerator random = Seed.generator(1624);
    private final long flow = arena.allocate(ConnectionLayout.FLOW_LENGTH, 64).address();
    private final long ip = arena.allocate(LENGTH, 64).address();

    @AfterEach
    void free() {
        arena.close();
    }

    @ParameterizedTest
    @CsvSource({"6, 20", "17, 20", "6, 24", "17, 60"})
    void writesTheTupleAndCorrectsBothChecksums(int protocol, int headerLength) {
        long l4 = ip + headerLength;
        long l4SumAt = l4 + (protocol == Ipv4.PROTOCOL_TCP ? 16 : 6);
        for (int connection = 0; connection < CONNECTIONS; connection++) {
            fillLine();
            int timeToLive = random.nextInt(2, 256);
            for (int checksum = 0; checksum < CHECKSUMS; checksum++) {
                fillPacket(l4, timeToLive, protocol);
                Memory.putNetworkShort(ip + 10, checksum);
                Memory.putNetworkShort(l4SumAt, checksum);

                if (headerLength == Ipv4.MIN_HEADER_LENGTH) {
                    Rewrite.applyFast(flow, ip, protocol);
                } else {
                    Rewrite.apply(flow, ip, l4, protocol);
                }
                Rewrite.count(flow, LENGTH, NOW);

                int word = timeToLive << 8 | protocol;
                assertThat(Memory.getNetworkShort(ip + 8)).isEqualTo(word - 0x100);
                assertThat(Memory.getLong(ip + 12)).isEqualTo(newAddresses());
                assertThat(Memory.getInt(l4)).isEqualTo(newPorts());
                assertThat(Memory.getNetworkShort(ip + 10))
                        .isEqualTo(
                                corrected(
                                        checksum, difference(8) + (~word & 0xFFFF) + word - 0x100));
                int l4Sum = corrected(checksum, difference(12));
                assertThat(Memory.getNetworkShort(l4SumAt))
                        .as("from %04x", checksum)
                        .isEqualTo(protocol == 17 ? ofUdp(checksum, l4Sum) : l4Sum);
            }
        }
        assertThat(Memory.getInt(flow + ConnectionLayout.LAST_SEEN)).isEqualTo(NOW);
        assertThat(Memory.getInt(flow + ConnectionLayout.PACKETS)).isEqualTo(CHECKSUMS);
        assertThat(Memory.getLong(flow + ConnectionLayout.BYTES)).isEqualTo(CHECKSUMS * 64L);
    }

    /// RFC 768: 0 says that there is none, and a sum of 0 is sent as all ones.
    private static int ofUdp(int before, int corrected) {
        if (before == 0) {
            return 0;
        }
        return corrected == 0 ? 0xFFFF : corrected;
    }

    /// `HC' = ~(~HC + ~m + m')`.
    private static int corrected(int checksum, long difference) {
        long sum = (~checksum & 0xFFFF) + difference;
        while (sum > 0xFFFF) {
            sum = (sum & 0xFFFF) + (sum >>> 16);
        }
        return (int) ~sum & 0xFFFF;
    }

    /// The sum of `~m + m'` over 16-bit words of the key: 8 bytes of addresses, 12 with the ports.
    private long difference(int bytes) {
        long sum = 0;
        for (int at = 0; at < bytes; at += 2) {
            int before = Memory.getNetworkShort(flow + ConnectionLayout.ADDRESSES + at);
            int after = Memory.getNetworkShort(flow + ConnectionLayout.NEW_ADDRESSES + at);
            sum += (~before & 0xFFFF) + after;
        }
        return sum;
    }

    private void fillLine() {
        Memory.zero(flow, ConnectionLayout.FLOW_LENGTH);
        long addresses = random.nextLong();
        int ports = random.nextInt();
        Memory.putLong(flow + ConnectionLayout.ADDRESSES, addresses);
        Memory.putInt(flow + ConnectionLayout.PORTS, ports);
        Rewrite.prepare(flow, addresses, ports, random.nextLong(), random.nextInt());
    }

    private void fillPacket(long l4, int timeToLive, int protocol) {
        Memory.putByte(ip + 8, timeToLive);
        Memory.putByte(ip + 9, protocol);
        Memory.putLong(ip + 12, Memory.getLong(flow + ConnectionLayout.ADDRESSES));
        Memory.putInt(l4, Memory.getInt(flow + ConnectionLayout.PORTS));
    }

    private long newAddresses() {
        return Memory.getLong(flow + ConnectionLayout.NEW_ADDRESSES);
    }

    private int newPorts() {
        return Memory.getInt(flow + ConnectionLayout.NEW_PORTS);
    }
}
