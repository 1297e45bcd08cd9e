// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.packet;

import io.fullnat.api.io.Memory;

/// The messages by which hosts and routers agree on groups, of both versions of MLD (RFC 2710 §3,
/// RFC 3810 §5), viewed in place at the address of the ICMPv6 message's first byte.
///
/// ```
///   0      1    2          4                  6          8         24
///  +------+----+----------+------------------+----------+---------+----------------------
///  | 130  | 0  | checksum | max. response    |    0     |  group  | (version 2: sources)   query
///  +------+----+----------+------------------+----------+---------+----------------------
///  | 131  | 0  | checksum |        0         |    0     |  group  | version 1: report; 132: done
///  +------+----+----------+------------------+----------+---------+----------------------
///  | 143  | 0  | checksum |        0         | records  | records              version 2: report
///  +------+----+----------+------------------+----------+--------------------------------
///   record: | type (1) | 0 (1) | sources (2) | group (16) | sources |
/// ```
///
/// All are sent with hop limit 1 and a Router Alert ([#writeRouterAlert]). The caller knows that
/// the bytes are there. Stateless, so thread-safe.
public final class Mld {
    /// Bytes of a message of version 1.
    public static final int QUERY_LENGTH = 24;

    /// The least bytes of a query of version 2 (RFC 3810 §8.1).
    public static final int QUERY_2_LENGTH = 28;

    /// Bytes of a report before its records.
    public static final int REPORT_LENGTH = 8;

    /// Bytes of a record without sources.
    public static final int RECORD_LENGTH = 20;

    /// Record: the state is "all sources of the group", in answer to a query.
    public static final int RECORD_IS_EXCLUDE = 2;

    /// Record: no source any more: the group is left.
    public static final int RECORD_TO_INCLUDE = 3;

    /// Record: from now on all sources of the group: it is joined.
    public static final int RECORD_TO_EXCLUDE = 4;

    /// Last half of `ff02::2`, all routers.
    public static final long ALL_ROUTERS_LOW = 0x2;

    /// Last half of `ff02::16`, all routers that know version 2; see
    /// [NeighbourDiscovery#LINK_GROUP_HIGH].
    public static final long ROUTERS_LOW = 0x16;

    /// Bytes of the hop-by-hop header with the Router Alert (RFC 2711).
    public static final int ROUTER_ALERT_LENGTH = 8;

    private static final int RESPONSE_OFFSET = 4;
    private static final int GROUP_OFFSET = 8;
    private static final int RECORD_SOURCES_OFFSET = 2;
    private static final int RECORD_GROUP_OFFSET = 4;

    /// Responses from here on have mantissa and exponent (RFC 3810 §5.1.3).
    private static final int FLOATING = 0x8000;

    private Mld() {}

    /// How long a host may take to answer a query.
    ///
    /// @param query address of the message
    /// @param length its bytes: below [#QUERY_2_LENGTH] it is of version 1
    /// @return milliseconds
    public static int maxResponseMs(long query, int length) {
        int code = Memory.getNetworkShort(query + RESPONSE_OFFSET);
        if (length < QUERY_2_LENGTH || code < FLOATING) {
            return code;
        }
        return ((code & 0xFFF) | 0x1000) << ((code >>> 12 & 7) + 3);
    }

    /// The first half of the group that is asked for; 0, as the last half, for all.
    ///
    /// @param query address of the message
    /// @return 64 bits
    public static long groupHigh(long query) {
        return Memory.getNetworkLong(query + GROUP_OFFSET);
    }

    /// The last half of the group that is asked for.
    ///
    /// @param query address of the message
    /// @return 64 bits
    public static long groupLow(long query) {
        return Memory.getNetworkLong(query + GROUP_OFFSET + 8);
    }

    /// Writes a message of version 1, its checksum left 0; it takes [#QUERY_LENGTH] bytes.
    ///
    /// @param message its address
    /// @param type [Icmpv6#TYPE_LISTENER_REPORT] or [Icmpv6#TYPE_LISTENER_DONE]
    /// @param groupHigh first half of the group
    /// @param groupLow last half
    public static void writeMessage1(long message, int type, long groupHigh, long groupLow) {
        Icmpv6.writeHeader(message, type, 0, 0);
        Memory.putNetworkLong(message + GROUP_OFFSET, groupHigh);
        Memory.putNetworkLong(message + GROUP_OFFSET + 8, groupLow);
    }

    /// Writes the start of a report, its checksum left 0.
    ///
    /// @param report address of the message
    /// @param records how many follow
    public static void writeReport(long report, int records) {
        Icmpv6.writeHeader(report, Icmpv6.TYPE_LISTENER_REPORT_2, 0, records);
    }

    /// Writes a record without sources.
    ///
    /// @param record its address
    /// @param type [#RECORD_IS_EXCLUDE], [#RECORD_TO_INCLUDE] or [#RECORD_TO_EXCLUDE]
    /// @param groupHigh first half of the group
    /// @param groupLow last half
    public static void writeRecord(long record, int type, long groupHigh, long groupLow) {
        Memory.putByte(record, type);
        Memory.putByte(record + 1, 0);
        Memory.putNetworkShort(record + RECORD_SOURCES_OFFSET, 0);
        Memory.putNetworkLong(record + RECORD_GROUP_OFFSET, groupHigh);
        Memory.putNetworkLong(record + RECORD_GROUP_OFFSET + 8, groupLow);
    }

    /// Writes a hop-by-hop header with the Router Alert of MLD (RFC 2711 §2.1, value 0), before an
    /// ICMPv6 message.
    ///
    /// @param header its address; it takes [#ROUTER_ALERT_LENGTH] bytes
    public static void writeRouterAlert(long header) {
        Memory.putByte(header, Ipv6.NEXT_HEADER_ICMP);
        Memory.putByte(header + 1, 0);
        Memory.putNetworkInt(header + 2, 0x0502_0000);
        Memory.putNetworkShort(header + 6, 0x0100); // PadN
    }
}
