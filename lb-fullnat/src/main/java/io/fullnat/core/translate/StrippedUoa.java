// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.translate;

import io.fullnat.api.io.Memory;
import io.fullnat.core.packet.Checksum;
import io.fullnat.core.packet.ClientOptionForm;
import io.fullnat.core.packet.Ipv4;

/// Options of IPv4 by which a client would tell a real server who it is: receivers believe them, no
/// matter who wrote them. They become padding. Stateless.
public final class StrippedUoa {
    private static final byte PADDING = 1;

    private StrippedUoa() {}

    /// Makes all options of that kind padding that have a length that receivers take, and the
    /// header's checksum right again. What is behind an option of a wrong length is looked at byte
    /// by byte: receivers may differ in where they go on.
    ///
    /// @param ip address of a header of IPv4, whose length and checksum are right
    /// @return whether there was one
    public static boolean strip(long ip) {
        int end = Ipv4.headerLength(ip);
        boolean found = false;
        int at = Ipv4.MIN_HEADER_LENGTH;
        while (at + 1 < end) {
            int length = length(ip, at, end);
            if (Memory.getUnsignedByte(ip + at) == ClientOptionForm.IPV4_KIND
                    && ClientOptionForm.isLength(length)) {
                for (int i = 0; i < length; i++) {
                    Memory.putByte(ip + at + i, PADDING);
                }
                found = true;
            }
            at += length;
        }
        if (found) {
            Ipv4.checksum(ip, Checksum.ipv4Header(ip));
        }
        return found;
    }

    /// The end of options and padding are a byte each.
    private static int length(long ip, int at, int end) {
        if (Memory.getUnsignedByte(ip + at) <= PADDING) {
            return 1;
        }
        int length = Memory.getUnsignedByte(ip + at + 1);
        return length < 2 || at + length > end ? 1 : length;
    }
}
