// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.translate;

import io.fullnat.api.io.Memory;
import io.fullnat.core.packet.Icmpv6;

/// What may stand behind the quoted packet of an ICMP error (RFC 4884): its place is told by a
/// length, in units of four bytes in ICMP and of eight in ICMPv6. A length that cannot be right is
/// taken for none: the error is worth more than its extension.
final class ErrorExtension {
    /// Where ICMP has the length of the quoted packet, and in which units.
    static final int LENGTH_OFFSET_4 = 5;

    static final int UNIT_4 = 4;

    /// The same of ICMPv6.
    static final int LENGTH_OFFSET_6 = 4;

    static final int UNIT_6 = 8;

    /// The least that is quoted in front of an extension (RFC 4884 §5.1).
    static final int LEAST_QUOTED = 128;

    /// Of an extension: its header.
    private static final int LEAST = 4;

    private ErrorExtension() {}

    /// How much of an ICMP error is the quoted packet.
    ///
    /// @param icmp address of the message
    /// @param available bytes behind its header
    /// @return `available` if there is no extension
    static int quoted4(long icmp, int available) {
        int quoted = Memory.getUnsignedByte(icmp + LENGTH_OFFSET_4) * UNIT_4;
        return isRight(quoted, available) ? quoted : available;
    }

    /// The same of an ICMPv6 error.
    static int quoted6(long icmp, int available) {
        int quoted = Memory.getUnsignedByte(icmp + LENGTH_OFFSET_6) * UNIT_6;
        return hasLength6(Icmpv6.type(icmp)) && isRight(quoted, available) ? quoted : available;
    }

    private static boolean isRight(int quoted, int available) {
        return quoted >= LEAST_QUOTED && quoted + LEAST <= available;
    }

    /// Whether an ICMPv6 error can have an extension; others have another number where its length
    /// would stand.
    static boolean hasLength6(int type) {
        return type == Icmpv6.TYPE_DESTINATION_UNREACHABLE || type == Icmpv6.TYPE_TIME_EXCEEDED;
    }

    /// How many zeros a quoted packet needs behind it so that an extension may follow.
    ///
    /// @param quoted bytes of it
    /// @param unit of its length
    static int padding(int quoted, int unit) {
        return Math.max(LEAST_QUOTED, (quoted + unit - 1) / unit * unit) - quoted;
    }
}
