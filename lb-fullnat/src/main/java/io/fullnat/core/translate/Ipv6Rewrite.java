// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.translate;

import static io.fullnat.core.connection.ConnectionLayout.NEW_PORTS;
import static io.fullnat.core.connection.ConnectionLayout.NEW_WIDE_ADDRESSES;

import io.fullnat.api.io.Memory;
import io.fullnat.core.packet.Ipv6;

/// FullNAT of a packet of IPv6 that stays one: both addresses, both ports, the hop limit, the TCP
/// or UDP checksum. The header has no checksum, and the hop limit is in none (RFC 8200 §3, §8.1).
/// Extension headers stay as they are.
///
/// The checksum is corrected by the delta that was summed up when the connection began, as in
/// [Rewrite].
public final class Ipv6Rewrite {
    private static final int HOP_LIMIT_OFFSET = 7;

    private Ipv6Rewrite() {}

    /// Translates a packet of a flow whose keys are both of IPv6.
    ///
    /// @param flow its direction's
    /// @param ip its IP header, with a hop limit above 1
    /// @param l4 its TCP or UDP header
    /// @param protocol that of its transport header
    public static void apply(long flow, long ip, long l4, int protocol) {
        startHeader(flow, ip);
        Memory.putInt(l4, Memory.getInt(flow + NEW_PORTS));
        Rewrite.correctTransport(flow, l4, protocol);
    }

    /// The same for a segment without extension headers whose numbers are moved, of those that
    /// [TcpNumbers#isCommon] is true for, with one correction of its checksum.
    ///
    /// @param flow its direction's
    /// @param ip its IP header
    /// @param kind of the flow
    /// @param numbers where its connection's lie, if it is far
    /// @param direction of the flow
    public static void applyMoved(long flow, long ip, int kind, long numbers, int direction) {
        long l4 = ip + Ipv6.HEADER_LENGTH;
        startHeader(flow, ip);
        Memory.putInt(l4, Memory.getInt(flow + NEW_PORTS));
        Rewrite.moveNumbers(flow, l4, kind, numbers, direction);
    }

    /// Writes hop limit and addresses: all there is to write of a fragment behind the first.
    ///
    /// @param flow of the packet's direction
    /// @param ip the header
    public static void startHeader(long flow, long ip) {
        long written = flow + NEW_WIDE_ADDRESSES;
        long addresses = ip + Ipv6.ADDRESSES_OFFSET;
        Memory.putByte(ip + HOP_LIMIT_OFFSET, Memory.getByte(ip + HOP_LIMIT_OFFSET) - 1);
        Memory.putLong(addresses, Memory.getLong(written));
        Memory.putLong(addresses + 8, Memory.getLong(written + 8));
        Memory.putLong(addresses + 16, Memory.getLong(written + 16));
        Memory.putLong(addresses + 24, Memory.getLong(written + 24));
    }
}
