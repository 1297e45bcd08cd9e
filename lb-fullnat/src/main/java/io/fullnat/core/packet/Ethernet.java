// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.packet;

import io.fullnat.api.io.Memory;

/// An Ethernet II header (IEEE 802.3 §3.1.1), viewed in place at the address of its first byte.
///
/// ```
///   0                 6                 12        14
///  +-----------------+-----------------+---------+-------
///  |   destination   |     source      |  type   | ...
///  +-----------------+-----------------+---------+-------
/// ```
///
/// MAC addresses are numbers of 48 bits, first octet highest. The caller knows that
/// [#HEADER_LENGTH] bytes are there; then no accessor fails. Stateless, so thread-safe.
public final class Ethernet {
    /// Bytes of the header without a VLAN tag.
    public static final int HEADER_LENGTH = 14;

    /// The type of IPv4 (RFC 894).
    public static final int TYPE_IPV4 = 0x0800;

    /// The type of ARP (RFC 826).
    public static final int TYPE_ARP = 0x0806;

    /// The type of a VLAN tag (IEEE 802.1Q), see [Vlan].
    public static final int TYPE_VLAN = 0x8100;

    /// The type of IPv6 (RFC 2464).
    public static final int TYPE_IPV6 = 0x86DD;

    /// `ff:ff:ff:ff:ff:ff`, for all stations.
    public static final long BROADCAST = 0xFFFF_FFFF_FFFFL;

    /// What groups of IPv6 begin with, `33:33:00:00:00:00` (RFC 2464 §7).
    private static final long IPV6_GROUP = 0x3333_0000_0000L;

    private static final int DESTINATION_OFFSET = 0;
    private static final int SOURCE_OFFSET = 6;
    private static final int TYPE_OFFSET = 12;

    private Ethernet() {}

    /// For whom the frame is.
    ///
    /// @param l2 address of the header
    /// @return a MAC address in the low 48 bits
    public static long destination(long l2) {
        return Memory.getNetworkMac(l2 + DESTINATION_OFFSET);
    }

    /// Sets for whom the frame is.
    ///
    /// @param l2 address of the header
    /// @param mac a MAC address in the low 48 bits
    public static void destination(long l2, long mac) {
        Memory.putNetworkMac(l2 + DESTINATION_OFFSET, mac);
    }

    /// Who sent the frame.
    ///
    /// @param l2 address of the header
    /// @return a MAC address in the low 48 bits
    public static long source(long l2) {
        return Memory.getNetworkMac(l2 + SOURCE_OFFSET);
    }

    /// Sets who sends the frame.
    ///
    /// @param l2 address of the header
    /// @param mac a MAC address in the low 48 bits
    public static void source(long l2, long mac) {
        Memory.putNetworkMac(l2 + SOURCE_OFFSET, mac);
    }

    /// What follows the header; [#TYPE_VLAN] for a tagged frame, whose [Vlan#type(long)] then says
    /// more. Values below 0x600 are lengths of IEEE 802.3 frames.
    ///
    /// @param l2 address of the header
    /// @return 0 to 65535
    public static int type(long l2) {
        return Memory.getNetworkShort(l2 + TYPE_OFFSET);
    }

    /// Sets what follows the header.
    ///
    /// @param l2 address of the header
    /// @param type 0 to 65535
    public static void type(long l2, int type) {
        Memory.putNetworkShort(l2 + TYPE_OFFSET, type);
    }

    /// Whether the frame is for a group, broadcast included.
    ///
    /// @param l2 address of the header
    /// @return true if the lowest bit of the destination's first octet is set
    public static boolean isGroup(long l2) {
        return (Memory.getByte(l2 + DESTINATION_OFFSET) & 1) != 0;
    }

    /// The MAC address of a group of IPv6 (RFC 2464 §7): nobody is asked for it.
    ///
    /// @param low last half of the group's address
    /// @return `33:33` and the last 32 bits of the address
    public static long groupOf(long low) {
        return IPV6_GROUP | (low & 0xFFFF_FFFFL);
    }

    /// Writes a whole untagged header.
    ///
    /// @param l2 address of the header
    /// @param destination a MAC address in the low 48 bits
    /// @param source a MAC address in the low 48 bits
    /// @param type 0 to 65535
    public static void writeHeader(long l2, long destination, long source, int type) {
        destination(l2, destination);
        source(l2, source);
        type(l2, type);
    }
}
