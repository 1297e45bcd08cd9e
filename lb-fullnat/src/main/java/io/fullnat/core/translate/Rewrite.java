// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.translate;

import static io.fullnat.core.connection.ConnectionLayout.BYTES;
import static io.fullnat.core.connection.ConnectionLayout.IP_STEP;
import static io.fullnat.core.connection.ConnectionLayout.L4_DELTA;
import static io.fullnat.core.connection.ConnectionLayout.LAST_SEEN;
import static io.fullnat.core.connection.ConnectionLayout.NEW_ADDRESSES;
import static io.fullnat.core.connection.ConnectionLayout.NEW_PORTS;
import static io.fullnat.core.connection.ConnectionLayout.PACKETS;

import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.MovedFlow;
import io.fullnat.core.packet.Checksum;
import io.fullnat.core.packet.Ipv4;

/// The one write of FullNAT in each direction: both addresses, both ports, the time to live, both
/// checksums.
///
/// Checksums are corrected by a delta that was summed up when the connection began (RFC 1624,
/// equation 3: `HC' = ~(~HC + ~m + m')`), so the cost does not depend on the payload, and a packet
/// that arrived damaged leaves damaged: its receiver finds out. One's-complement sums do not care
/// for byte order (RFC 1071 §2(B)), so the words stay as they lie in the packet.
public final class Rewrite {
    public static final int ADDRESSES_OFFSET = 12;

    private static final int TTL_OFFSET = 8;
    private static final int DESTINATION_OFFSET = 16;
    private static final int TCP_SUM_OFFSET = 16;
    private static final int UDP_SUM_OFFSET = 6;

    /// What the step of the time to live adds: its octet is the low one of a little-endian word w,
    /// and ~w + (w - 1) = 0xFFFE.
    private static final int TTL_STEP = 0xFFFE;

    private Rewrite() {}

    /// Writes what a flow writes, and sums up its deltas.
    ///
    /// @param flow whose key is written
    /// @param addresses source and destination of its key
    /// @param ports source and destination port of its key
    /// @param newAddresses what they become
    /// @param newPorts what they become
    public static void prepare(
            long flow, long addresses, int ports, long newAddresses, int newPorts) {
        Memory.putLong(flow + NEW_ADDRESSES, newAddresses);
        Memory.putInt(flow + NEW_PORTS, newPorts);
        long sum =
                delta((int) addresses, (int) newAddresses)
                        + delta((int) (addresses >>> 32), (int) (newAddresses >>> 32));
        Memory.putInt(flow + IP_STEP, Checksum.fold(sum + TTL_STEP) << 16 | 1);
        Memory.putShort(flow + L4_DELTA, Checksum.fold(sum + delta(ports, newPorts)));
    }

    private static long delta(int before, int after) {
        return (~before & 0xFFFF_FFFFL) + (after & 0xFFFF_FFFFL);
    }

    /// Translates a packet of a flow.
    public static void apply(long flow, long ip, long l4, int protocol) {
        startHeader(flow, ip);
        Memory.putInt(ip + DESTINATION_OFFSET, Memory.getInt(flow + NEW_ADDRESSES + 4));
        Memory.putInt(l4, Memory.getInt(flow + NEW_PORTS));
        correctTransport(flow, l4, protocol);
    }

    /// The same for a packet without IP options: destination and ports are one word.
    public static void applyFast(long flow, long ip, int protocol) {
        startHeader(flow, ip);
        Memory.putLong(ip + DESTINATION_OFFSET, Memory.getLong(flow + NEW_ADDRESSES + 4));
        correctTransport(flow, ip + Ipv4.MIN_HEADER_LENGTH, protocol);
    }

    /// The same for a segment whose numbers are moved, of those that [TcpNumbers#isCommon] is true
    /// for, with one correction of its checksum.
    ///
    /// @param flow of the segment
    /// @param ip its IP header, without options
    /// @param kind of the flow
    /// @param numbers where its connection's lie, if it is far
    /// @param direction of the flow
    public static void applyMoved(long flow, long ip, int kind, long numbers, int direction) {
        startHeader(flow, ip);
        Memory.putLong(ip + DESTINATION_OFFSET, Memory.getLong(flow + NEW_ADDRESSES + 4));
        moveNumbers(flow, ip + Ipv4.MIN_HEADER_LENGTH, kind, numbers, direction);
    }

    /// Translates a fragment behind the first, which has no ports.
    ///
    /// @param flow of its datagram or segment
    /// @param ip its IP header
    public static void applyHeader(long flow, long ip) {
        startHeader(flow, ip);
        Memory.putInt(ip + DESTINATION_OFFSET, Memory.getInt(flow + NEW_ADDRESSES + 4));
    }

    static void moveNumbers(long flow, long l4, int kind, long numbers, int direction) {
        int delta = Memory.getUnsignedShort(flow + L4_DELTA);
        if (MovedFlow.isFar(kind)) {
            TcpNumbers.moveFar(flow, l4, numbers, direction, delta);
        } else {
            TcpNumbers.moveNear(flow, l4, kind, direction, delta);
        }
    }

    /// Time to live, protocol, checksum and source are one word: one load, one store. The lower
    /// half, time to live lowest, gets less by the step; a borrow out of the checksum goes round
    /// into it, which is one's complement again.
    private static void startHeader(long flow, long ip) {
        long lower = Memory.getInt(ip + TTL_OFFSET) & 0xFFFF_FFFFL;
        lower -= Memory.getInt(flow + IP_STEP) & 0xFFFF_FFFFL;
        lower += (lower >> 63) << 16;
        Memory.putLong(
                ip + TTL_OFFSET,
                (lower & 0xFFFF_FFFFL) | (long) Memory.getInt(flow + NEW_ADDRESSES) << 32);
    }

    /// Corrects the checksum of TCP or UDP for what its flow has changed.
    static void correctTransport(long flow, long l4, int protocol) {
        int delta = Memory.getUnsignedShort(flow + L4_DELTA);
        if (protocol == Ipv4.PROTOCOL_TCP) {
            long at = l4 + TCP_SUM_OFFSET;
            int less = Memory.getUnsignedShort(at) - delta;
            Memory.putShort(at, less + (less >> 31));
            return;
        }
        long at = l4 + UDP_SUM_OFFSET;
        int before = Memory.getUnsignedShort(at);
        if (before != 0) { // 0: sent without a checksum, and stays so (RFC 768)
            int less = before - delta;
            Memory.putShort(at, less + ((less - 1) >> 31)); // 0xFFFF instead of 0
        }
    }

    /// Notes a packet in its flow, whose numbers are not moved.
    public static void count(long flow, int totalLength, int nowSeconds) {
        Memory.putInt(flow + LAST_SEEN, nowSeconds);
        Memory.putInt(flow + PACKETS, Memory.getInt(flow + PACKETS) + 1);
        Memory.addLong(flow + BYTES, totalLength);
    }
}
