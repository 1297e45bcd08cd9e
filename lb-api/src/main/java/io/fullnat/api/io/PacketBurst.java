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
/// Beside the length it has two fields that have nothing to do with each other:
/// - `verdict`, 8 bits: what the device found out about a packet that it received. A port writes
///   it, the receiver of the packet reads it.
/// - `tag`, 24 bits: how a packet is to be sent. Its [#offloads(int)] are for the device that sends
///   it, all else is the sender's own. A port writes none.
///
/// A packet that is received has a verdict and no tag; from when it is ready to be sent
/// ([#send(int, long, int, int)]) it has a tag and no verdict. The fields are apart nevertheless,
/// so that neither can be taken for the other.
///
/// The memory is allocated once: three words a packet in one array, so that touching a packet costs
/// one bounds check. Not thread-safe: a burst belongs to one thread.
public final class PacketBurst {
    /// The device checked the IPv4 header checksum and it is right.
    public static final int IP_CHECKSUM_GOOD = 1;

    /// The device checked the IPv4 header checksum and it is wrong.
    public static final int IP_CHECKSUM_BAD = 1 << 1;

    /// Of a tag, the lowest bits that are the sender's own; above them are offloads, and above
    /// those the sender's own again.
    public static final int TAG_LOW_BITS = 2;

    /// How many bits of a tag are for the device: what it is to do when it sends the packet. This
    /// is their place; none of them means anything yet, and senders leave all of them 0.
    public static final int OFFLOAD_BITS = 8;

    /// Bits of a tag.
    public static final int TAG_BITS = 24;

    private static final int WORDS = 3; // buffer, data, and tag above verdict above length
    private static final int VERDICT_SHIFT = 32;
    private static final int TAG_SHIFT = Long.SIZE - TAG_BITS;
    private static final int VERDICT_MASK = (1 << (TAG_SHIFT - VERDICT_SHIFT)) - 1;
    private static final int OFFLOAD_MASK = (1 << OFFLOAD_BITS) - 1;

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

    /// Appends a packet that was received.
    ///
    /// @param buffer the handle
    /// @param dataAddress address of the first byte
    /// @param lengthBytes bytes from there
    /// @param verdict what the device found out, 0 for nothing
    /// @throws ArrayIndexOutOfBoundsException if the burst is full: ask [#isFull()]
    public void add(long buffer, long dataAddress, int lengthBytes, int verdict) {
        put(size, buffer, dataAddress, lengthBytes, verdict);
        size++;
    }

    /// Appends a packet that is to be sent.
    ///
    /// @param buffer the handle
    /// @param dataAddress address of the first byte
    /// @param lengthBytes bytes from there
    /// @param tag how it is to be sent
    /// @throws ArrayIndexOutOfBoundsException if the burst is full: ask [#isFull()]
    public void addToSend(long buffer, long dataAddress, int lengthBytes, int tag) {
        words[size * WORDS] = buffer;
        send(size, dataAddress, lengthBytes, tag);
        size++;
    }

    /// Writes a received packet at a place, whether there is one or not: for ports that fill a
    /// burst in a loop and then call [#resize(int)], which costs less than [#add] for each.
    ///
    /// @param index 0 to capacity - 1
    /// @param buffer the handle
    /// @param dataAddress address of the first byte
    /// @param lengthBytes bytes from there
    /// @param verdict what the device found out, 0 for nothing
    public void put(int index, long buffer, long dataAddress, int lengthBytes, int verdict) {
        int at = index * WORDS;
        words[at] = buffer;
        words[at + 1] = dataAddress;
        words[at + 2] = word(lengthBytes) | (long) (verdict & VERDICT_MASK) << VERDICT_SHIFT;
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

    /// Makes a packet ready to be sent: where it starts now, how long it is, and its tag. What was
    /// found out when it was received is forgotten.
    ///
    /// @param index 0 to size - 1
    /// @param dataAddress address of the first byte
    /// @param lengthBytes bytes from there
    /// @param tag how it is to be sent
    public void send(int index, long dataAddress, int lengthBytes, int tag) {
        int at = index * WORDS;
        words[at + 1] = dataAddress;
        words[at + 2] = word(lengthBytes) | (long) tag << TAG_SHIFT;
    }

    /// Replaces where a packet starts and how long it is; verdict and tag stay.
    ///
    /// @param index 0 to size - 1
    /// @param dataAddress address of the first byte
    /// @param lengthBytes bytes from there
    public void set(int index, long dataAddress, int lengthBytes) {
        words[index * WORDS + 1] = dataAddress;
        long fields = words[index * WORDS + 2] >>> VERDICT_SHIFT << VERDICT_SHIFT;
        words[index * WORDS + 2] = fields | word(lengthBytes);
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

    /// What the device found out about a packet that was received.
    ///
    /// @param index 0 to size - 1
    /// @return a combination of the constants of this class
    public int verdict(int index) {
        return (int) (words[index * WORDS + 2] >>> VERDICT_SHIFT) & VERDICT_MASK;
    }

    /// How a packet is to be sent.
    ///
    /// @param index 0 to size - 1
    /// @return [#TAG_BITS] bits; 0 if it has just been received
    public int tag(int index) {
        return (int) (words[index * WORDS + 2] >>> TAG_SHIFT);
    }

    /// What the device is to do when it sends a packet: a part of its tag.
    ///
    /// @param index 0 to size - 1
    /// @return [#OFFLOAD_BITS] bits, all of them 0 as yet
    public int offloads(int index) {
        return tag(index) >>> TAG_LOW_BITS & OFFLOAD_MASK;
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

    private static long word(int length) {
        return length & 0xFFFF_FFFFL;
    }
}
