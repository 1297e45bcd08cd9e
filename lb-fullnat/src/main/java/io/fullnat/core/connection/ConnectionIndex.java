package io.fullnat.core.connection;

import io.fullnat.api.io.Memory;
import io.fullnat.core.memory.Region;

/// Where the direction lines of connections are found by hash: buckets of one cache line, eight
/// slots of a 32-bit tag and a 32-bit reference.
///
/// A look-up touches one line of the index and, when a tag fits, one of the records; with 32-bit
/// tags a false fit is rare. An entry whose home bucket is full goes to one of the next buckets,
/// and a count of such entries by home bucket says whether a miss has to look further, so that
/// removal needs no tombstones. The fast path looks at the home bucket only ([#inHome]).
///
/// References are `1 + 2 * record + direction`: never 0, which marks a free slot.
final class ConnectionIndex implements AutoCloseable {
    private static final int SLOTS = 8;
    private static final int SLOT_LENGTH = 8;

    /// How many buckets after its home an entry may be. With at most half of the slots in use the
    /// longest displacement seen is 2 to 3; a full run of 16 means the hash was broken.
    private static final int MAX_DISPLACEMENT = 16;

    private static final long TAG_NOT_ZERO = 1L << 32;

    private final Region buckets;
    private final Region displaced;
    private final long bucketsAddress;
    private final long displacedAddress;
    private final long mask;
    private final long seed0;
    private final long seed1;

    /// An index for a number of entries, at most half full.
    ///
    /// @param entries how many at the most
    /// @param seed secret of the hash
    ConnectionIndex(long entries, long seed) {
        long count = Math.max(2, Long.highestOneBit(Math.max(1, entries / (SLOTS / 2) - 1)) << 1);
        buckets = Region.allocate(count * Region.CACHE_LINE, "the connection index");
        displaced = Region.allocate(count, "the connection index");
        bucketsAddress = buckets.address();
        displacedAddress = displaced.address();
        mask = count - 1;
        seed0 = mix(seed, 0x9E37_79B9_7F4A_7C15L);
        seed1 = mix(seed0, 0xD1B5_4A32_D192_ED03L);
    }

    /// The hash of a key. Without the seed its collisions cannot be predicted: a peer who chooses
    /// his addresses and ports cannot fill one bucket.
    long hash(long addresses, long portsAndProtocol) {
        long first = mix(addresses ^ seed0, portsAndProtocol ^ seed1);
        return mix(first, 0xA24B_AED4_963E_E407L) | TAG_NOT_ZERO;
    }

    private static long mix(long a, long b) {
        return Math.unsignedMultiplyHigh(a, b) ^ (a * b);
    }

    /// The home bucket of a hash: the word a packet's look-up will read first.
    long bucket(long hash) {
        return bucketsAddress + (hash & mask) * Region.CACHE_LINE;
    }

    /// The reference of the first slot of a home bucket that has this hash's tag, or 0.
    static int inHome(long bucket, long hash) {
        for (long slot = bucket; slot < bucket + Region.CACHE_LINE; slot += SLOT_LENGTH) {
            long entry = Memory.getLong(slot);
            if ((entry ^ hash) >>> 32 == 0) {
                return (int) entry;
            }
        }
        return 0;
    }

    /// Visits all slots that have this hash's tag, until the reader accepts one.
    int find(long hash, KeyTest test, long addresses, long portsAndProtocol) {
        long home = hash & mask;
        int further = Memory.getUnsignedByte(displacedAddress + home) == 0 ? 0 : MAX_DISPLACEMENT;
        for (int step = 0; step <= further; step++) {
            long bucket = bucketsAddress + ((home + step) & mask) * Region.CACHE_LINE;
            for (long slot = bucket; slot < bucket + Region.CACHE_LINE; slot += SLOT_LENGTH) {
                long entry = Memory.getLong(slot);
                if ((entry ^ hash) >>> 32 == 0
                        && test.matches((int) entry, addresses, portsAndProtocol)) {
                    return (int) entry;
                }
            }
        }
        return 0;
    }

    /// Adds an entry.
    ///
    /// @return false, with nothing changed, if no slot is free near its home
    boolean insert(long hash, int reference) {
        long home = hash & mask;
        long entry = (hash & 0xFFFF_FFFF_0000_0000L) | (reference & 0xFFFF_FFFFL);
        for (int step = 0; step <= MAX_DISPLACEMENT; step++) {
            long bucket = bucketsAddress + ((home + step) & mask) * Region.CACHE_LINE;
            for (int i = 0; i < SLOTS; i++) {
                long slot = bucket + (long) i * SLOT_LENGTH;
                if (Memory.getLong(slot) == 0) {
                    Memory.putLong(slot, entry);
                    if (step > 0) {
                        addDisplaced(home, 1);
                    }
                    return true;
                }
            }
        }
        return false;
    }

    /// Removes an entry that is there.
    void remove(long hash, int reference) {
        long home = hash & mask;
        for (int step = 0; step <= MAX_DISPLACEMENT; step++) {
            long bucket = bucketsAddress + ((home + step) & mask) * Region.CACHE_LINE;
            for (int i = 0; i < SLOTS; i++) {
                long slot = bucket + (long) i * SLOT_LENGTH;
                if ((int) Memory.getLong(slot) == reference) {
                    Memory.putLong(slot, 0);
                    if (step > 0) {
                        addDisplaced(home, -1);
                    }
                    return;
                }
            }
        }
        throw new IllegalStateException("reference " + reference + " is not in the index");
    }

    /// At most 16 buckets of eight slots hold entries of one home, so a byte is enough.
    private void addDisplaced(long home, int step) {
        long count = displacedAddress + home;
        Memory.putByte(count, Memory.getByte(count) + step);
    }

    long bytes() {
        return buckets.size() + displaced.size();
    }

    @Override
    public void close() {
        buckets.close();
        displaced.close();
    }

    /// Compares a candidate's key.
    @FunctionalInterface
    interface KeyTest {
        boolean matches(int reference, long addresses, long portsAndProtocol);
    }
}
