// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.quic;

import io.fullnat.api.io.Memory;

/// The destination connection id of a packet, as all versions of QUIC have it (RFC 8999), and
/// whether a client can have chosen it. One object is filled again and again; for one thread.
///
/// ```
///  long   1xxxxxxx | version (4) | length | destination connection id | ...
///  short  0xxxxxxx | destination connection id, as long as its server made it | ...
/// ```
///
/// Of the first byte nothing but the first bit counts, as the others belong to the version; those
/// of versions 1 and 2 that say what kind of packet it is are read where the version stands beside.
public final class QuicId {
    /// The most bytes that versions 1 and 2 have (RFC 9000 §17.2).
    public static final int MAX_LENGTH = 20;

    private static final int LONG = 0x80;
    private static final int VERSION_OFFSET = 1;
    private static final int LENGTH_OFFSET = 5;
    private static final int LONG_OFFSET = 6;
    private static final int SHORT_OFFSET = 1;
    private static final int TYPE_SHIFT = 4;
    private static final int TYPES = 3;
    private static final int VERSION_1 = 1;
    private static final int VERSION_2 = 0x6B33_43CF;
    private static final int HANDSHAKE_1 = 2;
    private static final int HANDSHAKE_2 = 3;

    private long first;
    private long second;
    private long third;
    private int length;
    private boolean fromClient;

    /// Forgets the packet before.
    public void clear() {
        length = 0;
    }

    /// Takes the next packet.
    ///
    /// @param payload its first byte behind the UDP header
    /// @param available bytes there
    public void read(long payload, int available) {
        length = 0;
        if (available <= SHORT_OFFSET) {
            return;
        }
        int head = Memory.getByte(payload);
        if ((head & LONG) == 0) {
            fromClient = false;
            take(payload + SHORT_OFFSET, Math.min(MAX_LENGTH, available - SHORT_OFFSET));
        } else if (available > LONG_OFFSET) {
            int said = Memory.getByte(payload + LENGTH_OFFSET) & 0xFF;
            if (said <= available - LONG_OFFSET) {
                fromClient = isFirstFlight(head, version(payload));
                take(payload + LONG_OFFSET, Math.min(MAX_LENGTH, said));
            }
        }
    }

    private static int version(long payload) {
        return (Memory.getNetworkShort(payload + VERSION_OFFSET) << 16)
                | Memory.getNetworkShort(payload + VERSION_OFFSET + 2);
    }

    /// Handshake packets have a connection id of the server always; in other versions nobody knows.
    private static boolean isFirstFlight(int head, int version) {
        int type = (head >> TYPE_SHIFT) & TYPES;
        return !(version == VERSION_1 && type == HANDSHAKE_1)
                && !(version == VERSION_2 && type == HANDSHAKE_2);
    }

    private void take(long bytes, int count) {
        first = word(bytes, count);
        second = word(bytes + Long.BYTES, count - Long.BYTES);
        third = word(bytes + 2 * Long.BYTES, count - 2 * Long.BYTES);
        length = count;
    }

    /// Up to eight bytes, the first one highest; none beyond the count is read.
    private static long word(long bytes, int count) {
        if (count >= Long.BYTES) {
            return Memory.getNetworkLong(bytes);
        }
        long word = 0;
        for (int i = 0; i < count; i++) {
            word |= (long) (Memory.getByte(bytes + i) & 0xFF) << (56 - i * 8);
        }
        return word;
    }

    /// How many bytes are there.
    ///
    /// @return 0 to 20; 0 if the packet has none, or is none of QUIC
    public int length() {
        return length;
    }

    /// Whether a client may have chosen it, as it does for the packets that it sends before it has
    /// heard of its server.
    ///
    /// @return false if a server has
    public boolean mayBeOfClient() {
        return fromClient;
    }

    /// Eight bytes.
    ///
    /// @param index 0 to 2
    /// @return the first one highest; 0 for those that are not there
    public long word(int index) {
        return switch (index) {
            case 0 -> first;
            case 1 -> second;
            case 2 -> third;
            default -> 0;
        };
    }

    /// One byte.
    ///
    /// @param index 0 to 19
    /// @return 0 to 255; 0 if it is not there
    public int octet(int index) {
        return (int) (word(index >> 3) >>> (56 - (index & 7) * 8)) & 0xFF;
    }
}
