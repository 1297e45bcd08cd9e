// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.translate;

import static io.fullnat.core.connection.ConnectionLayout.ADDRESSES;
import static io.fullnat.core.connection.ConnectionLayout.FLOW_LENGTH;
import static io.fullnat.core.connection.ConnectionLayout.IP_STEP;
import static io.fullnat.core.connection.ConnectionLayout.L4_DELTA;
import static io.fullnat.core.connection.ConnectionLayout.NEW_ADDRESSES;
import static io.fullnat.core.connection.ConnectionLayout.NEW_PORTS;
import static io.fullnat.core.connection.ConnectionLayout.NEW_WIDE_ADDRESSES;
import static io.fullnat.core.connection.ConnectionLayout.PORTS;
import static io.fullnat.core.connection.ConnectionLayout.PROTOCOL;
import static io.fullnat.core.connection.ConnectionLayout.WIDE_ADDRESSES;
import static io.fullnat.core.connection.ConnectionLayout.WIDE_ENTRY_LENGTH;

import io.fullnat.api.io.Memory;
import io.fullnat.core.memory.Region;
import io.fullnat.core.packet.Checksum;
import io.fullnat.core.packet.Icmp;
import io.fullnat.core.packet.Icmpv6;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Ipv6;
import io.fullnat.core.translate.FamilyPacket.Ends;
import org.jspecify.annotations.Nullable;

/// The flows of one connection from a client of IPv6 to a server of IPv4, and packets translated by
/// them.
final class FamilyFlows implements AutoCloseable {
    /// The identification of all packets of IPv4, the same in either order of bytes.
    static final int IDENTIFICATION = 0x1212;

    private static final int ROOM = 128;

    private final Region entry = Region.allocate(WIDE_ENTRY_LENGTH, "a connection");
    private final Region memory = Region.allocate(ROOM + 70_000, "a packet");
    final long toServer = entry.address();
    final long toClient = toServer + FLOW_LENGTH;
    int link4 = 1500;
    int link6 = 1500;

    FamilyFlows(Ends ends) {
        Memory.zero(toServer, WIDE_ENTRY_LENGTH);
        put(toServer + WIDE_ADDRESSES, Ends.CLIENT, Ends.SERVICE);
        ports(toServer + PORTS, ends.clientPort(), ends.servicePort());
        put(toServer + NEW_ADDRESSES, Ends.LOCAL, Ends.SERVER);
        ports(toServer + NEW_PORTS, ends.localPort(), ends.serverPort());
        put(toClient + ADDRESSES, Ends.SERVER, Ends.LOCAL);
        ports(toClient + PORTS, ends.serverPort(), ends.localPort());
        put(toClient + NEW_WIDE_ADDRESSES, Ends.SERVICE, Ends.CLIENT);
        ports(toClient + NEW_PORTS, ends.servicePort(), ends.clientPort());
        int ipv6 = sum(toServer + WIDE_ADDRESSES, 32) + sum(toServer + PORTS, 4);
        int ipv4 = sum(toServer + NEW_ADDRESSES, 8) + sum(toServer + NEW_PORTS, 4);
        Memory.putShort(toServer + L4_DELTA, Checksum.fold(ipv4 + (0x3FFFCL - ipv6)));
        Memory.putShort(toClient + L4_DELTA, Checksum.fold(ipv6 + (0x3FFFCL - ipv4)));
        Memory.putInt(toServer + IP_STEP, sum(toServer + NEW_ADDRESSES, 8) << 16);
    }

    private static void put(long at, String source, String destination) {
        byte[] first = FamilyPacket.numbers(source);
        Memory.fromBytes(first, at);
        Memory.fromBytes(FamilyPacket.numbers(destination), at + first.length);
    }

    /// In the order of the machine, as deltas are kept.
    private static int sum(long at, int length) {
        return Short.toUnsignedInt(Short.reverseBytes((short) Checksum.sum(at, length)));
    }

    private static void ports(long at, int source, int destination) {
        Memory.putNetworkShort(at, source);
        Memory.putNetworkShort(at + 2, destination);
    }

    /// What becomes of a packet; null if it is not translated.
    byte @Nullable [] translated(byte[] packet) {
        long ip = load(packet);
        return Ipv4.version(ip) == 4 ? to6(ip) : to4(ip);
    }

    /// Puts a packet where there is room in front of it.
    long load(byte[] packet) {
        long ip = memory.address() + ROOM;
        Memory.fromBytes(packet, ip);
        return ip;
    }

    private byte @Nullable [] to6(long ip) {
        boolean error = Ipv4.protocol(ip) == Ipv4.PROTOCOL_ICMP;
        long l4 = error ? Ipv4.payload(ip) + Icmp.HEADER_LENGTH : ip;
        protocol(toClient, Ipv4.protocol(l4));
        if (FamilyGate.isSourceRouted(ip)) {
            return null;
        }
        long to =
                error
                        ? IcmpTo6.translate(ip, toClient, link6, link4)
                        : FamilyRewrite.to6(toClient, ip, Ipv4.payload(ip), Ipv4.payloadLength(ip));
        return to == 0 ? null : Memory.toBytes(to, Ipv6.totalLength(to));
    }

    private byte @Nullable [] to4(long ip) {
        long l4 = behindHeaders(ip);
        int length = Ipv6.totalLength(ip) - (int) (l4 - ip);
        Identifications identifications = new Identifications(IDENTIFICATION - 1, 1);
        long to;
        if (next(ip) == Ipv6.NEXT_HEADER_ICMP) {
            long quoted = l4 + Icmpv6.HEADER_LENGTH;
            long fragment = fragmentHeader(quoted);
            long quotedL4 = behindHeaders(quoted);
            protocol(toServer, next(quoted));
            to =
                    IcmpTo4.translate(
                            ip,
                            l4,
                            length,
                            quotedL4,
                            fragment,
                            toServer,
                            identifications.of(fragmentHeader(ip)),
                            link4,
                            link6);
        } else {
            protocol(toServer, next(ip));
            to = FamilyRewrite.to4(toServer, ip, l4, length, fragmentHeader(ip), identifications);
        }
        return to == 0 ? null : Memory.toBytes(to, Ipv4.totalLength(to));
    }

    /// Makes a flow one of TCP or UDP.
    static void protocol(long flow, int number) {
        Memory.putByte(flow + PROTOCOL, number);
    }

    private static long behindHeaders(long ip) {
        long at = ip + Ipv6.HEADER_LENGTH;
        for (int next = Ipv6.nextHeader(ip); isExtension(next); ) {
            next = Memory.getUnsignedByte(at);
            at += 8 + 8L * Memory.getUnsignedByte(at + 1);
        }
        return at;
    }

    private static int next(long ip) {
        long at = ip + Ipv6.HEADER_LENGTH;
        int next = Ipv6.nextHeader(ip);
        while (isExtension(next)) {
            next = Memory.getUnsignedByte(at);
            at += 8 + 8L * Memory.getUnsignedByte(at + 1);
        }
        return next;
    }

    private static long fragmentHeader(long ip) {
        long at = ip + Ipv6.HEADER_LENGTH;
        int next = Ipv6.nextHeader(ip);
        while (isExtension(next)) {
            if (next == Ipv6.NEXT_HEADER_FRAGMENT) {
                return at;
            }
            next = Memory.getUnsignedByte(at);
            at += 8 + 8L * Memory.getUnsignedByte(at + 1);
        }
        return 0;
    }

    private static boolean isExtension(int next) {
        return next == Ipv6.NEXT_HEADER_HOP_BY_HOP
                || next == Ipv6.NEXT_HEADER_ROUTING
                || next == Ipv6.NEXT_HEADER_FRAGMENT
                || next == Ipv6.NEXT_HEADER_DESTINATION;
    }

    @Override
    public void close() {
        entry.close();
        memory.close();
    }
}
