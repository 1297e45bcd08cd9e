// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.packet;

import io.fullnat.api.io.Memory;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;

/// An extension header of IPv6 (RFC 8200 §4) for a [PacketBuilder]. Not changed once made.
public final class Ipv6Extension {
    private static final int UNIT = 8;

    private final int type;
    private final byte[] bytes;

    /// Any bytes as a header.
    ///
    /// @param type which header it is: the next header number in front of it
    /// @param bytes all of it; the first is replaced by the number of what follows
    public Ipv6Extension(int type, byte... bytes) {
        this.type = type;
        this.bytes = bytes.clone();
    }

    /// Hop-by-hop options (RFC 8200 §4.3).
    ///
    /// @param options padded with zeros, each of which is an option Pad1
    /// @return the header
    public static Ipv6Extension hopByHop(byte... options) {
        return options(Ipv6.NEXT_HEADER_HOP_BY_HOP, options);
    }

    /// Options for the destination (RFC 8200 §4.6).
    ///
    /// @param options padded with zeros, each of which is an option Pad1
    /// @return the header
    public static Ipv6Extension destination(byte... options) {
        return options(Ipv6.NEXT_HEADER_DESTINATION, options);
    }

    private static Ipv6Extension options(int type, byte... options) {
        int length = (2 + options.length + UNIT - 1) / UNIT * UNIT;
        byte[] header = new byte[length];
        header[1] = (byte) (length / UNIT - 1);
        System.arraycopy(options, 0, header, 2, options.length);
        return new Ipv6Extension(type, header);
    }

    /// Places that the packet was or is to be sent to (RFC 8200 §4.4).
    ///
    /// @param routingType 0 to 255
    /// @param segmentsLeft how many are yet to be visited
    /// @param addresses as in `2001:db8::1`
    /// @return the header
    public static Ipv6Extension routing(int routingType, int segmentsLeft, String... addresses) {
        ByteBuffer header = ByteBuffer.allocate(UNIT + 16 * addresses.length);
        header.put(new byte[] {0, (byte) (2 * addresses.length), (byte) routingType});
        header.put((byte) segmentsLeft).putInt(0);
        for (String address : addresses) {
            long[] halves = address(address);
            header.putLong(halves[0]).putLong(halves[1]);
        }
        return new Ipv6Extension(Ipv6.NEXT_HEADER_ROUTING, header.array());
    }

    /// The place of a part in a larger packet (RFC 8200 §4.5).
    ///
    /// @param offsetBytes a multiple of 8
    /// @param more whether further parts follow
    /// @param identification what the parts have in common
    /// @return the header
    public static Ipv6Extension fragment(int offsetBytes, boolean more, int identification) {
        ByteBuffer header = ByteBuffer.allocate(UNIT);
        header.putShort((short) 0).putShort((short) (offsetBytes | (more ? 1 : 0)));
        return new Ipv6Extension(Ipv6.NEXT_HEADER_FRAGMENT, header.putInt(identification).array());
    }

    /// The option that asks routers to look at the packet (RFC 2711), as multicast listeners send
    /// it.
    ///
    /// @return a hop-by-hop header
    public static Ipv6Extension routerAlert() {
        return new Ipv6Extension(
                Ipv6.NEXT_HEADER_HOP_BY_HOP,
                TransportLayer.written(Mld.ROUTER_ALERT_LENGTH, Mld::writeRouterAlert));
    }

    int type() {
        return type;
    }

    int length() {
        return bytes.length;
    }

    void write(long at, int nextHeader) {
        Memory.fromBytes(bytes, at);
        Memory.putByte(at, nextHeader);
    }

    /// The two halves of an address, as in `2001:db8::1`.
    static long[] address(String text) {
        if (!(InetAddress.ofLiteral(text) instanceof Inet6Address address)) {
            throw new IllegalArgumentException(text + " is no IPv6 address");
        }
        ByteBuffer bytes = ByteBuffer.wrap(address.getAddress());
        return new long[] {bytes.getLong(), bytes.getLong()};
    }

    @Override
    public String toString() {
        return type + " " + Arrays.toString(bytes);
    }
}
