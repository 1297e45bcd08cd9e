// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.quic;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Where connection ids stand in packets (RFC 8999), and who can have chosen them (RFC 9000 §17.2,
/// RFC 9369 §3.2).
class QuicIdTest {
    @Test
    void aLongHeaderSaysHowLongItsIdIs() {
        QuicId id = Ids.of("c0 00000001 08 0102030405060708 00 ffff");
        assertThat(id.length()).isEqualTo(8);
        assertThat(id.word(0)).isEqualTo(0x0102_0304_0506_0708L);
        assertThat(id.word(1)).isZero();
        assertThat(id.octet(7)).isEqualTo(8);
        assertThat(id.octet(8)).isZero();
    }

    @Test
    void aShortHeaderMayHaveTwentyBytes() {
        QuicId id = Ids.of("40 0102030405060708 1112131415161718 21222324 ffffffff");
        assertThat(id.length()).isEqualTo(20);
        assertThat(id.mayBeOfClient()).isFalse();
        assertThat(id.word(1)).isEqualTo(0x1112_1314_1516_1718L);
        assertThat(id.word(2)).isEqualTo(0x2122_2324_0000_0000L);
        assertThat(id.word(3)).isZero();
        assertThat(Ids.of("40 01").length()).isEqualTo(1);
    }

    /// Of each length, whatever follows.
    @Test
    void eachByteIsInItsPlace() {
        for (int length = 1; length <= QuicId.MAX_LENGTH; length++) {
            StringBuilder bytes = new StringBuilder();
            for (int i = 1; i <= length; i++) {
                bytes.append("%02x".formatted(0xE0 + i));
            }
            QuicId shorts = Ids.of("40" + bytes);
            QuicId longs = Ids.of("c000000001%02x%sffffffffffff".formatted(length, bytes));
            for (QuicId id : new QuicId[] {shorts, longs}) {
                assertThat(id.length()).isEqualTo(length);
                for (int i = 0; i < 24; i++) {
                    int expected = i < length ? 0xE1 + i : 0;
                    assertThat(id.octet(i)).as("%s of %s", i, length).isEqualTo(expected);
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'', 0", // nothing
        "40, 0",
        "c0, 0",
        "c0 00000001, 0",
        "c0 00000001 08, 0",
        "c0 00000001 08 01020304050607, 0", // a byte less than it says
        "c0 00000001 08 0102030405060708, 8",
        "c0 00000001 00 00, 0", // zero-length
        "c0 00000001 ff 0102, 0",
        "c0 00000001 14 0102030405060708090a0b0c0d0e0f1011121314, 20",
        "c0 0a0a0a0a 16 0102030405060708090a0b0c0d0e0f10111213141516, 20" // no version 1 has more
    })
    void hostileLengthsReadNothingBehindThePacket(String packet, int length) {
        assertThat(Ids.of(packet).length()).isEqualTo(length);
    }

    /// First bytes of all types, of versions 1 and 2, of version negotiation and of no version.
    @ParameterizedTest
    @CsvSource({
        "c0 00000001, true", // Initial
        "d0 00000001, true", // 0-RTT
        "e0 00000001, false", // Handshake
        "f0 00000001, true", // Retry: no client sends it
        "d0 6b3343cf, true", // Initial
        "e0 6b3343cf, true", // 0-RTT
        "f0 6b3343cf, false", // Handshake
        "c0 6b3343cf, true", // Retry
        "e0 00000000, true",
        "e0 ff00001d, true",
        "a0 00000001, false" // the fixed bit is greased (RFC 9287)
    })
    void aClientChoosesTheIdsOfItsFirstFlight(String head, boolean ofClient) {
        assertThat(Ids.of(head + " 04 01020304 00").mayBeOfClient()).isEqualTo(ofClient);
    }

    @Test
    void nothingOfThePacketBeforeIsLeft() {
        QuicId id = Ids.of("c0 00000001 08 0102030405060708");
        id.clear();
        assertThat(id.length()).isZero();
    }
}
