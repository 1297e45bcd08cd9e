// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.packet;

import io.fullnat.api.io.Memory;

/// The messages of IPv6 neighbour discovery about addresses (RFC 4861 §4.3, §4.4) and their options
/// (§4.6), viewed in place at the address of the ICMPv6 message's first byte.
///
/// ```
///   0      1      2          4                8               24
///  +------+------+----------+----------------+---------------+---------
///  | 135  |  0   | checksum |       0        |    target     | options      solicitation
///  +------+------+----------+-+-+-+----------+---------------+---------
///  | 136  |  0   | checksum |R|S|O|    0     |    target     | options      advertisement
///  +------+------+----------+-+-+-+----------+---------------+---------
/// ```
///
/// The caller knows that [#LENGTH] bytes are there, and that options are right
/// ([#areOptionsRight]); then no accessor fails. Stateless, so thread-safe.
public final class NeighbourDiscovery {
    /// Bytes of a solicitation or advertisement before its options.
    public static final int LENGTH = 24;

    /// Bytes of a redirect before its options (RFC 4861 §4.5).
    public static final int REDIRECT_LENGTH = 40;

    /// In [#flags(long)]: the sender is a router.
    public static final int FLAG_ROUTER = 0x80;

    /// In [#flags(long)]: a solicitation has caused it. Only then it proves that the neighbour is
    /// reachable.
    public static final int FLAG_SOLICITED = 0x40;

    /// In [#flags(long)]: it holds even if another link address is known.
    public static final int FLAG_OVERRIDE = 0x20;

    /// Option: the link address of whom sent the message.
    public static final int OPTION_SOURCE_LINK_ADDRESS = 1;

    /// Option: the link address of the target.
    public static final int OPTION_TARGET_LINK_ADDRESS = 2;

    /// Option: a number by which one knows one's own solicitations (RFC 7527, RFC 3971 §5.3.2).
    public static final int OPTION_NONCE = 14;

    /// Bytes of a link address option of Ethernet, and of a nonce of six bytes.
    public static final int OPTION_LENGTH = 8;

    /// The first half of `ff02::1` and all groups of the link.
    public static final long LINK_GROUP_HIGH = 0xFF02_0000_0000_0000L;

    /// The last half of `ff02::1`, all stations of the link.
    public static final long ALL_NODES_LOW = 1;

    private static final long SOLICITED_NODE_LOW = 0x0000_0001_FF00_0000L;

    /// Option lengths are in units of so many bytes.
    private static final int OPTION_UNIT = 8;

    private static final int FLAGS_OFFSET = 4;
    private static final int TARGET_OFFSET = 8;
    private static final int OPTION_DATA = 2;

    private NeighbourDiscovery() {}

    /// What an advertisement claims of itself.
    ///
    /// @param icmp address of the message
    /// @return [#FLAG_ROUTER], [#FLAG_SOLICITED], [#FLAG_OVERRIDE], or none of them
    public static int flags(long icmp) {
        return Memory.getUnsignedByte(icmp + FLAGS_OFFSET);
    }

    /// The first half of the address that the message is about.
    ///
    /// @param icmp address of the message
    /// @return 64 bits
    public static long targetHigh(long icmp) {
        return Memory.getNetworkLong(icmp + TARGET_OFFSET);
    }

    /// The last half of the address that the message is about.
    ///
    /// @param icmp address of the message
    /// @return 64 bits
    public static long targetLow(long icmp) {
        return Memory.getNetworkLong(icmp + TARGET_OFFSET + 8);
    }

    /// Whether all options lie within the message and none has length 0 (RFC 4861 §4.6, §6.1,
    /// §7.1).
    ///
    /// @param options address of the first one
    /// @param length bytes up to the message's end
    /// @return false if the whole message is to be ignored
    public static boolean areOptionsRight(long options, int length) {
        int at = 0;
        while (at < length) {
            if (length - at < OPTION_UNIT) {
                return false;
            }
            int bytes = optionLength(options + at);
            if (bytes == 0 || bytes > length - at) {
                return false;
            }
            at += bytes;
        }
        return true;
    }

    /// Finds an option.
    ///
    /// @param options address of the first one, all of which are right
    /// @param length bytes up to the message's end
    /// @param type of the option
    /// @return address of the first one of that type, or 0
    public static long option(long options, int length, int type) {
        long end = options + length;
        for (long at = options; at < end; at += optionLength(at)) {
            if (Memory.getUnsignedByte(at) == type) {
                return at;
            }
        }
        return 0;
    }

    /// The length of an option, its type and length included.
    ///
    /// @param option its address
    /// @return bytes, a multiple of 8; 0 if it is wrong
    public static int optionLength(long option) {
        return Memory.getUnsignedByte(option + 1) * OPTION_UNIT;
    }

    /// The MAC address or the nonce of an option that is [#OPTION_LENGTH] bytes long.
    ///
    /// @param option its address
    /// @return a number in the low 48 bits
    public static long optionValue(long option) {
        return Memory.getNetworkMac(option + OPTION_DATA);
    }

    /// Writes a solicitation without options, its checksum left 0.
    ///
    /// @param icmp address of the message
    /// @param targetHigh first half of the address that is looked for
    /// @param targetLow last half
    public static void writeSolicitation(long icmp, long targetHigh, long targetLow) {
        Icmpv6.writeHeader(icmp, Icmpv6.TYPE_NEIGHBOUR_SOLICITATION, 0, 0);
        target(icmp, targetHigh, targetLow);
    }

    /// Writes an advertisement without options, its checksum left 0.
    ///
    /// @param icmp address of the message
    /// @param flags [#FLAG_ROUTER], [#FLAG_SOLICITED], [#FLAG_OVERRIDE]
    /// @param targetHigh first half of the address that it is about
    /// @param targetLow last half
    public static void writeAdvertisement(long icmp, int flags, long targetHigh, long targetLow) {
        Icmpv6.writeHeader(icmp, Icmpv6.TYPE_NEIGHBOUR_ADVERTISEMENT, 0, flags << 24);
        target(icmp, targetHigh, targetLow);
    }

    private static void target(long icmp, long high, long low) {
        Memory.putNetworkLong(icmp + TARGET_OFFSET, high);
        Memory.putNetworkLong(icmp + TARGET_OFFSET + 8, low);
    }

    /// Writes an option of [#OPTION_LENGTH] bytes.
    ///
    /// @param option its address
    /// @param type [#OPTION_SOURCE_LINK_ADDRESS], [#OPTION_TARGET_LINK_ADDRESS] or [#OPTION_NONCE]
    /// @param value a MAC address, or a nonce, in the low 48 bits
    public static void writeOption(long option, int type, long value) {
        Memory.putByte(option, type);
        Memory.putByte(option + 1, OPTION_LENGTH / OPTION_UNIT);
        Memory.putNetworkMac(option + OPTION_DATA, value);
    }

    /// The last half of an address's solicited-node group, `ff02::1:ff00:0/104` with the address's
    /// last 24 bits (RFC 4291 §2.7.1).
    ///
    /// @param low last half of the address
    /// @return last half of the group's, whose first is [#LINK_GROUP_HIGH]
    public static long solicitedNodeLow(long low) {
        return SOLICITED_NODE_LOW | (low & 0xFF_FFFF);
    }
}
