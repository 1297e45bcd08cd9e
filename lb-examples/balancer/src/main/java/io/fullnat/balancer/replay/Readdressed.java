// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.replay;

import io.fullnat.api.IpAddress;
import io.fullnat.balancer.pcap.FrameHeaders;
import java.nio.ByteBuffer;

/// A frame that gets other addresses and ports. Its checksums follow by what changes (RFC 1624), so
/// that what was damaged stays damaged. For one thread.
public final class Readdressed {
    private static final int CHECKSUM_IPV4 = 10;
    private static final int CHECKSUM_TCP = 16;
    private static final int CHECKSUM_UDP = 6;

    private final ByteBuffer frame;
    private final boolean ipv4;
    private final boolean udp;
    private final int network;
    private final int transport;
    private final boolean unchecked;

    /// A frame of TCP or UDP.
    ///
    /// @param bytes are changed
    /// @param headers of the frame
    public Readdressed(byte[] bytes, FrameHeaders headers) {
        frame = ByteBuffer.wrap(bytes);
        ipv4 = headers.type() == FrameHeaders.TYPE_IPV4;
        udp = headers.protocol() == FrameHeaders.UDP;
        network = headers.network();
        transport = headers.transport();
        unchecked = udp && frame.getShort(transport + CHECKSUM_UDP) == 0;
    }

    /// The frame.
    ///
    /// @return the bytes that it was made with
    public byte[] bytes() {
        return frame.array();
    }

    void address(boolean source, IpAddress address) {
        if (ipv4) {
            int at = network + (source ? 12 : 16);
            put(at, (int) (address.low() >>> 16) & 0xFFFF, true);
            put(at + 2, (int) address.low() & 0xFFFF, true);
            return;
        }
        int at = network + (source ? 8 : 24);
        for (int i = 0; i < 8; i++) {
            long half = i < 4 ? address.high() : address.low();
            put(at + 2 * i, (int) (half >>> (48 - 16 * (i & 3))) & 0xFFFF, false);
        }
    }

    /// Sets a port.
    ///
    /// @param offset in the transport header
    /// @param port to be there
    public void port(int offset, int port) {
        put(transport + offset, port, false);
    }

    private void put(int at, int value, boolean inIpChecksum) {
        int old = frame.getShort(at) & 0xFFFF;
        frame.putShort(at, (short) value);
        if (inIpChecksum) {
            correct(network + CHECKSUM_IPV4, old, value);
        }
        int checksum = transport + (udp ? CHECKSUM_UDP : CHECKSUM_TCP);
        if (!unchecked && checksum + 2 <= frame.limit()) {
            correct(checksum, old, value);
            if (udp && frame.getShort(checksum) == 0) {
                frame.putShort(checksum, (short) -1);
            }
        }
    }

    private void correct(int at, int old, int value) {
        int sum = (~frame.getShort(at) & 0xFFFF) + (~old & 0xFFFF) + value;
        sum = (sum & 0xFFFF) + (sum >>> 16);
        sum = (sum & 0xFFFF) + (sum >>> 16);
        frame.putShort(at, (short) ~sum);
    }
}
