// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.translate;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.core.packet.Checksum;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Ipv6;
import io.fullnat.core.packet.Ipv6Fragment;
import io.fullnat.core.stack.AdjacencyTable;
import io.fullnat.core.stack.Frame;
import io.fullnat.core.stack.StackContext;
import io.fullnat.core.tap.Tap;
import io.fullnat.core.transmit.Transmitter;

/// Sends a packet that is larger than the next link's MTU, and may be fragmented, in fragments (RFC
/// 791 §2.3). All of them keep the packet's identification; the first has all IP options, the
/// others those that are to be copied ([FragmentOptions]). A packet of IPv6 may be fragmented here
/// if it came as one of IPv4 that may.
///
/// What is a fragment already becomes smaller ones, which say where in the whole packet they
/// belong.
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

    /// Sends a translated packet of IPv4 and gives its buffer back.
    public void send(Frame frame, long hop, Transmitter transmitter, int kind) {
        long ip = frame.l3();
        send(
                frame,
                hop,
                transmitter,
                kind,
                Memory.getInt(hop + AdjacencyTable.MTU),
                Ipv4.payload(ip),
                Ipv4.payloadLength(ip),
                FragmentOptions.headerLength(ip),
                0);
    }

    /// Sends a packet of IPv6 that was IPv4 and may be fragmented, and gives its buffer back (RFC
    /// 7915 §4.1).
    ///
    /// @param longest bytes of a fragment
    /// @param identification of the packet as it came, unless it has a fragment header
    public void sendIpv6(
            Frame frame,
            long hop,
            Transmitter transmitter,
            int kind,
            int longest,
            int identification) {
        long ip = frame.l3();
        long header = ip + Ipv6.HEADER_LENGTH;
        boolean part = isPart6(ip);
        int skipped = part ? Ipv6Fragment.HEADER_LENGTH : 0;
        send(
                frame,
                hop,
                transmitter,
                kind,
                Math.min(longest, Memory.getInt(hop + AdjacencyTable.MTU)),
                header + skipped,
                Ipv6.payloadLength(ip) - skipped,
                Ipv6.HEADER_LENGTH + Ipv6Fragment.HEADER_LENGTH,
                part ? Ipv6Fragment.identification(header) : identification);
    }

    /// Bytes to send of a packet that stays whole: the packet without what trailed it, but with the
    /// padding that made the frame long enough for Ethernet.
    ///
    /// @param hop by which it goes
    /// @param totalLength of the packet
    /// @param receivedL3 bytes from its IP header on that were received
    public static int frameLength(long hop, int totalLength, int receivedL3) {
        int header = Memory.getInt(hop + AdjacencyTable.HEADER_LENGTH);
        if (header + totalLength >= MIN_FRAME) {
            return header + totalLength;
        }
        return header + Math.max(totalLength, Math.min(MIN_FRAME - header, receivedL3));
    }

    private void send(
            Frame frame,
            long hop,
            Transmitter transmitter,
            int kind,
            int mtu,
            long payloadAt,
            int payload,
            int laterHeader,
            int identification) {
        long ip = frame.l3();
        boolean ipv6 = Ipv4.version(ip) != 4;
        int firstHeader = ipv6 ? laterHeader : Ipv4.headerLength(ip);
        int firstPart = (mtu - firstHeader) / OFFSET_UNIT * OFFSET_UNIT;
        int laterPart = (mtu - laterHeader) / OFFSET_UNIT * OFFSET_UNIT;
        int count = 1 + Math.ceilDiv(payload - firstPart, laterPart);
        if (!allocate(count)) {
            context.counters().end(Outcome.NO_BUFFER, frame.buffer());
            context.pool().free(frame.buffer());
            return;
        }
        Tap tap = context.counters().tap();
        if (tap != null) {
            tap.continued(frame.buffer(), fragments.buffer(0));
        }
        int start = ipv6 ? start6(ip) : Ipv4.fragmentOffset(ip);
        boolean moreBehind = ipv6 ? hasMore6(ip) : hasMore(ip);
        int offset = 0;
        for (int i = 0; i < count; i++) {
            int part = Math.min(i == 0 ? firstPart : laterPart, payload - offset);
            long fragment = fragments.data(i) + Memory.getInt(hop + AdjacencyTable.HEADER_LENGTH);
            int header = i == 0 ? firstHeader : laterHeader;
            boolean more = offset + part < payload || moreBehind;
            Memory.copy(payloadAt + offset, fragment + header, part);
            if (ipv6) {
                writeIpv6(ip, fragment, start + offset, part, more, identification);
            } else {
                writeHeader(ip, fragment, header, i == 0);
                finish(fragment, header + part, start + offset, more);
            }
            long l2 = AdjacencyTable.putHeader(hop, fragment);
            int frameLength = (int) (fragment - l2) + header + part;
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

    private boolean allocate(int count) {
        fragments.clear();
        for (int i = 0; i < count; i++) {
            if (count > MAX_FRAGMENTS || !context.allocate(fragments)) {
                context.pool().freeAll(fragments);
                return false;
            }
        }
        return true;
    }

    private static void writeHeader(long ip, long fragment, int header, boolean first) {
        if (first) {
            Memory.copy(ip, fragment, header);
        } else {
            Memory.copy(ip, fragment, Ipv4.MIN_HEADER_LENGTH);
            FragmentOptions.write(ip, fragment, header);
        }
        Ipv4.headerLength(fragment, header);
    }

    private static void finish(long fragment, int total, int offset, boolean more) {
        Ipv4.totalLength(fragment, total);
        Ipv4.flagsAndFragment(
                fragment, offset / OFFSET_UNIT | (more ? Ipv4.FLAG_MORE_FRAGMENTS : 0));
        Ipv4.checksum(fragment, Checksum.ipv4Header(fragment));
    }

    private static boolean hasMore(long ip) {
        return (Ipv4.flagsAndFragment(ip) & Ipv4.FLAG_MORE_FRAGMENTS) != 0;
    }

    /// Where in the whole packet the payload of one of IPv6 belongs.
    private static int start6(long ip) {
        return isPart6(ip) ? Ipv6Fragment.offset(ip + Ipv6.HEADER_LENGTH) : 0;
    }

    private static boolean hasMore6(long ip) {
        return isPart6(ip) && Ipv6Fragment.hasMore(ip + Ipv6.HEADER_LENGTH);
    }

    private static boolean isPart6(long ip) {
        return Ipv6.nextHeader(ip) == Ipv6.NEXT_HEADER_FRAGMENT;
    }

    private static int protocol6(long ip) {
        return isPart6(ip) ? Ipv6Fragment.nextHeader(ip + Ipv6.HEADER_LENGTH) : Ipv6.nextHeader(ip);
    }

    /// A header of IPv6 and that of a fragment (RFC 8200 §4.5).
    private static void writeIpv6(
            long ip, long fragment, int offset, int part, boolean more, int identification) {
        Memory.copy(ip, fragment, Ipv6.HEADER_LENGTH);
        Ipv6.payloadLength(fragment, Ipv6Fragment.HEADER_LENGTH + part);
        Ipv6.nextHeader(fragment, Ipv6.NEXT_HEADER_FRAGMENT);
        Ipv6Fragment.write(
                fragment + Ipv6.HEADER_LENGTH, protocol6(ip), offset, more, identification);
    }
}
