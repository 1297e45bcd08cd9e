// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.packet;

import io.fullnat.api.io.Memory;

/// An ICMP message (RFC 792), viewed in place at the address of its first byte.
///
/// ```
///   0      1      2          4                  6                 8
///  +------+------+----------+------------------+-----------------+------
///  | type | code | checksum |  identifier      | sequence number | data     echo
///  +------+------+----------+------------------+-----------------+------
///  | type | code | checksum |  unused          | next-hop MTU    | IP header + 8 bytes   errors
///  +------+------+----------+------------------+-----------------+------
/// ```
///
/// The caller knows that [#HEADER_LENGTH] bytes are there; then no accessor fails. Stateless, so
/// thread-safe.
public final class Icmp extends IcmpHeader {
    /// Bytes before the data or the quoted packet.
    public static final int HEADER_LENGTH = 8;

    /// The answer to an echo request.
    public static final int TYPE_ECHO_REPLY = 0;

    /// A packet could not be delivered; the code says why.
    public static final int TYPE_DESTINATION_UNREACHABLE = 3;

    /// Slow down; deprecated by RFC 6633.
    public static final int TYPE_SOURCE_QUENCH = 4;

    /// A better router is there.
    public static final int TYPE_REDIRECT = 5;

    /// Send this back: a ping.
    public static final int TYPE_ECHO_REQUEST = 8;

    /// A packet's time to live came to 0.
    public static final int TYPE_TIME_EXCEEDED = 11;

    /// A packet's header makes no sense.
    public static final int TYPE_PARAMETER_PROBLEM = 12;

    /// Code of [#TYPE_DESTINATION_UNREACHABLE]: no route to the host.
    public static final int CODE_HOST_UNREACHABLE = 1;

    /// Code of [#TYPE_DESTINATION_UNREACHABLE]: the host does not know the transport protocol.
    public static final int CODE_PROTOCOL_UNREACHABLE = 2;

    /// Code of [#TYPE_DESTINATION_UNREACHABLE]: nobody listens on the port.
    public static final int CODE_PORT_UNREACHABLE = 3;

    /// Code of [#TYPE_DESTINATION_UNREACHABLE]: the packet is too large for the next hop and must
    /// not be fragmented; see [#nextHopMtu(long)].
    public static final int CODE_FRAGMENTATION_NEEDED = 4;

    /// Code of [#TYPE_DESTINATION_UNREACHABLE]: a rule keeps the sender out (RFC 1812 §5.2.7.1).
    public static final int CODE_ADMINISTRATIVELY_PROHIBITED = 13;

    /// Code of [#TYPE_TIME_EXCEEDED]: on the way, not while waiting for fragments.
    public static final int CODE_EXCEEDED_IN_TRANSIT = 0;

    /// The highest code of [#TYPE_DESTINATION_UNREACHABLE] (RFC 1812 §5.2.7.1).
    private static final int LAST_UNREACHABLE = 15;

    /// The highest code of [#TYPE_TIME_EXCEEDED]: while waiting for fragments.
    private static final int LAST_EXCEEDED = 1;

    /// The highest code of [#TYPE_PARAMETER_PROBLEM]: bad length.
    private static final int LAST_PROBLEM = 2;

    private static final int MTU_OFFSET = 6;

    private Icmp() {}

    /// The largest packet that the next hop takes (RFC 1191 §4); 0 from routers that do not say.
    ///
    /// @param icmp address of a message "fragmentation needed"
    /// @return bytes of IP packet
    public static int nextHopMtu(long icmp) {
        return Memory.getNetworkShort(icmp + MTU_OFFSET);
    }

    /// Whether the message is about another packet, which it quotes behind its header (RFC 1122
    /// §3.2.2).
    ///
    /// @param type of a message
    /// @return true for errors and redirects
    public static boolean isError(int type) {
        return switch (type) {
            case TYPE_DESTINATION_UNREACHABLE,
                    TYPE_SOURCE_QUENCH,
                    TYPE_REDIRECT,
                    TYPE_TIME_EXCEEDED,
                    TYPE_PARAMETER_PROBLEM ->
                    true;
            default -> false;
        };
    }

    /// Whether an address translator passes the message on (RFC 5508 §4): an error about a packet,
    /// with a code that there is (RFC 792, RFC 1812 §5.2.7.1). Redirects are for the network they
    /// came up in (RFC 1812 §5.2.7.2), and source quench is not to be obeyed (RFC 6633).
    ///
    /// @param type of a message
    /// @param code of the message
    /// @return false for all others
    public static boolean isTranslated(int type, int code) {
        return switch (type) {
            case TYPE_DESTINATION_UNREACHABLE -> code <= LAST_UNREACHABLE;
            case TYPE_TIME_EXCEEDED -> code <= LAST_EXCEEDED;
            case TYPE_PARAMETER_PROBLEM -> code <= LAST_PROBLEM;
            default -> false;
        };
    }

    /// Writes the header but for the checksum, which is left 0: it covers the data, see
    /// [Checksum#icmp(long)].
    ///
    /// @param icmp address of the message
    /// @param type 0 to 255
    /// @param code 0 to 255
    /// @param restOfHeader the four bytes behind the checksum
    public static void writeHeader(long icmp, int type, int code, int restOfHeader) {
        type(icmp, type);
        code(icmp, code);
        checksum(icmp, 0);
        restOfHeader(icmp, restOfHeader);
    }
}
