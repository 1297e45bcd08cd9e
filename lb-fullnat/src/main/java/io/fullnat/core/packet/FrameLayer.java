// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.packet;

import io.fullnat.api.io.Memory;
import java.util.Arrays;

/// The Ethernet part of a packet that a [PacketBuilder] makes.
final class FrameLayer {
    private static final int UNTAGGED = -1;

    private final long source;
    private final long destination;
    int vlanId = UNTAGGED;
    int type;

    FrameLayer(long source, long destination) {
        this.source = source;
        this.destination = destination;
    }

    int headerLength() {
        return Ethernet.HEADER_LENGTH + (vlanId == UNTAGGED ? 0 : Vlan.TAG_LENGTH);
    }

    void write(long l2) {
        if (vlanId == UNTAGGED) {
            Ethernet.writeHeader(l2, destination, source, type);
        } else {
            Ethernet.writeHeader(l2, destination, source, Ethernet.TYPE_VLAN);
            Vlan.control(l2, vlanId);
            Vlan.type(l2, type);
        }
    }

    /// The IP header of a frame and some bytes behind it.
    static byte[] startOfIpPacket(byte[] frame, int transportLength) {
        boolean tagged = frame[12] == (byte) 0x81 && frame[13] == 0;
        int ip = Ethernet.HEADER_LENGTH + (tagged ? Vlan.TAG_LENGTH : 0);
        boolean ipv6 = frame[ip] >>> 4 == 6;
        int headerLength = ipv6 ? Ipv6.HEADER_LENGTH : (frame[ip] & 0x0F) << 2;
        int end = ip + headerLength + transportLength;
        return Arrays.copyOfRange(frame, ip, Math.min(end, frame.length));
    }

    /// Makes a checksum wrong: another number, and not 0, which for UDP would be none at all.
    static void damage(long field) {
        int damaged = Memory.getNetworkShort(field) ^ 0x0100;
        Memory.putNetworkShort(field, damaged == 0 ? 0x0300 : damaged);
    }
}
