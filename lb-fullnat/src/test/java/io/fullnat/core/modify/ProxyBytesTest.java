// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.modify;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.io.Memory;
import io.fullnat.core.memory.Region;
import io.fullnat.core.packet.Ipv4;
import java.util.HexFormat;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Headers of connections of either family and protocol, byte for byte.
class ProxyBytesTest {
    private static final String SIGNATURE = "0d0a0d0a000d0a515549540a";
    private static final String IPV4 = "c6336401" + "c0000250" + "9c40" + "0050";
    private static final String IPV6 =
            "20010db80000000000000000000c0001" + "20010db8000000000000000000000080" + "9c400050";
    private static final int BEHIND = 8;

    private final Region memory = Region.allocate(1024, "a header");
    private final long at = memory.address();
    private final long tlvs = at + 512;

    @AfterEach
    void close() {
        memory.close();
    }

    private String written(int length) {
        for (int i = 0; i < BEHIND; i++) {
            assertThat(Memory.getByte(at + length + i)).as("behind it").isZero();
        }
        return HexFormat.of().formatHex(Memory.toBytes(at, length));
    }

    private String write(boolean ipv6, int protocol, int version, String more) {
        Memory.zero(at, memory.size());
        Memory.fromBytes(HexFormat.of().parseHex(more), tlvs);
        try (ModifierBench bench = new ModifierBench(ipv6, protocol)) {
            return written(ProxyBytes.write(at, version, bench.entry(), tlvs, more.length() / 2));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "false, 6, 2111000c" + IPV4,
        "false, 17, 2112000c" + IPV4,
        "true, 6, 21210024" + IPV6,
        "true, 17, 21220024" + IPV6
    })
    void theBinaryFormSaysWhoTalksToWhom(boolean ipv6, int protocol, String behind) {
        assertThat(write(ipv6, protocol, 2, "")).isEqualTo(SIGNATURE + behind);
    }

    @Test
    void theTextFormIsALine() {
        assertThat(write(false, Ipv4.PROTOCOL_TCP, 1, "050000"))
                .isEqualTo(line("PROXY TCP4 198.51.100.1 192.0.2.80 40000 80\r\n"));
        assertThat(write(true, Ipv4.PROTOCOL_TCP, 1, ""))
                .isEqualTo(line("PROXY TCP6 2001:db8::c:1 2001:db8::80 40000 80\r\n"));
    }

    private static String line(String text) {
        return HexFormat.of().formatHex(text.getBytes(US_ASCII));
    }

    @Test
    void whatIsSaidBesideStandsBehindAndCounts() {
        assertThat(write(false, Ipv4.PROTOCOL_TCP, 2, "050001aa"))
                .isEqualTo(SIGNATURE + "21110010" + IPV4 + "050001aa");
    }

    @Test
    void aChecksumAtTheEndIsThatOfAllWithZerosInItsPlace() {
        String all = write(true, Ipv4.PROTOCOL_TCP, 2, "050001aa" + "030004ffffffff");
        String front = SIGNATURE + "2121002f" + IPV6 + "050001aa" + "030004";
        CRC32C crc = new CRC32C();
        crc.update(HexFormat.of().parseHex(front + "00000000"));
        assertThat(all).isEqualTo(front + "%08x".formatted(crc.getValue()));
    }

    /// Seven bytes are the fewest that can be one.
    @ParameterizedTest
    @ValueSource(strings = {"03000300000000", "040004ffffffff", "0004ffffffff", "03ffffffffffff"})
    void whatIsNoChecksumIsLeftAlone(String more) {
        String all = write(false, Ipv4.PROTOCOL_TCP, 2, more);
        boolean checksum = more.startsWith("03") && more.length() == 14;
        assertThat(all.endsWith(more)).isEqualTo(!checksum);
    }

    @ParameterizedTest
    @CsvSource({"false, 2111000c" + IPV4, "true, 21210024" + IPV6})
    void addressesThatWereSaidAreThoseOfAStream(boolean ipv6, String behind) {
        Memory.fromBytes(HexFormat.of().parseHex(ipv6 ? IPV6 : IPV4), tlvs);
        assertThat(written(ProxyBytes.writeSaid(at, 2, ipv6, tlvs, 0, 0)))
                .isEqualTo(SIGNATURE + behind);
    }

    @Test
    void addressesThatWereSaidAreALineToo() {
        Memory.fromBytes(HexFormat.of().parseHex(IPV6), tlvs);
        assertThat(written(ProxyBytes.writeSaid(at, 1, true, tlvs, 0, 0)))
                .isEqualTo(line("PROXY TCP6 2001:db8::c:1 2001:db8::80 40000 80\r\n"));
        Memory.zero(at, 256);
        Memory.fromBytes(HexFormat.of().parseHex(IPV4), tlvs);
        assertThat(written(ProxyBytes.writeSaid(at, 1, false, tlvs, 0, 0)))
                .isEqualTo(line("PROXY TCP4 198.51.100.1 192.0.2.80 40000 80\r\n"));
    }

    @ParameterizedTest
    @ValueSource(strings = {SIGNATURE, "50524f585920"})
    void dataBeginSoAsFarAsTheyGo(String hex) {
        byte[] with = HexFormat.of().parseHex(hex);
        byte[] text = with.length == 6 ? ProxyBytes.TEXT : ProxyBytes.SIGNATURE;
        assertThat(text).isEqualTo(with);
        Memory.fromBytes(with, at);
        for (int length = 1; length <= with.length + 3; length++) {
            assertThat(ProxyBytes.begins(at, length, text)).as("%d", length).isTrue();
        }
        for (int i = 0; i < with.length; i++) {
            Memory.putByte(at + i, ~with[i]);
            assertThat(ProxyBytes.begins(at, with.length, text)).as("byte %d", i).isFalse();
            assertThat(ProxyBytes.begins(at, i + 1, text)).isFalse();
            assertThat(i == 0 || ProxyBytes.begins(at, i, text)).as("in front of it").isTrue();
            Memory.putByte(at + i, with[i]);
        }
    }

    @Test
    void theLongestHasRoom() {
        assertThat(ProxyBytes.LONGEST).isEqualTo(16 + 36 + 35 + 60 + 7);
        assertThat(write(true, Ipv4.PROTOCOL_UDP, 2, "04".repeat(ProxyTlvs.LONGEST)))
                .hasSize(2 * ProxyBytes.LONGEST);
    }
}
