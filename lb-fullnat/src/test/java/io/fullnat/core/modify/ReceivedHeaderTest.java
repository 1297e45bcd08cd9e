// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.modify;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.io.Memory;
import io.fullnat.core.memory.Region;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What data begin with: a header, a part of one, what is none, and what only begins as one.
class ReceivedHeaderTest {
    private static final String SIGNATURE = "0d0a0d0a000d0a515549540a";
    private static final String IPV4 = "c6336407" + "c0000250" + "9c40" + "0050";
    private static final String IPV6 =
            "20010db8000000000000000000000007" + "20010db8000000000000000000000080" + "9c400050";
    private static final int NONE = ReceivedHeader.NONE;
    private static final int PART = ReceivedHeader.PART;
    private static final int WHOLE = ReceivedHeader.WHOLE;
    private static final int WRONG = ReceivedHeader.WRONG;

    private final Region memory = Region.allocate(1024, "a header and what it says");
    private final long at = memory.address();
    private final long room = at + 960;
    private final ReceivedHeader header = new ReceivedHeader();

    @AfterEach
    void close() {
        memory.close();
    }

    private int read(byte[] data, boolean texts) {
        Memory.fromBytes(data, at);
        return header.read(at, data.length, room, texts);
    }

    private int read(String hex) {
        return read(HexFormat.of().parseHex(hex), false);
    }

    /// A header whose length is that of what stands behind it.
    private static String binary(String commandAndFamily, String behind) {
        return SIGNATURE + commandAndFamily + "%04x".formatted(behind.length() / 2) + behind;
    }

    @Test
    void aHeaderOfIpv4NamesItsAddresses() {
        assertThat(read(binary("2111", IPV4) + "1603")).isEqualTo(WHOLE);
        assertThat(header.version()).isEqualTo(2);
        assertThat(header.length()).isEqualTo(28);
        assertThat(header.leastLength()).isEqualTo(12);
        assertThat(header.isIpv6()).isFalse();
        assertThat(header.addresses()).isEqualTo(at + 16);
    }

    @Test
    void aHeaderOfIpv6NamesItsAddresses() {
        assertThat(read(binary("2121", IPV6))).isEqualTo(WHOLE);
        assertThat(header.length()).isEqualTo(52);
        assertThat(header.isIpv6()).isTrue();
        assertThat(header.addresses()).isEqualTo(at + 16);
        assertThat(read(binary("2112", IPV4))).as("of datagrams").isEqualTo(WHOLE);
        assertThat(header.isIpv6()).as("nothing is left of the one before").isFalse();
    }

    @ParameterizedTest
    @CsvSource({"2111, 12", "2121, 36", "2131, 216", "2100, 0", "2000, 40"})
    void ofAHeaderThatIsNotAllThereEachPartIsOne(String kind, int block) {
        byte[] all = HexFormat.of().parseHex(binary(kind, "00".repeat(block)));
        for (int length = 1; length < all.length; length++) {
            assertThat(read(Arrays.copyOf(all, length), false)).as("%d", length).isEqualTo(PART);
            assertThat(header.version()).isEqualTo(2);
            assertThat(header.length()).isEqualTo(length < 16 ? 0 : all.length);
            assertThat(header.addresses()).isZero();
        }
        assertThat(read(all, false)).isEqualTo(WHOLE);
    }

    @Test
    void whatDiffersWithinTheSignatureIsNoHeader() {
        byte[] right = HexFormat.of().parseHex(binary("2111", IPV4));
        for (int i = 0; i < 12; i++) {
            byte[] other = right.clone();
            other[i] ^= 1;
            assertThat(read(other, true)).as("byte %d", i).isEqualTo(NONE);
            assertThat(read(Arrays.copyOf(other, i + 1), true)).isEqualTo(NONE);
            assertThat(header.length()).isZero();
        }
    }

    /// Version 2, LOCAL or PROXY.
    @Test
    void anotherVersionOrCommandIsWrong() {
        for (int command = 0; command < 256; command++) {
            int expected = command == 0x20 || command == 0x21 ? WHOLE : WRONG;
            assertThat(read(binary("%02x11".formatted(command), IPV4)))
                    .as("%02x", command)
                    .isEqualTo(expected);
        }
    }

    /// Unspecified, IPv4, IPv6 and Unix; unspecified, stream and datagram.
    @Test
    void anotherFamilyOrProtocolIsWrong() {
        for (int family = 0; family < 256; family++) {
            boolean known = family >> 4 <= 3 && (family & 0xF) <= 2;
            assertThat(read(binary("21%02x".formatted(family), "00".repeat(216))))
                    .as("%02x", family)
                    .isEqualTo(known ? WHOLE : WRONG);
            boolean named = known && (family >> 4 == 1 || family >> 4 == 2) && (family & 0xF) > 0;
            assertThat(header.addresses()).isEqualTo(named ? at + 16 : 0);
        }
    }

    @Test
    void ofAConnectionOfTheSendersOwnNothingElseCounts() {
        assertThat(read(binary("20ff", "030001"))).isEqualTo(WHOLE);
        assertThat(header.length()).isEqualTo(19);
        assertThat(header.addresses()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"11, 11", "12, 11", "21, 35", "22, 35", "31, 215", "11, 0"})
    void addressesLieWithinTheLength(String family, int block) {
        assertThat(read(binary("21" + family, "00".repeat(block)))).isEqualTo(WRONG);
        byte[] begun = HexFormat.of().parseHex(binary("21" + family, "00".repeat(block)));
        assertThat(read(Arrays.copyOf(begun, 16), false))
                .as("as soon as it is known")
                .isEqualTo(WRONG);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "040000",
                "05000101",
                "040000" + "040000",
                "e00003aabbcc",
                "ff0000",
                "0400030300ff"
            })
    void whatLiesBehindTheAddressesAreTlvs(String tlvs) {
        assertThat(read(binary("2111", IPV4 + tlvs))).isEqualTo(WHOLE);
        assertThat(header.length()).isEqualTo(28 + tlvs.length() / 2);
        assertThat(read(binary("2121", IPV6 + tlvs))).isEqualTo(WHOLE);
        assertThat(read(binary("2100", tlvs))).isEqualTo(WHOLE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "04",
                "0400",
                "040001",
                "04000201",
                "04ffff",
                "04000004",
                "0500010104000100ff"
            })
    void tlvsThatDoNotFillTheLengthAreWrong(String tlvs) {
        assertThat(read(binary("2111", IPV4 + tlvs))).isEqualTo(WRONG);
        assertThat(read(binary("2100", tlvs))).isEqualTo(WRONG);
    }

    /// Wherever it stands among them.
    @ParameterizedTest
    @CsvSource({"'', ''", "04000100, ''", "'', 05000107", "040000, 050002aabb"})
    void theChecksumMustBeRight(String front, String behind) {
        int sum = 28 + front.length() / 2 + 3;
        byte[] all =
                HexFormat.of().parseHex(binary("2111", IPV4 + front + "03000400000000" + behind));
        CRC32C crc = new CRC32C();
        crc.update(all);
        ByteBuffer.wrap(all).putInt(sum, (int) crc.getValue());
        assertThat(read(all, false)).isEqualTo(WHOLE);
        for (int i = 12; i < all.length; i++) {
            byte[] damaged = all.clone();
            damaged[i] ^= (byte) 0x80;
            boolean hidden = i == sum - 3; // it is of another type then
            assertThat(read(damaged, false) == WHOLE).as("byte %d", i).isEqualTo(hidden);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"030000", "03000300dead", "030005deadbeef00", "03000400000000"})
    void aChecksumOfAnotherLengthIsWrong(String tlv) {
        assertThat(read(binary("2111", IPV4 + tlv))).isEqualTo(WRONG);
    }

    @Test
    void aLineOfTextIsOneWhereTextsAre() {
        byte[] line = "PROXY TCP6 2001:db8::7 ::1 40000 80\r\nGET /".getBytes(US_ASCII);
        assertThat(read(line, false)).isEqualTo(NONE);
        assertThat(read(line, true)).isEqualTo(WHOLE);
        assertThat(header.version()).isOne();
        assertThat(header.length()).isEqualTo(37);
        assertThat(header.leastLength()).isEqualTo(6);
        assertThat(header.isIpv6()).isTrue();
        assertThat(header.addresses()).isEqualTo(room);
        assertThat(Memory.getNetworkShort(room)).isEqualTo(0x2001);

        assertThat(read("PROXY UNKNOWN\r\n".getBytes(US_ASCII), true)).isEqualTo(WHOLE);
        assertThat(header.addresses()).isZero();
        assertThat(read("PROXY TCP4 nobody\r\n".getBytes(US_ASCII), true)).isEqualTo(WRONG);
        assertThat(header.length()).isZero();
    }

    @Test
    void ofALineOfTextEachPartIsOne() {
        byte[] line = "PROXY TCP4 192.0.2.7 192.0.2.8 1 2\r\n".getBytes(US_ASCII);
        for (int length = 1; length < line.length; length++) {
            assertThat(read(Arrays.copyOf(line, length), true)).as("%d", length).isEqualTo(PART);
            assertThat(header.version()).isOne();
            assertThat(header.length()).as("its end is not known").isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"P ", "PROXI", "PROXY\t", "PROXYTCP4", "proxy TCP4", "GET", "\0"})
    void otherDataAreNoHeader(String data) {
        assertThat(read(data.getBytes(US_ASCII), true)).isEqualTo(NONE);
        assertThat(read(data.getBytes(US_ASCII), false)).isEqualTo(NONE);
    }
}
