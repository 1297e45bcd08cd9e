// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.memoryio;

import io.fullnat.api.io.BufferPool;
import io.fullnat.api.io.Memory;

/// One buffer: what the wire needs to know about the packet in it, then the packet.
///
/// ```
///   0              8        12              64                    192
///  +--------------+--------+---------------+---------------------+---------------------
///  | data address | length |    unused     | headroom, 128 bytes |  data capacity ...
///  +--------------+--------+---------------+---------------------+---------------------
/// ```
///
/// The address of the first byte is the buffer's handle. The description is written when the packet
/// is put on a wire and read when it is taken off; in between, burst and buffer may disagree.
final class BufferLayout {
    private static final int DATA_ADDRESS_OFFSET = 0;
    private static final int LENGTH_OFFSET = 8;
    private static final int DESCRIPTION_LENGTH = 64;

    /// Bytes before the data of a fresh packet.
    static final int DATA_OFFSET = DESCRIPTION_LENGTH + BufferPool.HEADROOM;

    private BufferLayout() {}

    /// Bytes from one buffer to the next: whole cache lines.
    static long stride(int dataCapacity) {
        return (DATA_OFFSET + dataCapacity + 63L) & ~63L;
    }

    static long freshData(long buffer) {
        return buffer + DATA_OFFSET;
    }

    /// Where the bytes start that a packet may occupy.
    static long firstByte(long buffer) {
        return buffer + DESCRIPTION_LENGTH;
    }

    static long dataAddress(long buffer) {
        return Memory.getLong(buffer + DATA_ADDRESS_OFFSET);
    }

    static int length(long buffer) {
        return Memory.getInt(buffer + LENGTH_OFFSET);
    }

    static void describe(long buffer, long dataAddress, int length) {
        Memory.putLong(buffer + DATA_ADDRESS_OFFSET, dataAddress);
        Memory.putInt(buffer + LENGTH_OFFSET, length);
    }
}
