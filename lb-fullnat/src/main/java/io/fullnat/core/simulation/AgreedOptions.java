// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import io.fullnat.api.Endpoint;
import io.fullnat.core.packet.Tcp;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/// The options of one connection: what SYNs offer and agree on, and what stands in each segment, as
/// long as is left for data. Belongs to the host's thread.
final class AgreedOptions {
    final WindowScale scale;
    final Timestamps timestamps;
    final SelectiveAcknowledgement selective;
    private static final int DEFAULT_MSS = 536;
    private static final int MIN_MSS = 8;
    private static final int MSS_LENGTH = 4;

    private final SimulatedTcp tcp;
    private final int headersLength;
    private int maximumSegmentSize = DEFAULT_MSS;

    /// @param first number of the own stream
    AgreedOptions(SimulatedTcp tcp, Endpoint peer, int first) {
        this.tcp = tcp;
        headersLength = SimulatedHost.headerLength(peer.address()) + Tcp.MIN_HEADER_LENGTH;
        scale = new WindowScale(tcp.habits());
        timestamps = tcp.timestamps();
        selective = new SelectiveAcknowledgement(tcp.host(), tcp.habits().selects, first);
    }

    /// Reads the peer's SYN.
    void agree(Segment syn) {
        timestamps.agree(syn);
        scale.agree(syn);
        selective.agree(syn);
        maximumSegmentSize = Math.min(ownSize(), syn.maximumSegmentSize().orElse(DEFAULT_MSS));
    }

    private int ownSize() {
        return tcp.host().mtu() - headersLength;
    }

    /// Learns the path's MTU.
    ///
    /// @return whether segments are shorter now
    boolean limitPacketLength(int mtu) {
        int limit = Math.max(MIN_MSS, mtu - headersLength);
        boolean shorter = limit < maximumSegmentSize;
        maximumSegmentSize = Math.min(limit, maximumSegmentSize);
        return shorter;
    }

    /// The most data that a segment takes.
    ///
    /// @param early what came early
    int mostData(List<int[]> early) {
        int stamps = timestamps.length();
        int blocks = selective.blocks(early, stamps).length;
        return Math.max(MIN_MSS, maximumSegmentSize - stamps - blocks);
    }

    /// The options of a segment that is sent now.
    ///
    /// @param early what came early
    byte[] bytes(int flags, int acknowledgement, List<int[]> early) {
        byte[] stamps = timestamps.option(flags, acknowledgement);
        ByteBuffer options = ByteBuffer.allocate(Tcp.MAX_HEADER_LENGTH).put(stamps);
        if ((flags & Tcp.SYN) == 0) {
            options.put(selective.blocks(early, stamps.length));
        } else {
            options.put((byte) Tcp.OPTION_MAXIMUM_SEGMENT_SIZE)
                    .put((byte) MSS_LENGTH)
                    .putShort((short) ownSize())
                    .put(selective.permission(flags))
                    .put(scale.option(flags));
        }
        return Arrays.copyOf(options.array(), options.position());
    }
}
