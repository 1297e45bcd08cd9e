// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.connection.ConnectionLayout.ACKNOWLEDGED;
import static io.fullnat.core.connection.ConnectionLayout.DIRECTION;
import static io.fullnat.core.connection.ConnectionLayout.EVENTS;
import static io.fullnat.core.connection.ConnectionLayout.GENERATION;
import static io.fullnat.core.connection.ConnectionLayout.KEY_MASK;
import static io.fullnat.core.connection.ConnectionLayout.NEXT_HOP;
import static io.fullnat.core.connection.ConnectionLayout.TRAFFIC;
import static io.fullnat.core.connection.ConnectionLayout.WIDE_ADDRESSES;
import static io.fullnat.core.path.FastPath.DEVICE_SHIFT;
import static io.fullnat.core.path.FastPath.FLOW;
import static io.fullnat.core.path.FastPath.IP;
import static io.fullnat.core.path.FastPath.KEY;

import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.core.connection.ConnectionKey;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.SequenceShifts;
import io.fullnat.core.connection.StateTable;
import io.fullnat.core.connection.WideConnections;
import io.fullnat.core.memory.Region;
import io.fullnat.core.open.FlowContext;
import io.fullnat.core.packet.Ethernet;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Ipv6;
import io.fullnat.core.packet.Udp;
import io.fullnat.core.packet.Vlan;
import io.fullnat.core.service.TrafficTable;
import io.fullnat.core.stack.AdjacencyTable;
import io.fullnat.core.stack.NetworkView;
import io.fullnat.core.translate.Ipv6Rewrite;
import io.fullnat.core.translate.Rewrite;

/// What the [FastPath] leaves to IPv6: the packets of a burst that are of it, in the same passes.
/// Those that only have to be translated are, and stay in their place in the burst; the others are
/// left to be prepared in their turn, or to the slow path.
///
/// Packets with extension headers take the slow path; all that is read here is at fixed offsets.
final class Ipv6Path implements AutoCloseable {
    private static final int TYPE_IPV6 = Short.reverseBytes((short) Ethernet.TYPE_IPV6) & 0xFFFF;
    private static final int TYPE_VLAN = Short.reverseBytes((short) Ethernet.TYPE_VLAN) & 0xFFFF;
    private static final int TYPE_OFFSET = 12;
    private static final int INNER_TYPE_OFFSET = 16;
    private static final long MAC_MASK = 0xFFFF_FFFF_FFFFL;
    private static final int MIN_TCP = 20;
    private static final int MIN_UDP = 8;
    private static final int MIN_FRAME = Ethernet.HEADER_LENGTH + Ipv6.HEADER_LENGTH + MIN_UDP;
    private static final int TCP_FLAGS = Ipv6.HEADER_LENGTH + 13;
    private static final int TCP_ACKNOWLEDGEMENT = Ipv6.HEADER_LENGTH + 8;

    // What the passes know of a packet, as in the fast path; one behind the other, without gaps.
    static final int METADATA_SHIFT = 6;
    static final int METADATA = 1 << METADATA_SHIFT;
    private static final int HASH = 8;
    static final int PLACE = 32; // in the burst

    private final FlowContext context;
    private final WideConnections connections;
    private final long firstAdjacency;
    private final Preparation preparation;
    private final Forwarder prepared;
    private final CrossFamily across;
    private final CrossingPackets crossing;
    private final MovedSegments moved;
    private final SequenceShifts shifts;
    private final long traffic;
    private final Region metadata;
    private final long firstMetadata;
    private long packets;
    private boolean besidePrefetched;
    private long touched;

    /// IPv6's part of the fast path of one worker.
    ///
    /// @param context the worker's connections
    /// @param adjacencies its next hops
    /// @param preparation where packets are prepared for whose connection something is to be done
    /// @param across translates packets that leave in IPv4 one by one
    /// @param crossing translates plain ones of them
    /// @param moved translates segments whose numbers are moved
    /// @param burstSize the largest burst, up to 64
    Ipv6Path(
            FlowContext context,
            AdjacencyTable adjacencies,
            Preparation preparation,
            CrossFamily across,
            CrossingPackets crossing,
            MovedSegments moved,
            int burstSize) {
        this.context = context;
        connections = context.table().wide();
        firstAdjacency = adjacencies.entry(0);
        this.preparation = preparation;
        prepared = preparation.forwarder();
        this.across = across;
        this.crossing = crossing;
        this.moved = moved;
        shifts = context.table().shifts();
        traffic = context.traffic().at(0);
        metadata = Region.allocate((long) burstSize * METADATA, "packet metadata of IPv6");
        firstMetadata = metadata.address();
    }

    /// Whether a frame is of IPv6, by its type alone.
    ///
    /// @param l2 its first byte
    /// @param length its length
    static boolean isIpv6(long l2, int length) {
        if (length < MIN_FRAME) {
            return false;
        }
        int type = Memory.getUnsignedShort(l2 + TYPE_OFFSET);
        return type == TYPE_IPV6
                || (type == TYPE_VLAN
                        && Memory.getUnsignedShort(l2 + INNER_TYPE_OFFSET) == TYPE_IPV6);
    }

    /// Parses and hashes a burst if all its frames are of IPv6: the first tells it of one that is
    /// not, mostly.
    ///
    /// @param burst received packets
    /// @param port where they came in
    /// @param mac of that port, as it lies in a frame
    /// @return whether [#translateAlone] is to follow
    boolean parseAlone(PacketBurst burst, int port, long mac) {
        int count = burst.size();
        if (count == 0 || !isIpv6(burst.data(0), burst.length(0)) || !connections.isExpected()) {
            return false;
        }
        int untagged = context.stack().view().deviceOf(port, 0);
        long meta = firstMetadata;
        for (int i = 0; i < count; i++, meta += METADATA) {
            if (!isIpv6(burst.data(i), burst.length(i))) {
                return false;
            }
            parse(burst, i, meta, untagged, port, mac);
        }
        return true;
    }

    /// As [#translateKnown], of a burst that [#parseAlone] was true for.
    ///
    /// @param burst the same
    /// @param generation [io.fullnat.core.stack.StackContext#generation(int)] of device 0
    /// @param now the present second
    /// @return a bit for each that is to be sent as the burst says now
    long translateAlone(PacketBurst burst, int generation, int now) {
        packets = -1L >>> -burst.size();
        return translate(burst, burst.size(), generation, now);
    }

    /// Translates those packets of a burst for which that is all there is to do.
    ///
    /// @param burst received packets
    /// @param mask a bit for each that [#isIpv6] is true for
    /// @param port where they came in
    /// @param mac of that port, as it lies in a frame
    /// @param generation [io.fullnat.core.stack.StackContext#generation(int)] of device 0
    /// @param now the present second
    /// @return a bit for each that is to be sent as the burst says now
    long translateKnown(PacketBurst burst, long mask, int port, long mac, int generation, int now) {
        packets = mask;
        int count = Long.bitCount(mask);
        if (!connections.isExpected()) {
            divert(count);
            return 0;
        }
        int untagged = context.stack().view().deviceOf(port, 0);
        long meta = firstMetadata;
        for (long rest = mask; rest != 0; rest &= rest - 1, meta += METADATA) {
            parse(burst, Long.numberOfTrailingZeros(rest), meta, untagged, port, mac);
        }
        return translate(burst, count, generation, now);
    }

    /// First the kind of packets that most of the latest burst were of, then the others.
    private long translate(PacketBurst burst, int count, int generation, int now) {
        besidePrefetched = false;
        locate(count);
        long left;
        if (crossing.areUsualTo4()) {
            left = crossing.translateFirstTo4(burst, count, firstMetadata, generation, now);
            if (left != 0) {
                left &= ~translateLeft(burst, left, generation, now);
            }
        } else {
            left = translateFirst(burst, count, generation, now);
            if (left != 0) {
                left &=
                        ~crossing.translateLeftTo4(
                                burst, count, left, firstMetadata, generation, now);
            }
        }
        if (left != 0 && moved.areExpected()) {
            left &= ~moved.translateLeft6(burst, left, firstMetadata, generation, now);
        }
        return packets & ~inBurst(left);
    }

    /// @return a bit for each packet that was left as it is
    private long translateFirst(PacketBurst burst, int count, int generation, int now) {
        long left = 0;
        long meta = firstMetadata;
        for (int k = 0; k < count; k++, meta += METADATA) {
            if (!translate(burst, Memory.getInt(meta + PLACE), meta, generation, now)) {
                left |= 1L << k;
            }
        }
        return left;
    }

    /// @return a bit for each packet of some that is to be sent as the burst says now
    private long translateLeft(PacketBurst burst, long mask, int generation, int now) {
        long done = 0;
        for (long rest = mask; rest != 0; rest &= rest - 1) {
            int k = Long.numberOfTrailingZeros(rest);
            long meta = firstMetadata + ((long) k << METADATA_SHIFT);
            if (translate(burst, Memory.getInt(meta + PLACE), meta, generation, now)) {
                done |= 1L << k;
            }
        }
        return done;
    }

    /// Bits counted in the burst instead of among its packets of IPv6.
    private long inBurst(long mask) {
        long places = 0;
        for (long rest = mask; rest != 0; rest &= rest - 1) {
            long meta = firstMetadata + ((long) Long.numberOfTrailingZeros(rest) << METADATA_SHIFT);
            places |= 1L << Memory.getInt(meta + PLACE);
        }
        return places;
    }

    /// Leaves all to the slow path.
    private void divert(int count) {
        long meta = firstMetadata;
        for (int k = 0; k < count; k++, meta += METADATA) {
            Memory.putLong(meta + IP, 0);
        }
    }

    private void parse(PacketBurst burst, int i, long meta, int untagged, int port, long mac) {
        long l2 = burst.data(i);
        int header = Ethernet.HEADER_LENGTH;
        int device = untagged;
        if (Memory.getUnsignedShort(l2 + TYPE_OFFSET) == TYPE_VLAN) {
            header += Vlan.TAG_LENGTH;
            device = context.stack().view().deviceOf(port, Vlan.id(l2));
        }
        long ip = l2 + header;
        long hash = 0;
        if (device != NetworkView.NONE
                && (Memory.getLong(l2) & MAC_MASK) == mac
                && isPlain(ip, burst.length(i) - header)) {
            long key = key(ip);
            Memory.putLong(meta + KEY, key | (long) device << DEVICE_SHIFT);
            hash = connections.hash(ip + Ipv6.ADDRESSES_OFFSET, key);
        } else {
            ip = 0;
        }
        Memory.putLong(meta + IP, ip);
        Memory.putLong(meta + HASH, hash);
        Memory.putInt(meta + PLACE, i);
    }

    /// The one gate: whether every header of the packet lies within it and is plain. After it no
    /// access can fail. A datagram must have a checksum (RFC 8200 §8.1).
    private static boolean isPlain(long ip, int available) {
        int payload = Ipv6.payloadLength(ip);
        return available >= Ipv6.HEADER_LENGTH + MIN_UDP
                && Ipv6.version(ip) == 6
                && payload <= available - Ipv6.HEADER_LENGTH
                && Ipv6.hopLimit(ip) > 1
                && isTransportWhole(ip + Ipv6.HEADER_LENGTH, Ipv6.nextHeader(ip), payload);
    }

    private static boolean isTransportWhole(long l4, int protocol, int payload) {
        if (protocol == Ipv4.PROTOCOL_TCP) {
            int header = Memory.getUnsignedByte(l4 + 12) >>> 4 << 2;
            return payload >= MIN_TCP && header >= MIN_TCP && header <= payload;
        }
        int length = Memory.getNetworkShort(l4 + 4);
        return protocol == Ipv4.PROTOCOL_UDP
                && payload >= MIN_UDP
                && length >= MIN_UDP
                && length <= payload
                && Udp.checksum(l4) != Udp.NO_CHECKSUM;
    }

    private static long key(long ip) {
        return ConnectionKey.portsAndProtocol(
                Memory.getInt(ip + Ipv6.HEADER_LENGTH), Ipv6.nextHeader(ip));
    }

    /// A wide flow's addresses lie two lines from it, so both are loaded early.
    private void locate(int count) {
        long end = firstMetadata + (long) count * METADATA;
        long sum = 0;
        for (long meta = firstMetadata; meta < end; meta += METADATA) {
            sum += Memory.getLong(connections.bucket(Memory.getLong(meta + HASH)));
        }
        for (long meta = firstMetadata; meta < end; meta += METADATA) {
            long hash = Memory.getLong(meta + HASH);
            Memory.putLong(meta + FLOW, connections.likelyFlow(connections.bucket(hash), hash));
        }
        for (long meta = firstMetadata; meta < end; meta += METADATA) {
            long flow = Memory.getLong(meta + FLOW);
            sum += Memory.getLong(flow) + Memory.getLong(flow + WIDE_ADDRESSES);
        }
        touched += sum;
    }

    private boolean isConnection(long flow, long ip, long meta) {
        return connections.matches(
                flow, ip + Ipv6.ADDRESSES_OFFSET, Memory.getLong(meta + KEY) & KEY_MASK);
    }

    /// Translates a packet and puts into the burst how it is to be sent.
    ///
    /// @return false, with nothing done, if something else is to be done first
    private boolean translate(PacketBurst burst, int i, long meta, int generation, int now) {
        long ip = Memory.getLong(meta + IP);
        if (ip == 0) {
            return false;
        }
        long flow = Memory.getLong(meta + FLOW);
        if (!isConnection(flow, ip, meta)) {
            return false;
        }
        int total = Ipv6.totalLength(ip);
        // For UDP this reads a byte of the payload or behind; its states ignore it.
        int tcpFlags = Memory.getUnsignedByte(ip + TCP_FLAGS);
        long hop = hop(flow);
        boolean plain =
                Memory.getInt(flow + GENERATION)
                                == generation + (int) (Memory.getLong(meta + KEY) >> DEVICE_SHIFT)
                        && StateTable.isQuiet(Memory.getByte(flow + EVENTS), tcpFlags)
                        && total <= Memory.getInt(hop + AdjacencyTable.LONGEST);
        if (!plain) {
            return false;
        }
        // For UDP this stores a part of the payload or of what lies behind. Where the field holds
        // something else of it, each packet is an event.
        Memory.putInt(flow + ACKNOWLEDGED, Memory.getInt(ip + TCP_ACKNOWLEDGEMENT));
        Ipv6Rewrite.apply(flow, ip, ip + Ipv6.HEADER_LENGTH, Ipv6.nextHeader(ip));
        Rewrite.count(flow, total, now);
        depart(burst, i, ip, flow, hop, total, traffic + Memory.getInt(flow + TRAFFIC));
        return true;
    }

    /// Translates a packet for whose connection nothing is to be done, but that leaves in IPv4, or
    /// with other sequence numbers.
    private boolean translateBeside(PacketBurst burst, int i, long meta, long ip, long flow) {
        if (!besidePrefetched) {
            besidePrefetched = true;
            prefetchBeside(meta);
        }
        int device = (int) (Memory.getLong(meta + KEY) >> DEVICE_SHIFT);
        int generation = context.stack().generation(0) + device;
        int now = context.stack().nowSeconds();
        if (Crossing.isOf(flow)) {
            return across.translateQuietTo4(burst, i, ip, flow, generation, now);
        }
        int total = Ipv6.totalLength(ip);
        if (!across.shiftQuiet(flow, ip + Ipv6.HEADER_LENGTH, total, generation)) {
            return false;
        }
        translate(burst, i, ip, flow, hop(flow), total, now);
        return true;
    }

    /// Of all packets from one on.
    private void prefetchBeside(long first) {
        long sum = 0;
        long end = firstMetadata + (long) Long.bitCount(packets) * METADATA;
        for (long meta = first; meta < end; meta += METADATA) {
            if (Memory.getLong(meta + IP) != 0) {
                sum += across.prefetch(Memory.getLong(meta + FLOW));
            }
        }
        touched += sum;
    }

    private long hop(long flow) {
        return firstAdjacency + (long) Memory.getUnsignedShort(flow + NEXT_HOP) * Region.CACHE_LINE;
    }

    private void translate(
            PacketBurst burst, int i, long ip, long flow, long hop, int total, int now) {
        Ipv6Rewrite.apply(flow, ip, ip + Ipv6.HEADER_LENGTH, Ipv6.nextHeader(ip));
        shifts.count(flow, total, now);
        depart(burst, i, ip, flow, hop, total, traffic + ConnectionLayout.traffic(flow));
    }

    /// Counts a translated packet for its real server, and puts into the burst how it is to be
    /// sent. No frame of TCP or UDP over IPv6 is too short for Ethernet.
    ///
    /// @param counters where its direction's are
    static void depart(
            PacketBurst burst, int i, long ip, long flow, long hop, int total, long counters) {
        Memory.addLong(counters + TrafficTable.IN_PACKETS, 1);
        Memory.addLong(counters + TrafficTable.IN_BYTES, total);
        burst.send(
                i,
                AdjacencyTable.putLinkHeader(hop, ip),
                Memory.getInt(hop + AdjacencyTable.HEADER_LENGTH) + total,
                Memory.getInt(hop + AdjacencyTable.TRANSMIT_TAG)
                        + Memory.getByte(flow + DIRECTION));
    }

    /// Translates a packet for whose connection something is to be done first, as for a new one.
    ///
    /// @param burst that [#translateKnown] was called for
    /// @param i the packet's place in it
    /// @param port where it came in
    /// @return its flow if it stays in the burst; [Preparation#ENDED] or [Preparation#DIVERTED]
    long prepareAndTranslate(PacketBurst burst, int i, int port) {
        int place = Long.bitCount(packets & ((1L << i) - 1));
        long meta = firstMetadata + (long) place * METADATA;
        long ip = Memory.getLong(meta + IP);
        if (ip == 0) {
            return Preparation.DIVERTED;
        }
        long likely = Memory.getLong(meta + FLOW);
        long known = isConnection(likely, ip, meta) ? likely : 0;
        if (known != 0
                && StateTable.isBeside(Memory.getByte(known + EVENTS))
                && translateBeside(burst, i, meta, ip, known)) {
            return known;
        }
        long flow =
                preparation.prepare(
                        burst,
                        i,
                        port,
                        (int) (Memory.getLong(meta + KEY) >> DEVICE_SHIFT),
                        ip,
                        Memory.getLong(meta + HASH),
                        known);
        if (flow == Preparation.ENDED || flow == Preparation.DIVERTED) {
            return flow;
        }
        long header = prepared.header();
        if (Crossing.isOf(flow)) {
            across.sendPreparedTo4(burst, i, header, flow, prepared.seen());
            return flow;
        }
        long hop = hop(flow);
        translate(burst, i, header, flow, hop, Ipv6.totalLength(header), prepared.seen());
        if (AdjacencyTable.hasLongHeader(hop)) {
            AdjacencyTable.putHeader(hop, header);
        }
        return flow;
    }

    /// As [FastPath#touched()].
    long touched() {
        return touched;
    }

    @Override
    public void close() {
        metadata.close();
    }
}
