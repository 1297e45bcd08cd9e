// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.packet;

/// An ICMPv6 message (RFC 4443), viewed in place at the address of its first byte.
///
/// ```
///   0      1      2          4                  6                 8
///  +------+------+----------+------------------+-----------------+------
///  | type | code | checksum |  identifier      | sequence number | data     echo
///  +------+------+----------+------------------+-----------------+------
///  | type | code | checksum |  0, MTU or pointer                 | the packet it is about   errors
///  +------+------+----------+------------------+-----------------+------
/// ```
///
/// The messages of [NeighbourDiscovery] and [Mld] have layouts of their own. The checksum covers a
/// pseudo header too: [Checksum#transport6]. The caller knows that [#HEADER_LENGTH] bytes are
/// there; then no accessor fails. Stateless, so thread-safe.
public final class Icmpv6 extends IcmpHeader {
    /// Bytes before the data or the quoted packet.
    public static final int HEADER_LENGTH = 8;

    /// A packet could not be delivered; the code says why.
    public static final int TYPE_DESTINATION_UNREACHABLE = 1;

    /// A packet is longer than the next link takes; see [#mtu(long)].
    public static final int TYPE_PACKET_TOO_BIG = 2;

    /// A packet's hop limit came to 0.
    public static final int TYPE_TIME_EXCEEDED = 3;

    /// A packet's header makes no sense; the pointer says where.
    public static final int TYPE_PARAMETER_PROBLEM = 4;

    /// Send this back: a ping.
    public static final int TYPE_ECHO_REQUEST = 128;

    /// The answer to an echo request.
    public static final int TYPE_ECHO_REPLY = 129;

    /// Who listens to which group? See [Mld].
    public static final int TYPE_LISTENER_QUERY = 130;

    /// Somebody listens to a group (MLDv1, RFC 2710).
    public static final int TYPE_LISTENER_REPORT = 131;

    /// Nobody listens to a group any more (MLDv1).
    public static final int TYPE_LISTENER_DONE = 132;

    /// Who routes here? See [NeighbourDiscovery].
    public static final int TYPE_ROUTER_SOLICITATION = 133;

    /// A router says what it offers.
    public static final int TYPE_ROUTER_ADVERTISEMENT = 134;

    /// Who has an address?
    public static final int TYPE_NEIGHBOUR_SOLICITATION = 135;

    /// A station says where an address is.
    public static final int TYPE_NEIGHBOUR_ADVERTISEMENT = 136;

    /// A better router is there.
    public static final int TYPE_REDIRECT = 137;

    /// Somebody listens to groups (MLDv2, RFC 3810).
    public static final int TYPE_LISTENER_REPORT_2 = 143;

    /// Code of [#TYPE_DESTINATION_UNREACHABLE]: there is no route.
    public static final int CODE_NO_ROUTE = 0;

    /// Code of [#TYPE_DESTINATION_UNREACHABLE]: a rule keeps the sender out.
    public static final int CODE_ADMINISTRATIVELY_PROHIBITED = 1;

    /// Code of [#TYPE_DESTINATION_UNREACHABLE]: the host cannot be reached.
    public static final int CODE_ADDRESS_UNREACHABLE = 3;

    /// Code of [#TYPE_DESTINATION_UNREACHABLE]: nobody listens on the port.
    public static final int CODE_PORT_UNREACHABLE = 4;

    /// Code of [#TYPE_TIME_EXCEEDED]: on the way, not while waiting for fragments.
    public static final int CODE_EXCEEDED_IN_TRANSIT = 0;

    /// Code of [#TYPE_PARAMETER_PROBLEM]: a header's field has a value that cannot be.
    public static final int CODE_ERRONEOUS_FIELD = 0;

    /// Code of [#TYPE_PARAMETER_PROBLEM]: a next header is not known.
    public static final int CODE_UNKNOWN_NEXT_HEADER = 1;

    /// Code of [#TYPE_PARAMETER_PROBLEM]: an option is not known.
    public static final int CODE_UNKNOWN_OPTION = 2;

    /// Code of [#TYPE_PARAMETER_PROBLEM]: the first fragment lacks headers (RFC 7112).
    public static final int CODE_INCOMPLETE_CHAIN = 3;

    /// The lowest type that is no error (RFC 4443 §2.1).
    private static final int FIRST_INFORMATIONAL = 128;

    /// The highest code of [#TYPE_DESTINATION_UNREACHABLE] (RFC 8883 §3.2).
    private static final int LAST_UNREACHABLE = 8;

    /// The highest code of [#TYPE_TIME_EXCEEDED]: while waiting for fragments.
    private static final int LAST_EXCEEDED = 1;

    /// The highest code of [#TYPE_PARAMETER_PROBLEM] (RFC 8883 §2).
    private static final int LAST_PROBLEM = 10;

    private Icmpv6() {}

    /// The longest packet that the next link takes.
    ///
    /// @param icmp address of a message "packet too big"
    /// @return bytes of IP packet, 0 to 2^32 - 1
    public static long mtu(long icmp) {
        return restOfHeader(icmp) & 0xFFFF_FFFFL;
    }

    /// Whether the message is an error (RFC 4443 §2.1), with the packet it is about behind its
    /// header.
    ///
    /// @param type of a message
    /// @return true for types below 128
    public static boolean isError(int type) {
        return type < FIRST_INFORMATIONAL;
    }

    /// Whether a redirect or error quotes a packet, so that none may be sent about it (RFC 4443
    /// §2.4 (e.1), (e.2)).
    ///
    /// @param type of a message
    /// @return true for errors and redirects
    public static boolean forbidsErrors(int type) {
        return isError(type) || type == TYPE_REDIRECT;
    }

    /// Whether an address translator passes the message on: an error about a packet, with a code
    /// that there is (RFC 4443 §3, RFC 6550, RFC 7112, RFC 8883).
    ///
    /// @param type of a message
    /// @param code of the message
    /// @return false for all others
    public static boolean isTranslated(int type, int code) {
        return switch (type) {
            case TYPE_DESTINATION_UNREACHABLE -> code <= LAST_UNREACHABLE;
            case TYPE_PACKET_TOO_BIG -> true; // the code is ignored (RFC 4443 §3.2)
            case TYPE_TIME_EXCEEDED -> code <= LAST_EXCEEDED;
            case TYPE_PARAMETER_PROBLEM -> code <= LAST_PROBLEM;
            default -> false;
        };
    }

    /// Writes the header but for the checksum, which is left 0: it covers pseudo header and data,
    /// see [Checksum#transport6].
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
