// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.packet;

import io.fullnat.api.io.Memory;

/// What messages of ICMP and of ICMPv6 have in common: their first eight bytes (RFC 792, RFC 4443
/// §2.1). What the numbers in them mean, [Icmp] and [Icmpv6] say.
abstract sealed class IcmpHeader permits Icmp, Icmpv6 {
    private static final int TYPE_OFFSET = 0;
    private static final int CODE_OFFSET = 1;
    static final int CHECKSUM_OFFSET = 2;
    private static final int REST_OFFSET = 4;
    private static final int IDENTIFIER_OFFSET = 4;
    private static final int SEQUENCE_OFFSET = 6;

    IcmpHeader() {}

    /// What the message is.
    ///
    /// @param icmp address of the message
    /// @return 0 to 255
    public static int type(long icmp) {
        return Memory.getUnsignedByte(icmp + TYPE_OFFSET);
    }

    /// Sets what the message is.
    ///
    /// @param icmp address of the message
    /// @param type 0 to 255
    public static void type(long icmp, int type) {
        Memory.putByte(icmp + TYPE_OFFSET, type);
    }

    /// The reason, for types that have one.
    ///
    /// @param icmp address of the message
    /// @return 0 to 255
    public static int code(long icmp) {
        return Memory.getUnsignedByte(icmp + CODE_OFFSET);
    }

    /// Sets the reason.
    ///
    /// @param icmp address of the message
    /// @param code 0 to 255
    public static void code(long icmp, int code) {
        Memory.putByte(icmp + CODE_OFFSET, code);
    }

    /// The checksum, which in ICMPv6 is over a pseudo header, too.
    ///
    /// @param icmp address of the message
    /// @return 0 to 65535
    public static int checksum(long icmp) {
        return Memory.getNetworkShort(icmp + CHECKSUM_OFFSET);
    }

    /// Sets the checksum.
    ///
    /// @param icmp address of the message
    /// @param checksum 0 to 65535
    public static void checksum(long icmp, int checksum) {
        Memory.putNetworkShort(icmp + CHECKSUM_OFFSET, checksum);
    }

    /// The four bytes behind the checksum, whose meaning depends on the type.
    ///
    /// @param icmp address of the message
    /// @return a 32-bit word
    public static int restOfHeader(long icmp) {
        return Memory.getNetworkInt(icmp + REST_OFFSET);
    }

    /// Sets the four bytes behind the checksum.
    ///
    /// @param icmp address of the message
    /// @param rest a 32-bit word
    public static void restOfHeader(long icmp, int rest) {
        Memory.putNetworkInt(icmp + REST_OFFSET, rest);
    }

    /// Which series of pings an echo message belongs to.
    ///
    /// @param icmp address of an echo request or reply
    /// @return 0 to 65535
    public static int identifier(long icmp) {
        return Memory.getNetworkShort(icmp + IDENTIFIER_OFFSET);
    }

    /// Sets which series of pings an echo message belongs to.
    ///
    /// @param icmp address of an echo request or reply
    /// @param identifier 0 to 65535
    public static void identifier(long icmp, int identifier) {
        Memory.putNetworkShort(icmp + IDENTIFIER_OFFSET, identifier);
    }

    /// The number of an echo message within its series.
    ///
    /// @param icmp address of an echo request or reply
    /// @return 0 to 65535
    public static int sequence(long icmp) {
        return Memory.getNetworkShort(icmp + SEQUENCE_OFFSET);
    }
}
