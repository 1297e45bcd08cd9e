// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.trace;

import io.fullnat.api.Endpoint;
import io.fullnat.balancer.pcap.FrameHeaders;
import java.nio.ByteBuffer;

/// The port in the packet that an ICMP error quotes.
final class QuotedPort {
    private static final int ETHERNET = 14;
    private static final int ICMP_HEADER = 8;

    private QuotedPort() {}

    /// A frame whose quoted packet came from another local port.
    ///
    /// @param local from which it came, as the frame has it
    /// @param port to be there instead
    /// @return the same bytes if it quotes nothing of the sort
    static byte[] replace(byte[] bytes, FrameHeaders headers, Endpoint local, int port) {
        byte[] quote = TracedFrame.quoted(headers, bytes).orElse(null);
        if (quote == null) {
            return bytes;
        }
        FrameHeaders quoted = new FrameHeaders(quote);
        if (!quoted.isIp()
                || !quoted.hasPorts()
                || !quoted.source().equals(local.address())
                || quoted.sourcePort() != local.port()) {
            return bytes;
        }
        ByteBuffer frame = ByteBuffer.wrap(bytes.clone());
        int at = headers.transport() + ICMP_HEADER + quoted.transport() - ETHERNET;
        frame.putShort(at, (short) port);
        int checksum = headers.transport() + 2;
        int sum =
                (~frame.getShort(checksum) & 0xFFFF) + (~local.port() & 0xFFFF) + port; // RFC 1624
        sum = (sum & 0xFFFF) + (sum >>> 16);
        sum = (sum & 0xFFFF) + (sum >>> 16);
        frame.putShort(checksum, (short) ~sum);
        return frame.array();
    }
}
