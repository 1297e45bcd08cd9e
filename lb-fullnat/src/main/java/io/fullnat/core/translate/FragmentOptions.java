// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.translate;

import io.fullnat.api.io.Memory;
import io.fullnat.core.packet.Ipv4;

/// The IP options of fragments but the first: those whose copy bit is set (RFC 791 §3.1), in their
/// order, without the fillers between them.
///
/// Options are read as far as their lengths make sense; what follows one that lies is not copied.
final class FragmentOptions {
    private static final int COPY_BIT = 0x80;
    private static final int END_OF_LIST = 0;
    private static final int NO_OPERATION = 1;
    private static final int MIN_OPTION = 2;

    private FragmentOptions() {}

    /// The header length of later fragments.
    ///
    /// @param ip the whole packet's header
    /// @return bytes, 20 to 60
    static int headerLength(long ip) {
        return Ipv4.MIN_HEADER_LENGTH + (copy(ip, 0) + 3 & ~3);
    }

    /// Writes the options of a later fragment, padded with zeros.
    ///
    /// @param ip the whole packet's header
    /// @param fragment the fragment's header
    /// @param headerLength of the fragment, from [#headerLength(long)]
    static void write(long ip, long fragment, int headerLength) {
        long to = fragment + Ipv4.MIN_HEADER_LENGTH;
        int copied = copy(ip, to);
        Memory.zero(to + copied, headerLength - Ipv4.MIN_HEADER_LENGTH - copied);
    }

    /// Copies, or only counts if the destination is 0; returns how many bytes.
    private static int copy(long ip, long to) {
        int end = Ipv4.headerLength(ip);
        int at = Ipv4.MIN_HEADER_LENGTH;
        int copied = 0;
        while (at < end) {
            int kind = Memory.getUnsignedByte(ip + at);
            if (kind == NO_OPERATION) {
                at++;
                continue;
            }
            int length = at + 1 < end ? Memory.getUnsignedByte(ip + at + 1) : 0;
            if (kind == END_OF_LIST || length < MIN_OPTION || at + length > end) {
                break;
            }
            if ((kind & COPY_BIT) != 0) {
                if (to != 0) {
                    Memory.copy(ip + at, to + copied, length);
                }
                copied += length;
            }
            at += length;
        }
        return copied;
    }
}
