// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.connection.ConnectionLayout.DIRECTION;
import static io.fullnat.core.connection.ConnectionLayout.EVENTS;
import static io.fullnat.core.connection.ConnectionLayout.GENERATION;
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
import io.fullnat.core.service.TrafficTable;
import io.fullnat.core.stack.AdjacencyTable;
import io.fullnat.core.translate.FamilyMtu;
import io.fullnat.core.translate.FamilyRewrite;
import io.fullnat.core.translate.Identifications;
import io.fullnat.core.translate.Rewrite;
import io.fullnat.core.translate.TcpNumbers;

/// Segments of connections between families whose TCP numbers are moved: in loops behind those of
/// [CrossingPackets], which so ask nothing for them, or before if most of the latest burst were of
/// these. As in [MovedSegments] all that changes in a segment is one correction of its checksum;
/// with other options than timestamps it has more, in its place as well. For the worker's thread.
final class CrossingSegments {
    private static final int TCP_FLAGS = 13;

    private final long firstAdjacency;
    private final long traffic;
    private final Identifications identifications;
    private final SequenceShifts shifts;
    private final WideConnections wide;
    private boolean usualTo6;
    private boolean usualTo4;
    private int far;
    private boolean mostlyFar;
    private long touched;

    /// @param context the worker's connections
    /// @param adjacencies its next hops
    /// @param identifications of its packets of IPv4 that come from IPv6
    CrossingSegments(
            FlowContext context, AdjacencyTable adjacencies, Identifications identifications) {
        firstAdjacency = adjacencies.entry(0);
        traffic = context.traffic().at(0);
        this.identifications = identifications;
        shifts = context.table().shifts();
        wide = context.table().wide();
    }

    /// Whether a connection may have numbers that are moved.
    ///
    /// @return false as long as none had
    boolean areExpected() {
        return shifts.isUsed();
    }

    /// Whether most of the latest burst with packets of IPv4 were such segments, which leave in
    /// IPv6.
    boolean areUsualTo6() {
        return usualTo6;
    }

    /// The same of segments of IPv6, which leave in IPv4.
    boolean areUsualTo4() {
        return usualTo4;
    }

    /// Loads early by how much numbers are moved of flows that are far.
    ///
    /// @param mask a bit for each packet that is looked at
    /// @param first metadata of the first packet
    /// @param shift from a packet's number to its metadata
    private void prefetch(long mask, long first, int shift) {
        long sum = 0;
        for (long rest = mask; rest != 0; rest &= rest - 1) {
            long meta = first + ((long) Long.numberOfTrailingZeros(rest) << shift);
            if (Memory.getLong(meta + FastPath.IP) != 0) {
                long flow = Memory.getLong(meta + FastPath.FLOW);
                if (StateTable.isShifted(Memory.getByte(flow + EVENTS))) {
                    sum += Memory.getLong(shifts.at(flow));
                }
            }
        }
        touched += sum;
    }

    /// Translates those segments of IPv4 that leave in IPv6 and for which that and moving their
    /// numbers is all there is to do.
    ///
    /// @param burst received packets
    /// @param mask a bit for each that is looked at
    /// @param first metadata of the burst's first packet
    /// @param generation of device 0
    /// @param now the present second
    /// @return a bit for each that is to be sent as the burst says now
    long translateTo6(PacketBurst burst, long mask, long first, int generation, int now) {
        if (mostlyFar) {
            prefetch(mask, first, FastPath.METADATA_SHIFT);
        }
        long done = 0;
        for (long rest = mask; rest != 0; rest &= rest - 1) {
            int i = Long.numberOfTrailingZeros(rest);
            long meta = first + ((long) i << FastPath.METADATA_SHIFT);
            if (translateTo6(burst, i, meta, generation, now)) {
                done |= 1L << i;
            }
        }
        usualTo6 = 2 * Long.bitCount(done) > burst.size();
        noteFar(burst.size());
        return done;
    }

    /// As [#translateTo6], of segments of IPv6 that leave in IPv4.
    ///
    /// @param burst received packets
    /// @param count of those of IPv6
    /// @param mask a bit for each that is looked at, counted among those of IPv6
    /// @param first metadata of the first of those
    /// @param generation of device 0
    /// @param now the present second
    /// @return a bit for each that is to be sent as the burst says now, counted so too
    long translateTo4(
            PacketBurst burst, int count, long mask, long first, int generation, int now) {
        if (mostlyFar) {
            prefetch(mask, first, Ipv6Path.METADATA_SHIFT);
        }
        long done = 0;
        for (long rest = mask; rest != 0; rest &= rest - 1) {
            int k = Long.numberOfTrailingZeros(rest);
            long meta = first + ((long) k << Ipv6Path.METADATA_SHIFT);
            if (translateTo4(burst, meta, generation, now)) {
                done |= 1L << k;
            }
        }
        usualTo4 = 2 * Long.bitCount(done) > count;
        noteFar(count);
        return done;
    }

    /// @return false, with nothing done, if there is more to do
    private boolean translateTo6(PacketBurst burst, int i, long meta, int generation, int now) {
        long ip = Memory.getLong(meta + FastPath.IP);
        if (ip == 0) {
            return false;
        }
        long flow = Memory.getLong(meta + FastPath.FLOW);
        long key = Memory.getLong(meta + FastPath.KEY);
        long addresses = Memory.getLong(ip + Rewrite.ADDRESSES_OFFSET);
        if (!ConnectionKey.matches(flow, addresses, key & KEY_MASK)) {
            return false;
        }
        long l4 = ip + Ipv4.MIN_HEADER_LENGTH;
        long hop = hop(flow);
        int total = Ipv4.totalLength(ip);
        int sent = total + FamilyMtu.GROWTH;
        if (!isPlain(flow, l4, hop, sent, generation + (int) (key >> FastPath.DEVICE_SHIFT))
                || (sent > Ipv6.MIN_MTU && !Ipv4.dontFragment(ip))) {
            return false;
        }
        int direction = Memory.getByte(flow + DIRECTION);
        int kind = MovedFlow.kind(flow);
        long numbers = MovedFlow.isFar(kind) ? far(flow, direction) : 0;
        int length = total - Ipv4.MIN_HEADER_LENGTH;
        long to;
        if (isCommon(l4, numbers)) {
            to = FamilyRewrite.to6Moved(flow, ip, l4, length, kind, numbers, direction);
        } else {
            CrossFamily.shift(shifts, flow, l4);
            to = FamilyRewrite.to6(flow, ip, l4, length);
        }
        count(flow, total, now);
        long l2 = AdjacencyTable.putLinkHeader(hop, to);
        burst.send(
                i,
                l2,
                Memory.getInt(hop + AdjacencyTable.HEADER_LENGTH) + sent,
                Memory.getInt(hop + AdjacencyTable.TRANSMIT_TAG) + direction);
        return true;
    }

    private boolean translateTo4(PacketBurst burst, long meta, int generation, int now) {
        long ip = Memory.getLong(meta + FastPath.IP);
        if (ip == 0) {
            return false;
        }
        long flow = Memory.getLong(meta + FastPath.FLOW);
        long key = Memory.getLong(meta + FastPath.KEY);
        if (!wide.matches(flow, ip + Ipv6.ADDRESSES_OFFSET, key & KEY_MASK)) {
            return false;
        }
        long l4 = ip + Ipv6.HEADER_LENGTH;
        long hop = hop(flow);
        int total = Ipv6.totalLength(ip);
        int sent = total - FamilyMtu.GROWTH;
        if (!isPlain(flow, l4, hop, sent, generation + (int) (key >> FastPath.DEVICE_SHIFT))) {
            return false;
        }
        int direction = Memory.getByte(flow + DIRECTION);
        int kind = MovedFlow.kind(flow);
        long numbers = MovedFlow.isFar(kind) ? far(flow, direction) : 0;
        int length = total - Ipv6.HEADER_LENGTH;
        long to;
        if (isCommon(l4, numbers)) {
            to =
                    FamilyRewrite.to4Moved(
                            flow, ip, l4, length, kind, numbers, direction, identifications);
        } else {
            CrossFamily.shift(shifts, flow, l4);
            to = FamilyRewrite.to4(flow, ip, l4, length, identifications);
        }
        count(flow, total, now);
        long l2 = AdjacencyTable.putLinkHeader(hop, to);
        burst.send(
                Memory.getInt(meta + Ipv6Path.PLACE),
                l2,
                CrossFamily.padded(l2, Memory.getInt(hop + AdjacencyTable.HEADER_LENGTH) + sent),
                Memory.getInt(hop + AdjacencyTable.TRANSMIT_TAG) + direction);
        return true;
    }

    private static boolean isPlain(long flow, long l4, long hop, int sent, int generation) {
        return Memory.getInt(flow + GENERATION) == generation
                && StateTable.isQuietMovedAcross(
                        Memory.getByte(flow + EVENTS), Memory.getUnsignedByte(l4 + TCP_FLAGS))
                && sent <= Memory.getInt(hop + AdjacencyTable.LONGEST);
    }

    /// Whether a segment's numbers lie where most have theirs, and its client's timestamps stay.
    ///
    /// @param numbers where its connection's lie, 0 if its flow is not far
    private static boolean isCommon(long l4, long numbers) {
        return TcpNumbers.isCommon(l4) && (numbers == 0 || SequenceShifts.more(numbers) >= 0);
    }

    /// Where what is moved of a flow that is far lies.
    private long far(long flow, int direction) {
        far++;
        return shifts.at(flow, direction);
    }

    private void noteFar(int packets) {
        mostlyFar = 2 * far > packets;
        far = 0;
    }

    /// Bytes are those of the packet as it came.
    private void count(long flow, int received, int now) {
        shifts.countMoved(flow, received, now);
        long counters = traffic + ConnectionLayout.traffic(flow);
        Memory.addLong(counters + TrafficTable.IN_PACKETS, 1);
        Memory.addLong(counters + TrafficTable.IN_BYTES, received);
    }

    private long hop(long flow) {
        return firstAdjacency + (long) Memory.getUnsignedShort(flow + NEXT_HOP) * Region.CACHE_LINE;
    }

    /// As [FastPath#touched()].
    long touched() {
        return touched;
    }
}
