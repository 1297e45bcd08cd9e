// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.translate;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.core.packet.Checksum;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.stack.AdjacencyTable;
import io.fullnat.core.stack.Frame;
import io.fullnat.core.stack.StackContext;
import io.fullnat.core.transmit.Transmitter;

/// Sends an IPv4 packet that is larger than the next link's MTU, and may be fragmented, in
/// fragments (RFC 791 §2.3). All of them keep the packet's identification; the first has all IP
/// options, the others those that are to be copied ([FragmentOptions]).
public final class Fragmenter {
    public static final int MIN_FRAME = 60;

    private static final int OFFSET_UNIT = 8;

    /// Those of 9,600 bytes, the largest MTU of a port, on a link of 68, the smallest there may be
    /// (RFC 791 §3.2), and some more.
    private static final int MAX_FRAGMENTS = 256;

    private final StackContext context;
    private final PacketBurst fragments = new PacketBurst(MAX_FRAGMENTS);

    public Fragmenter(StackContext context) {
        this.context = context;
    }

    /// Sends a translated packet and gives its buffer back.
    public void send(Frame frame, long hop, Transmitter transmitter, int kind) {
        long ip = frame.l3();
        int mtu = Memory.getInt(hop + AdjacencyTable.MTU);
        int payload = Ipv4.payloadLength(ip);
        int firstPart = (mtu - Ipv4.headerLength(ip)) / OFFSET_UNIT * OFFSET_UNIT;
        int laterHeader = FragmentOptions.headerLength(ip);
        int laterPart = (mtu - laterHeader) / OFFSET_UNIT * OFFSET_UNIT;
        fragments.clear();
        int count = 1 + Math.ceilDiv(payload - firstPart, laterPart);
        for (int i = 0; i < count; i++) {
            if (count > MAX_FRAGMENTS || !context.pool().allocate(fragments)) {
                context.pool().freeAll(fragments);
                context.pool().free(frame.buffer());
                context.counters().count(Outcome.NO_BUFFER);
                return;
            }
        }
        int offset = 0;
        for (int i = 0; i < count; i++) {
            int part = Math.min(i == 0 ? firstPart : laterPart, payload - offset);
            long fragment = fragments.data(i) + Memory.getInt(hop + AdjacencyTable.HEADER_LENGTH);
            int header = i == 0 ? Ipv4.headerLength(ip) : laterHeader;
            int length = write(ip, fragment, header, offset, part, offset + part < payload);
            long l2 = AdjacencyTable.putHeader(hop, fragment);
            int frameLength = (int) (fragment - l2) + length;
            if (frameLength < MIN_FRAME) {
                Memory.zero(l2 + frameLength, MIN_FRAME - frameLength);
                frameLength = MIN_FRAME;
            }
            // The packet is counted once: with its first fragment.
            int fragmentKind = i == 0 ? kind : Transmitter.OWN;
            transmitter.add(fragments.buffer(i), l2, frameLength, fragmentKind);
            offset += part;
        }
        context.pool().free(frame.buffer());
        context.counters().count(Counter.FRAGMENTED);
    }

    private static int write(
            long ip, long fragment, int header, int offset, int part, boolean more) {
        if (offset == 0) {
            Memory.copy(ip, fragment, header);
        } else {
            Memory.copy(ip, fragment, Ipv4.MIN_HEADER_LENGTH);
            FragmentOptions.write(ip, fragment, header);
        }
        Ipv4.headerLength(fragment, header);
        Memory.copy(Ipv4.payload(ip) + offset, fragment + header, part);
        Ipv4.totalLength(fragment, header + part);
        Ipv4.flagsAndFragment(
                fragment, offset / OFFSET_UNIT | (more ? Ipv4.FLAG_MORE_FRAGMENTS : 0));
        Ipv4.checksum(fragment, Checksum.ipv4Header(fragment));
        return header + part;
    }
}
