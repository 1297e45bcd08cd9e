// SPDX-License-Identifier: Apache-2.0
package io.fullnat.testing;

import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PacketBurst;
import java.nio.ByteBuffer;
import java.util.random.RandomGenerator;

/// Frames of the contract. What others send on the same link is told apart by its addresses.
final class TestFrames {
    static final int ETHERNET = 14;
    static final int TAG = 4;

    private static final long TO = 0x0200_0000_0002L;
    private static final long FROM = 0x0200_0000_0001L;

    /// For experiments (IEEE 802): no kernel answers it.
    private static final int EXPERIMENT = 0x88B5;

    private static final int VLAN = 0x8100;
    private static final int IPV4 = 0x0800;
    private static final int IP_HEADER = 20;
    private static final int UDP = 17;

    private TestFrames() {}

    private static ByteBuffer ethernet(byte[] bytes, int type) {
        ByteBuffer frame = ByteBuffer.wrap(bytes);
        frame.putShort((short) (TO >> 32)).putInt((int) TO);
        frame.putShort((short) (FROM >> 32)).putInt((int) FROM);
        return frame.putShort((short) type);
    }

    /// A frame of random bytes.
    ///
    /// @param length all of it, from [#ETHERNET] on
    static byte[] random(RandomGenerator random, int length) {
        byte[] payload = new byte[length - ETHERNET];
        random.nextBytes(payload);
        byte[] frame = new byte[length];
        ethernet(frame, EXPERIMENT).put(payload);
        return frame;
    }

    /// As [#random], with a tag of VLAN 5.
    static byte[] tagged(RandomGenerator random, int length) {
        byte[] payload = new byte[length - ETHERNET - TAG];
        random.nextBytes(payload);
        byte[] frame = new byte[length];
        ethernet(frame, VLAN).putShort((short) 5).putShort((short) EXPERIMENT).put(payload);
        return frame;
    }

    /// A UDP datagram over IPv4, without a UDP checksum (RFC 768).
    ///
    /// @param right whether the IPv4 header's checksum is
    static byte[] datagram(int source, int destination, int toPort, boolean right) {
        byte[] bytes = new byte[64];
        ByteBuffer frame = ethernet(bytes, IPV4);
        frame.putShort((short) 0x4500).putShort((short) (64 - ETHERNET)).putInt(0);
        frame.put((byte) 64).put((byte) UDP).putShort((short) 0);
        frame.putInt(source).putInt(destination);
        frame.putShort((short) 40000).putShort((short) toPort);
        frame.putShort((short) (64 - ETHERNET - IP_HEADER)).putShort((short) 0);
        int sum = 0;
        for (int at = ETHERNET; at < ETHERNET + IP_HEADER; at += 2) {
            sum += Short.toUnsignedInt(frame.getShort(at));
        }
        sum = (sum & 0xFFFF) + (sum >> 16);
        sum = (sum & 0xFFFF) + (sum >> 16);
        frame.putShort(ETHERNET + 10, (short) (right ? ~sum : sum));
        return bytes;
    }

    /// Whether a received packet is one of these.
    static boolean is(PacketBurst burst, int index) {
        return burst.length(index) >= ETHERNET
                && Memory.getNetworkMac(burst.data(index)) == TO
                && Memory.getNetworkMac(burst.data(index) + 6) == FROM;
    }
}
