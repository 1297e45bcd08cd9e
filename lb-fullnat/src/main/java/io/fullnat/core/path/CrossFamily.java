// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.connection.ConnectionLayout.ACKNOWLEDGED;
import static io.fullnat.core.connection.ConnectionLayout.DIRECTION;
import static io.fullnat.core.connection.ConnectionLayout.EVENTS;
import static io.fullnat.core.connection.ConnectionLayout.GENERATION;
import static io.fullnat.core.connection.ConnectionLayout.NEW_WIDE_ADDRESSES;
import static io.fullnat.core.connection.ConnectionLayout.NEXT_HOP;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;

import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.SequenceShifts;
import io.fullnat.core.connection.StateTable;
import io.fullnat.core.memory.Region;
import io.fullnat.core.open.FlowContext;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Ipv6;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.service.TrafficTable;
import io.fullnat.core.stack.AdjacencyTable;
import io.fullnat.core.translate.FamilyMtu;
import io.fullnat.core.translate.FamilyRewrite;
import io.fullnat.core.translate.Fragmenter;
import io.fullnat.core.translate.Identifications;
import io.fullnat.core.translate.TcpNumbers;

/// Plain packets of connections between families, and of those whose sequence numbers are moved,
/// beside the fast loops and in their place in the burst: those for which translation is all there
/// is to do need what the fast loop asks for, and as little. For the worker's thread.
final class CrossFamily {
    private static final int TCP_FLAGS = 13;
    private static final int TCP_ACKNOWLEDGEMENT = 8;

    private final long firstAdjacency;
    private final long traffic;
    private final SequenceShifts shifts;
    private final Identifications identifications;

    CrossFamily(FlowContext context, AdjacencyTable adjacencies, Identifications identifications) {
        firstAdjacency = adjacencies.entry(0);
        traffic = context.traffic().at(0);
        shifts = context.table().shifts();
        this.identifications = identifications;
    }

    /// Translates a plain packet of IPv4 for whose connection nothing is to be done, and puts into
    /// the burst how it is to be sent.
    ///
    /// @param burst that it is in
    /// @param i its place
    /// @param ip its IP header, without options
    /// @param flow that leaves in IPv6
    /// @param generation of the device by which it came
    /// @param now the present second
    /// @return false, with nothing done, if there is more to do
    boolean translateQuietTo6(
            PacketBurst burst, int i, long ip, long flow, int generation, int now) {
        int sent = Ipv4.totalLength(ip) + FamilyMtu.GROWTH;
        long l4 = ip + Ipv4.MIN_HEADER_LENGTH;
        long hop = hop(flow);
        if (sent > Memory.getInt(hop + AdjacencyTable.LONGEST)
                || (sent > Ipv6.MIN_MTU && !Ipv4.dontFragment(ip))
                || !isQuiet(flow, l4, generation)) {
            return false;
        }
        sendTo6(burst, i, ip, flow, hop, now);
        return true;
    }

    /// The same for a packet of IPv6 without extension headers, whose flow leaves in IPv4.
    boolean translateQuietTo4(
            PacketBurst burst, int i, long ip, long flow, int generation, int now) {
        int sent = Ipv6.totalLength(ip) - FamilyMtu.GROWTH;
        long l4 = ip + Ipv6.HEADER_LENGTH;
        long hop = hop(flow);
        if (sent > Memory.getInt(hop + AdjacencyTable.LONGEST) || !isQuiet(flow, l4, generation)) {
            return false;
        }
        sendTo4(burst, i, ip, flow, hop, now);
        return true;
    }

    /// Whether translation is all there is to do; then a segment's numbers are moved, if they are
    /// to be. For UDP this reads and stores a part of the payload or of what lies behind: its
    /// states ignore it, and where the field holds something else, each packet is an event.
    private boolean isQuiet(long flow, long l4, int generation) {
        return isKnown(flow, l4, generation) && note(flow, l4);
    }

    private static boolean isKnown(long flow, long l4, int generation) {
        return Memory.getInt(flow + GENERATION) == generation
                && StateTable.isQuietBeside(
                        Memory.getByte(flow + EVENTS), Memory.getUnsignedByte(l4 + TCP_FLAGS));
    }

    private boolean note(long flow, long l4) {
        if (StateTable.isShifted(Memory.getByte(flow + EVENTS))) {
            shift(shifts, flow, l4);
        } else {
            Memory.putInt(flow + ACKNOWLEDGED, Memory.getInt(l4 + TCP_ACKNOWLEDGEMENT));
        }
        return true;
    }

    /// Moves the numbers of a segment of which nothing else is to be noted than what it
    /// acknowledges: in numbers that the real server knows.
    ///
    /// @param shifts of the table
    /// @param flow of the segment
    /// @param l4 its header
    static void shift(SequenceShifts shifts, long flow, long l4) {
        boolean outbound = Memory.getByte(flow + DIRECTION) == OUTBOUND;
        int sent = Memory.getInt(l4 + TCP_ACKNOWLEDGEMENT);
        TcpNumbers.move(l4, shifts.of(flow), shifts.stamps(flow), shifts.window(flow));
        Memory.putInt(
                flow + ACKNOWLEDGED, outbound ? sent : Memory.getInt(l4 + TCP_ACKNOWLEDGEMENT));
    }

    /// Moves the numbers of any segment.
    ///
    /// @param shifts of the table
    /// @param flow of the segment
    /// @param direction of it
    /// @param l4 its header
    static void shift(SequenceShifts shifts, long flow, int direction, long l4) {
        boolean syn = (Tcp.flags(l4) & Tcp.SYN) != 0;
        long numbers = syn ? shifts.ofSyn(flow, direction) : shifts.of(flow);
        TcpNumbers.move(l4, numbers, shifts.stamps(flow), shifts.window(flow));
    }

    /// Whether a packet of one family whose numbers are moved is otherwise as plain as those of the
    /// fast loop; then they have been moved.
    ///
    /// @param flow of the packet
    /// @param l4 its TCP header
    /// @param total its length
    /// @param generation of the device by which it came
    /// @return false, with nothing done, if there is more to do
    boolean shiftQuiet(long flow, long l4, int total, int generation) {
        return total <= Memory.getInt(hop(flow) + AdjacencyTable.LONGEST)
                && isQuiet(flow, l4, generation);
    }

    /// Loads early what packets handled beside the fast loop need of memory: the addresses of IPv6
    /// that a flow writes lie in a line of their own, and so does by how much numbers are moved.
    ///
    /// @param flow any that is likely
    /// @return a sum without a meaning, to be kept alive
    long prefetch(long flow) {
        int events = Memory.getByte(flow + EVENTS);
        long sum = 0;
        if (StateTable.isAcross(events)) {
            sum = Memory.getLong(flow + NEW_WIDE_ADDRESSES);
        }
        return StateTable.isShifted(events) ? sum + shifts.of(flow) : sum;
    }

    /// Translates a packet of IPv4 that was prepared.
    void sendPreparedTo6(PacketBurst burst, int i, long ip, long flow, int now) {
        sendTo6(burst, i, ip, flow, hop(flow), now);
    }

    /// The same for one of IPv6.
    void sendPreparedTo4(PacketBurst burst, int i, long ip, long flow, int now) {
        sendTo4(burst, i, ip, flow, hop(flow), now);
    }

    private void sendTo6(PacketBurst burst, int i, long ip, long flow, long hop, int now) {
        int total = Ipv4.totalLength(ip);
        long l4 = ip + Ipv4.MIN_HEADER_LENGTH;
        long to = FamilyRewrite.to6(flow, ip, l4, total - Ipv4.MIN_HEADER_LENGTH);
        count(flow, total, now);
        send(burst, i, to, total + FamilyMtu.GROWTH, flow, hop);
    }

    private void sendTo4(PacketBurst burst, int i, long ip, long flow, long hop, int now) {
        int payload = Ipv6.payloadLength(ip);
        long l4 = ip + Ipv6.HEADER_LENGTH;
        long to = FamilyRewrite.to4(flow, ip, l4, payload, identifications);
        count(flow, payload + Ipv6.HEADER_LENGTH, now);
        send(burst, i, to, payload + Ipv4.MIN_HEADER_LENGTH, flow, hop);
    }

    /// Bytes are those of the packet as it came.
    private void count(long flow, int received, int now) {
        shifts.count(flow, received, now);
        long counters = traffic + ConnectionLayout.traffic(flow);
        Memory.addLong(counters + TrafficTable.IN_PACKETS, 1);
        Memory.addLong(counters + TrafficTable.IN_BYTES, received);
    }

    private static void send(PacketBurst burst, int i, long ip, int length, long flow, long hop) {
        long l2 = AdjacencyTable.putHeader(hop, ip);
        burst.send(
                i,
                l2,
                padded(l2, (int) (ip - l2) + length),
                Memory.getInt(hop + AdjacencyTable.TRANSMIT_TAG)
                        + Memory.getByte(flow + DIRECTION));
    }

    /// Makes a frame long enough for Ethernet with zeros, so that nothing of what was there before
    /// leaves. A packet of IPv6 that has become one of IPv4 had no padding of its own; the shortest
    /// are datagrams of 42 bytes.
    ///
    /// @param l2 the frame's first byte
    /// @param length of the frame
    /// @return its length now
    static int padded(long l2, int length) {
        if (length >= Fragmenter.MIN_FRAME) {
            return length;
        }
        Memory.putLong(l2 + length, 0);
        Memory.putLong(l2 + length + 8, 0);
        Memory.putShort(l2 + length + 16, 0);
        return Fragmenter.MIN_FRAME;
    }

    private long hop(long flow) {
        return firstAdjacency + (long) Memory.getUnsignedShort(flow + NEXT_HOP) * Region.CACHE_LINE;
    }
}
