// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.Ipv4Address;
import io.fullnat.api.Ipv6Address;
import io.fullnat.api.io.Memory;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Ipv6;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Who the client of a datagram is, as a balancer tells it beside the data: by a header between IP
/// and UDP, or by an option of IPv4. Reads what DPVS's module `uoa` does.
final class Announcement {
    /// The IP protocol of the header.
    static final int PROTOCOL = 248;

    private static final int KIND = 31;
    private static final int NO_OPERATION = 1;
    private static final int V4_LENGTH = 8;
    private static final int V6_LENGTH = 20;
    private static final int HEADER_LENGTH = 4;

    private Announcement() {}

    /// Reads the option in the header of a packet of IPv4.
    static Optional<Endpoint> option(IpPacket packet) {
        if (packet.isIpv6()) {
            return Optional.empty();
        }
        long at = packet.ip() + Ipv4.MIN_HEADER_LENGTH;
        while (at < packet.transport() && Memory.getByte(at) != 0) {
            if (Memory.getByte(at) == NO_OPERATION) {
                at++;
                continue;
            }
            int length = Memory.getUnsignedByte(at + 1);
            if (length < 2 || at + length > packet.transport()) {
                return Optional.empty();
            }
            if (Memory.getUnsignedByte(at) == KIND) {
                return read(Memory.toBytes(at, length));
            }
            at += length;
        }
        return Optional.empty();
    }

    /// Reads the header of a packet that has one.
    ///
    /// @return empty if it is malformed
    static Optional<Endpoint> header(IpPacket packet) {
        int length = headerLength(packet);
        if (length == 0) {
            return Optional.empty();
        }
        long at = packet.transport() + HEADER_LENGTH;
        return read(Memory.toBytes(at, length - HEADER_LENGTH));
    }

    private static int headerLength(IpPacket packet) {
        if (packet.transportLength() < HEADER_LENGTH + V4_LENGTH) {
            return 0;
        }
        byte[] start = Memory.toBytes(packet.transport(), HEADER_LENGTH);
        int length = ByteBuffer.wrap(start).getShort(2);
        int family = start[0] >>> 4 & 15;
        boolean right = length == HEADER_LENGTH + (family == 1 ? V4_LENGTH : V6_LENGTH);
        boolean known = (family == 1 || family == 2) && start[1] == Ipv4.PROTOCOL_UDP;
        return right && known && length <= packet.transportLength() ? length : 0;
    }

    private static Optional<Endpoint> read(byte[] option) {
        boolean right = option.length == V4_LENGTH || option.length == V6_LENGTH;
        if (!right || option[0] != KIND || option[1] != option.length) {
            return Optional.empty();
        }
        ByteBuffer bytes = ByteBuffer.wrap(option);
        IpAddress address =
                option.length == V4_LENGTH
                        ? new Ipv4Address(bytes.getInt(4))
                        : new Ipv6Address(bytes.getLong(4), bytes.getLong(4 + Long.BYTES));
        return Optional.of(new Endpoint(address, bytes.getShort(2) & 0xFFFF));
    }

    /// The packet without its header, as one of UDP.
    ///
    /// @return null if the header is malformed
    static byte @Nullable [] without(IpPacket packet) {
        int length = headerLength(packet);
        if (length == 0) {
            return null;
        }
        int before = (int) (packet.transport() - packet.ip());
        byte[] whole = Memory.toBytes(packet.ip(), packet.length());
        byte[] rest = Arrays.copyOf(whole, whole.length - length);
        System.arraycopy(whole, before + length, rest, before, rest.length - before);
        ByteBuffer header = ByteBuffer.wrap(rest);
        if (packet.isIpv6()) {
            header.putShort(4, (short) (rest.length - Ipv6.HEADER_LENGTH));
            header.put(6, (byte) Ipv4.PROTOCOL_UDP);
        } else {
            header.putShort(2, (short) rest.length);
            header.put(9, (byte) Ipv4.PROTOCOL_UDP);
        }
        return rest;
    }
}
