// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.probe;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Fields as they are written, and each form in which a status may stand (RFC 7541), to the bit.
class HpackTest {
    private static String field(String name, String value) {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        Hpack.add(block, name, value);
        return HexFormat.of().formatHex(block.toByteArray());
    }

    private static int status(String hex) throws BadAnswerException {
        return Hpack.status(HexFormat.of().parseHex(hex));
    }

    private static void assertNone(String hex) {
        assertThatThrownBy(() -> status(hex))
                .as(hex)
                .isInstanceOf(BadAnswerException.class)
                .hasMessage("HTTP/2 header without a status");
    }

    /// RFC 7541 §6.2.2: without indexing, a new name.
    @Test
    void aFieldIsTwoTextsWithTheirLengths() {
        assertThat(field(":path", "/")).isEqualTo("00" + "05" + "3a70617468" + "01" + "2f");
        assertThat(field("a", "")).isEqualTo("00" + "01" + "61" + "00");
    }

    /// RFC 7541 §5.1: seven bits, and what is above 127 in groups of seven.
    @ParameterizedTest
    @CsvSource({
        "126, 7e",
        "127, 7f00",
        "128, 7f01",
        "254, 7f7f",
        "255, 7f8001",
        "256, 7f8101",
        "1024, 7f8107",
        "16510, 7fff7f",
        "16511, 7f808001"
    })
    void aLengthIsAsLongAsItNeeds(int length, String written) {
        assertThat(field("x", "y".repeat(length)))
                .isEqualTo("000178" + written + "79".repeat(length));
    }

    @Test
    void eachByteOfATextIsOneCharacter() {
        assertThat(field("x", new String(new byte[] {(byte) 0xE9}, ISO_8859_1)))
                .isEqualTo("00017801e9");
    }

    /// RFC 7541 appendix A.
    @ParameterizedTest
    @CsvSource({"88, 200", "89, 204", "8a, 206", "8b, 304", "8c, 400", "8d, 404", "8e, 500"})
    void aStatusOfTheStaticTableIsOneByte(String hex, int status) throws BadAnswerException {
        assertThat(status(hex)).isEqualTo(status);
        assertThat(status(hex + "ffff")).as("what follows is another field").isEqualTo(status);
    }

    @Test
    void anotherFieldOfTheTablesIsNone() {
        for (int first = 0x80; first < 0x100; first++) {
            if (first < 0x88 || first > 0x8E) {
                assertNone("%02x".formatted(first) + "88");
            }
        }
    }

    /// With any of the names that mean a status; to be indexed, not, or never.
    @Test
    void aLiteralStatusHasANameOfTheTable() throws BadAnswerException {
        for (int first = 0; first < 0x80; first++) {
            int form = first & 0xF0;
            int index = (first & 0x40) != 0 ? first & 0x3F : first & 0x0F;
            String field = "%02x".formatted(first) + "03333032";
            if (form == 0x20 || form == 0x30) {
                continue; // the size of a table
            }
            if (index >= 8 && index <= 14) {
                assertThat(status(field)).as(field).isEqualTo(302);
            } else {
                assertNone(field);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"313030, 100", "353939, 599", "323030, 200"})
    void aLiteralStatusHasThreeDigits(String digits, int status) throws BadAnswerException {
        assertThat(status("0803" + digits)).isEqualTo(status);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "08",
                "0800",
                "0803",
                "08033230",
                "08023230",
                "080432303030",
                "0803303939",
                "0803363030",
                "0803323a30",
                "08032f3030",
                "0803202030",
                "087f",
                "080332"
            })
    void aLiteralThatIsNoStatusIsNone(String field) {
        assertNone(field);
    }

    /// Digits 0, 1, 2 have five bits, 3 to 9 six; ones fill the last byte.
    @Test
    void eachStatusMayBeInHuffmansCode() throws BadAnswerException {
        for (int status = 100; status <= 599; status++) {
            StringBuilder bits = new StringBuilder();
            for (char digit : Integer.toString(status).toCharArray()) {
                int number = digit - '0';
                String code =
                        Integer.toBinaryString(number < 3 ? 32 | number : 64 | (0x19 + number - 3));
                bits.append(code, 1, code.length());
            }
            while (bits.length() % 8 != 0) {
                bits.append('1');
            }
            int bytes = bits.length() / 8;
            String hex = ("%0" + 2 * bytes + "x").formatted(Integer.parseInt(bits.toString(), 2));
            assertThat(status("088" + bytes + hex)).isEqualTo(status);
        }
    }

    /// 200 is 00010 00000 00000; then one bit of padding.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "08821000", // padded by zero
                "08821801", // a code that is no digit's
                "0883100100", // more digits than three, and the next
                "08831001ff", // a byte of padding
                "088110",
                "0880",
                "08841001ffff",
                "0882ffff",
                "08826001",
                "0881",
                "088210"
            })
    void aCodeThatIsNoStatusIsNone(String field) throws BadAnswerException {
        assertThat(status("08821001")).isEqualTo(200);
        assertNone(field);
    }

    /// RFC 7541 §4.2, §6.3: such an update stands in front of all fields.
    @ParameterizedTest
    @ValueSource(strings = {"20", "3e", "3f00", "3f80808001", "2020", "203f00"})
    void theSizeOfATableMayStandInFront(String update) throws BadAnswerException {
        assertThat(status(update + "88")).isEqualTo(200);
        assertNone(update);
    }

    @Test
    void aBlockThatEndsAnywhereIsNone() throws BadAnswerException {
        byte[] block = HexFormat.of().parseHex("3f8101" + "4803323030");
        assertThat(Hpack.status(block)).isEqualTo(200);
        for (int length = 0; length < block.length; length++) {
            byte[] part = Arrays.copyOf(block, length);
            assertThatThrownBy(() -> Hpack.status(part)).isInstanceOf(BadAnswerException.class);
        }
    }
}
