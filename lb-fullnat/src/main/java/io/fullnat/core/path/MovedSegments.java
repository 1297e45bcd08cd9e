// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.connection.ConnectionLayout.DIRECTION;
import static io.fullnat.core.connection.ConnectionLayout.EVENTS;
import static io.fullnat.core.connection.ConnectionLayout.GENERATION;
import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.KEY_MASK;
import static io.fullnat.core.connection.ConnectionLayout.NEXT_HOP;

import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.core.connection.ConnectionKey;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.MovedFlow;
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
/// plain packets: their flows say by how much, and all that changes in a segment is one correction
/// of its checksum. Of flows that are far ([MovedFlow]) that is loaded early for all of a burst.
/// Segments with other options than timestamps are left to be handled one by one, those that leave
/// in the other family to [CrossingSegments]. For the worker's thread.
final class MovedSegments {
    private static final int TCP_FLAGS = 13;

    private final SequenceShifts shifts;
    private final WideConnections wide;
    private final long firstAdjacency;
    private final long traffic;
    private boolean usual;
    private int far;
    private boolean mostlyFar;
    private long touched;

    /// @param context the worker's connections
    /// @param adjacencies its next hops
    MovedSegments(FlowContext context, AdjacencyTable adjacencies) {
        shifts = context.table().shifts();
        wide = context.table().wide();
        firstAdjacency = adjacencies.entry(0);
        traffic = context.traffic().at(0);
    }

    /// Whether a connection may have numbers that are moved.
    ///
    /// @return false as long as none had
    boolean areExpected() {
        return shifts.isUsed();
    }

    /// Whether most of the latest burst were such segments, so that the next one is to be asked for
    /// them first.
    boolean areUsual() {
        return usual;
    }

    /// Whether most of the latest burst were far, so that [#prefetch(long, long)] is worth it.
    boolean areFar() {
        return mostlyFar;
    }

    /// Loads early by how much the numbers of those packets are moved that the plain loop has left.
    ///
    /// @param mask a bit for each
    /// @param first metadata of the first packet
    /// @param shift from a packet's number to its metadata
    private void prefetch(long mask, long first, int shift) {
        long sum = 0;
        for (long rest = mask; rest != 0; rest &= rest - 1) {
            long meta = first + ((long) Long.numberOfTrailingZeros(rest) << shift);
            if (Memory.getLong(meta + FastPath.IP) != 0) {
                long flow = Memory.getLong(meta + FastPath.FLOW);
                if (StateTable.isMovedAlone(Memory.getByte(flow + EVENTS))) {
                    sum += Memory.getLong(shifts.at(flow));
                }
            }
        }
        touched += sum;
    }

    /// Translates those packets of IPv4 that the plain loop has left and for which that is all
    /// there is to do.
    ///
    /// @param burst received packets
    /// @param mask a bit for each
    /// @param first metadata of the burst's first packet
    /// @param generation of device 0
    /// @param now the present second
    /// @return a bit for each that is to be sent as the burst says now
    long translateLeft(PacketBurst burst, long mask, long first, int generation, int now) {
        if (mostlyFar) {
            prefetch(mask, first, FastPath.METADATA_SHIFT);
        }
        long done = 0;
        for (long rest = mask; rest != 0; rest &= rest - 1) {
            int i = Long.numberOfTrailingZeros(rest);
            long meta = first + ((long) i << FastPath.METADATA_SHIFT);
            if (translate(burst, i, meta, generation, now)) {
                done |= 1L << i;
            }
        }
        usual = 2 * Long.bitCount(done) > burst.size();
        noteFar(burst.size());
        return done;
    }

    private void noteFar(int packets) {
        mostlyFar = 2 * far > packets;
        far = 0;
    }

    /// The same for all packets of a burst, before the plain loop, which gets those that are left.
    ///
    /// @return a bit for each packet that was left as it is
    long translateFirst(PacketBurst burst, long first, int generation, int now) {
        long left = 0;
        int count = burst.size();
        long meta = first;
        for (int i = 0; i < count; i++, meta += FastPath.METADATA) {
            if (!translate(burst, i, meta, generation, now)) {
                left |= 1L << i;
            }
        }
        usual = 2 * Long.bitCount(left) < count;
        noteFar(count);
        return left;
    }

    /// Loads early by how much the numbers of all packets of a burst are moved, together with their
    /// flows.
    ///
    /// @param first metadata of the burst's first packet
    /// @param end behind that of its last
    /// @return a sum without a meaning, to be kept alive
    long prefetch(long first, long end) {
        long sum = 0;
        for (long meta = first; meta < end; meta += FastPath.METADATA) {
            long flow = Memory.getLong(meta + FastPath.FLOW);
            sum += Memory.getLong(flow) + Memory.getLong(shifts.at(flow, INBOUND));
        }
        return sum;
    }

    /// As [#translateLeft] for IPv6.
    ///
    /// @param burst received packets
    /// @param mask a bit for each that its loop has left, counted among those of IPv6
    /// @param first metadata of the burst's first packet of IPv6
    /// @param generation of device 0
    /// @param now the present second
    /// @return a bit for each that is to be sent as the burst says now, counted so too
    long translateLeft6(PacketBurst burst, long mask, long first, int generation, int now) {
        if (mostlyFar) {
            prefetch(mask, first, Ipv6Path.METADATA_SHIFT);
        }
        long done = 0;
        int count = Long.SIZE - Long.numberOfLeadingZeros(mask);
        long meta = first;
        for (int k = 0; k < count; k++, meta += Ipv6Path.METADATA) {
            if ((mask >>> k & 1) != 0) {
                int i = Memory.getInt(meta + Ipv6Path.PLACE);
                if (translate6(burst, i, meta, generation, now)) {
                    done |= 1L << k;
                }
            }
        }
        noteFar(burst.size());
        return done;
    }

    /// @return false, with nothing done, if there is more to do
    private boolean translate(PacketBurst burst, int i, long meta, int generation, int now) {
        long ip = Memory.getLong(meta + FastPath.IP);
        if (ip == 0) {
            return false;
        }
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
        int kind = MovedFlow.kind(flow);
        long numbers = 0;
        if (MovedFlow.isFar(kind)) {
            numbers = far(flow, direction);
            if (SequenceShifts.more(numbers) < 0) {
                return false;
            }
        }
        Rewrite.applyMoved(flow, ip, kind, numbers, direction);
        shifts.countMoved(flow, total, now);
        long counters = traffic + ConnectionLayout.traffic(flow);
        FastPath.depart(burst, i, ip, hop, total, direction, counters);
        return true;
    }

    private boolean translate6(PacketBurst burst, int i, long meta, int generation, int now) {
        long ip = Memory.getLong(meta + FastPath.IP);
        if (ip == 0) {
            return false;
        }
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
        int kind = MovedFlow.kind(flow);
        long numbers = 0;
        if (MovedFlow.isFar(kind)) {
            numbers = far(flow, direction);
            if (SequenceShifts.more(numbers) < 0) {
                return false;
            }
        }
        Ipv6Rewrite.applyMoved(flow, ip, kind, numbers, direction);
        shifts.countMoved(flow, total, now);
        Ipv6Path.depart(burst, i, ip, flow, hop, total, traffic + ConnectionLayout.traffic(flow));
        return true;
    }

    /// Where what is moved of a flow that is far lies.
    private long far(long flow, int direction) {
        far++;
        return shifts.at(flow, direction);
    }

    private static int device(long key) {
        return (int) (key >> FastPath.DEVICE_SHIFT);
    }

    private static boolean isPlain(long flow, long l4, long hop, int total, int generation) {
        return Memory.getInt(flow + GENERATION) == generation
                && StateTable.isQuietMoved(
                        Memory.getByte(flow + EVENTS), Memory.getUnsignedByte(l4 + TCP_FLAGS))
                && total <= Memory.getInt(hop + AdjacencyTable.LONGEST)
                && TcpNumbers.isCommon(l4);
    }

    private long hop(long flow) {
        return firstAdjacency + (long) Memory.getUnsignedShort(flow + NEXT_HOP) * Region.CACHE_LINE;
    }

    /// As [FastPath#touched()].
    long touched() {
        return touched;
    }
}
