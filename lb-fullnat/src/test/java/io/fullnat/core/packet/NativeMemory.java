// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.packet;

import io.fullnat.api.io.Memory;
import java.lang.foreign.Arena;

/// Native memory for one test.
final class NativeMemory implements AutoCloseable {
    private static final byte POISON = (byte) 0xA5;

    private final Arena arena = Arena.ofConfined();

    /// A copy of some bytes.
    long load(byte[] bytes) {
        long address = arena.allocate(Math.max(1, bytes.length), 8).address();
        Memory.fromBytes(bytes, address);
        return address;
    }

    /// A copy of bytes written in hexadecimal digits.
    long load(String hex) {
        return load(Captured.bytes(hex));
    }

    /// Bytes that no header has by chance, so that one that was not written shows.
    long poisoned(int length) {
        return arena.allocate(length, 8).fill(POISON).address();
    }

    @Override
    public void close() {
        arena.close();
    }
}
