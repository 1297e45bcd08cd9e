package io.fullnat.api.io;

/// Some packets on their way: what a port's receive fills and its transmit empties.
///
/// A packet is three values at one index:
/// - `buffer`, the handle by which its port or pool knows it (DPDK: the address of the mbuf), never
///   0;
/// - `data`, the native address of its first byte, the Ethernet destination. Whoever processes the
///   packet may move it by up to [BufferPool#HEADROOM] bytes back or forward within the buffer;
/// - `length`, bytes from `data`, without frame check sequence; always contiguous memory.
///
/// and `flags`, what the device found out: see the constants.
///
/// The arrays are allocated once. Not thread-safe: a burst belongs to one thread.
public final class PacketBurst {
    /// The device checked the IPv4 header checksum and it is right.
    public static final int IP_CHECKSUM_GOOD = 1;

    /// The device checked the IPv4 header checksum and it is wrong.
    public static final int IP_CHECKSUM_BAD = 1 << 1;

    private final long[] buffers;
    private final long[] data;
    private final int[] lengths;
    private final int[] flags;
    private int size;

    /// An empty burst.
    ///
    /// @param capacity how many packets it can hold, 1 to 65535
    public PacketBurst(int capacity) {
        if (capacity < 1 || capacity > 65535) {
            throw new IllegalArgumentException("capacity " + capacity + " is not 1-65535");
        }
        buffers = new long[capacity];
        data = new long[capacity];
        lengths = new int[capacity];
        flags = new int[capacity];
    }

    /// How many packets fit.
    ///
    /// @return the capacity chosen at construction
    public int capacity() {
        return buffers.length;
    }

    /// How many packets are in it.
    ///
    /// @return 0 to [#capacity()]
    public int size() {
        return size;
    }

    /// Whether no further packet fits.
    ///
    /// @return true if size equals capacity
    public boolean isFull() {
        return size == buffers.length;
    }

    /// Forgets all packets; frees none.
    public void clear() {
        size = 0;
    }

    /// Appends a packet.
    ///
    /// @param buffer the handle
    /// @param dataAddress address of the first byte
    /// @param lengthBytes bytes from there
    /// @param deviceFlags what the device found out, 0 for nothing
    /// @throws ArrayIndexOutOfBoundsException if the burst is full: ask [#isFull()]
    public void add(long buffer, long dataAddress, int lengthBytes, int deviceFlags) {
        int index = size;
        buffers[index] = buffer;
        data[index] = dataAddress;
        lengths[index] = lengthBytes;
        flags[index] = deviceFlags;
        size = index + 1;
    }

    /// Replaces where a packet starts and how long it is.
    ///
    /// @param index 0 to size - 1
    /// @param dataAddress address of the first byte
    /// @param lengthBytes bytes from there
    public void set(int index, long dataAddress, int lengthBytes) {
        data[index] = dataAddress;
        lengths[index] = lengthBytes;
    }

    /// The handle of a packet's buffer.
    ///
    /// @param index 0 to size - 1
    /// @return never 0
    public long buffer(int index) {
        return buffers[index];
    }

    /// The address of a packet's first byte.
    ///
    /// @param index 0 to size - 1
    /// @return a native address
    public long data(int index) {
        return data[index];
    }

    /// The length of a packet.
    ///
    /// @param index 0 to size - 1
    /// @return bytes from [#data(int)]
    public int length(int index) {
        return lengths[index];
    }

    /// What the device found out about a packet.
    ///
    /// @param index 0 to size - 1
    /// @return a combination of the constants of this class
    public int flags(int index) {
        return flags[index];
    }

    /// Drops the first packets from the burst, moving the others to the front: what is left after a
    /// port took only some.
    ///
    /// @param count 0 to size
    public void removeFirst(int count) {
        int left = size - count;
        if (left > 0) {
            System.arraycopy(buffers, count, buffers, 0, left);
            System.arraycopy(data, count, data, 0, left);
            System.arraycopy(lengths, count, lengths, 0, left);
            System.arraycopy(flags, count, flags, 0, left);
        }
        size = left;
    }
}
