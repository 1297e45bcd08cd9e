// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.packet;

import io.fullnat.api.io.Memory;

/// The IPv4 part of a packet that a [PacketBuilder] makes.
final class InternetLayer {
    private static final int AS_IT_IS = -1;

    private int source;
    private int destination;
    private boolean present;
    int timeToLive = Ipv4.DEFAULT_TIME_TO_LIVE;
    int typeOfService;
    int identification;
    int flagsAndFragment;
    int protocol;
    byte[] options = {};
    int claimedTotalLength = AS_IT_IS;
    int claimedVersionAndLength = AS_IT_IS;
    boolean checksumDamaged;

    void addresses(int from, int to) {
        source = from;
        destination = to;
        present = true;
    }

    boolean isPresent() {
        return present;
    }

    int headerLength() {
        return Ipv4.MIN_HEADER_LENGTH + options.length;
    }

    /// Writes the header as it should be, so that checksums of the payload can be computed.
    void write(long ip, int totalLength) {
        Ipv4.writeHeader(ip, totalLength, timeToLive, protocol, source, destination);
        Ipv4.headerLength(ip, headerLength());
        Ipv4.typeOfService(ip, typeOfService);
        Ipv4.identification(ip, identification);
        Ipv4.flagsAndFragment(ip, flagsAndFragment);
        Memory.fromBytes(options, ip + Ipv4.MIN_HEADER_LENGTH);
    }

    /// Puts the wrong values in that were asked for, and a checksum that agrees with them.
    void finish(long ip) {
        int headerLength = headerLength();
        if (claimedTotalLength != AS_IT_IS) {
            Ipv4.totalLength(ip, claimedTotalLength);
        }
        if (claimedVersionAndLength != AS_IT_IS) {
            Memory.putByte(ip, claimedVersionAndLength);
        }
        Ipv4.checksum(ip, 0);
        Ipv4.checksum(ip, Checksum.internet(ip, headerLength));
        if (checksumDamaged) {
            FrameLayer.damage(ip + Ipv4.CHECKSUM_OFFSET);
        }
    }
}
