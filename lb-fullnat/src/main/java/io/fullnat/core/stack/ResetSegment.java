// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import io.fullnat.core.packet.Tcp;

/// The reset that answers a TCP segment without a connection (RFC 9293 §3.5.2, §3.10.7.1): the same
/// over IPv4 and IPv6.
final class ResetSegment {
    private ResetSegment() {}

    /// Whether a segment is answered: a reset is not.
    static boolean isDue(long segment) {
        return (Tcp.flags(segment) & Tcp.RST) == 0;
    }

    /// Writes the header but for the checksum.
    ///
    /// @param l4 where
    /// @param segment header of the segment it answers
    /// @param dataLength bytes behind that header
    static void write(long l4, long segment, int dataLength) {
        int flags = Tcp.flags(segment);
        boolean acknowledges = (flags & Tcp.ACK) != 0;
        int phantom = ((flags & Tcp.SYN) != 0 ? 1 : 0) + ((flags & Tcp.FIN) != 0 ? 1 : 0);
        int asked = Tcp.destinationPort(segment);
        int asker = Tcp.sourcePort(segment);
        Tcp.writeHeader(
                l4,
                asked,
                asker,
                acknowledges ? Tcp.acknowledgement(segment) : 0,
                acknowledges ? 0 : Tcp.sequence(segment) + dataLength + phantom,
                acknowledges ? Tcp.RST : Tcp.RST | Tcp.ACK,
                0);
    }
}
