// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.quic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.testing.Seed;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What stands behind the first byte of ids, against draft-ietf-quic-load-balancers-21, appendix B
/// and §5.4.2, and an encoder that is written as the draft has it.
class QuicLbCipherTest {
    private static final String KEY = "8f95f09245765f80256934e50c66207f";
    private static final HexFormat HEX = HexFormat.of();

    private static String decrypt(String key, int serverId, String cid) {
        byte[] bytes = HEX.parseHex(cid);
        new QuicLbCipher(key, serverId, bytes.length).decrypt(bytes);
        return HEX.formatHex(bytes);
    }

    @ParameterizedTest
    @CsvSource({
        "3, ed793a, 20b1d07b359d3c",
        "10, ed793a51d49b8f5fab65ee080dbf48, cc381bc74cb4fbad2823a3d1f8fed2",
        "8, ed793a51d49b8f5fee080dbf48c0d1e5, 4dd2d05a7b0de9b2b9907afb5ecf8cc3",
        "9, ed793a51d49b8f5fab, 5779c9cc86beb3a3a4a3ca96fce4bfe0cdbc"
    })
    void theVectorsOfTheDraft(int serverId, String plain, String cid) {
        assertThat(decrypt(KEY, serverId, cid)).startsWith(plain);
    }

    @Test
    void theExampleOfFourPasses() {
        assertThat(decrypt("fdf726a9893ec05c0632d3956680baf0", 3, "67947d29be054a"))
                .startsWith("31441a");
    }

    /// A block is that of AES-128: FIPS 197, appendix C.1.
    @ParameterizedTest
    @ValueSource(ints = {1, 12})
    void sixteenBytesAreOneBlock(int serverId) {
        assertThat(
                        decrypt(
                                "000102030405060708090a0b0c0d0e0f",
                                serverId,
                                "69c4e0d86a7b0430d8cdb78070b4c55a"))
                .isEqualTo("00112233445566778899aabbccddeeff");
    }

    /// From the shortest id to the longest, which are 5 and 19 bytes, whole or of halves.
    @Test
    void theServerIdOfEachLengthComesOut() throws Exception {
        RandomGenerator random = Seed.generator();
        for (int length = 5; length <= 19; length++) {
            for (int serverId = 1; serverId <= length - 4; serverId++) {
                byte[] plain = new byte[length];
                random.nextBytes(plain);
                byte[] bytes = QuicLbEncoder.encrypt(plain, KEY);
                new QuicLbCipher(KEY, serverId, length).decrypt(bytes);
                assertThat(Arrays.copyOf(bytes, serverId))
                        .as("%d of %d bytes; %s", serverId, length, Seed.message(length))
                        .isEqualTo(Arrays.copyOf(plain, serverId));
            }
        }
    }

    /// The fourth round is left out only where nothing of the server id needs it.
    @ParameterizedTest
    @ValueSource(ints = {5, 6, 7, 8, 15, 17, 18, 19})
    void ofAServerIdLongerThanHalfAllComesOut(int length) throws Exception {
        byte[] plain = new byte[length];
        Arrays.fill(plain, (byte) 0x5A);
        byte[] bytes = QuicLbEncoder.encrypt(plain, KEY);
        new QuicLbCipher(KEY, length / 2 + 1, length).decrypt(bytes);
        assertThat(bytes).isEqualTo(plain);

        byte[] others = QuicLbEncoder.encrypt(plain, KEY);
        new QuicLbCipher(KEY, length / 2, length).decrypt(others);
        assertThat(others)
                .as("the nonce")
                .isNotEqualTo(plain)
                .startsWith(Arrays.copyOf(plain, length / 2));
    }

    @ParameterizedTest
    @ValueSource(ints = {7, 8, 16})
    void anIdLeavesNothingBehindForTheNext(int length) throws Exception {
        QuicLbCipher cipher = new QuicLbCipher(KEY, length - 4, length);
        byte[] one = new byte[length];
        byte[] ones = new byte[length];
        Arrays.fill(ones, (byte) 0xFF);
        for (int i = 0; i < 3; i++) {
            byte[] bytes = QuicLbEncoder.encrypt(i == 1 ? ones : one, KEY);
            cipher.decrypt(bytes);
            assertThat(bytes).startsWith(Arrays.copyOf(i == 1 ? ones : one, length - 4));
        }
    }

    @Test
    void whatStandsBehindTheIdIsLeftAlone() {
        byte[] bytes = HEX.parseHex("20b1d07b359d3c" + "aabbccdd");
        new QuicLbCipher(KEY, 3, 7).decrypt(bytes);
        assertThat(HEX.formatHex(bytes)).startsWith("ed793a").endsWith("aabbccdd");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "8f95f09245765f80256934e50c66207", "zz", "8f95f09245765f80256934e50c"})
    void aKeyThatIsNoneIsRefused(String key) {
        assertThatThrownBy(() -> new QuicLbCipher(key, 3, 7))
                .isInstanceOfAny(IllegalArgumentException.class, IllegalStateException.class);
    }
}
