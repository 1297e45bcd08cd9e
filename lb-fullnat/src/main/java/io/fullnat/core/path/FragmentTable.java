// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionTable;
import io.fullnat.core.memory.Region;
import io.fullnat.core.stack.StackContext;
import java.util.Arrays;

/// The packets of which a worker has seen a fragment lately: what the first fragment said of them,
/// for those behind it. Packets of both families; what they have in common is source, destination,
/// protocol and identification (RFC 791 §3.2, RFC 8200 §4.5), and the device by which they come.
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

    /// A fragment came, but not the first: nothing else is known.
    static final int AWAITED = 0;

    /// Its fragments are sent on here.
    static final int HERE = 1;

    /// Its fragments are the one worker's that owns its connection.
    static final int OWNED = 2;

    /// Its fragments go on to a worker that may know its connection.
    static final int ASKED = 3;

    /// Its fragments are dropped.
    static final int REFUSED = 4;

    private static final int BUCKETS = 2 * CAPACITY;
    private static final int SOURCES = 1024;
    private static final int OLDEST_LOOKED_AT = 8;
    private static final int NOWHERE = -1;

    // A record of two cache lines.
    private static final int SOURCE_HIGH = 0;
    private static final int SOURCE_LOW = 8;
    private static final int DESTINATION_HIGH = 16;
    private static final int DESTINATION_LOW = 24;
    private static final int IDENTITY = 32; // identification, device, protocol
    private static final int FLOW = 40;
    private static final int BEGUN = 48;
    private static final int TOUCHED = 56;
    private static final int PORTS = 64;
    private static final int STATE = 68;
    private static final int WORKER = 72;
    private static final int FIRST_LENGTH = 76;
    private static final int BYTES = 80; // that have come
    private static final int LENGTH =
            84; // of the whole packet; 0 if the last fragment has not come
    private static final int CHAINED = 88;
    private static final int BUCKET = 92;
    private static final int OLDER = 96;
    private static final int NEWER = 100;
    private static final int SOURCE = 104;
    private static final int HELD_FIRST = 108;
    private static final int HELD_LAST = 112;
    private static final int HELD = 116;
    private static final int RECORD = 2 * Region.CACHE_LINE;

    private static final int KNOWN_LIST = 0;
    private static final int AWAITED_LIST = 1;

    private final StackContext stack;
    private final ConnectionTable hashes;
    private final Region records = Region.reserve((long) CAPACITY * RECORD, "fragments");
    private final int[] buckets = new int[BUCKETS];
    private final int[] oldest = {NOWHERE, NOWHERE};
    private final int[] newest = {NOWHERE, NOWHERE};
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
            place = Memory.getInt(record + CHAINED);
        }
        return NONE;
    }

    private boolean isOfKey(long record) {
        return Memory.getLong(record + IDENTITY) == identity
                && Memory.getLong(record + SOURCE_LOW) == sourceLow
                && Memory.getLong(record + DESTINATION_LOW) == destinationLow
                && Memory.getLong(record + SOURCE_HIGH) == sourceHigh
                && Memory.getLong(record + DESTINATION_HIGH) == destinationHigh;
    }

    /// What is awaited is forgotten by who holds its fragments ([#overdue()]).
    private long known(long record) {
        long now = stack.nowNs();
        long idle = isComplete(record) ? OVER_NS : IDLE_NS;
        boolean old =
                state(record) != AWAITED
                        && (now - Memory.getLong(record + TOUCHED) > idle
                                || now - Memory.getLong(record + BEGUN) > LONGEST_NS);
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
        Memory.zero(record, RECORD);
        Memory.putLong(record + SOURCE_HIGH, sourceHigh);
        Memory.putLong(record + SOURCE_LOW, sourceLow);
        Memory.putLong(record + DESTINATION_HIGH, destinationHigh);
        Memory.putLong(record + DESTINATION_LOW, destinationLow);
        Memory.putLong(record + IDENTITY, identity);
        Memory.putInt(record + STATE, state);
        Memory.putInt(record + BUCKET, bucket);
        Memory.putInt(record + CHAINED, buckets[bucket]);
        Memory.putInt(record + SOURCE, source);
        Memory.putLong(record + BEGUN, stack.nowNs());
        Memory.putLong(record + TOUCHED, stack.nowNs());
        buckets[bucket] = place;
        bySource[source]++;
        size++;
        append(place, list(state));
        return record;
    }

    /// Notes what the first fragment says.
    ///
    /// @param ports source and destination port, as they lie in it
    /// @param firstLength bytes of its payload
    void begin(long record, int ports, int firstLength) {
        Memory.putInt(record + PORTS, ports);
        Memory.putInt(record + FIRST_LENGTH, firstLength);
    }

    /// Notes what becomes of the packet.
    ///
    /// @param state one of the above
    /// @param worker to which its fragments go, if they go to one
    /// @param flow of its connection, if that is not to be found by its key; else 0
    void set(long record, int state, int worker, long flow) {
        int before = list(state(record));
        Memory.putInt(record + STATE, state);
        Memory.putInt(record + WORKER, worker);
        Memory.putLong(record + FLOW, flow);
        if (before != list(state)) {
            int place = place(record);
            unlink(place, before);
            append(place, list(state));
        }
    }

    /// Notes that a fragment has come, of a packet that is not awaited.
    ///
    /// @param offset of it
    /// @param length of its payload
    /// @param more whether another one follows
    void count(long record, int offset, int length, boolean more) {
        int bytes = Memory.getInt(record + BYTES) + length;
        Memory.putInt(record + BYTES, bytes);
        if (!more) {
            Memory.putInt(record + LENGTH, offset + length);
        }
        Memory.putLong(record + TOUCHED, stack.nowNs());
        int place = place(record);
        unlink(place, KNOWN_LIST);
        if (isComplete(record)) {
            prepend(place);
        } else {
            append(place, KNOWN_LIST);
        }
    }

    /// Whether all of a packet has come, if no fragment came twice.
    boolean isComplete(long record) {
        int length = Memory.getInt(record + LENGTH);
        return length != 0 && Memory.getInt(record + BYTES) >= length;
    }

    /// Forgets a packet, which holds no fragments.
    void remove(long record) {
        int place = place(record);
        unlink(place, list(state(record)));
        int in = Memory.getInt(record + BUCKET);
        if (buckets[in] == place) {
            buckets[in] = Memory.getInt(record + CHAINED);
        } else {
            long before = record(buckets[in]);
            while (Memory.getInt(before + CHAINED) != place) {
                before = record(Memory.getInt(before + CHAINED));
            }
            Memory.putInt(before + CHAINED, Memory.getInt(record + CHAINED));
        }
        bySource[Memory.getInt(record + SOURCE)]--;
        size--;
        Memory.putInt(record + CHAINED, free);
        free = place;
    }

    /// A packet whose first fragment has not come in time.
    ///
    /// @return its record, or [#NONE]
    long overdue() {
        long record = awaited();
        boolean due = record != NONE && stack.nowNs() - Memory.getLong(record + BEGUN) >= HELD_NS;
        return due ? record : NONE;
    }

    /// The packet whose first fragment is awaited longest.
    ///
    /// @return its record, or [#NONE]
    long awaited() {
        return oldest[AWAITED_LIST] == NOWHERE ? NONE : record(oldest[AWAITED_LIST]);
    }

    /// How many packets are known.
    int size() {
        return size;
    }

    int state(long record) {
        return Memory.getInt(record + STATE);
    }

    int ports(long record) {
        return Memory.getInt(record + PORTS);
    }

    int worker(long record) {
        return Memory.getInt(record + WORKER);
    }

    /// Bytes of the first fragment's payload.
    int firstLength(long record) {
        return Memory.getInt(record + FIRST_LENGTH);
    }

    long flow(long record) {
        return Memory.getLong(record + FLOW);
    }

    /// How many fragments are held.
    int held(long record) {
        return Memory.getInt(record + HELD);
    }

    /// The place of the first fragment that is held.
    int heldFirst(long record) {
        return Memory.getInt(record + HELD_FIRST);
    }

    /// The place of the last one.
    int heldLast(long record) {
        return Memory.getInt(record + HELD_LAST);
    }

    /// Notes that another fragment is held.
    ///
    /// @param place of it
    void hold(long record, int place) {
        int count = held(record);
        if (count == 0) {
            Memory.putInt(record + HELD_FIRST, place);
        }
        Memory.putInt(record + HELD_LAST, place);
        Memory.putInt(record + HELD, count + 1);
    }

    /// Notes that none is held any more.
    void letGo(long record) {
        Memory.putInt(record + HELD, 0);
    }

    private static int list(int state) {
        return state == AWAITED ? AWAITED_LIST : KNOWN_LIST;
    }

    private int take() {
        if (free == NOWHERE && used == CAPACITY) {
            remove(victim());
        }
        if (free == NOWHERE) {
            return used++;
        }
        int place = free;
        free = Memory.getInt(record(place) + CHAINED);
        return place;
    }

    /// There are far more records than packets that are awaited, so one of the others is there.
    private long victim() {
        int place = oldest[KNOWN_LIST];
        long victim = record(place);
        for (int i = 0; i < OLDEST_LOOKED_AT && place != NOWHERE && !isComplete(victim); i++) {
            long record = record(place);
            if (isComplete(record) || fromSource(record) > fromSource(victim)) {
                victim = record;
            }
            place = Memory.getInt(record + NEWER);
        }
        return victim;
    }

    private int fromSource(long record) {
        return bySource[Memory.getInt(record + SOURCE)];
    }

    private void append(int place, int list) {
        long record = record(place);
        int before = newest[list];
        Memory.putInt(record + OLDER, before);
        Memory.putInt(record + NEWER, NOWHERE);
        newest[list] = place;
        if (before == NOWHERE) {
            oldest[list] = place;
        } else {
            Memory.putInt(record(before) + NEWER, place);
        }
    }

    private void prepend(int place) {
        long record = record(place);
        int behind = oldest[KNOWN_LIST];
        Memory.putInt(record + OLDER, NOWHERE);
        Memory.putInt(record + NEWER, behind);
        oldest[KNOWN_LIST] = place;
        if (behind == NOWHERE) {
            newest[KNOWN_LIST] = place;
        } else {
            Memory.putInt(record(behind) + OLDER, place);
        }
    }

    private void unlink(int place, int list) {
        long record = record(place);
        int older = Memory.getInt(record + OLDER);
        int newer = Memory.getInt(record + NEWER);
        if (older == NOWHERE) {
            oldest[list] = newer;
        } else {
            Memory.putInt(record(older) + NEWER, newer);
        }
        if (newer == NOWHERE) {
            newest[list] = older;
        } else {
            Memory.putInt(record(newer) + OLDER, older);
        }
    }

    private long record(int place) {
        return records.address() + (long) place * RECORD;
    }

    private int place(long record) {
        return (int) ((record - records.address()) / RECORD);
    }

    @Override
    public void close() {
        records.close();
    }
}
