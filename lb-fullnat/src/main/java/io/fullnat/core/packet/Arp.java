// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.packet;

import io.fullnat.api.io.Memory;

/// An ARP packet for IPv4 over Ethernet (RFC 826), viewed in place at the address of its first
/// byte.
///
/// ```
///   0        2        4     5     6           8               14
///  +--------+--------+-----+-----+-----------+---------------+----------------+
///  | hw = 1 | 0x0800 |  6  |  4  | operation |  sender MAC   | sender address |
///  +--------+--------+-----+-----+-----------+---------------+----------------+
///   18              24               28
///  +---------------+----------------+
///  |  target MAC   | target address |
///  +---------------+----------------+
/// ```
///
/// The caller knows that [#LENGTH] bytes are there; then no accessor fails. Stateless, so
/// thread-safe.
public final class Arp {
    /// Bytes of a packet.
    public static final int LENGTH = 28;

    /// "Who has the target address?"
    public static final int OPERATION_REQUEST = 1;

    /// "The sender address is at the sender MAC."
    public static final int OPERATION_REPLY = 2;

    /// Hardware type 1, protocol type IPv4, address lengths 6 and 4: the first six bytes.
    private static final int HARDWARE_AND_PROTOCOL = 0x0001_0800;

    private static final int LENGTHS = 0x0604;

    private static final int LENGTHS_OFFSET = 4;
    private static final int OPERATION_OFFSET = 6;
    private static final int SENDER_MAC_OFFSET = 8;
    private static final int SENDER_ADDRESS_OFFSET = 14;
    private static final int TARGET_MAC_OFFSET = 18;
    private static final int TARGET_ADDRESS_OFFSET = 24;

    private Arp() {}

    /// Whether the packet is about IPv4 addresses on Ethernet, so that the accessors mean
    /// something.
    ///
    /// @param arp address of the packet
    /// @return false for any other hardware, protocol or address length
    public static boolean isIpv4OverEthernet(long arp) {
        return Memory.getNetworkInt(arp) == HARDWARE_AND_PROTOCOL
                && Memory.getNetworkShort(arp + LENGTHS_OFFSET) == LENGTHS;
    }

    /// What the packet asks or says.
    ///
    /// @param arp address of the packet
    /// @return [#OPERATION_REQUEST], [#OPERATION_REPLY] or a number that IPv4 does not use
    public static int operation(long arp) {
        return Memory.getNetworkShort(arp + OPERATION_OFFSET);
    }

    /// The MAC address of whom sent the packet.
    ///
    /// @param arp address of the packet
    /// @return a MAC address in the low 48 bits
    public static long senderMac(long arp) {
        return Memory.getNetworkMac(arp + SENDER_MAC_OFFSET);
    }

    /// The IPv4 address of whom sent the packet; 0 in a probe (RFC 5227 §1.1).
    ///
    /// @param arp address of the packet
    /// @return an address in host order
    public static int senderAddress(long arp) {
        return Memory.getNetworkInt(arp + SENDER_ADDRESS_OFFSET);
    }

    /// The MAC address of the other side; in a request it means nothing.
    ///
    /// @param arp address of the packet
    /// @return a MAC address in the low 48 bits
    public static long targetMac(long arp) {
        return Memory.getNetworkMac(arp + TARGET_MAC_OFFSET);
    }

    /// The IPv4 address of the other side: the one asked for. Equal to the sender's in a gratuitous
    /// packet (RFC 5944 §4.6).
    ///
    /// @param arp address of the packet
    /// @return an address in host order
    public static int targetAddress(long arp) {
        return Memory.getNetworkInt(arp + TARGET_ADDRESS_OFFSET);
    }

    /// Writes a whole packet.
    ///
    /// @param arp address of the packet
    /// @param operation [#OPERATION_REQUEST] or [#OPERATION_REPLY]
    /// @param senderMac a MAC address in the low 48 bits
    /// @param senderAddress an IPv4 address in host order
    /// @param targetMac a MAC address in the low 48 bits, 0 in a request
    /// @param targetAddress an IPv4 address in host order
    public static void write(
            long arp,
            int operation,
            long senderMac,
            int senderAddress,
            long targetMac,
            int targetAddress) {
        Memory.putNetworkInt(arp, HARDWARE_AND_PROTOCOL);
        Memory.putNetworkShort(arp + LENGTHS_OFFSET, LENGTHS);
        Memory.putNetworkShort(arp + OPERATION_OFFSET, operation);
        Memory.putNetworkMac(arp + SENDER_MAC_OFFSET, senderMac);
        Memory.putNetworkInt(arp + SENDER_ADDRESS_OFFSET, senderAddress);
        Memory.putNetworkMac(arp + TARGET_MAC_OFFSET, targetMac);
        Memory.putNetworkInt(arp + TARGET_ADDRESS_OFFSET, targetAddress);
    }
}
