// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.io;

/// Some packets on their way: what a port's receive fills and its transmit empties.
///
/// A packet is three values at one index:
/// - `buffer`, the handle by which its port or pool knows it (DPDK: the address of the mbuf), never
///   0;
/// - `data`, the native address of its first byte, the Ethernet destination. What processes the
///   packet may move it by up to [BufferPool#HEADROOM] bytes back or forward within the buffer;
/// - `length`, bytes from `data`, without frame check sequence; always contiguous memory.
///
/// and `flags`, what the device found out: see the constants.
///
/// The memory is allocated once: three words a packet in one array, so that touching a packet costs
/// one bounds check. Not thread-safe: a burst belongs to one thread.
public final class PacketBurst {
    /// The device checked the IPv4 header checksum and it is right.
    public static final int IP_CHECKSUM_GOOD = 1;

    /// The device checked the IPv4 header checksum and it is wrong.
    public static final int IP_CHECKSUM_BAD = 1 << 1;

    private static final int WORDS = 3; // buffer, data, flags above length

    private final long[] words;
    private final int capacity;
    private int size;

    /// An empty burst.
    ///
    /// @param capacity how many packets it can hold, 1 to 65535
    public PacketBurst(int capacity) {
        if (capacity < 1 || capacity > 65535) {
            throw new IllegalArgumentException("capacity " + capacity + " is not 1-65535");
        }
        this.capacity = capacity;
        words = new long[capacity * WORDS];
    }

    /// How many packets fit.
    ///
    /// @return the capacity chosen at construction
    public int capacity() {
        return capacity;
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
        return size == capacity;
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
        put(size, buffer, dataAddress, lengthBytes, deviceFlags);
        size++;
    }

    /// Writes a packet at a place, whether there is one or not: for ports that fill a burst in a
    /// loop and then call [#resize(int)], which costs less than [#add] for each.
    ///
    /// @param index 0 to capacity - 1
    /// @param buffer the handle
    /// @param dataAddress address of the first byte
    /// @param lengthBytes bytes from there
    /// @param deviceFlags what the device found out, 0 for nothing
    public void put(int index, long buffer, long dataAddress, int lengthBytes, int deviceFlags) {
        int at = index * WORDS;
        words[at] = buffer;
        words[at + 1] = dataAddress;
        words[at + 2] = word(lengthBytes, deviceFlags);
    }

    /// Says how many packets there are: those at the first places.
    ///
    /// @param count 0 to capacity; all of them have been put or added
    public void resize(int count) {
        size = count;
    }

    /// Appends packets of another burst, which keeps them, too.
    ///
    /// @param other where they are
    /// @param first index of the first one
    /// @param count how many
    /// @throws ArrayIndexOutOfBoundsException if they do not fit: compare [#room()]
    public void append(PacketBurst other, int first, int count) {
        System.arraycopy(other.words, first * WORDS, words, size * WORDS, count * WORDS);
        size += count;
    }

    /// How many further packets fit.
    ///
    /// @return capacity less size
    public int room() {
        return capacity - size;
    }

    /// Replaces where a packet starts, how long it is, and its flags.
    ///
    /// @param index 0 to size - 1
    /// @param dataAddress address of the first byte
    /// @param lengthBytes bytes from there
    /// @param flags what is to be known of it
    public void set(int index, long dataAddress, int lengthBytes, int flags) {
        int at = index * WORDS;
        words[at + 1] = dataAddress;
        words[at + 2] = word(lengthBytes, flags);
    }

    /// Replaces where a packet starts and how long it is.
    ///
    /// @param index 0 to size - 1
    /// @param dataAddress address of the first byte
    /// @param lengthBytes bytes from there
    public void set(int index, long dataAddress, int lengthBytes) {
        words[index * WORDS + 1] = dataAddress;
        words[index * WORDS + 2] = word(lengthBytes, flags(index));
    }

    /// The handle of a packet's buffer.
    ///
    /// @param index 0 to size - 1
    /// @return never 0
    public long buffer(int index) {
        return words[index * WORDS];
    }

    /// The address of a packet's first byte.
    ///
    /// @param index 0 to size - 1
    /// @return a native address
    public long data(int index) {
        return words[index * WORDS + 1];
    }

    /// The length of a packet.
    ///
    /// @param index 0 to size - 1
    /// @return bytes from [#data(int)]
    public int length(int index) {
        return (int) words[index * WORDS + 2];
    }

    /// What the device found out about a packet.
    ///
    /// @param index 0 to size - 1
    /// @return a combination of the constants of this class
    public int flags(int index) {
        return (int) (words[index * WORDS + 2] >>> 32);
    }

    /// Drops the first packets from the burst, moving the others to the front: what is left after a
    /// port took only some.
    ///
    /// @param count 0 to size
    public void removeFirst(int count) {
        int left = size - count;
        if (left > 0) {
            System.arraycopy(words, count * WORDS, words, 0, left * WORDS);
        }
        size = left;
    }

    private static long word(int length, int flags) {
        return (length & 0xFFFF_FFFFL) | ((long) flags << 32);
    }
}
