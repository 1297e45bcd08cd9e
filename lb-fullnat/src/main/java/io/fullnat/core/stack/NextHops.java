package io.fullnat.core.stack;

import io.fullnat.api.io.Memory;
import io.fullnat.core.memory.Region;
import io.fullnat.core.packet.Ethernet;
import io.fullnat.core.packet.Vlan;
import io.fullnat.core.port.Transmitter;
import org.agrona.collections.Long2LongHashMap;

/// The next hops of one worker: for each neighbour a cache line with the link header to put in
/// front of packets. Connections keep the index, so when a neighbour changes its MAC address all of
/// them follow at once.
///
/// ```
///   +0 | header: destination, source [, 802.1Q tag], 0x0800      |  18 bytes at the most
///  +20 | longest | header length | way | mtu | state             |
///  +40 | address | device | confirmed (s) | probes sent          |
///  +56 | next probe (ms)                                         |
/// ```
///
/// An entry is never given to another neighbour, so that an index stays right; when all entries are
/// in use, further neighbours are refused.
///
/// **Thread-safety:** none; each worker has its own.
public final class NextHops implements AutoCloseable {
    /// The entry is being resolved: packets must wait.
    public static final int INCOMPLETE = 1;

    /// The neighbour has answered lately. This and higher states are fit for sending.
    public static final int REACHABLE = 2;

    /// The neighbour is asked again, and used meanwhile.
    public static final int PROBING = 3;

    /// The neighbour is configured.
    public static final int STATIC = 4;

    /// The link header.
    public static final int HEADER = 0;

    /// The longest IP packet that can be sent now, 4 bytes: the MTU, 0 while the MAC address is not
    /// known.
    public static final int LONGEST = 20;

    /// Its length, 4 bytes: 14 or 18.
    public static final int HEADER_LENGTH = 24;

    /// How packets go to a real server this way, 4 bytes: a [Transmitter#way]. That of packets to a
    /// client is greater by one.
    public static final int WAY = 28;

    /// The largest IP packet, 4 bytes.
    public static final int MTU = 32;

    /// The state, 4 bytes.
    public static final int STATE = 36;

    static final int ADDRESS = 40;
    static final int DEVICE = 44;
    static final int CONFIRMED = 48;
    static final int PROBES = 52;
    static final int NEXT_PROBE = 56;

    /// Entries of a worker: an index takes two bytes in a connection.
    public static final int CAPACITY = 8192;

    /// No entry is left.
    public static final int NONE = -1;

    private final Region region =
            Region.allocate((long) CAPACITY * Region.CACHE_LINE, "neighbours");
    private final Long2LongHashMap indexByAddress =
            new Long2LongHashMap(4 * CAPACITY, 0.65f, NONE, false);
    private int size;
    private long lastKey = NONE;
    private int lastIndex = NONE;

    /// An empty table.
    public NextHops() {}

    /// The line of an entry.
    ///
    /// @param index below [#size()]
    /// @return its address
    public long line(int index) {
        return region.address() + (long) index * Region.CACHE_LINE;
    }

    /// How many entries there are.
    ///
    /// @return 0 to [#CAPACITY]
    public int size() {
        return size;
    }

    /// Finds a neighbour.
    ///
    /// @param device its device's number
    /// @param address in host order
    /// @return its index, or [#NONE]
    public int find(int device, int address) {
        return (int) indexByAddress.get(key(device, address));
    }

    /// The neighbour of the last [#findOrAdd], if it is asked for again, as a gateway is.
    ///
    /// @param device its device's number
    /// @param address in host order
    /// @return its index, or [#NONE] if it was another one
    int findAgain(int device, int address) {
        return key(device, address) == lastKey ? lastIndex : NONE;
    }

    /// Finds a neighbour or adds it, incomplete.
    ///
    /// @param device where it is
    /// @param address in host order
    /// @return its index, or [#NONE] if the table is full
    public int findOrAdd(Device device, int address) {
        long key = key(device.index(), address);
        int known = find(device.index(), address);
        if (known != NONE) {
            lastKey = key;
            lastIndex = known;
            return known;
        }
        if (size == CAPACITY) {
            return NONE;
        }
        int index = size++;
        long line = line(index);
        Memory.putInt(line + WAY, Transmitter.way(device.port(), Transmitter.IN));
        Memory.putInt(line + MTU, device.mtu());
        Memory.putInt(line + ADDRESS, address);
        Memory.putInt(line + DEVICE, device.index());
        state(line, INCOMPLETE);
        writeHeader(line, device, 0);
        indexByAddress.put(key, index);
        return index;
    }

    private static long key(int device, int address) {
        return ((long) device << 32) | (address & 0xFFFF_FFFFL);
    }

    /// Writes an entry's MAC address.
    ///
    /// @param index of the entry
    /// @param device of the entry
    /// @param mac the neighbour's
    /// @return whether the entry had another one before
    boolean resolve(int index, Device device, long mac) {
        long line = line(index);
        boolean moved =
                Memory.getInt(line + STATE) != INCOMPLETE && Ethernet.destination(line) != mac;
        writeHeader(line, device, mac);
        return moved;
    }

    private static void writeHeader(long line, Device device, long mac) {
        if (device.vlan() == 0) {
            Ethernet.writeHeader(line + HEADER, mac, device.mac(), Ethernet.TYPE_IPV4);
            Memory.putInt(line + HEADER_LENGTH, Ethernet.HEADER_LENGTH);
        } else {
            Ethernet.writeHeader(line + HEADER, mac, device.mac(), Ethernet.TYPE_VLAN);
            Vlan.control(line + HEADER, device.vlan());
            Vlan.type(line + HEADER, Ethernet.TYPE_IPV4);
            Memory.putInt(line + HEADER_LENGTH, Ethernet.HEADER_LENGTH + Vlan.TAG_LENGTH);
        }
    }

    /// Moves an entry to a state.
    static void state(long line, int state) {
        Memory.putInt(line + STATE, state);
        Memory.putInt(line + LONGEST, state >= REACHABLE ? Memory.getInt(line + MTU) : 0);
    }

    /// Whether packets can be sent to an entry.
    ///
    /// @param line of the entry
    /// @return false while its MAC address is not known
    public static boolean isUsable(long line) {
        return Memory.getInt(line + STATE) >= REACHABLE;
    }

    /// Puts the entry's header in front of an IP packet.
    ///
    /// @param line of the entry
    /// @param ip address of the IP header, with room in front
    /// @return where the frame starts now
    public static long putHeader(long line, long ip) {
        int length = Memory.getInt(line + HEADER_LENGTH);
        long l2 = ip - length;
        Memory.putLong(l2, Memory.getLong(line + HEADER));
        if (length == Ethernet.HEADER_LENGTH) { // 14 bytes in two words that overlap
            Memory.putLong(l2 + 6, Memory.getLong(line + HEADER + 6));
        } else {
            Memory.putLong(l2 + 8, Memory.getLong(line + HEADER + 8));
            Memory.putShort(l2 + 16, Memory.getShort(line + HEADER + 16));
        }
        return l2;
    }

    @Override
    public void close() {
        region.close();
    }
}
