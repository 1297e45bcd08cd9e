// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.Change;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.SynProxy;
import io.fullnat.api.service.TcpPolicy;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/// A client of a service with a SYN proxy in a [Rig], segment by segment.
final class CookieClient {
    static final byte[] LINUX = {
        2, 4, 5, (byte) 0xB4, 4, 2, 8, 10, 1, 2, 3, 4, 0, 0, 0, 0, 1, 3, 3, 9
    };
    static final int ISN = 0x7FFF_FFFF;

    final Rig rig;
    final int port;
    int sequence = ISN;

    /// Of the SYN-ACK.
    int cookie;

    int timestamp;

    CookieClient(Rig rig, int port) {
        this.rig = rig;
        this.port = port;
    }

    static Change always(Rig rig) {
        return with(rig, SynProxy.ALWAYS);
    }

    static Change with(Rig rig, SynProxy proxy) {
        return new Change.SetPolicy(
                rig.tcp, ServicePolicy.DEFAULT.withTcp(TcpPolicy.KEEP.withSynProxy(proxy)));
    }

    PacketBuilder segment() {
        return rig.request().tcp(port, 80);
    }

    PacketBuilder syn(byte... options) {
        return segment().flags(Tcp.SYN).sequence(sequence).window(1000).tcpOptions(options);
    }

    /// Sends a SYN that is answered.
    byte[] connect(byte... options) {
        List<byte[]> out = rig.clientSends(syn(options));
        assertThat(out).hasSize(1);
        byte[] answer = out.getFirst();
        assertThat(IpFrame.tcpFlags(answer)).isEqualTo(Tcp.SYN | Tcp.ACK);
        answered(answer);
        return answer;
    }

    /// Remembers what a SYN-ACK says.
    void answered(byte[] answer) {
        cookie = number(answer, 4);
        byte[] said = options(answer);
        timestamp = said.length < 16 ? 0 : ByteBuffer.wrap(said).getInt(8);
    }

    /// The acknowledgement of the SYN-ACK.
    PacketBuilder acknowledgement() {
        return segment()
                .flags(Tcp.ACK)
                .sequence(sequence + 1)
                .acknowledgement(cookie + 1)
                .tcpOptions(stamps());
    }

    /// The options of its segments: timestamps if the SYN-ACK has them.
    byte[] stamps() {
        return timestamp == 0
                ? new byte[0]
                : ByteBuffer.allocate(12)
                        .put(new byte[] {1, 1, 8, 10})
                        .putInt(0x0102_0305)
                        .putInt(timestamp)
                        .array();
    }

    static int number(byte[] frame, int offset) {
        return ByteBuffer.wrap(frame).getInt(IpFrame.transport(frame) + offset);
    }

    static int window(byte[] frame) {
        return ByteBuffer.wrap(frame).getShort(IpFrame.transport(frame) + 14) & 0xFFFF;
    }

    static byte[] options(byte[] frame) {
        int l4 = IpFrame.transport(frame);
        return Arrays.copyOfRange(frame, l4 + 20, l4 + ((frame[l4 + 12] & 0xF0) >>> 2));
    }
}
