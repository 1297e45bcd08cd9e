// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.connection.ConnectionLayout.ACKNOWLEDGED;
import static io.fullnat.core.connection.ConnectionLayout.DIRECTION;
import static io.fullnat.core.connection.ConnectionLayout.EVENTS;
import static io.fullnat.core.connection.ConnectionLayout.GENERATION;
import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.KEY_MASK;
import static io.fullnat.core.connection.ConnectionLayout.NEXT_HOP;

import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.core.connection.ConnectionKey;
import io.fullnat.core.connection.SequenceShifts;
import io.fullnat.core.connection.StateTable;
import io.fullnat.core.connection.WideConnections;
import io.fullnat.core.memory.Region;
import io.fullnat.core.open.FlowContext;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Ipv6;
import io.fullnat.core.stack.AdjacencyTable;
import io.fullnat.core.translate.Ipv6Rewrite;
import io.fullnat.core.translate.Rewrite;
import io.fullnat.core.translate.TcpNumbers;

/// Plain segments of connections whose TCP numbers are moved, in loops of their own behind those of
/// plain packets: by how much is loaded early for all of a burst, and all that changes in a segment
/// is one correction of its checksum. Segments with other options than timestamps are left to be
/// handled one by one, as are those that leave in the other family. For the worker's thread.
final class MovedSegments implements AutoCloseable {
    // What is known of a packet: where the passes' metadata of it are, and its connection's
    // numbers.
    private static final int LENGTH = 16;
    private static final int METADATA = 0;
    private static final int NUMBERS = 8;

    private static final int TCP_FLAGS = 13;
    private static final int TCP_ACKNOWLEDGEMENT = 8;

    private final SequenceShifts shifts;
    private final WideConnections wide;
    private final long firstAdjacency;
    private final long traffic;
    private final Region list;
    private long touched;

    /// @param context the worker's connections
    /// @param adjacencies its next hops
    /// @param burstSize the largest burst
    MovedSegments(FlowContext context, AdjacencyTable adjacencies, int burstSize) {
        shifts = context.table().shifts();
        wide = context.table().wide();
        firstAdjacency = adjacencies.entry(0);
        traffic = context.traffic().at(0);
        list = Region.allocate((long) burstSize * LENGTH, "moved segments");
    }

    /// Whether a connection may have numbers that are moved.
    ///
    /// @return false as long as none had
    boolean areExpected() {
        return shifts.isUsed();
    }

    /// Translates those packets of IPv4 for which that is all there is to do.
    ///
    /// @param burst received packets
    /// @param mask a bit for each that the fast loop has left
    /// @param first metadata of the burst's first packet
    /// @param generation of device 0
    /// @param now the present second
    /// @return a bit for each that is to be sent as the burst says now
    long translate(PacketBurst burst, long mask, long first, int generation, int now) {
        long end = collect(mask, first, FastPath.METADATA_SHIFT);
        long done = 0;
        for (long at = list.address(); at < end; at += LENGTH) {
            long meta = Memory.getLong(at + METADATA);
            int i = (int) ((meta - first) >>> FastPath.METADATA_SHIFT);
            if (translate(burst, i, meta, Memory.getLong(at + NUMBERS), generation, now)) {
                done |= 1L << i;
            }
        }
        return done;
    }

    /// The same for IPv6.
    ///
    /// @param burst received packets
    /// @param mask a bit for each that its loop has left, counted among those of IPv6
    /// @param first metadata of the burst's first packet of IPv6
    /// @param generation of device 0
    /// @param now the present second
    /// @return a bit for each that is to be sent as the burst says now, counted in the burst
    long translate6(PacketBurst burst, long mask, long first, int generation, int now) {
        long end = collect(mask, first, Ipv6Path.METADATA_SHIFT);
        long done = 0;
        for (long at = list.address(); at < end; at += LENGTH) {
            long meta = Memory.getLong(at + METADATA);
            int i = Memory.getInt(meta + Ipv6Path.PLACE);
            if (translate6(burst, i, meta, Memory.getLong(at + NUMBERS), generation, now)) {
                done |= 1L << i;
            }
        }
        return done;
    }

    /// Lists what may be translated, and loads by how much their numbers are moved.
    ///
    /// @return where the list ends
    private long collect(long mask, long first, int shift) {
        long sum = 0;
        long to = list.address();
        for (long rest = mask; rest != 0; rest &= rest - 1) {
            long meta = first + ((long) Long.numberOfTrailingZeros(rest) << shift);
            if (Memory.getLong(meta + FastPath.IP) == 0) {
                continue;
            }
            long flow = Memory.getLong(meta + FastPath.FLOW);
            if (StateTable.isMovedAlone(Memory.getByte(flow + EVENTS))) {
                long numbers = shifts.at(flow);
                sum += Memory.getLong(numbers) + Memory.getLong(numbers + 2 * Long.BYTES);
                Memory.putLong(to + METADATA, meta);
                Memory.putLong(to + NUMBERS, numbers);
                to += LENGTH;
            }
        }
        touched += sum;
        return to;
    }

    /// @return false, with nothing done, if there is more to do
    private boolean translate(
            PacketBurst burst, int i, long meta, long numbers, int generation, int now) {
        long ip = Memory.getLong(meta + FastPath.IP);
        long flow = Memory.getLong(meta + FastPath.FLOW);
        long key = Memory.getLong(meta + FastPath.KEY);
        long l4 = ip + Ipv4.MIN_HEADER_LENGTH;
        int total = Ipv4.totalLength(ip);
        long hop = hop(flow);
        if (!ConnectionKey.matches(
                        flow, Memory.getLong(ip + Rewrite.ADDRESSES_OFFSET), key & KEY_MASK)
                || !isPlain(flow, l4, hop, total, generation + device(key))) {
            return false;
        }
        int direction = Memory.getByte(flow + DIRECTION);
        Rewrite.applyMoved(flow, ip, move(flow, l4, numbers, direction), total, now);
        FastPath.depart(burst, i, ip, flow, hop, total, direction, traffic);
        return true;
    }

    private boolean translate6(
            PacketBurst burst, int i, long meta, long numbers, int generation, int now) {
        long ip = Memory.getLong(meta + FastPath.IP);
        long flow = Memory.getLong(meta + FastPath.FLOW);
        long key = Memory.getLong(meta + FastPath.KEY);
        long l4 = ip + Ipv6.HEADER_LENGTH;
        int total = Ipv6.totalLength(ip);
        long hop = hop(flow);
        if (!wide.matches(flow, ip + Ipv6.ADDRESSES_OFFSET, key & KEY_MASK)
                || !isPlain(flow, l4, hop, total, generation + device(key))) {
            return false;
        }
        int direction = Memory.getByte(flow + DIRECTION);
        Ipv6Rewrite.applyMoved(flow, ip, move(flow, l4, numbers, direction), total, now);
        Ipv6Path.depart(burst, i, ip, flow, hop, total, traffic);
        return true;
    }

    private static int device(long key) {
        return (int) (key >> FastPath.DEVICE_SHIFT);
    }

    private static boolean isPlain(long flow, long l4, long hop, int total, int generation) {
        return Memory.getInt(flow + GENERATION) == generation
                && StateTable.isQuietBeside(
                        Memory.getByte(flow + EVENTS), Memory.getUnsignedByte(l4 + TCP_FLAGS))
                && total <= Memory.getInt(hop + AdjacencyTable.LONGEST)
                && TcpNumbers.isCommon(l4);
    }

    /// Moves a segment's numbers and notes what it acknowledges, in numbers that the real server
    /// knows.
    ///
    /// @return what the checksum has to be corrected by
    private static long move(long flow, long l4, long numbers, int direction) {
        int sent = Memory.getInt(l4 + TCP_ACKNOWLEDGEMENT);
        long delta =
                TcpNumbers.moveCommon(
                        l4,
                        SequenceShifts.numbers(numbers, direction),
                        SequenceShifts.stamps(numbers, direction),
                        SequenceShifts.window(numbers, direction));
        int moved = Memory.getInt(l4 + TCP_ACKNOWLEDGEMENT);
        Memory.putInt(flow + ACKNOWLEDGED, direction == INBOUND ? moved : sent);
        return delta;
    }

    private long hop(long flow) {
        return firstAdjacency + (long) Memory.getUnsignedShort(flow + NEXT_HOP) * Region.CACHE_LINE;
    }

    /// As [FastPath#touched()].
    long touched() {
        return touched;
    }

    @Override
    public void close() {
        list.close();
    }
}
