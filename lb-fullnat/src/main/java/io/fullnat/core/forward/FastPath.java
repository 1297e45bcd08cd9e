package io.fullnat.core.forward;

import static io.fullnat.core.connection.ConnectionLayout.DIRECTION;
import static io.fullnat.core.connection.ConnectionLayout.GENERATION;
import static io.fullnat.core.connection.ConnectionLayout.NEXT_HOP;
import static io.fullnat.core.connection.ConnectionLayout.SERVER;
import static io.fullnat.core.connection.ConnectionLayout.STATE;

import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.core.connection.ConnectionTable;
import io.fullnat.core.connection.StateTable;
import io.fullnat.core.packet.Ethernet;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.packet.Vlan;
import io.fullnat.core.port.Transmitter;
import io.fullnat.core.service.TrafficTable;
import io.fullnat.core.stack.NetworkView;
import io.fullnat.core.stack.NextHops;

/// Plain packets of known connections, a burst at a time, in passes: parse and hash all, touch all
/// index buckets, touch all connection lines, then act. The CPU has the cache misses of a whole
/// burst under way at once; Java has no prefetch, so the touch is a load whose value is added up.
///
/// A packet stays on this path if its headers are whole, without options and right, its
/// connection's state does not change, and the next hop is known and large enough. All others go to
/// the [SlowPath] in their turn, so packets of one connection keep their order.
public final class FastPath {
    private static final int TYPE_IPV4 = Short.reverseBytes((short) Ethernet.TYPE_IPV4) & 0xFFFF;
    private static final int TYPE_VLAN = Short.reverseBytes((short) Ethernet.TYPE_VLAN) & 0xFFFF;
    private static final long MAC_MASK = 0xFFFF_FFFF_FFFFL;
    private static final int NOT_FRAGMENT_MASK = 0xFF3F; // MF and offset, as the bytes lie
    private static final int VERSION_4_NO_OPTIONS = 0x45;
    private static final int MIN_TCP = 40;
    private static final int MIN_UDP = 28;

    private final FlowContext flow;
    private final NextHops hops;
    private final SlowPath slow;
    private final long[] macByPort;
    private final long[] ips;
    private final long[] addresses;
    private final long[] keys;
    private final long[] hashes;
    private final long[] lines;
    private long touched;

    /// The fast path of one worker.
    ///
    /// @param flow the worker's connections
    /// @param hops its next hops
    /// @param slow where all else goes
    /// @param macs of the ports, in the low 48 bits
    /// @param burstSize the largest burst
    public FastPath(FlowContext flow, NextHops hops, SlowPath slow, long[] macs, int burstSize) {
        this.flow = flow;
        this.hops = hops;
        this.slow = slow;
        macByPort = new long[macs.length];
        for (int port = 0; port < macs.length; port++) {
            macByPort[port] = Long.reverseBytes(macs[port]) >>> 16;
        }
        ips = new long[burstSize];
        addresses = new long[burstSize];
        keys = new long[burstSize];
        hashes = new long[burstSize];
        lines = new long[burstSize];
    }

    /// Handles a burst; all its buffers are used up.
    ///
    /// @param burst received packets
    /// @param port where they came in
    public void process(PacketBurst burst, int port) {
        int count = burst.size();
        parse(burst, count, port);
        locate(count);
        for (int i = 0; i < count; i++) {
            if (!forward(burst, i)) {
                slow.process(
                        burst.buffer(i), burst.data(i), burst.length(i), burst.flags(i), port, 0);
            }
        }
    }

    private void parse(PacketBurst burst, int count, int port) {
        ConnectionTable table = flow.table();
        long mac = macByPort[port];
        for (int i = 0; i < count; i++) {
            long ip = gate(burst.data(i), burst.length(i), burst.flags(i), mac, port);
            ips[i] = ip;
            if (ip != 0) {
                long pair = Memory.getLong(ip + Rewrite.ADDRESSES_OFFSET);
                long key =
                        ConnectionTable.key(
                                Memory.getInt(ip + Ipv4.MIN_HEADER_LENGTH), Ipv4.protocol(ip));
                addresses[i] = pair;
                keys[i] = key;
                hashes[i] = table.hash(pair, key);
            } else {
                hashes[i] = 0;
            }
        }
    }

    /// The one gate: returns the IP header's address if every header of the packet lies within it
    /// and is plain, else 0. After it no access can fail.
    private long gate(long l2, int length, int flags, long mac, int port) {
        if (length < Ethernet.HEADER_LENGTH + MIN_UDP || (Memory.getLong(l2) & MAC_MASK) != mac) {
            return 0;
        }
        long ip = l2 + Ethernet.HEADER_LENGTH;
        int type = Memory.getUnsignedShort(l2 + 12);
        if (type != TYPE_IPV4) {
            boolean tagged =
                    type == TYPE_VLAN
                            && length >= Ethernet.HEADER_LENGTH + Vlan.TAG_LENGTH + MIN_UDP
                            && Memory.getUnsignedShort(l2 + 16) == TYPE_IPV4
                            && flow.stack().view().deviceOf(port, Vlan.id(l2)) != NetworkView.NONE;
            if (!tagged) {
                return 0;
            }
            ip += Vlan.TAG_LENGTH;
        }
        int available = length - (int) (ip - l2);
        int total = Ipv4.totalLength(ip);
        boolean plain =
                Memory.getByte(ip) == VERSION_4_NO_OPTIONS
                        && total <= available
                        && (Memory.getShort(ip + 6) & NOT_FRAGMENT_MASK) == 0;
        if (!plain || !isTransportWhole(ip, total)) {
            return 0;
        }
        return (flags & PacketBurst.IP_CHECKSUM_GOOD) != 0 || isHeaderSumRight(ip) ? ip : 0;
    }

    private static boolean isTransportWhole(long ip, int total) {
        int protocol = Ipv4.protocol(ip);
        if (protocol == Ipv4.PROTOCOL_TCP) {
            int header = Memory.getUnsignedByte(ip + Ipv4.MIN_HEADER_LENGTH + 12) >>> 4 << 2;
            return total >= MIN_TCP && header >= 20 && header <= total - Ipv4.MIN_HEADER_LENGTH;
        }
        int length = Memory.getNetworkShort(ip + Ipv4.MIN_HEADER_LENGTH + 4);
        return protocol == Ipv4.PROTOCOL_UDP
                && total >= MIN_UDP
                && length >= 8
                && length <= total - Ipv4.MIN_HEADER_LENGTH;
    }

    /// The sum over 20 bytes in three loads. A right header sums up to all ones.
    private static boolean isHeaderSumRight(long ip) {
        long a = Memory.getLong(ip);
        long b = Memory.getLong(ip + 8);
        long sum =
                (a & 0xFFFF_FFFFL)
                        + (a >>> 32)
                        + (b & 0xFFFF_FFFFL)
                        + (b >>> 32)
                        + (Memory.getInt(ip + 16) & 0xFFFF_FFFFL);
        sum = (sum & 0xFFFF) + (sum >>> 16 & 0xFFFF) + (sum >>> 32);
        return (sum & 0xFFFF) + (sum >>> 16) == 0xFFFF;
    }

    private void locate(int count) {
        ConnectionTable table = flow.table();
        long sum = 0;
        for (int i = 0; i < count; i++) {
            sum += Memory.getLong(table.bucket(hashes[i]));
        }
        for (int i = 0; i < count; i++) {
            long hash = hashes[i];
            lines[i] = table.likelyLine(table.bucket(hash), hash);
        }
        for (int i = 0; i < count; i++) {
            sum += Memory.getLong(lines[i]);
        }
        touched += sum;
    }

    private boolean forward(PacketBurst burst, int i) {
        long ip = ips[i];
        long line = lines[i];
        if (ip == 0 || !ConnectionTable.hasKey(line, addresses[i], keys[i])) {
            return false;
        }
        int direction = Memory.getByte(line + DIRECTION);
        int state = Memory.getByte(line + STATE);
        int protocol = (int) (keys[i] >>> 32);
        int total = Ipv4.totalLength(ip);
        long l4 = ip + Ipv4.MIN_HEADER_LENGTH;
        // For UDP this reads a byte of the payload or behind; its states ignore it.
        int tcpFlags = Memory.getUnsignedByte(l4 + 13);
        long hop = hops.line(Memory.getUnsignedShort(line + NEXT_HOP));
        boolean plain =
                Memory.getInt(line + GENERATION) == flow.stack().view().generation()
                        && StateTable.next(direction, tcpFlags, state) == state
                        && NextHops.isUsable(hop)
                        && total <= Memory.getInt(hop + NextHops.MTU)
                        && Ipv4.timeToLive(ip) > 1;
        // A SYN may be the start of another connection.
        if (!plain || ((tcpFlags & Tcp.SYN) != 0 && protocol == Ipv4.PROTOCOL_TCP)) {
            return false;
        }
        Rewrite.apply(line, ip, l4, protocol, total, flow.stack().nowSeconds());
        long counters =
                flow.traffic().server(Memory.getInt(line + SERVER))
                        + (long) direction * TrafficTable.DIRECTION_STEP;
        Memory.addLong(counters + TrafficTable.IN_PACKETS, 1);
        Memory.addLong(counters + TrafficTable.IN_BYTES, total);
        int received = burst.length(i) - (int) (ip - burst.data(i));
        int length = Forwarder.frameLength(hop, total, received);
        long l2 = NextHops.putHeader(hop, ip);
        Transmitter.Kind kind = direction == 0 ? Transmitter.Kind.IN : Transmitter.Kind.OUT;
        flow.stack()
                .transmitter(Memory.getInt(hop + NextHops.PORT))
                .add(burst.buffer(i), l2, length, kind);
        return true;
    }

    /// Keeps the touching loads alive: without a use the compiler would drop them.
    ///
    /// @return a meaningless sum
    public long touched() {
        return touched;
    }
}
