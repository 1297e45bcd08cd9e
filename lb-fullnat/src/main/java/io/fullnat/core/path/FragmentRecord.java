// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import io.fullnat.api.io.Memory;
import io.fullnat.core.memory.Region;

/// What is known of a packet that comes in fragments: two cache lines.
///
/// ```
///   0 | source                          |   of both families
///  16 | destination                     |
///  32 | identity      | flow            |   identification, device, protocol
///  48 | begun         | touched         |   nanoseconds
///  64 | ports | state | worker | first  |   length of the first fragment's payload
///  80 | bytes | length| chain  | bucket |   that have come; of the whole packet, 0 if not known
///  96 | older | newer | source | list   |   places in a list; which share of sources
/// 112 | first | last  | held  | new     |   of the fragments that are held; identification to send
/// ```
///
/// [FragmentTable] keeps key, times and places. Stateless.
final class FragmentRecord {
    /// Bytes of a record.
    static final int LENGTH = 2 * Region.CACHE_LINE;

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

    static final int SOURCE_HIGH = 0;
    static final int SOURCE_LOW = 8;
    static final int DESTINATION_HIGH = 16;
    static final int DESTINATION_LOW = 24;
    static final int IDENTITY = 32;
    private static final int FLOW = 40;
    static final int BEGUN = 48;
    static final int TOUCHED = 56;
    private static final int PORTS = 64;
    static final int STATE = 68;
    private static final int WORKER = 72;
    private static final int FIRST_LENGTH = 76;
    private static final int BYTES = 80;
    private static final int WHOLE_LENGTH = 84;
    static final int CHAINED = 88;
    static final int BUCKET = 92;
    static final int OLDER = 96;
    static final int NEWER = 100;
    static final int SOURCE = 104;
    static final int LIST = 108;
    private static final int HELD_FIRST = 112;
    private static final int HELD_LAST = 116;
    private static final int HELD = 120;
    private static final int IDENTIFICATION = 124;

    private FragmentRecord() {}

    /// Notes what the first fragment says.
    ///
    /// @param ports source and destination port, as they lie in it
    /// @param length bytes of its payload
    /// @param identification that all of them leave with, unless they stay within IPv6
    static void begin(long record, int ports, int length, int identification) {
        Memory.putInt(record + PORTS, ports);
        Memory.putInt(record + FIRST_LENGTH, length);
        Memory.putInt(record + IDENTIFICATION, identification);
    }

    static int state(long record) {
        return Memory.getInt(record + STATE);
    }

    /// Notes where fragments go.
    ///
    /// @param worker if they go to one
    /// @param flow of the packet's connection, if that is not to be found by its key; else 0
    static void way(long record, int worker, long flow) {
        Memory.putInt(record + WORKER, worker);
        Memory.putLong(record + FLOW, flow);
    }

    static int ports(long record) {
        return Memory.getInt(record + PORTS);
    }

    static int worker(long record) {
        return Memory.getInt(record + WORKER);
    }

    static long flow(long record) {
        return Memory.getLong(record + FLOW);
    }

    /// What they leave with, unless they stay within IPv6: 0 to 65535.
    static int identification(long record) {
        return Memory.getInt(record + IDENTIFICATION);
    }

    /// Bytes of the first fragment's payload.
    static int firstLength(long record) {
        return Memory.getInt(record + FIRST_LENGTH);
    }

    /// Notes that a fragment has come.
    ///
    /// @param offset of it
    /// @param length of its payload
    /// @param more whether another one follows
    static void count(long record, int offset, int length, boolean more) {
        Memory.putInt(record + BYTES, Memory.getInt(record + BYTES) + length);
        if (!more) {
            Memory.putInt(record + WHOLE_LENGTH, offset + length);
        }
    }

    /// Whether all of a packet has come, if no fragment came twice.
    static boolean isComplete(long record) {
        int length = Memory.getInt(record + WHOLE_LENGTH);
        return length != 0 && Memory.getInt(record + BYTES) >= length;
    }

    /// How many fragments are held.
    static int held(long record) {
        return Memory.getInt(record + HELD);
    }

    /// The place of the first fragment that is held, if one is.
    static int heldFirst(long record) {
        return Memory.getInt(record + HELD_FIRST);
    }

    /// The place of the last one.
    static int heldLast(long record) {
        return Memory.getInt(record + HELD_LAST);
    }

    /// Notes that another fragment is held.
    ///
    /// @param place of it
    static void hold(long record, int place) {
        int count = held(record);
        if (count == 0) {
            Memory.putInt(record + HELD_FIRST, place);
        }
        Memory.putInt(record + HELD_LAST, place);
        Memory.putInt(record + HELD, count + 1);
    }

    /// Notes that none is held any more.
    static void letGo(long record) {
        Memory.putInt(record + HELD, 0);
    }
}
