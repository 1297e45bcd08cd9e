// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.packet;

import io.fullnat.api.io.Memory;

/// Reads and writes the header that a fragment of IPv6 has behind its IPv6 header (RFC 8200 §4.5).
/// Stateless.
public final class Ipv6Fragment {
    /// Its length in bytes.
    public static final int HEADER_LENGTH = 8;

    private static final int FIELD_OFFSET = 2;
    private static final int IDENTIFICATION_OFFSET = 4;
    private static final int OFFSET = 0xFFF8;
    private static final int MORE = 1;

    private Ipv6Fragment() {}

    /// What is behind the fragment header, in the first fragment.
    ///
    /// @param header address of the fragment header
    /// @return a protocol number, 0 to 255
    public static int nextHeader(long header) {
        return Memory.getUnsignedByte(header);
    }

    /// Where in the whole packet the fragment's data belongs.
    ///
    /// @param header address of the fragment header
    /// @return bytes, a multiple of 8
    public static int offset(long header) {
        return Memory.getNetworkShort(header + FIELD_OFFSET) & OFFSET;
    }

    /// Whether more fragments of the packet follow.
    ///
    /// @param header address of the fragment header
    /// @return the flag M
    public static boolean hasMore(long header) {
        return (Memory.getNetworkShort(header + FIELD_OFFSET) & MORE) != 0;
    }

    /// Whether the packet is a part of a larger one: one that says to be its own first and last
    /// part, an atomic fragment, is none (RFC 6946).
    ///
    /// @param header address of the fragment header
    /// @return false for an atomic fragment
    public static boolean isPart(long header) {
        return (Memory.getNetworkShort(header + FIELD_OFFSET) & (OFFSET | MORE)) != 0;
    }

    /// What the fragments of a packet have in common.
    ///
    /// @param header address of the fragment header
    /// @return 32 bits
    public static int identification(long header) {
        return Memory.getNetworkInt(header + IDENTIFICATION_OFFSET);
    }

    /// Writes what the fragments of a packet have in common.
    ///
    /// @param header address of the fragment header
    /// @param identification 32 bits
    public static void identification(long header, int identification) {
        Memory.putNetworkInt(header + IDENTIFICATION_OFFSET, identification);
    }

    /// Writes the header.
    ///
    /// @param header its address
    /// @param nextHeader what is behind it in the first fragment, 0 to 255
    /// @param offset where the fragment's data belongs, in bytes, a multiple of 8
    /// @param more whether more fragments follow
    /// @param identification what the fragments of the packet have in common
    public static void write(
            long header, int nextHeader, int offset, boolean more, int identification) {
        Memory.putNetworkInt(header, nextHeader << 24 | offset | (more ? MORE : 0));
        identification(header, identification);
    }
}
