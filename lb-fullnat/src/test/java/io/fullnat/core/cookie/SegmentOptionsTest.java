// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.cookie;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.io.Memory;
import io.fullnat.core.memory.Region;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Options of SYNs as they are written in hexadecimal, and what is understood of them.
class SegmentOptionsTest {
    private final Region header = Region.allocate(64, "a TCP header");
    private final SegmentOptions options = new SegmentOptions();

    @AfterEach
    void close() {
        header.close();
    }

    private String read(String hexadecimal) {
        byte[] bytes = HexFormat.of().parseHex(hexadecimal.replace(" ", ""));
        assertThat(bytes.length % 4).as("whole words").isZero();
        Memory.zero(header.address(), header.size());
        Memory.putByte(header.address() + 12, ((20 + bytes.length) / 4) << 4);
        for (int i = 0; i < bytes.length; i++) {
            Memory.putByte(header.address() + 20 + i, bytes[i]);
        }
        if (bytes.length < 40) { // what follows is data, which looks like an option
            Memory.putInt(header.address() + 20 + bytes.length, 0x0702_0404);
        }
        options.read(header.address());
        return "mss "
                + options.segmentSize()
                + ", scale "
                + (options.scale() == CookieTerms.NO_SCALE ? "none" : options.scale())
                + (options.isSelective() ? ", sack" : "")
                + (options.hasTimestamps()
                        ? ", stamps " + options.timestamp() + " " + options.echo()
                        : "");
    }

    @ParameterizedTest(name = "[{0}]")
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | mss 0, scale none",
                "020405b4 | mss 1460, scale none",
                "020405b4 0402080a 00000007 00000009 01030307 | mss 1460, scale 7, sack, stamps 7 9",
                // shifts beyond 14 are 14 (RFC 7323 §2.3)
                "0303ff01 | mss 0, scale 14",
                "03030001 | mss 0, scale 0",
                // the first of a kind counts
                "020405b4 020400d8 | mss 1460, scale none",
                "03030201 03030501 | mss 0, scale 2",
                "01 01 080a 00000001 00000002 01 01 080a 00000003 00000004 | mss 0, scale none, stamps 1 2",
                // of which the length is right
                "0203 0501 020405b4 | mss 1460, scale none",
                "030405 01 03030601 | mss 0, scale 6",
                "0403 01 01 | mss 0, scale none",
                "0806 00000000 01 01 | mss 0, scale none",
                // what is unknown is passed by
                "fe06 aabbccdd 0402 | mss 0, scale none, sack",
                // the list ends
                "00 020405b4 000000 | mss 0, scale none",
                // what is malformed ends it: no length, one of less than two, one too long
                "01010102 | mss 0, scale none",
                "0300 0402 | mss 0, scale none",
                "0301 0402 | mss 0, scale none",
                "0402 0205 | mss 0, scale none, sack",
                "0402 0306 | mss 0, scale none, sack"
            })
    void whatASegmentSays(String hexadecimal, String understood) {
        assertThat(read(hexadecimal)).isEqualTo(understood);
    }

    @Test
    void nothingIsLeftOfTheSegmentBefore() {
        read("020405b4 0402080a 00000007 00000009 01030307");
        assertThat(read("")).isEqualTo("mss 0, scale none");
        assertThat(options.timestamp() | options.echo()).isZero();
    }

    @Test
    void upToTheLastByteOfTheLongestHeader() {
        assertThat(read("01".repeat(36) + "020405b4")).isEqualTo("mss 1460, scale none");
        assertThat(read("01".repeat(37) + "020405")).isEqualTo("mss 0, scale none");
    }
}
