// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.connection.ConnectionLayout.ACKNOWLEDGED;
import static io.fullnat.core.connection.ConnectionLayout.DIRECTION;
import static io.fullnat.core.connection.ConnectionLayout.EVENTS;
import static io.fullnat.core.connection.ConnectionLayout.GENERATION;
import static io.fullnat.core.connection.ConnectionLayout.NEXT_HOP;
import static io.fullnat.core.connection.ConnectionLayout.TRAFFIC;

import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.core.connection.ConnectionKey;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.ConnectionTable;
import io.fullnat.core.connection.SequenceShifts;
import io.fullnat.core.connection.StateTable;
import io.fullnat.core.memory.Region;
import io.fullnat.core.open.FlowContext;
import io.fullnat.core.packet.Ethernet;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Vlan;
import io.fullnat.core.service.TrafficTable;
import io.fullnat.core.stack.AdjacencyTable;
import io.fullnat.core.stack.NetworkView;
import io.fullnat.core.translate.Fragmenter;
import io.fullnat.core.translate.Rewrite;
import io.fullnat.core.transmit.Transmitter;

/// Fast-path eligible packets of known connections, a burst at a time, in passes: parse and hash
/// all, prefetch all index buckets, prefetch all flows, then act. The CPU has the cache misses of a
/// whole burst under way at once. Java has no such instruction, so a prefetch is a load whose value
/// is added up.
///
/// A packet stays on this path if its headers are whole, without options and right, and the next
/// hop is known and large enough. If its connection is new or its state changes, the [SlowPath]
/// sees to that first. All others go there in their turn, so packets of one connection keep their
/// order.
public final class FastPath implements AutoCloseable {
    private static final int TYPE_IPV4 = Short.reverseBytes((short) Ethernet.TYPE_IPV4) & 0xFFFF;
    private static final int TYPE_VLAN = Short.reverseBytes((short) Ethernet.TYPE_VLAN) & 0xFFFF;
    private static final long MAC_MASK = 0xFFFF_FFFF_FFFFL;
    private static final int MIN_UDP = 28;

    // What the passes know of a packet: half a cache line each, outside the heap, which saves the
    // bounds checks of as many arrays.
    static final int METADATA_SHIFT = 5;
    static final int IP = 0;
    private static final int HASH = 8;
    static final int FLOW = 16;
    static final int KEY = 24; // the device by which it came above it
    static final int METADATA = 1 << METADATA_SHIFT;

    static final int DEVICE_SHIFT = 40;

    private final FlowContext context;
    private final ConnectionTable table;
    private final long firstAdjacency;
    private final SlowPath slow;
    private final Preparation preparation;
    private final Forwarder prepared;
    private final Ipv6Path ipv6;
    private final MovedSegments moved;
    private final CrossFamily across;
    private final CrossingPackets crossing;
    private final SequenceShifts shifts;
    private final Transmitter[] transmitters;
    private final long[] macByPort;
    private final Region metadata;
    private final long firstMetadata;
    private final long traffic;
    private int taggedDevice;
    private boolean besidePrefetched;
    private long touched;

    /// The fast path of one worker.
    ///
    /// @param context the worker's connections
    /// @param adjacencies its next hops
    /// @param slow where all else goes
    /// @param macs of the ports, in the low 48 bits
    /// @param burstSize the largest burst, up to 64
    public FastPath(
            FlowContext context,
            AdjacencyTable adjacencies,
            SlowPath slow,
            long[] macs,
            int burstSize) {
        if (burstSize > Long.SIZE) {
            throw new IllegalArgumentException("a burst of " + burstSize + " has no bit for each");
        }
        this.context = context;
        firstAdjacency = adjacencies.entry(0);
        transmitters = context.stack().transmitters();
        this.slow = slow;
        preparation = slow.ipv4();
        prepared = preparation.forwarder();
        across = new CrossFamily(context, adjacencies, slow.identifications());
        crossing = new CrossingPackets(context, adjacencies, slow.identifications());
        moved = new MovedSegments(context, adjacencies);
        ipv6 = new Ipv6Path(context, adjacencies, slow.ipv6(), across, crossing, moved, burstSize);
        table = context.table();
        shifts = table.shifts();
        traffic = context.traffic().at(0);
        macByPort = new long[macs.length];
        for (int port = 0; port < macs.length; port++) {
            macByPort[port] = Long.reverseBytes(macs[port]) >>> 16;
        }
        metadata = Region.allocate((long) burstSize * METADATA, "packet metadata");
        firstMetadata = metadata.address();
    }

    /// Handles a burst; all its buffers are used up. First all packets for which translation is all
    /// there is to do, then the others in their order. Packets stay in the burst until one leaves
    /// it for the slow path; those before it go to their transmitters first, so that they are sent
    /// in the order they came in.
    ///
    /// The compiler takes no method of more than 325 bytes into another, and this one is longer on
    /// purpose, so it is compiled when it has seen packets. A duty cycle is called often enough to
    /// be compiled before the first packet comes, or shortly after; what was compiled with it then
    /// could stay as it was, and took up to 2.7 times as long for a packet.
    ///
    /// @param burst received packets
    /// @param port where they came in
    public void process(PacketBurst burst, int port) {
        int count = burst.size();
        int now = context.stack().nowSeconds();
        int generation = context.stack().generation(0);
        long mac = macByPort[port];
        long sixes;
        long others;
        if (ipv6.parseAlone(burst, port, mac)) {
            sixes = -1L >>> -count;
            others = sixes & ~ipv6.translateAlone(burst, generation, now);
        } else {
            sixes = parse(burst, count, port);
            locate(count);
            // First the kind of packets that most of the latest burst were of.
            if (moved.areUsual()) {
                others = moved.translateFirst(burst, firstMetadata, generation, now);
                others &= ~translateLeft(burst, others, generation, now);
            } else if (crossing.areUsualTo6()) {
                others = crossing.translateFirstTo6(burst, firstMetadata, generation, now);
                others &= ~translateLeft(burst, others, generation, now);
            } else {
                others = translateKnown(burst, count, generation, now);
                if (others != 0 && moved.areExpected()) {
                    others &= ~moved.translateLeft(burst, others, firstMetadata, generation, now);
                }
                if (others != 0 && crossing.areExpected()) {
                    others &=
                            ~crossing.translateLeftTo6(
                                    burst, others, firstMetadata, generation, now);
                }
            }
            if (sixes != 0) {
                others &= ~ipv6.translateKnown(burst, sixes, port, mac, generation, now);
            }
        }
        besidePrefetched = false;
        int first = 0;
        for (; others != 0; others &= others - 1) {
            int i = Long.numberOfTrailingZeros(others);
            if (!prepareAndTranslate(burst, i, port, now, sixes)) {
                send(burst, first, i);
                divert(burst, i, port);
                first = i + 1;
            }
        }
        send(burst, first, count);
        touched += context.ports().prefetchAhead();
    }

    /// Parses and hashes packets of IPv4.
    ///
    /// @return a bit for each packet of IPv6
    private long parse(PacketBurst burst, int count, int port) {
        long sixes = 0;
        long mac = macByPort[port];
        int untagged = context.stack().view().deviceOf(port, 0);
        long meta = firstMetadata;
        for (int i = 0; i < count; i++, meta += METADATA) {
            long l2 = burst.data(i);
            int length = burst.length(i);
            int header = 0;
            if (length >= Ethernet.HEADER_LENGTH + MIN_UDP
                    && (Memory.getLong(l2) & MAC_MASK) == mac) {
                header = gate(l2, length, burst.verdict(i), port);
            }
            long ip = 0;
            long hash = 0;
            if (header != 0) {
                ip = l2 + header;
                long key = key(ip);
                int device = header == Ethernet.HEADER_LENGTH ? untagged : taggedDevice;
                Memory.putLong(meta + KEY, key | (long) device << DEVICE_SHIFT);
                hash = table.hash(Memory.getLong(ip + Rewrite.ADDRESSES_OFFSET), key);
            } else if (Ipv6Path.isIpv6(l2, length)) {
                sixes |= 1L << i;
            }
            Memory.putLong(meta + IP, ip);
            Memory.putLong(meta + HASH, hash);
        }
        return sixes;
    }

    /// The one gate: returns the link header's length if every header of the packet lies within it
    /// and is plain, else 0. After it no access can fail.
    private int gate(long l2, int length, int verdict, int port) {
        int header = Ethernet.HEADER_LENGTH;
        int type = Memory.getUnsignedShort(l2 + 12);
        if (type != TYPE_IPV4) {
            if (!isTagged(l2, length, type, port)) {
                return 0;
            }
            header += Vlan.TAG_LENGTH;
        }
        long ip = l2 + header;
        boolean good = (verdict & PacketBurst.IP_CHECKSUM_GOOD) != 0;
        return PlainIpv4.is(ip, length - header) && (good || PlainIpv4.isSumRight(ip)) ? header : 0;
    }

    private boolean isTagged(long l2, int length, int type, int port) {
        if (type != TYPE_VLAN
                || length < Ethernet.HEADER_LENGTH + Vlan.TAG_LENGTH + MIN_UDP
                || Memory.getUnsignedShort(l2 + 16) != TYPE_IPV4) {
            return false;
        }
        taggedDevice = context.stack().view().deviceOf(port, Vlan.id(l2));
        return taggedDevice != NetworkView.NONE;
    }

    private void locate(int count) {
        long end = firstMetadata + (long) count * METADATA;
        long sum = 0;
        for (long meta = firstMetadata; meta < end; meta += METADATA) {
            sum += Memory.getLong(table.bucket(Memory.getLong(meta + HASH)));
        }
        for (long meta = firstMetadata; meta < end; meta += METADATA) {
            long hash = Memory.getLong(meta + HASH);
            Memory.putLong(meta + FLOW, table.likelyFlow(table.bucket(hash), hash));
        }
        touched += sum + prefetch(end);
    }

    private long prefetch(long end) {
        if (moved.areFar()) {
            return moved.prefetch(firstMetadata, end);
        }
        if (crossing.areUsualTo6()) {
            return crossing.prefetch(firstMetadata, end);
        }
        long sum = 0;
        for (long meta = firstMetadata; meta < end; meta += METADATA) {
            sum += Memory.getLong(Memory.getLong(meta + FLOW));
        }
        return sum;
    }

    private static long key(long ip) {
        return ConnectionKey.portsAndProtocol(
                Memory.getInt(ip + Ipv4.MIN_HEADER_LENGTH), Ipv4.protocol(ip));
    }

    /// Whether a flow is that of the packet that metadata describes.
    private static boolean isConnection(long flow, long ip, long meta) {
        return ConnectionKey.matches(
                flow,
                Memory.getLong(ip + Rewrite.ADDRESSES_OFFSET),
                Memory.getLong(meta + KEY) & ConnectionLayout.KEY_MASK);
    }

    /// @return a bit for each plain packet of some, which is to be sent as the burst says now
    private long translateLeft(PacketBurst burst, long mask, int generation, int now) {
        long done = 0;
        for (long rest = mask; rest != 0; rest &= rest - 1) {
            int i = Long.numberOfTrailingZeros(rest);
            if (translate(burst, i, firstMetadata + (long) i * METADATA, generation, now)) {
                done |= 1L << i;
            }
        }
        return done;
    }

    /// A loop without a call and without an early end. The compiler takes what it reads of objects
    /// out of it only if it has seen it go round many times, and while connections are opened a
    /// loop that ends at a packet for which translation is not all ends at once.
    ///
    /// @return a bit for each packet that was left as it is
    private long translateKnown(PacketBurst burst, int count, int generation, int now) {
        long left = 0;
        long meta = firstMetadata;
        for (int i = 0; i < count; i++, meta += METADATA) {
            if (!translate(burst, i, meta, generation, now)) {
                left |= 1L << i;
            }
        }
        return left;
    }

    /// Hands translated packets over, those of one tag together.
    private void send(PacketBurst burst, int first, int end) {
        int from = first;
        while (from < end) {
            int tag = burst.tag(from);
            int to = from + 1;
            while (to < end && burst.tag(to) == tag) {
                to++;
            }
            transmitters[Transmitter.port(tag)].addAll(burst, from, to);
            from = to;
        }
    }

    /// Translates a packet for whose connection something is to be done first, as for a new one.
    ///
    /// @return whether it stays in the burst; if not, its metadata has no flow if it has ended
    private boolean prepareAndTranslate(PacketBurst burst, int i, int port, int now, long sixes) {
        if ((sixes >>> i & 1) != 0) {
            return prepareAndTranslateIpv6(burst, i, port);
        }
        long meta = firstMetadata + (long) i * METADATA;
        long ip = Memory.getLong(meta + IP);
        if (ip == 0) {
            return false;
        }
        long likely = Memory.getLong(meta + FLOW);
        long known = isConnection(likely, ip, meta) ? likely : 0;
        if (known != 0
                && StateTable.isBeside(Memory.getByte(known + EVENTS))
                && translateBeside(burst, i, meta, now)) {
            return true;
        }
        long hash = Memory.getLong(meta + HASH);
        long flow =
                preparation.prepare(
                        burst,
                        i,
                        port,
                        (int) (Memory.getLong(meta + KEY) >> DEVICE_SHIFT),
                        ip,
                        hash,
                        known);
        if (flow == Preparation.ENDED || flow == Preparation.DIVERTED) {
            Memory.putLong(meta + FLOW, flow);
            return false;
        }
        long header = prepared.header();
        if (Crossing.isOf(flow)) {
            across.sendPreparedTo6(burst, i, header, flow, prepared.seen());
            return true;
        }
        int direction = Memory.getByte(flow + DIRECTION);
        long hop = hop(flow);
        int total = Ipv4.totalLength(header);
        translate(burst, i, header, flow, hop, total, direction, prepared.seen());
        if (AdjacencyTable.hasLongHeader(hop)) {
            AdjacencyTable.putHeader(hop, header);
        }
        return true;
    }

    /// Translates a packet for whose connection nothing is to be done, but that leaves in IPv6, or
    /// with other sequence numbers.
    private boolean translateBeside(PacketBurst burst, int i, long meta, int now) {
        if (!besidePrefetched) {
            besidePrefetched = true;
            prefetchBeside(meta, burst.size() - i);
        }
        int device = (int) (Memory.getLong(meta + KEY) >> DEVICE_SHIFT);
        int generation = context.stack().generation(0) + device;
        long ip = Memory.getLong(meta + IP);
        long flow = Memory.getLong(meta + FLOW);
        if (Crossing.isOf(flow)) {
            return across.translateQuietTo6(burst, i, ip, flow, generation, now);
        }
        int total = Ipv4.totalLength(ip);
        if (!across.shiftQuiet(flow, ip + Ipv4.MIN_HEADER_LENGTH, total, generation)) {
            return false;
        }
        translate(burst, i, ip, flow, hop(flow), total, Memory.getByte(flow + DIRECTION), now);
        return true;
    }

    /// @param first metadata of the first packet that is not done yet
    /// @param count of packets from there
    private void prefetchBeside(long first, int count) {
        long sum = 0;
        long end = first + (long) count * METADATA;
        for (long meta = first; meta < end; meta += METADATA) {
            if (Memory.getLong(meta + IP) != 0) {
                sum += across.prefetch(Memory.getLong(meta + FLOW));
            }
        }
        touched += sum;
    }

    private boolean prepareAndTranslateIpv6(PacketBurst burst, int i, int port) {
        long flow = ipv6.prepareAndTranslate(burst, i, port);
        Memory.putLong(firstMetadata + (long) i * METADATA + FLOW, flow);
        return flow != Preparation.ENDED && flow != Preparation.DIVERTED;
    }

    /// Gives a packet to the slow path, if it has not ended.
    private void divert(PacketBurst burst, int i, int port) {
        if (Memory.getLong(firstMetadata + (long) i * METADATA + FLOW) != Preparation.ENDED) {
            slow.process(
                    burst.buffer(i), burst.data(i), burst.length(i), burst.verdict(i), port, 0);
        }
    }

    /// Translates a packet and puts into the burst how it is to be sent; follows no object but
    /// that, since each one costs a chain of loads.
    ///
    /// @return false, with nothing done, if it must leave
    private boolean translate(PacketBurst burst, int i, long meta, int generation, int now) {
        long ip = Memory.getLong(meta + IP);
        if (ip == 0) {
            return false;
        }
        long flow = Memory.getLong(meta + FLOW);
        if (!isConnection(flow, ip, meta)) {
            return false;
        }
        int total = Ipv4.totalLength(ip);
        // For UDP this reads a byte of the payload or behind; its states ignore it.
        int tcpFlags = Memory.getUnsignedByte(ip + Ipv4.MIN_HEADER_LENGTH + 13);
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
        Memory.putInt(flow + ACKNOWLEDGED, Memory.getInt(ip + Ipv4.MIN_HEADER_LENGTH + 8));
        Rewrite.applyFast(flow, ip, Ipv4.protocol(ip));
        Rewrite.count(flow, total, now);
        long counters = traffic + Memory.getInt(flow + TRAFFIC);
        depart(burst, i, ip, hop, total, Memory.getByte(flow + DIRECTION), counters);
        return true;
    }

    private long hop(long flow) {
        return firstAdjacency + (long) Memory.getUnsignedShort(flow + NEXT_HOP) * Region.CACHE_LINE;
    }

    private void translate(
            PacketBurst burst,
            int i,
            long ip,
            long flow,
            long hop,
            int total,
            int direction,
            int now) {
        Rewrite.applyFast(flow, ip, Ipv4.protocol(ip));
        shifts.count(flow, total, now);
        long counters = traffic + ConnectionLayout.traffic(flow);
        depart(burst, i, ip, hop, total, direction, counters);
    }

    /// Counts a translated packet for its real server, and puts into the burst how it is to be
    /// sent.
    ///
    /// @param counters where its direction's are
    static void depart(
            PacketBurst burst, int i, long ip, long hop, int total, int direction, long counters) {
        Memory.addLong(counters + TrafficTable.IN_PACKETS, 1);
        Memory.addLong(counters + TrafficTable.IN_BYTES, total);
        int length = Memory.getInt(hop + AdjacencyTable.HEADER_LENGTH) + total;
        if (length < Fragmenter.MIN_FRAME) {
            int available = burst.length(i) - (int) (ip - burst.data(i));
            length = Fragmenter.frameLength(hop, total, available);
        }
        burst.send(
                i,
                AdjacencyTable.putLinkHeader(hop, ip),
                length,
                Memory.getInt(hop + AdjacencyTable.TRANSMIT_TAG) + direction);
    }

    /// Keeps the prefetching loads alive: without a use the compiler would drop them.
    ///
    /// @return a meaningless sum
    public long touched() {
        return touched + ipv6.touched() + moved.touched() + crossing.touched();
    }

    @Override
    public void close() {
        ipv6.close();
        metadata.close();
    }
}
