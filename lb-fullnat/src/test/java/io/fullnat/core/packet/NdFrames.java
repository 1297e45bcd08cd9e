// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.packet;

import io.fullnat.api.MacAddress;
import io.fullnat.api.io.Memory;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.util.HexFormat;

/// Frames of neighbour discovery and multicast listeners for tests, and a look at what came back.
/// Addresses are text. What is made may be changed further before its bytes are taken.
public final class NdFrames {
    /// The group of all stations.
    public static final String ALL = "ff02::1";

    private NdFrames() {}

    /// `33:33` and the last 32 bits of a group's address.
    public static String groupMac(String group) {
        return new MacAddress(Ethernet.groupOf(Ipv6Extension.address(group)[1])).toString();
    }

    /// The solicited-node group of an address.
    public static String solicitedNode(String address) {
        long low = NeighbourDiscovery.solicitedNodeLow(Ipv6Extension.address(address)[1]);
        return "ff02::1:ff%02x:%04x".formatted(low >>> 16 & 0xFF, low & 0xFFFF);
    }

    /// A packet of ICMPv6 with hop limit 255.
    public static PacketBuilder message(
            String fromMac, String from, String toMac, String to, int type, int rest) {
        return PacketBuilder.ethernet(fromMac, toMac)
                .ipv6(from, to)
                .timeToLive(255)
                .icmp(type, 0, rest);
    }

    /// "Who has the target?", to its solicited-node group.
    public static PacketBuilder solicitation(
            String fromMac, String from, String target, byte[]... options) {
        String group = solicitedNode(target);
        return solicitation(fromMac, from, groupMac(group), group, target, options);
    }

    /// "Who has the target?", to anybody.
    public static PacketBuilder solicitation(
            String fromMac,
            String from,
            String toMac,
            String to,
            String target,
            byte[]... options) {
        return message(fromMac, from, toMac, to, 135, 0).payload(body(target, options));
    }

    /// "The target is at ...".
    ///
    /// @param flags of [NeighbourDiscovery]
    public static PacketBuilder advertisement(
            String fromMac,
            String from,
            String toMac,
            String to,
            int flags,
            String target,
            byte[]... options) {
        return message(fromMac, from, toMac, to, 136, flags << 24).payload(body(target, options));
    }

    /// "Who listens to the group?", with hop limit 1 and a Router Alert.
    ///
    /// @param group `::` for all groups
    public static PacketBuilder query(String fromMac, String from, int maxResponse, String group) {
        String to = group.equals("::") ? ALL : group;
        return PacketBuilder.ethernet(fromMac, groupMac(to))
                .ipv6(from, to)
                .timeToLive(1)
                .extension(Ipv6Extension.routerAlert())
                .icmp(130, 0, maxResponse << 16)
                .payload(body(group, new byte[] {2, 125, 0, 0}));
    }

    /// An option of eight bytes.
    ///
    /// @param type 1 the source's link address, 2 the target's, 14 a nonce
    public static byte[] option(int type, String mac) {
        return ByteBuffer.allocate(8)
                .put((byte) type)
                .put((byte) 1)
                .put(HexFormat.ofDelimiter(":").parseHex(mac))
                .array();
    }

    private static byte[] body(String target, byte[]... options) {
        ByteBuffer body = ByteBuffer.allocate(256);
        long[] halves = Ipv6Extension.address(target);
        body.putLong(halves[0]).putLong(halves[1]);
        for (byte[] option : options) {
            body.put(option);
        }
        byte[] bytes = new byte[body.position()];
        body.flip().get(bytes);
        return bytes;
    }

    /// Whether a frame is a packet of IPv6 with a right chain of headers and a right checksum.
    public static boolean isRight(byte[] frame) {
        try (Arena arena = Arena.ofConfined()) {
            long l2 = arena.allocate(frame.length, 8).address();
            Memory.fromBytes(frame, l2);
            boolean tagged = Ethernet.type(l2) == Ethernet.TYPE_VLAN;
            int link = Ethernet.HEADER_LENGTH + (tagged ? Vlan.TAG_LENGTH : 0);
            long ip = l2 + link;
            Ipv6Chain chain = new Ipv6Chain();
            return (tagged ? Vlan.type(l2) : Ethernet.type(l2)) == Ethernet.TYPE_IPV6
                    && chain.walk(ip, frame.length - link) == Ipv6Chain.RIGHT
                    && !chain.isFragment()
                    && Checksum.isTransport6Valid(
                            ip, chain.protocol(), chain.transport(), chain.transportLength());
        }
    }
}
