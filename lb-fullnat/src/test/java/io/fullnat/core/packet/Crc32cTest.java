// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.packet;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.core.memory.Region;
import io.fullnat.testing.Seed;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

/// Vectors of RFC 3720 appendix B.4, and the Java runtime's own.
class Crc32cTest {
    private static int of(byte[] bytes) {
        try (Region region = Region.allocate(bytes.length + 1L, "bytes")) {
            for (int i = 0; i < bytes.length; i++) {
                io.fullnat.api.io.Memory.putByte(region.address() + i, bytes[i]);
            }
            return Crc32c.end(Crc32c.add(Crc32c.START, region.address(), bytes.length));
        }
    }

    @Test
    void vectors() {
        byte[] ones = new byte[32];
        java.util.Arrays.fill(ones, (byte) -1);
        byte[] rising = new byte[32];
        for (int i = 0; i < rising.length; i++) {
            rising[i] = (byte) i;
        }
        assertThat(of(new byte[32])).isEqualTo(0x8A91_36AA);
        assertThat(of(ones)).isEqualTo(0x62A8_AB43);
        assertThat(of(rising)).isEqualTo(0x46DD_794E);
    }

    @Test
    void asTheRuntime() {
        for (int length = 0; length < 300; length++) {
            byte[] bytes = new byte[length];
            Seed.generator(Seed.of(length)).nextBytes(bytes);
            CRC32C sum = new CRC32C();
            sum.update(bytes);
            assertThat(of(bytes)).isEqualTo((int) sum.getValue());
        }
    }
}
