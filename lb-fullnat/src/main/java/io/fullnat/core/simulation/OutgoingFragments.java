// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import io.fullnat.api.IpAddress;
import io.fullnat.api.Ipv6Address;
import io.fullnat.core.packet.Ethernet;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Ipv6Extension;
import io.fullnat.core.packet.Ipv6Fragment;
import io.fullnat.core.packet.PacketBuilder;
import java.util.Arrays;

/// Cuts datagrams that are longer than a host's MTU as their sender does (RFC 791 §3.2, RFC 8200
/// §4.5). Belongs to the host's thread.
final class OutgoingFragments {
    private static final int UNIT = 8;

    private final SimulatedHost host;
    private int identification;

    OutgoingFragments(SimulatedHost host) {
        this.host = host;
        identification = host.random().nextInt();
    }

    /// Sends a datagram, in fragments if need be.
    ///
    /// @param datagram made from [SimulatedHost#packet], of UDP, whole
    void send(IpAddress source, IpAddress destination, PacketBuilder datagram) {
        boolean ipv6 = source instanceof Ipv6Address;
        int header = SimulatedHost.headerLength(destination);
        byte[] frame = datagram.toBytes();
        byte[] whole = Arrays.copyOfRange(frame, Ethernet.HEADER_LENGTH + header, frame.length);
        if (header + whole.length <= host.mtu()) {
            host.send(datagram, destination);
            return;
        }
        identification++;
        int room = host.mtu() - header - (ipv6 ? Ipv6Fragment.HEADER_LENGTH : 0);
        int length = room / UNIT * UNIT;
        for (int at = 0; at < whole.length; at += length) {
            byte[] part = Arrays.copyOfRange(whole, at, Math.min(whole.length, at + length));
            boolean more = at + length < whole.length;
            PacketBuilder packet = host.packet(source, destination);
            packet =
                    ipv6
                            ? packet.extension(Ipv6Extension.fragment(at, more, identification))
                            : packet.identification(identification & 0xFFFF).fragment(at, more);
            host.send(packet.protocol(Ipv4.PROTOCOL_UDP).payload(part), destination);
        }
    }
}
