// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.core.cookie.CookieTerms;
import io.fullnat.core.open.HandshakeRecord;
import io.fullnat.core.packet.Checksum;
import io.fullnat.core.packet.Ethernet;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Ipv6;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.stack.Frame;
import io.fullnat.core.stack.StackContext;
import io.fullnat.core.translate.Fragmenter;
import org.jspecify.annotations.Nullable;

/// Segments that a client would have sent to its real server if the balancer had not answered its
/// SYN: written anew as they would have come in, from the client to the service, so that all that
/// is done to segments of clients is done to them. For the worker's thread.
final class HandshakeSegments {
    private static final int SELECTIVE = 4;
    private static final int MSS_LENGTH = 4;
    private static final int UNIT = 4;
    private static final int MAX_WINDOW = 65_535;

    /// Of the octet of type of service or traffic class: what is not about congestion (RFC 3168).
    private static final int SERVICE_CLASS = 0xFC;

    /// With this and an untagged link header, a frame is long enough for Ethernet.
    private static final int SHORTEST = Fragmenter.MIN_FRAME - Ethernet.HEADER_LENGTH;

    private final StackContext stack;
    private final PacketBurst fresh = new PacketBurst(1);
    private final Frame frame = new Frame();

    HandshakeSegments(StackContext stack) {
        this.stack = stack;
    }

    /// The client's SYN, with what it and its cookie have agreed on.
    ///
    /// @param record of the handshake
    /// @return null if there is no buffer; else the buffer is the caller's
    @Nullable Frame syn(long record) {
        long l4 = start(record);
        if (l4 == 0) {
            return null;
        }
        Tcp.flags(l4, Tcp.SYN);
        Tcp.sequence(l4, HandshakeRecord.clientSequence(record));
        Tcp.acknowledgement(l4, 0);
        int scale = HandshakeRecord.clientScale(record);
        long window = (long) HandshakeRecord.window(record) << Math.max(scale, 0);
        Tcp.window(l4, (int) Math.min(window, MAX_WINDOW));
        long end = l4 + Tcp.MIN_HEADER_LENGTH;
        Memory.putByte(end, Tcp.OPTION_MAXIMUM_SEGMENT_SIZE);
        Memory.putByte(end + 1, MSS_LENGTH);
        Memory.putNetworkShort(end + 2, HandshakeRecord.segmentSize(record));
        end += MSS_LENGTH;
        if (HandshakeRecord.hasTimestamps(record)) {
            end = putTimestamps(end, record, HandshakeRecord.isSelective(record), 0);
        } else if (HandshakeRecord.isSelective(record)) {
            pad(end);
            Memory.putByte(end + 2, SELECTIVE);
            Memory.putByte(end + 3, 2);
            end += UNIT;
        }
        if (scale != CookieTerms.NO_SCALE) {
            Memory.putByte(end, Tcp.OPTION_NO_OPERATION);
            Memory.putByte(end + 1, Tcp.OPTION_WINDOW_SCALE);
            Memory.putByte(end + 2, Tcp.WINDOW_SCALE_LENGTH);
            Memory.putByte(end + 3, scale);
            end += UNIT;
        }
        return finish(record, l4, (int) (end - l4));
    }

    /// The client's acknowledgement of the SYN-ACK, which ends the handshake.
    ///
    /// @param record of the handshake
    /// @return null if there is no buffer; else the buffer is the caller's
    @Nullable Frame acknowledgement(long record) {
        long l4 = start(record);
        if (l4 == 0) {
            return null;
        }
        Tcp.flags(l4, Tcp.ACK);
        Tcp.sequence(l4, HandshakeRecord.clientSequence(record) + 1);
        Tcp.acknowledgement(l4, HandshakeRecord.cookie(record) + 1);
        Tcp.window(l4, HandshakeRecord.window(record));
        long end = l4 + Tcp.MIN_HEADER_LENGTH;
        if (HandshakeRecord.hasTimestamps(record)) {
            end = putTimestamps(end, record, false, HandshakeRecord.ownTimestamp(record));
        }
        return finish(record, l4, (int) (end - l4));
    }

    private static long putTimestamps(long at, long record, boolean selective, int echo) {
        if (selective) {
            Memory.putByte(at, SELECTIVE);
            Memory.putByte(at + 1, 2);
        } else {
            pad(at);
        }
        Memory.putByte(at + 2, Tcp.OPTION_TIMESTAMPS);
        Memory.putByte(at + 3, Tcp.TIMESTAMPS_LENGTH);
        Memory.putNetworkInt(at + 4, HandshakeRecord.clientTimestamp(record));
        Memory.putNetworkInt(at + 8, echo);
        return at + 2 + Tcp.TIMESTAMPS_LENGTH;
    }

    private static void pad(long at) {
        Memory.putByte(at, Tcp.OPTION_NO_OPERATION);
        Memory.putByte(at + 1, Tcp.OPTION_NO_OPERATION);
    }

    /// @return where the TCP header is to be; 0 if there is no buffer
    private long start(long record) {
        fresh.clear();
        if (!stack.allocate(fresh)) {
            return 0;
        }
        long ip = fresh.data(0) + HandshakeRecord.linkLength(record);
        long from = HandshakeRecord.ip(record);
        long l4 = ip + (Ipv6.version(from) == 6 ? Ipv6.HEADER_LENGTH : Ipv4.MIN_HEADER_LENGTH);
        Memory.copy(HandshakeRecord.link(record), fresh.data(0), ip - fresh.data(0));
        Memory.putInt(l4, HandshakeRecord.ports(record));
        Tcp.urgentPointer(l4, 0);
        Tcp.checksum(l4, 0);
        return l4;
    }

    private Frame finish(long record, long l4, int length) {
        Tcp.headerLength(l4, length);
        long from = HandshakeRecord.ip(record);
        long l2 = fresh.data(0);
        long ip = l2 + HandshakeRecord.linkLength(record);
        if (Ipv6.version(from) == 6) {
            Memory.copy(from, ip, Ipv6.HEADER_LENGTH);
            Ipv6.trafficClass(ip, Ipv6.trafficClass(from) & SERVICE_CLASS);
            Ipv6.payloadLength(ip, length);
            Ipv6.nextHeader(ip, Ipv4.PROTOCOL_TCP);
            Tcp.checksum(l4, Checksum.transport6(ip, Ipv4.PROTOCOL_TCP, l4, length));
        } else {
            Ipv4.writeHeader(
                    ip,
                    Ipv4.MIN_HEADER_LENGTH + length,
                    Ipv4.timeToLive(from),
                    Ipv4.PROTOCOL_TCP,
                    Ipv4.source(from),
                    Ipv4.destination(from));
            Ipv4.typeOfService(ip, Ipv4.typeOfService(from) & SERVICE_CLASS);
            Ipv4.checksum(ip, Checksum.ipv4Header(ip));
            Tcp.checksum(l4, Checksum.transport(ip));
        }
        int total = (int) (l4 - ip) + length;
        if (total < SHORTEST) {
            Memory.zero(ip + total, SHORTEST - total);
        }
        int frameLength = (int) (ip - l2) + Math.max(total, SHORTEST);
        frame.set(fresh.buffer(0), l2, frameLength, HandshakeRecord.port(record));
        frame.link(HandshakeRecord.device(record), HandshakeRecord.linkLength(record));
        return frame;
    }
}
