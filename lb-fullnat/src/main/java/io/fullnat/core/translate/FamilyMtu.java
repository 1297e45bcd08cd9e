// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.translate;

import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Ipv6;
import io.fullnat.core.packet.Ipv6Fragment;

/// What size a packet may have that becomes one of the other family, whose header is 20 bytes
/// longer or shorter. Stateless.
public final class FamilyMtu {
    /// By how much a packet grows from IPv4 to IPv6.
    public static final int GROWTH = Ipv6.HEADER_LENGTH - Ipv4.MIN_HEADER_LENGTH;

    /// Up to this length a packet that comes from IPv6 may be fragmented: no link asks its sender
    /// for less (RFC 7915 §5.1).
    public static final int MAY_BE_FRAGMENTED = Ipv6.MIN_MTU - GROWTH;

    /// An error says nothing of use.
    public static final int IGNORED = 0;

    /// The sizes of links that routers may mean that do not say (RFC 1191 §7), the largest first.
    private static final int[] PLATEAUS = {
        65_535, 32_000, 17_914, 8_166, 4_352, 2_002, 1_492, 1_006, 508, 296, 68
    };

    private FamilyMtu() {}

    /// What "fragmentation needed" has to say in ICMPv6 (RFC 7915 §4.2): never less than each link
    /// of IPv6 takes. Senders would not believe it (RFC 8201 §4), and need not: what is shorter may
    /// be fragmented when it has become IPv4.
    ///
    /// @param mtu that the error tells; 0 from a router that does not say
    /// @param quotedLength total length of the packet that it is about
    /// @param link6 MTU towards the receiver of the error
    /// @param link4 MTU towards where the error comes from
    /// @return 1280 or more
    static int to6(int mtu, int quotedLength, int link6, int link4) {
        int known = mtu == 0 ? plateau(quotedLength) : mtu;
        int least = Math.min(link6, Math.min(known, link4) + GROWTH);
        return Math.max(Ipv6.MIN_MTU, least);
    }

    /// What "packet too big" has to say in ICMP (RFC 7915 §5.2).
    ///
    /// @param mtu that the error tells, 0 to 2^32 - 1
    /// @param fragmented whether the packet that it is about has a fragment header
    /// @param link4 MTU towards the receiver of the error
    /// @param link6 MTU towards where the error comes from
    /// @return bytes; [#IGNORED] if no link of IPv6 can have such an MTU (RFC 8201 §4)
    static int to4(long mtu, boolean fragmented, int link4, int link6) {
        if (mtu < Ipv6.MIN_MTU) {
            return IGNORED;
        }
        int behind =
                (int) Math.min(mtu, link6) - GROWTH - (fragmented ? Ipv6Fragment.HEADER_LENGTH : 0);
        return Math.min(link4, behind);
    }

    private static int plateau(int length) {
        for (int plateau : PLATEAUS) {
            if (plateau < length) {
                return plateau;
            }
        }
        return PLATEAUS[PLATEAUS.length - 1];
    }

    /// What the sender of an IPv6 packet is told that does not fit onto a link as IPv4.
    ///
    /// @param link4 the link's MTU
    /// @return 1280 or more
    public static int tell6(int link4) {
        return Math.max(Ipv6.MIN_MTU, link4 + GROWTH);
    }
}
