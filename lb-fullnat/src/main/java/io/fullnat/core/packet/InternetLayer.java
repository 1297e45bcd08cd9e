// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.packet;

import io.fullnat.api.io.Memory;
import java.util.ArrayList;
import java.util.List;

/// The IPv4 or IPv6 part of a packet that a [PacketBuilder] makes, extension headers included.
final class InternetLayer {
    private static final int AS_IT_IS = -1;

    private int source;
    private int destination;
    private long[] wideAddresses = {};
    private boolean present;
    private boolean ipv6;
    int timeToLive = Ipv4.DEFAULT_TIME_TO_LIVE;
    int typeOfService;
    int identification;
    int flagsAndFragment;
    int protocol;
    int flowLabel;
    byte[] options = {};
    final List<Ipv6Extension> extensions = new ArrayList<>();
    int claimedTotalLength = AS_IT_IS;
    int claimedVersionAndLength = AS_IT_IS;
    boolean checksumDamaged;

    void addresses(int from, int to) {
        source = from;
        destination = to;
        present = true;
        ipv6 = false;
    }

    /// Source and destination of IPv6, two numbers each.
    void wideAddresses(long... fourHalves) {
        wideAddresses = fourHalves;
        present = true;
        ipv6 = true;
    }

    boolean isPresent() {
        return present;
    }

    boolean isIpv6() {
        return ipv6;
    }

    int headerLength() {
        if (ipv6) {
            int length = Ipv6.HEADER_LENGTH;
            for (Ipv6Extension extension : extensions) {
                length += extension.length();
            }
            return length;
        }
        return Ipv4.MIN_HEADER_LENGTH + options.length;
    }

    /// Writes the header as it should be, so that checksums of the payload can be computed.
    void write(long ip, int totalLength) {
        if (ipv6) {
            writeIpv6(ip, totalLength);
            return;
        }
        Ipv4.writeHeader(ip, totalLength, timeToLive, protocol, source, destination);
        Ipv4.headerLength(ip, headerLength());
        Ipv4.typeOfService(ip, typeOfService);
        Ipv4.identification(ip, identification);
        Ipv4.flagsAndFragment(ip, flagsAndFragment);
        Memory.fromBytes(options, ip + Ipv4.MIN_HEADER_LENGTH);
    }

    private void writeIpv6(long ip, int totalLength) {
        Ipv6.writeHeader(
                ip,
                totalLength - Ipv6.HEADER_LENGTH,
                timeToLive,
                protocol,
                wideAddresses[0],
                wideAddresses[1],
                wideAddresses[2],
                wideAddresses[3]);
        Ipv6.trafficClass(ip, typeOfService);
        Ipv6.flowLabel(ip, flowLabel);
        long nextHeader = ip + Ipv6.NEXT_HEADER_OFFSET;
        long at = ip + Ipv6.HEADER_LENGTH;
        for (Ipv6Extension extension : extensions) {
            Memory.putByte(nextHeader, extension.type());
            extension.write(at, protocol);
            nextHeader = at;
            at += extension.length();
        }
    }

    /// Puts the wrong values in that were asked for, and a checksum that agrees with them.
    void finish(long ip) {
        if (ipv6) {
            finishIpv6(ip);
            return;
        }
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

    private void finishIpv6(long ip) {
        if (claimedTotalLength != AS_IT_IS) {
            Ipv6.payloadLength(ip, claimedTotalLength - Ipv6.HEADER_LENGTH);
        }
        if (claimedVersionAndLength != AS_IT_IS) {
            Memory.putByte(ip, claimedVersionAndLength);
        }
    }
}
