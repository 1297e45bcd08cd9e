// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.stack;

import io.fullnat.api.io.Memory;
import io.fullnat.core.address.Addresses;
import io.fullnat.core.memory.Region;
import io.fullnat.core.packet.Ethernet;
import io.fullnat.core.packet.Vlan;
import io.fullnat.core.transmit.Transmitter;
import java.lang.invoke.VarHandle;

/// The adjacencies of one worker: for each neighbour a cache line with what to put in front of
/// packets: the link header. Connections keep the index, so when a neighbour changes its MAC
/// address all of them follow at once.
///
/// ```
///   +0 | header: destination, source [, 802.1Q tag], IP's type   |  18 bytes at the most
///  +18 | bytes between link header and packet                    |
///  +20 | longest | header length | tag | mtu | state             |
///  +40 |         | device | confirmed (s) | probes sent          |
///  +56 | next probe (ms) | serial                                |
/// ```
///
/// **A longer header** ([#encapsulate]), as of a tunnel, stands in a line of its own, which is not
/// read by packets that need none. The fast loop never copies one: to it such an adjacency is one
/// where something is to be done first, so its packets are prepared beside the loop.
///
/// **How an entry goes.** An index that a connection or a real server has kept ([#refer]) must
/// never mean another neighbour to it. So an entry that is removed is *retired*: it is fit for
/// nothing, a packet that follows the index takes the slow path, which finds it [#isInUse] no more
/// and looks the route up again. Its place is given to another neighbour only after [#recycle],
/// with which all that is kept becomes void at once ([StackContext#forgetAdjacencies]). An entry
/// whose index nobody has kept is free at once.
///
/// **Thread-safety:** none; each worker has its own. Others may look at it through a
/// [NeighbourObserver].
public final class AdjacencyTable implements AutoCloseable {
    /// The place is nobody's.
    static final int FREE = 0;

    /// The entry is being resolved: packets must wait.
    public static final int INCOMPLETE = 1;

    /// The neighbour has answered lately. This and higher states have a MAC address.
    public static final int REACHABLE = 2;

    /// The neighbour is asked again, and used meanwhile.
    public static final int PROBING = 3;

    /// The neighbour is configured.
    public static final int STATIC = 4;

    /// The neighbour has not answered lately, and is asked again when a packet is sent to it.
    public static final int STALE = 5;

    /// The link header.
    public static final int HEADER = 0;

    /// Bytes between the link header and a packet, 2 bytes.
    private static final int INNER_LENGTH = 18;

    /// The longest IP packet that the fast loop can send now, 4 bytes: the MTU, 0 while the MAC
    /// address is not known, or something is to be done before the next packet, or what stands in
    /// front is longer than a link header.
    public static final int LONGEST = 20;

    /// Bytes of all that stands in front of a packet, 4 bytes.
    public static final int HEADER_LENGTH = 24;

    /// How packets go to a real server this way, 4 bytes: a [Transmitter#tag]. That of packets to a
    /// client is greater by one.
    public static final int TRANSMIT_TAG = 28;

    /// The largest IP packet that fits behind what stands in front of it, 4 bytes.
    public static final int MTU = 32;

    /// The state, 4 bytes.
    public static final int STATE = 36;

    static final int DEVICE = 44;
    static final int CONFIRMED = 48;
    static final int PROBES = 52;
    static final int NEXT_PROBE = 56;

    /// 0 while the place is free or being filled, then the number of its filling, 4 bytes.
    static final int SERIAL = 60;

    /// Entries of a worker: an index takes two bytes in a connection.
    public static final int CAPACITY = 8192;

    /// Neighbours that may be looked for at a time, gateways, real servers and static ones not
    /// counted: packets to addresses of a network where nobody is must not fill the table (RFC 6583
    /// §6.1).
    static final int MAX_UNRESOLVED = 2560;

    /// Places that only gateways, real servers and static neighbours get.
    public static final int RESERVE = 1024;

    /// The most static neighbours.
    public static final int MAX_STATIC = CAPACITY / 2;

    /// No entry.
    public static final int NONE = -1;

    /// The longest link header: with a tag.
    private static final int MAX_LINK_HEADER = Ethernet.HEADER_LENGTH + Vlan.TAG_LENGTH;

    /// The most bytes that can stand between link header and packet.
    public static final int MAX_INNER = Region.CACHE_LINE - MAX_LINK_HEADER;

    /// From an entry to the line with its longer header: at its end what stands between, and the
    /// link header in front of that.
    private static final int LONG_HEADER = CAPACITY * Region.CACHE_LINE;

    private static final int INNER = LONG_HEADER + MAX_LINK_HEADER;

    private static final byte KEPT = 1;
    private static final byte REFERRED = 2;

    // Lines of longer headers get memory when they are used.
    private final Region region = Region.reserve(2L * CAPACITY * Region.CACHE_LINE, "neighbours");
    private final long first = region.address();
    private final NeighbourIndex neighbours = new NeighbourIndex();
    private final byte[] flags = new byte[CAPACITY];
    private final int[] used = new int[CAPACITY];
    private final int[] free = new int[CAPACITY];
    private final int[] retired = new int[CAPACITY];
    private int freeCount = CAPACITY;
    private int retiredCount;
    private int unresolved;
    private int serial;
    private volatile int end;

    // Who was looked for last, as far as it is known.
    private int lastIndex = NONE;
    private int lastDevice;
    private long lastHigh;
    private long lastLow;

    /// An empty table.
    public AdjacencyTable() {
        Memory.zero(first, (long) CAPACITY * Region.CACHE_LINE);
        for (int i = 0; i < CAPACITY; i++) {
            free[i] = CAPACITY - 1 - i;
        }
    }

    /// The adjacency at an index.
    ///
    /// @param index below [#CAPACITY]
    /// @return its address
    public long entry(int index) {
        return first + (long) index * Region.CACHE_LINE;
    }

    /// How many entries there are.
    ///
    /// @return 0 to [#CAPACITY]
    public int size() {
        return CAPACITY - freeCount - retiredCount;
    }

    /// Below this are the indexes of all entries. Read by any thread.
    int end() {
        return end;
    }

    /// How many more neighbours can be added now.
    ///
    /// @param kept whether of those that the configuration names
    int room(boolean kept) {
        return kept ? freeCount : freeCount - RESERVE;
    }

    /// How many places wait for [#recycle()].
    int retired() {
        return retiredCount;
    }

    /// Whether an index means a neighbour.
    ///
    /// @param index below [#CAPACITY]
    /// @return false if the entry was removed
    public boolean isInUse(int index) {
        return Memory.getInt(entry(index) + STATE) != FREE;
    }

    /// Finds a neighbour.
    ///
    /// @param device its device's number
    /// @param high first half of its address
    /// @param low last half
    /// @return its index, or [#NONE]
    public int find(int device, long high, long low) {
        return neighbours.find(device, high, low);
    }

    /// The neighbour of the last [#findOrAdd], if it is asked for again, as a gateway is.
    ///
    /// @param device its device's number
    /// @param high first half of its address
    /// @param low last half
    /// @return its index, or [#NONE] if it was another one
    int findAgain(int device, long high, long low) {
        boolean same = lastLow == low && lastDevice == device && lastHigh == high;
        return same ? lastIndex : NONE;
    }

    /// Uses the gateway that was the last to be looked for, if it is asked for again: what most
    /// first answers need, without an object on the way.
    ///
    /// @param hop where a route leads
    /// @param nowSeconds the present
    /// @return its index, or [#NONE] if [Neighbours#nextHop] is to be asked
    public int useAgain(RouteTable.Hop hop, int nowSeconds) {
        if (!hop.hasGateway()) {
            return NONE;
        }
        int index = findAgain(hop.device(), hop.gatewayHigh(), hop.gatewayLow());
        if (index == NONE || !isKept(index)) {
            return NONE;
        }
        use(index, nowSeconds);
        return index;
    }

    /// Finds a neighbour or adds it, incomplete.
    ///
    /// @param device where it is
    /// @param high first half of its address
    /// @param low last half
    /// @param kept whether the configuration names it: it may then have a reserved place
    /// @return its index, or [#NONE] if there is no room, or it is a group's address: nobody is
    ///   asked for those
    int findOrAdd(Device device, long high, long low, boolean kept) {
        int index = find(device.index(), high, low);
        if (index == NONE) {
            boolean tooMany = !kept && unresolved >= MAX_UNRESOLVED;
            if (room(kept) <= 0 || tooMany || Addresses.isGroup(high)) {
                return NONE;
            }
            index = add(device, high, low);
        }
        lastIndex = index;
        lastDevice = device.index();
        lastHigh = high;
        lastLow = low;
        return index;
    }

    private int add(Device device, long high, long low) {
        int index = free[--freeCount];
        long entry = entry(index);
        Memory.putInt(entry + TRANSMIT_TAG, Transmitter.tag(device.port(), Transmitter.IN));
        Memory.putInt(entry + MTU, device.mtu());
        Memory.putInt(entry + DEVICE, device.index());
        Memory.putInt(entry + PROBES, 0);
        Memory.putShort(entry + INNER_LENGTH, 0);
        state(entry, INCOMPLETE);
        writeHeader(entry, device, 0, etherType(high, low));
        neighbours.add(index, device.index(), high, low);
        serial = serial == -1 ? 1 : serial + 1;
        VarHandle.releaseFence();
        Memory.putInt(entry + SERIAL, serial);
        if (index >= end) {
            end = index + 1;
        }
        return index;
    }

    /// Removes an entry. Nobody waits for it any more.
    void remove(int index) {
        long entry = entry(index);
        neighbours.remove(index);
        lastIndex = NONE;
        Memory.putInt(entry + SERIAL, 0);
        VarHandle.storeStoreFence();
        state(entry, FREE);
        if ((flags[index] & REFERRED) == 0) {
            free[freeCount++] = index;
        } else {
            retired[retiredCount++] = index;
        }
        flags[index] = 0;
    }

    /// How many neighbours are looked for that only packets name.
    int unresolved() {
        return unresolved;
    }

    /// Makes the places of all retired entries free. The caller sees to it that no index that
    /// anybody has kept is followed any more.
    void recycle() {
        System.arraycopy(retired, 0, free, freeCount, retiredCount);
        freeCount += retiredCount;
        retiredCount = 0;
    }

    /// Notes that somebody keeps an index: its place is not given away while it may be followed.
    ///
    /// @param index of an entry in use
    public void refer(int index) {
        flags[index] |= REFERRED;
    }

    /// Whether somebody may have kept the index.
    boolean isReferred(int index) {
        return (flags[index] & REFERRED) != 0;
    }

    /// Notes that the configuration names a neighbour, or what is behind it.
    void keep(int index) {
        if (isKept(index)) {
            return;
        }
        if (Memory.getInt(entry(index) + STATE) == INCOMPLETE) {
            unresolved--;
        }
        flags[index] |= KEPT;
    }

    /// Whether the configuration names the neighbour: a gateway or real server when it was last
    /// looked for.
    boolean isKept(int index) {
        return (flags[index] & KEPT) != 0;
    }

    /// Notes that an entry is used.
    void use(int index, int nowSeconds) {
        used[index] = nowSeconds;
    }

    /// When the entry was used last, as far as anybody noted it.
    int used(int index) {
        return used[index];
    }

    /// How many entries have been added since this one.
    int fillingsSince(int index) {
        return Math.max(0, serial - Memory.getInt(entry(index) + SERIAL));
    }

    /// The first half of an entry's address.
    long high(int index) {
        return neighbours.high(index);
    }

    /// The last half.
    long low(int index) {
        return neighbours.low(index);
    }

    /// The MAC address of an entry, 0 if there has been none yet.
    long mac(int index) {
        return Ethernet.destination(entry(index));
    }

    /// Writes an entry's MAC address.
    ///
    /// @param index of the entry
    /// @param device of the entry
    /// @param mac the neighbour's
    void resolve(int index, Device device, long mac) {
        writeHeader(entry(index), device, mac, etherType(high(index), low(index)));
    }

    /// Packets of a family go to neighbours of the same.
    private static int etherType(long high, long low) {
        return Addresses.isIpv4(high, low) ? Ethernet.TYPE_IPV4 : Ethernet.TYPE_IPV6;
    }

    private static void writeHeader(long entry, Device device, long mac, int type) {
        int length;
        if (device.vlan() == 0) {
            length = Ethernet.HEADER_LENGTH;
            Ethernet.writeHeader(entry + HEADER, mac, device.mac(), type);
        } else {
            length = MAX_LINK_HEADER;
            Ethernet.writeHeader(entry + HEADER, mac, device.mac(), Ethernet.TYPE_VLAN);
            Vlan.control(entry + HEADER, device.vlan());
            Vlan.type(entry + HEADER, type);
        }
        int inner = Memory.getUnsignedShort(entry + INNER_LENGTH);
        if (inner != 0) {
            Memory.copy(entry + HEADER, entry + INNER - length, length);
        }
        Memory.putInt(entry + HEADER_LENGTH, length + inner);
    }

    /// Lets a header stand between the link header and the packets of an adjacency, as of a tunnel.
    /// Packets become the shorter for it.
    ///
    /// @param index of an entry in use that has none yet
    /// @param header address of its bytes
    /// @param length 1 to [#MAX_INNER]
    public void encapsulate(int index, long header, int length) {
        long entry = entry(index);
        int link = Memory.getInt(entry + HEADER_LENGTH);
        if (length < 1 || length > MAX_INNER || hasLongHeader(entry)) {
            throw new IllegalArgumentException(length + " bytes behind " + link);
        }
        Memory.copy(entry + HEADER, entry + INNER - link, link);
        Memory.copy(header, entry + INNER, length);
        Memory.putShort(entry + INNER_LENGTH, length);
        Memory.putInt(entry + HEADER_LENGTH, link + length);
        Memory.putInt(entry + MTU, Memory.getInt(entry + MTU) - length);
        Memory.putInt(entry + LONGEST, 0);
    }

    /// Moves an entry to a state.
    void state(long entry, int state) {
        int index = (int) ((entry - first) / Region.CACHE_LINE);
        if (!isKept(index)) {
            int before = Memory.getInt(entry + STATE);
            unresolved += (state == INCOMPLETE ? 1 : 0) - (before == INCOMPLETE ? 1 : 0);
        }
        Memory.putInt(entry + STATE, state);
        Memory.putInt(entry + LONGEST, hasLongHeader(entry) ? 0 : sendable(entry));
    }

    /// The longest IP packet that can be sent now beside the fast loop.
    ///
    /// @param entry its address
    /// @return the MTU; 0 while the MAC address is not known, or something is to be done first
    public static int sendable(long entry) {
        int state = Memory.getInt(entry + STATE);
        boolean ready = state == REACHABLE || state == PROBING || state == STATIC;
        return ready ? Memory.getInt(entry + MTU) : 0;
    }

    /// Whether something is to be done before the next packet is sent to an entry:
    /// [Neighbours#use].
    ///
    /// @param entry its address
    /// @return true if the neighbour was not heard for a while
    public static boolean isStale(long entry) {
        return Memory.getInt(entry + STATE) == STALE;
    }

    /// Whether packets can be sent to an entry.
    ///
    /// @param entry its address
    /// @return false while its MAC address is not known
    public static boolean isUsable(long entry) {
        return Memory.getInt(entry + STATE) >= REACHABLE;
    }

    /// Whether more than a link header stands in front of packets.
    ///
    /// @param entry its address
    /// @return true if [#putHeader] is needed, not [#putLinkHeader]
    public static boolean hasLongHeader(long entry) {
        return Memory.getShort(entry + INNER_LENGTH) != 0;
    }

    /// Puts all that stands in front of an IP packet there.
    ///
    /// @param entry its address
    /// @param ip address of the IP header, with room in front
    /// @return where the frame starts now
    public static long putHeader(long entry, long ip) {
        if (!hasLongHeader(entry)) {
            return putLinkHeader(entry, ip);
        }
        int length = Memory.getInt(entry + HEADER_LENGTH);
        int link = length - Memory.getUnsignedShort(entry + INNER_LENGTH);
        Memory.copy(entry + INNER - link, ip - length, length);
        return ip - length;
    }

    /// Puts the link header in front of an IP packet, for adjacencies where nothing stands between.
    ///
    /// @param entry its address
    /// @param ip address of the IP header, with room in front
    /// @return where the frame starts now
    public static long putLinkHeader(long entry, long ip) {
        int length = Memory.getInt(entry + HEADER_LENGTH);
        long l2 = ip - length;
        Memory.putLong(l2, Memory.getLong(entry + HEADER));
        if (length == Ethernet.HEADER_LENGTH) { // 14 bytes in two words that overlap
            Memory.putLong(l2 + 6, Memory.getLong(entry + HEADER + 6));
        } else {
            Memory.putLong(l2 + 8, Memory.getLong(entry + HEADER + 8));
            Memory.putShort(l2 + 16, Memory.getShort(entry + HEADER + 16));
        }
        return l2;
    }

    @Override
    public void close() {
        region.close();
    }
}
