// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.packet;

import io.fullnat.api.io.Memory;

/// The checksum of RFC 3720 (polynomial 0x1EDC6F41, reflected), byte by byte: for some hundred
/// bytes now and then. A *register* is a sum on its way, which begins with [#START] and ends with
/// [#end]. `java.util.zip.CRC32C` reads arrays and buffers, of which there is none around an
/// address. Stateless, so thread-safe.
public final class Crc32c {
    /// The register before the first byte.
    public static final int START = -1;

    private static final int POLYNOMIAL = 0x82F6_3B78;
    private static final int[] TABLE = table();

    private Crc32c() {}

    private static int[] table() {
        int[] table = new int[256];
        for (int i = 0; i < table.length; i++) {
            int register = i;
            for (int bit = 0; bit < 8; bit++) {
                register = (register >>> 1) ^ (POLYNOMIAL & -(register & 1));
            }
            table[i] = register;
        }
        return table;
    }

    /// Takes some bytes more.
    ///
    /// @param register as it is
    /// @param at the first byte
    /// @param length bytes, 0 or more
    /// @return the register behind them
    public static int add(int register, long at, int length) {
        int now = register;
        for (int i = 0; i < length; i++) {
            now = add(now, Memory.getUnsignedByte(at + i));
        }
        return now;
    }

    /// Takes a byte more.
    ///
    /// @param register as it is
    /// @param value the byte, 0 to 255
    /// @return the register behind it
    public static int add(int register, int value) {
        return TABLE[(register ^ value) & 0xFF] ^ (register >>> 8);
    }

    /// The checksum.
    ///
    /// @param register behind the last byte
    /// @return as a word
    public static int end(int register) {
        return ~register;
    }
}
