// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.pcap;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/// The libpcap format, version 2.4: a header, and a header before each packet.
final class PcapReader implements CaptureReader.Format {
    private static final int HEADER_BEHIND_MAGIC = 20;
    private static final int LINK_TYPE_OFFSET = 16;
    private static final int VERSION = 2;
    private static final int PACKET_HEADER = 16;
    private static final long SECOND = 1_000_000_000;

    private final CaptureBytes in;
    private final ByteOrder order;
    private final int nanosPerUnit;
    private final CaptureInterface seenAt = new CaptureInterface(0, "");

    PcapReader(CaptureBytes in, ByteOrder order, boolean nanos) {
        this.in = in;
        this.order = order;
        nanosPerUnit = nanos ? 1 : 1000;
        ByteBuffer header = in.read(HEADER_BEHIND_MAGIC, "its header", order);
        if (header.getShort(0) != VERSION) {
            throw in.wrong("is pcap of version " + (header.getShort(0) & 0xFFFF) + ", not 2");
        }
        Pcapng.requireEthernet(in, header.getInt(LINK_TYPE_OFFSET) & 0xFFFF);
    }

    @Override
    public @Nullable CapturedPacket next() {
        ByteBuffer header = in.readOrEnd(PACKET_HEADER, "a packet's header", order);
        if (header.limit() == 0) {
            return null;
        }
        long seconds = header.getInt() & 0xFFFF_FFFFL;
        long units = header.getInt() & 0xFFFF_FFFFL;
        int captured = header.getInt();
        int length = header.getInt();
        Pcapng.requireLengths(in, captured, length);
        byte[] bytes = in.read(captured, "a packet", order).array();
        long nanos = seconds * SECOND + units * nanosPerUnit;
        return CapturedPacket.plain(seenAt, nanos, length, bytes);
    }
}
