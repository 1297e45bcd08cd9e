// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionTable;
import io.fullnat.core.memory.Region;
import io.fullnat.core.stack.StackContext;
import java.util.Arrays;

/// The packets of which a worker has seen a fragment lately: what the first fragment said of them,
/// for those behind it ([FragmentRecord]). Packets of both families; what fragments have in common
/// is source, destination, protocol and identification (RFC 791 §3.2, RFC 8200 §4.5), and the
/// device by which they come.
///
/// What is known of a packet is forgotten [#IDLE_NS] after its last fragment and [#LONGEST_NS]
/// after its first one; if all its bytes have come [#OVER_NS] after the last: a fragment that comes
/// then is one of another packet. Such a packet is the first to give way in a full table. Else one
/// of the oldest gives way: among those the one whose source has most in here, so that who floods
/// displaces mostly what is its own.
///
/// The size is fixed, nothing is allocated. For the worker's thread.
final class FragmentTable implements AutoCloseable {
    /// Packets of which something may be known at once.
    static final int CAPACITY = 4096;

    /// Instead of a record: nothing is known.
    static final long NONE = 0;

    static final long IDLE_NS = 2_000_000_000L;
    static final long OVER_NS = 100_000_000L;
    static final long LONGEST_NS = 30_000_000_000L;

    /// How long fragments are held that came before the first.
    static final long HELD_NS = 1_000_000_000L;

    private static final int BUCKETS = 2 * CAPACITY;
    private static final int SOURCES = 1024;
    private static final int OLDEST_LOOKED_AT = 8;
    private static final int NOWHERE = -1;

    // Lists, each with what was touched last at its end: of packets whose first fragment is
    // awaited, of those of which all has come, and of all others.
    private static final int AWAITED_LIST = 0;
    private static final int COMPLETE_LIST = 1;
    private static final int OTHERS_LIST = 2;

    private final StackContext stack;
    private final ConnectionTable hashes;
    private final Region records =
            Region.reserve((long) CAPACITY * FragmentRecord.LENGTH, "fragments");
    private final int[] buckets = new int[BUCKETS];
    private final int[] oldest = {NOWHERE, NOWHERE, NOWHERE};
    private final int[] newest = {NOWHERE, NOWHERE, NOWHERE};
    private final short[] bySource = new short[SOURCES];
    private int free = NOWHERE;
    private int used;
    private int size;

    // The key that was looked for last.
    private long sourceHigh;
    private long sourceLow;
    private long destinationHigh;
    private long destinationLow;
    private long identity;
    private int bucket;
    private int source;

    /// An empty table.
    ///
    /// @param hashes whose secret keeps strangers from choosing places
    FragmentTable(StackContext stack, ConnectionTable hashes) {
        this.stack = stack;
        this.hashes = hashes;
        Arrays.fill(buckets, NOWHERE);
    }

    /// Looks for the packet of a fragment.
    ///
    /// @param ip the fragment's IP header
    /// @param device by which it came
    /// @return its record, or [#NONE]
    long find(Family family, long ip, int device) {
        sourceHigh = family.sourceHigh(ip);
        sourceLow = family.sourceLow(ip);
        destinationHigh = family.destinationHigh(ip);
        destinationLow = family.destinationLow(ip);
        identity =
                (long) family.fragmentIdentification(ip) << 32
                        | (long) device << 8
                        | family.protocol(ip);
        long from = hashes.hash(sourceHigh, sourceLow);
        long to = hashes.hash(destinationHigh, destinationLow);
        source = (int) (from >>> 32) & SOURCES - 1;
        bucket = (int) (hashes.hash(from + Long.rotateLeft(to, 17), identity) >>> 32) & BUCKETS - 1;
        for (int place = buckets[bucket]; place != NOWHERE; ) {
            long record = record(place);
            if (isOfKey(record)) {
                return known(record);
            }
            place = Memory.getInt(record + FragmentRecord.CHAINED);
        }
        return NONE;
    }

    private boolean isOfKey(long record) {
        return Memory.getLong(record + FragmentRecord.IDENTITY) == identity
                && Memory.getLong(record + FragmentRecord.SOURCE_LOW) == sourceLow
                && Memory.getLong(record + FragmentRecord.DESTINATION_LOW) == destinationLow
                && Memory.getLong(record + FragmentRecord.SOURCE_HIGH) == sourceHigh
                && Memory.getLong(record + FragmentRecord.DESTINATION_HIGH) == destinationHigh;
    }

    /// What is awaited is forgotten by who holds its fragments ([#overdue()]).
    private long known(long record) {
        long now = stack.nowNs();
        long idle = FragmentRecord.isComplete(record) ? OVER_NS : IDLE_NS;
        boolean old =
                FragmentRecord.state(record) != FragmentRecord.AWAITED
                        && (now - Memory.getLong(record + FragmentRecord.TOUCHED) > idle
                                || now - Memory.getLong(record + FragmentRecord.BEGUN)
                                        > LONGEST_NS);
        if (!old) {
            return record;
        }
        remove(record);
        return NONE;
    }

    /// Adds the packet that was looked for last, and is not known.
    ///
    /// @param state of it
    /// @return its record
    long add(int state) {
        int place = take();
        long record = record(place);
        Memory.zero(record, FragmentRecord.LENGTH);
        Memory.putLong(record + FragmentRecord.SOURCE_HIGH, sourceHigh);
        Memory.putLong(record + FragmentRecord.SOURCE_LOW, sourceLow);
        Memory.putLong(record + FragmentRecord.DESTINATION_HIGH, destinationHigh);
        Memory.putLong(record + FragmentRecord.DESTINATION_LOW, destinationLow);
        Memory.putLong(record + FragmentRecord.IDENTITY, identity);
        Memory.putInt(record + FragmentRecord.STATE, state);
        Memory.putInt(record + FragmentRecord.BUCKET, bucket);
        Memory.putInt(record + FragmentRecord.CHAINED, buckets[bucket]);
        Memory.putInt(record + FragmentRecord.SOURCE, source);
        Memory.putLong(record + FragmentRecord.BEGUN, stack.nowNs());
        Memory.putLong(record + FragmentRecord.TOUCHED, stack.nowNs());
        buckets[bucket] = place;
        bySource[source]++;
        size++;
        append(record, list(record));
        return record;
    }

    /// Notes what becomes of the packet.
    ///
    /// @param state one of those of [FragmentRecord]
    /// @param worker to which its fragments go, if they go to one
    /// @param flow of its connection, if that is not to be found by its key; else 0
    void set(long record, int state, int worker, long flow) {
        Memory.putInt(record + FragmentRecord.STATE, state);
        FragmentRecord.way(record, worker, flow);
        if (list(record) != Memory.getInt(record + FragmentRecord.LIST)) {
            unlink(record);
            append(record, list(record));
        }
    }

    /// Notes that a fragment has come, of a packet that is not awaited.
    ///
    /// @param offset of it
    /// @param length of its payload
    /// @param more whether another one follows
    void count(long record, int offset, int length, boolean more) {
        FragmentRecord.count(record, offset, length, more);
        Memory.putLong(record + FragmentRecord.TOUCHED, stack.nowNs());
        unlink(record);
        append(record, list(record));
    }

    /// Forgets a packet, which holds no fragments.
    void remove(long record) {
        int place = place(record);
        unlink(record);
        int in = Memory.getInt(record + FragmentRecord.BUCKET);
        if (buckets[in] == place) {
            buckets[in] = Memory.getInt(record + FragmentRecord.CHAINED);
        } else {
            long before = record(buckets[in]);
            while (Memory.getInt(before + FragmentRecord.CHAINED) != place) {
                before = record(Memory.getInt(before + FragmentRecord.CHAINED));
            }
            Memory.putInt(
                    before + FragmentRecord.CHAINED,
                    Memory.getInt(record + FragmentRecord.CHAINED));
        }
        bySource[Memory.getInt(record + FragmentRecord.SOURCE)]--;
        size--;
        Memory.putInt(record + FragmentRecord.CHAINED, free);
        free = place;
    }

    /// A packet whose first fragment has not come in time.
    ///
    /// @return its record, or [#NONE]
    long overdue() {
        long record = awaited();
        boolean due =
                record != NONE
                        && stack.nowNs() - Memory.getLong(record + FragmentRecord.BEGUN) >= HELD_NS;
        return due ? record : NONE;
    }

    /// The packet whose first fragment is awaited longest.
    ///
    /// @return its record, or [#NONE]
    long awaited() {
        return oldest(AWAITED_LIST);
    }

    /// The packet that gives way to another whose first fragment is awaited.
    ///
    /// @return its record, or [#NONE] if none is awaited
    long awaitedVictim() {
        return victim(AWAITED_LIST);
    }

    /// How many packets are known.
    int size() {
        return size;
    }

    private int take() {
        if (free == NOWHERE && used == CAPACITY) {
            remove(victim());
        }
        if (free == NOWHERE) {
            return used++;
        }
        int place = free;
        free = Memory.getInt(record(place) + FragmentRecord.CHAINED);
        return place;
    }

    /// There are far more records than packets that are awaited, so one of the others is there.
    private long victim() {
        long complete = oldest(COMPLETE_LIST);
        return complete == NONE ? victim(OTHERS_LIST) : complete;
    }

    /// Among the oldest of a list that whose source has most under way.
    private long victim(int list) {
        int place = oldest[list];
        if (place == NOWHERE) {
            return NONE;
        }
        long victim = record(place);
        for (int i = 0; i < OLDEST_LOOKED_AT && place != NOWHERE; i++) {
            long record = record(place);
            if (fromSource(record) > fromSource(victim)) {
                victim = record;
            }
            place = Memory.getInt(record + FragmentRecord.NEWER);
        }
        return victim;
    }

    private int fromSource(long record) {
        return bySource[Memory.getInt(record + FragmentRecord.SOURCE)];
    }

    /// In which list a packet belongs.
    private static int list(long record) {
        if (FragmentRecord.state(record) == FragmentRecord.AWAITED) {
            return AWAITED_LIST;
        }
        return FragmentRecord.isComplete(record) ? COMPLETE_LIST : OTHERS_LIST;
    }

    private long oldest(int list) {
        return oldest[list] == NOWHERE ? NONE : record(oldest[list]);
    }

    private void append(long record, int list) {
        int place = place(record);
        int before = newest[list];
        Memory.putInt(record + FragmentRecord.LIST, list);
        Memory.putInt(record + FragmentRecord.OLDER, before);
        Memory.putInt(record + FragmentRecord.NEWER, NOWHERE);
        newest[list] = place;
        if (before == NOWHERE) {
            oldest[list] = place;
        } else {
            Memory.putInt(record(before) + FragmentRecord.NEWER, place);
        }
    }

    private void unlink(long record) {
        int list = Memory.getInt(record + FragmentRecord.LIST);
        int older = Memory.getInt(record + FragmentRecord.OLDER);
        int newer = Memory.getInt(record + FragmentRecord.NEWER);
        if (older == NOWHERE) {
            oldest[list] = newer;
        } else {
            Memory.putInt(record(older) + FragmentRecord.NEWER, newer);
        }
        if (newer == NOWHERE) {
            newest[list] = older;
        } else {
            Memory.putInt(record(newer) + FragmentRecord.OLDER, older);
        }
    }

    private long record(int place) {
        return records.address() + (long) place * FragmentRecord.LENGTH;
    }

    private int place(long record) {
        return (int) ((record - records.address()) / FragmentRecord.LENGTH);
    }

    @Override
    public void close() {
        records.close();
    }
}
