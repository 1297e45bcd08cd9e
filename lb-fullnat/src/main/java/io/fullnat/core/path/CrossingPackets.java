// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.connection.ConnectionLayout.ACKNOWLEDGED;
import static io.fullnat.core.connection.ConnectionLayout.DIRECTION;
import static io.fullnat.core.connection.ConnectionLayout.EVENTS;
import static io.fullnat.core.connection.ConnectionLayout.GENERATION;
import static io.fullnat.core.connection.ConnectionLayout.KEY_MASK;
import static io.fullnat.core.connection.ConnectionLayout.NEW_WIDE_ADDRESSES;
import static io.fullnat.core.connection.ConnectionLayout.NEXT_HOP;
import static io.fullnat.core.connection.ConnectionLayout.TRAFFIC;

import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.core.connection.ConnectionKey;
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

/// Plain packets of connections between families, in loops of their own beside those of packets
/// that stay in their family: without a call, as those are, and first if most packets of the latest
/// burst were of these. Behind them come segments whose numbers are moved ([CrossingSegments]); if
/// most were of those, before them. All for which more is to be done are left to be handled one by
/// one. For the worker's thread.
final class CrossingPackets {
    private static final int TCP_FLAGS = 13;
    private static final int TCP_ACKNOWLEDGEMENT = 8;

    private final long firstAdjacency;
    private final long traffic;
    private final Identifications identifications;
    private final WideConnections wide;
    private final CrossingSegments segments;
    private boolean usualTo6;
    private boolean usualTo4;

    /// @param context the worker's connections
    /// @param adjacencies its next hops
    /// @param identifications of its packets of IPv4 that come from IPv6
    CrossingPackets(
            FlowContext context, AdjacencyTable adjacencies, Identifications identifications) {
        firstAdjacency = adjacencies.entry(0);
        traffic = context.traffic().at(0);
        wide = context.table().wide();
        this.identifications = identifications;
        segments = new CrossingSegments(context, adjacencies, identifications);
    }

    /// Whether there may be connections between families.
    ///
    /// @return false as long as IPv6 took part in none
    boolean areExpected() {
        return wide.isExpected();
    }

    /// Whether most packets of IPv4 in the latest burst that had some leave in IPv6.
    boolean areUsualTo6() {
        return usualTo6;
    }

    /// The same of packets of IPv6 that leave in IPv4.
    boolean areUsualTo4() {
        return usualTo4;
    }

    /// Loads early what packets of IPv4 need of memory, of all of a burst: the addresses of IPv6
    /// that a flow writes lie in a line of their own.
    ///
    /// @param first metadata of the burst's first packet
    /// @param end behind that of its last
    /// @return a sum without a meaning, to be kept alive
    long prefetch(long first, long end) {
        long sum = 0;
        for (long meta = first; meta < end; meta += FastPath.METADATA) {
            long flow = Memory.getLong(meta + FastPath.FLOW);
            if (StateTable.isAcross(Memory.getByte(flow + EVENTS))) {
                sum += Memory.getLong(flow + NEW_WIDE_ADDRESSES);
            }
        }
        return sum;
    }

    /// Translates all packets of IPv4 that leave in IPv6 and for which that is all there is to do,
    /// or moving their numbers as well, before the plain loop gets those that are left.
    ///
    /// @param burst received packets
    /// @param first metadata of the burst's first packet
    /// @param generation of device 0
    /// @param now the present second
    /// @return a bit for each packet that was left as it is
    long translateFirstTo6(PacketBurst burst, long first, int generation, int now) {
        if (segments.areUsualTo6()) {
            return translateSegmentsFirstTo6(burst, first, generation, now);
        }
        long left = 0;
        int count = burst.size();
        long meta = first;
        for (int i = 0; i < count; i++, meta += FastPath.METADATA) {
            if (!translateTo6(burst, i, meta, generation, now)) {
                left |= 1L << i;
            }
        }
        if (left != 0 && segments.areExpected()) {
            left &= ~segments.translateTo6(burst, left, first, generation, now);
        }
        usualTo6 = 2 * Long.bitCount(left) < count;
        return left;
    }

    /// The same of those packets that the plain loop has left.
    ///
    /// @param burst received packets
    /// @param mask a bit for each that was left
    /// @param first metadata of the burst's first packet
    /// @param generation of device 0
    /// @param now the present second
    /// @return a bit for each that is to be sent as the burst says now
    long translateLeftTo6(PacketBurst burst, long mask, long first, int generation, int now) {
        long done = translateSomeTo6(burst, mask, first, generation, now);
        if (done != mask && segments.areExpected()) {
            done |= segments.translateTo6(burst, mask & ~done, first, generation, now);
        }
        usualTo6 = 2 * Long.bitCount(done) > burst.size();
        return done;
    }

    /// The two loops the other way round.
    private long translateSegmentsFirstTo6(PacketBurst burst, long first, int generation, int now) {
        int count = burst.size();
        long left = -1L >>> -count;
        left &= ~segments.translateTo6(burst, left, first, generation, now);
        if (left != 0) {
            left &= ~translateSomeTo6(burst, left, first, generation, now);
        }
        usualTo6 = 2 * Long.bitCount(left) < count;
        return left;
    }

    private long translateSomeTo6(
            PacketBurst burst, long mask, long first, int generation, int now) {
        long done = 0;
        for (long rest = mask; rest != 0; rest &= rest - 1) {
            int i = Long.numberOfTrailingZeros(rest);
            long meta = first + ((long) i << FastPath.METADATA_SHIFT);
            if (translateTo6(burst, i, meta, generation, now)) {
                done |= 1L << i;
            }
        }
        return done;
    }

    /// As [#translateFirstTo6], of packets of IPv6 that leave in IPv4.
    ///
    /// @param burst received packets
    /// @param count of those of IPv6
    /// @param first metadata of the first of them
    /// @param generation of device 0
    /// @param now the present second
    /// @return a bit for each that was left as it is, counted among those of IPv6
    long translateFirstTo4(PacketBurst burst, int count, long first, int generation, int now) {
        if (segments.areUsualTo4()) {
            return translateSegmentsFirstTo4(burst, count, first, generation, now);
        }
        long left = 0;
        long meta = first;
        for (int k = 0; k < count; k++, meta += Ipv6Path.METADATA) {
            if (!translateTo4(burst, meta, generation, now)) {
                left |= 1L << k;
            }
        }
        if (left != 0 && segments.areExpected()) {
            left &= ~segments.translateTo4(burst, count, left, first, generation, now);
        }
        usualTo4 = 2 * Long.bitCount(left) < count;
        return left;
    }

    /// As [#translateLeftTo6], of packets of IPv6 that leave in IPv4.
    ///
    /// @param burst received packets
    /// @param count of those of IPv6
    /// @param mask a bit for each that was left, counted among those of IPv6
    /// @param first metadata of the first of those
    /// @param generation of device 0
    /// @param now the present second
    /// @return a bit for each that is to be sent as the burst says now, counted so too
    long translateLeftTo4(
            PacketBurst burst, int count, long mask, long first, int generation, int now) {
        long done = translateSomeTo4(burst, mask, first, generation, now);
        if (done != mask && segments.areExpected()) {
            done |= segments.translateTo4(burst, count, mask & ~done, first, generation, now);
        }
        usualTo4 = 2 * Long.bitCount(done) > count;
        return done;
    }

    private long translateSegmentsFirstTo4(
            PacketBurst burst, int count, long first, int generation, int now) {
        long left = -1L >>> -count;
        left &= ~segments.translateTo4(burst, count, left, first, generation, now);
        if (left != 0) {
            left &= ~translateSomeTo4(burst, left, first, generation, now);
        }
        usualTo4 = 2 * Long.bitCount(left) < count;
        return left;
    }

    private long translateSomeTo4(
            PacketBurst burst, long mask, long first, int generation, int now) {
        long done = 0;
        for (long rest = mask; rest != 0; rest &= rest - 1) {
            int k = Long.numberOfTrailingZeros(rest);
            long meta = first + ((long) k << Ipv6Path.METADATA_SHIFT);
            if (translateTo4(burst, meta, generation, now)) {
                done |= 1L << k;
            }
        }
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
        note(flow, l4);
        long to = FamilyRewrite.to6(flow, ip, l4, total - Ipv4.MIN_HEADER_LENGTH);
        count(flow, total, now);
        long l2 = AdjacencyTable.putLinkHeader(hop, to);
        burst.send(i, l2, Memory.getInt(hop + AdjacencyTable.HEADER_LENGTH) + sent, tag(flow, hop));
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
        note(flow, l4);
        long to = FamilyRewrite.to4(flow, ip, l4, total - Ipv6.HEADER_LENGTH, identifications);
        count(flow, total, now);
        long l2 = AdjacencyTable.putLinkHeader(hop, to);
        int length = Memory.getInt(hop + AdjacencyTable.HEADER_LENGTH) + sent;
        burst.send(
                Memory.getInt(meta + Ipv6Path.PLACE),
                l2,
                CrossFamily.padded(l2, length),
                tag(flow, hop));
        return true;
    }

    private static boolean isPlain(long flow, long l4, long hop, int sent, int generation) {
        return Memory.getInt(flow + GENERATION) == generation
                && StateTable.isQuietAcross(
                        Memory.getByte(flow + EVENTS), Memory.getUnsignedByte(l4 + TCP_FLAGS))
                && sent <= Memory.getInt(hop + AdjacencyTable.LONGEST);
    }

    /// Of a datagram this stores a part of the payload or of what lies behind. Where the field
    /// holds something else of UDP, each packet is an event.
    private static void note(long flow, long l4) {
        Memory.putInt(flow + ACKNOWLEDGED, Memory.getInt(l4 + TCP_ACKNOWLEDGEMENT));
    }

    /// Bytes are those of the packet as it came.
    private void count(long flow, int received, int now) {
        Rewrite.count(flow, received, now);
        long counters = traffic + Memory.getInt(flow + TRAFFIC);
        Memory.addLong(counters + TrafficTable.IN_PACKETS, 1);
        Memory.addLong(counters + TrafficTable.IN_BYTES, received);
    }

    private static int tag(long flow, long hop) {
        return Memory.getInt(hop + AdjacencyTable.TRANSMIT_TAG) + Memory.getByte(flow + DIRECTION);
    }

    private long hop(long flow) {
        return firstAdjacency + (long) Memory.getUnsignedShort(flow + NEXT_HOP) * Region.CACHE_LINE;
    }

    /// As [FastPath#touched()].
    long touched() {
        return segments.touched();
    }
}
