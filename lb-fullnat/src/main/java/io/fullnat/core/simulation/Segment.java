// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.Ipv4Address;
import io.fullnat.api.io.Memory;
import io.fullnat.core.packet.Tcp;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A received TCP segment, copied out of its buffer.
///
/// @param local the endpoint of this host
/// @param peer who sent it
/// @param sequence number of the first byte
/// @param acknowledgement what the peer expects next
/// @param flags of [Tcp]
/// @param window unscaled
/// @param options the raw option bytes
/// @param data the payload
@SuppressWarnings("ArrayRecordComponent")
record Segment(
        Endpoint local,
        Endpoint peer,
        int sequence,
        int acknowledgement,
        int flags,
        int window,
        byte[] options,
        byte[] data) {
    /// Option kind by which a balancer tells a server who the client is: port and address.
    private static final int OPTION_CLIENT = 254;

    private static final int CLIENT_V4_LENGTH = 8;
    private static final int CLIENT_V6_LENGTH = 20;
    private static final int MSS_LENGTH = 4;
    private static final int MAX_BLOCKS = 4;

    /// Copies a well-formed segment.
    static Segment read(IpPacket packet) {
        long l4 = packet.transport();
        int headerLength = Tcp.headerLength(l4);
        return new Segment(
                new Endpoint(packet.destination(), Tcp.destinationPort(l4)),
                new Endpoint(packet.source(), Tcp.sourcePort(l4)),
                Tcp.sequence(l4),
                Tcp.acknowledgement(l4),
                Tcp.flags(l4),
                Tcp.window(l4),
                Memory.toBytes(l4 + Tcp.MIN_HEADER_LENGTH, headerLength - Tcp.MIN_HEADER_LENGTH),
                Memory.toBytes(l4 + headerLength, packet.transportLength() - headerLength));
    }

    boolean has(int flag) {
        return (flags & flag) != 0;
    }

    /// How many sequence numbers it takes.
    int length() {
        return data.length + (has(Tcp.SYN) ? 1 : 0) + (has(Tcp.FIN) ? 1 : 0);
    }

    /// The largest segment that the peer accepts, if it says.
    Optional<Integer> maximumSegmentSize() {
        byte[] value = option(Tcp.OPTION_MAXIMUM_SEGMENT_SIZE, MSS_LENGTH);
        return value == null ? Optional.empty() : Optional.of(unsigned16(value, 0));
    }

    /// The peer's timestamp and the echo of ours, if it has them.
    @Nullable ByteBuffer timestamps() {
        byte[] value = option(Tcp.OPTION_TIMESTAMPS, Tcp.TIMESTAMPS_LENGTH);
        return value == null ? null : ByteBuffer.wrap(value);
    }

    /// By how much the peer shifts its windows; less than 0 if it says nothing.
    int windowScale() {
        byte[] value = option(Tcp.OPTION_WINDOW_SCALE, Tcp.WINDOW_SCALE_LENGTH);
        return value == null ? -1 : Math.min(value[0], Tcp.MAX_WINDOW_SCALE);
    }

    /// Pairs of sequence numbers of an option that has some.
    List<ByteBuffer> blocks(int kind) {
        List<ByteBuffer> blocks = new ArrayList<>();
        for (int count = 1; count <= MAX_BLOCKS; count++) {
            byte[] value = option(kind, 2 + count * Long.BYTES);
            for (int at = 0; value != null && at < value.length; at += Long.BYTES) {
                blocks.add(ByteBuffer.wrap(Arrays.copyOfRange(value, at, at + Long.BYTES)));
            }
        }
        return blocks;
    }

    /// Who the client is, if a balancer says.
    Optional<Endpoint> client() {
        byte[] value = option(OPTION_CLIENT, CLIENT_V4_LENGTH);
        if (value == null) {
            value = option(OPTION_CLIENT, CLIENT_V6_LENGTH);
        }
        if (value == null || unsigned16(value, 0) == 0) {
            return Optional.empty();
        }
        return Optional.of(new Endpoint(address(value), unsigned16(value, 0)));
    }

    private static IpAddress address(byte[] value) {
        if (value.length == CLIENT_V6_LENGTH - 2) {
            ByteBuffer bytes = ByteBuffer.wrap(value);
            return IpAddress.of(bytes.getLong(2), bytes.getLong(2 + Long.BYTES));
        }
        return new Ipv4Address(unsigned16(value, 2) << 16 | unsigned16(value, 4));
    }

    /// The bytes of the first option of a kind, behind kind and length.
    byte @Nullable [] option(int kind, int length) {
        int at = 0;
        while (at + 1 < options.length && options[at] != Tcp.OPTION_END) {
            if (options[at] == Tcp.OPTION_NO_OPERATION) {
                at++;
                continue;
            }
            int optionLength = options[at + 1] & 0xFF;
            if (optionLength < 2 || at + optionLength > options.length) {
                return null;
            }
            if ((options[at] & 0xFF) == kind && optionLength == length) {
                return Arrays.copyOfRange(options, at + 2, at + length);
            }
            at += optionLength;
        }
        return null;
    }

    private static int unsigned16(byte[] bytes, int at) {
        return (bytes[at] & 0xFF) << 8 | (bytes[at + 1] & 0xFF);
    }
}
