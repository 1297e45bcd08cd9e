package io.fullnat.core.forward;

import static io.fullnat.core.connection.ConnectionLayout.ADDRESSES;
import static io.fullnat.core.connection.ConnectionLayout.BYTES;
import static io.fullnat.core.connection.ConnectionLayout.IP_DELTA;
import static io.fullnat.core.connection.ConnectionLayout.L4_DELTA;
import static io.fullnat.core.connection.ConnectionLayout.LAST_SEEN;
import static io.fullnat.core.connection.ConnectionLayout.NEW_ADDRESSES;
import static io.fullnat.core.connection.ConnectionLayout.NEW_PORTS;
import static io.fullnat.core.connection.ConnectionLayout.PACKETS;
import static io.fullnat.core.connection.ConnectionLayout.PORTS;

import io.fullnat.api.io.Memory;
import io.fullnat.core.packet.Checksum;
import io.fullnat.core.packet.Ipv4;

/// The one write of FullNAT in each direction: both addresses, both ports, the time to live, both
/// checksums.
///
/// Checksums are corrected by a delta that was summed up when the connection began (RFC 1624,
/// equation 3: `HC' = ~(~HC + ~m + m')`), so the cost does not depend on the payload, and a packet
/// that arrived damaged leaves damaged: its receiver finds out. One's-complement sums do not care
/// for byte order (RFC 1071 §2(B)), so the words stay as they lie in the packet.
final class Rewrite {
    static final int ADDRESSES_OFFSET = 12;

    private static final int TTL_OFFSET = 8;
    private static final int DESTINATION_OFFSET = 16;
    private static final int TCP_SUM_OFFSET = 16;
    private static final int UDP_SUM_OFFSET = 6;

    /// What the step of the time to live adds: its octet is the low one of a little-endian word w,
    /// and ~w + (w - 1) = 0xFFFE.
    private static final int TTL_STEP = 0xFFFE;

    private Rewrite() {}

    /// Sums up the deltas of a line whose keys, old and new, are written.
    static void prepare(long line) {
        long addresses =
                delta(Memory.getInt(line + ADDRESSES), Memory.getInt(line + NEW_ADDRESSES))
                        + delta(
                                Memory.getInt(line + ADDRESSES + 4),
                                Memory.getInt(line + NEW_ADDRESSES + 4));
        long tuple =
                addresses + delta(Memory.getInt(line + PORTS), Memory.getInt(line + NEW_PORTS));
        Memory.putShort(line + IP_DELTA, Checksum.fold(addresses + TTL_STEP));
        Memory.putShort(line + L4_DELTA, Checksum.fold(tuple));
    }

    private static long delta(int before, int after) {
        return (~before & 0xFFFF_FFFFL) + (after & 0xFFFF_FFFFL);
    }

    /// Translates a packet of a line, and notes it there.
    static void apply(long line, long ip, long l4, int protocol, int totalLength, int nowSeconds) {
        // Time to live, protocol, checksum and source are one word: one load, one store.
        long first = Memory.getLong(ip + TTL_OFFSET);
        int sum = corrected((int) (first >>> 16), Memory.getUnsignedShort(line + IP_DELTA));
        Memory.putLong(
                ip + TTL_OFFSET,
                ((first - 1) & 0xFFFF)
                        | (long) sum << 16
                        | (long) Memory.getInt(line + NEW_ADDRESSES) << 32);
        Memory.putInt(ip + DESTINATION_OFFSET, Memory.getInt(line + NEW_ADDRESSES + 4));
        Memory.putInt(l4, Memory.getInt(line + NEW_PORTS));
        int l4Delta = Memory.getUnsignedShort(line + L4_DELTA);
        if (protocol == Ipv4.PROTOCOL_TCP) {
            long at = l4 + TCP_SUM_OFFSET;
            Memory.putShort(at, corrected(Memory.getShort(at), l4Delta));
        } else {
            long at = l4 + UDP_SUM_OFFSET;
            int before = Memory.getShort(at);
            if (before != 0) { // 0: sent without a checksum, and stays so (RFC 768)
                int after = corrected(before, l4Delta);
                Memory.putShort(at, after == 0 ? 0xFFFF : after);
            }
        }
        Memory.putInt(line + LAST_SEEN, nowSeconds);
        Memory.addLong(line + PACKETS, 1);
        Memory.addLong(line + BYTES, totalLength);
    }

    private static int corrected(int checksum, int delta) {
        int sum = (~checksum & 0xFFFF) + delta;
        return ~(sum + (sum >>> 16)) & 0xFFFF;
    }
}
