// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.translate;

import static io.fullnat.core.packet.Icmp.CODE_FRAGMENTATION_NEEDED;
import static io.fullnat.core.packet.Icmp.CODE_HOST_UNREACHABLE;
import static io.fullnat.core.packet.Icmp.CODE_PORT_UNREACHABLE;
import static io.fullnat.core.packet.Icmp.CODE_PROTOCOL_UNREACHABLE;

import io.fullnat.core.packet.Icmp;
import io.fullnat.core.packet.Icmpv6;

/// Which error of ICMPv6 says what an error of ICMP says, and the other way round (RFC 7915 §4.2,
/// §5.2). What has no counterpart is dropped. Stateless.
public final class IcmpFamilies {
    /// There is no counterpart.
    public static final int NONE = -1;

    private static final int CODE_HOST_PROHIBITED = 10;

    /// Of a parameter problem: a required option is missing (RFC 1108), which IPv6 does not know.
    private static final int CODE_OPTION_MISSING = 1;

    private static final int CODE_BAD_LENGTH = 2;

    private static final int CODE_BEYOND_SCOPE = 2;

    /// Where the next header stands in an IPv6 header: what an unknown protocol is about.
    static final int NEXT_HEADER = 6;

    private IcmpFamilies() {}

    /// The counterpart of an ICMP error.
    ///
    /// @param type of the error
    /// @param code of the error
    /// @return type and code of ICMPv6, the type in the second octet; [#NONE] if there is none
    public static int to6(int type, int code) {
        return switch (type) {
            case Icmp.TYPE_DESTINATION_UNREACHABLE -> unreachableTo6(code);
            case Icmp.TYPE_TIME_EXCEEDED ->
                    code <= 1 ? pair(Icmpv6.TYPE_TIME_EXCEEDED, code) : NONE;
            case Icmp.TYPE_PARAMETER_PROBLEM ->
                    code <= CODE_BAD_LENGTH && code != CODE_OPTION_MISSING
                            ? pair(Icmpv6.TYPE_PARAMETER_PROBLEM, Icmpv6.CODE_ERRONEOUS_FIELD)
                            : NONE;
            default -> NONE;
        };
    }

    private static int unreachableTo6(int code) {
        int unreachable = Icmpv6.TYPE_DESTINATION_UNREACHABLE;
        return switch (code) {
            case 0, 1, 5, 6, 7, 8, 11, 12 -> pair(unreachable, Icmpv6.CODE_NO_ROUTE);
            case CODE_PROTOCOL_UNREACHABLE ->
                    pair(Icmpv6.TYPE_PARAMETER_PROBLEM, Icmpv6.CODE_UNKNOWN_NEXT_HEADER);
            case CODE_PORT_UNREACHABLE -> pair(unreachable, Icmpv6.CODE_PORT_UNREACHABLE);
            case CODE_FRAGMENTATION_NEEDED -> pair(Icmpv6.TYPE_PACKET_TOO_BIG, 0);
            case 9, 10, 13, 15 -> pair(unreachable, Icmpv6.CODE_ADMINISTRATIVELY_PROHIBITED);
            default -> NONE; // 14, host precedence violation, and what is not assigned
        };
    }

    /// The counterpart of an ICMPv6 error.
    ///
    /// @param type of the error
    /// @param code of the error
    /// @return type and code of ICMP, the type in the second octet; [#NONE] if there is none
    public static int to4(int type, int code) {
        return switch (type) {
            case Icmpv6.TYPE_DESTINATION_UNREACHABLE -> unreachableTo4(code);
            case Icmpv6.TYPE_PACKET_TOO_BIG -> // whatever its code (RFC 4443 §3.2)
                    pair(Icmp.TYPE_DESTINATION_UNREACHABLE, CODE_FRAGMENTATION_NEEDED);
            case Icmpv6.TYPE_TIME_EXCEEDED ->
                    code <= 1 ? pair(Icmp.TYPE_TIME_EXCEEDED, code) : NONE;
            case Icmpv6.TYPE_PARAMETER_PROBLEM ->
                    switch (code) {
                        case Icmpv6.CODE_ERRONEOUS_FIELD -> pair(Icmp.TYPE_PARAMETER_PROBLEM, 0);
                        case Icmpv6.CODE_UNKNOWN_NEXT_HEADER ->
                                pair(Icmp.TYPE_DESTINATION_UNREACHABLE, CODE_PROTOCOL_UNREACHABLE);
                        default -> NONE;
                    };
            default -> NONE;
        };
    }

    private static int unreachableTo4(int code) {
        int unreachable = Icmp.TYPE_DESTINATION_UNREACHABLE;
        return switch (code) {
            case Icmpv6.CODE_NO_ROUTE, CODE_BEYOND_SCOPE, Icmpv6.CODE_ADDRESS_UNREACHABLE ->
                    pair(unreachable, CODE_HOST_UNREACHABLE);
            case Icmpv6.CODE_ADMINISTRATIVELY_PROHIBITED -> pair(unreachable, CODE_HOST_PROHIBITED);
            case Icmpv6.CODE_PORT_UNREACHABLE -> pair(unreachable, CODE_PORT_UNREACHABLE);
            default -> NONE;
        };
    }

    private static int pair(int type, int code) {
        return type << 8 | code;
    }

    /// The octet of an IPv6 header that means what one of an IPv4 header means (RFC 7915 §4.2,
    /// figure 3).
    ///
    /// @param pointer of a parameter problem
    /// @return the pointer of ICMPv6; [#NONE] if IPv6 has no such field
    static int pointerTo6(int pointer) {
        return switch (pointer) {
            case 0, 1 -> pointer; // version, type of service
            case 2, 3 -> 4; // total length
            case 8 -> 7; // time to live
            case 9 -> NEXT_HEADER;
            case 12, 13, 14, 15 -> 8; // source
            case 16, 17, 18, 19 -> 24; // destination
            default -> NONE; // identification, fragment, checksum, options
        };
    }

    /// The octet of an IPv4 header that means what one of an IPv6 header means (RFC 7915 §5.2,
    /// figure 6).
    ///
    /// @param pointer of a parameter problem, any 32 bits
    /// @return the pointer of ICMP; [#NONE] if IPv4 has no such field
    static int pointerTo4(int pointer) {
        if (pointer < 0 || pointer >= 40) {
            return NONE;
        }
        if (pointer >= 24) {
            return 16; // destination
        }
        if (pointer >= 8) {
            return 12; // source
        }
        return switch (pointer) {
            case 0, 1 -> pointer; // version, traffic class
            case 4, 5 -> 2; // payload length
            case NEXT_HEADER -> 9;
            case 7 -> 8; // hop limit
            default -> NONE; // flow label
        };
    }
}
