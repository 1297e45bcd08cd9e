// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.util.Arrays;
import java.util.List;

/// A client of a SYN proxy that has acknowledged its cookie, and the SYN that its real server gets:
/// first a connection that is pending, and after [#accept()] one that is open.
final class ProxiedFlow {
    static final int SERVER_ISN = 0xFFFF_FF00;

    final CookieClient client;
    final byte[] syn;

    private ProxiedFlow(CookieClient client, byte[] syn) {
        this.client = client;
        this.syn = syn;
    }

    static ProxiedFlow begin(Rig rig, int port) {
        CookieClient client = new CookieClient(rig, port);
        client.connect();
        List<byte[]> out = rig.clientSends(client.acknowledgement());
        assertThat(out).hasSize(1);
        assertThat(IpFrame.tcpFlags(out.getFirst())).isEqualTo(Tcp.SYN);
        return new ProxiedFlow(client, out.getFirst());
    }

    /// The first data of the client.
    PacketBuilder says(String text) {
        return client(Tcp.ACK | Tcp.PSH, 1, 1).payload(text);
    }

    /// @param ahead of the client's first number
    /// @param acknowledged of the cookie
    PacketBuilder client(int flags, int ahead, int acknowledged) {
        return client.segment()
                .flags(flags)
                .sequence(client.sequence + ahead)
                .acknowledgement(client.cookie + acknowledged);
    }

    /// @param acknowledged of the client's number as the server has got it
    PacketBuilder server(int flags, int sequence, int acknowledged) {
        return client.rig
                .answer()
                .tcp(8080, IpFrame.sourcePort(syn))
                .flags(flags)
                .sequence(sequence)
                .acknowledgement(CookieClient.number(syn, 4) + acknowledged);
    }

    List<byte[]> accept() {
        return client.rig.serverSends(server(Tcp.SYN | Tcp.ACK, SERVER_ISN, 1).window(5000));
    }

    /// What a segment carries.
    static String text(byte[] frame) {
        int l4 = IpFrame.transport(frame);
        int from = l4 + ((frame[l4 + 12] & 0xF0) >>> 2);
        return new String(
                Arrays.copyOfRange(frame, from, l4 + IpFrame.payloadLength(frame)), US_ASCII);
    }
}
