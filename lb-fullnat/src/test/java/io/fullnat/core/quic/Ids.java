// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.quic;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;

/// Reads packets that are given in hexadecimal digits.
final class Ids {
    private Ids() {}

    static QuicId of(String packet) {
        byte[] bytes = HexFormat.of().parseHex(packet.replace(" ", ""));
        QuicId id = new QuicId();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(bytes.length + 1L);
            MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, 0, bytes.length);
            id.read(memory.address(), bytes.length);
        }
        return id;
    }

    /// The id of a packet with a short header, with some bytes behind it.
    static QuicId behindShort(String id) {
        return of("40" + id + "00".repeat(20));
    }

    /// The id of a Handshake packet of version 1.
    static QuicId behindLong(String id) {
        return of("e000000001" + "%02x".formatted(id.length() / 2) + id + "00");
    }
}
