// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.connection;

import static io.fullnat.core.connection.ConnectionLayout.FLOW_LENGTH;
import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.IN_WRAPS;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;
import static io.fullnat.core.connection.ConnectionLayout.OUT_WRAPS;
import static io.fullnat.core.connection.ConnectionLayout.PACKETS;

import io.fullnat.api.io.Memory;

/// How many packets of a connection there were: a flow counts them in 4 bytes, which is all that
/// the fast path has room for, and the entry how often their uppermost bit has changed since. One
/// whose numbers are moved counts otherwise ([MovedFlow]).
///
/// For the worker's thread; [#of] also for observers.
public final class PacketCounts {
    private PacketCounts() {}

    /// The packets of a direction.
    ///
    /// @param entry address of an entry or of a copy, whose numbers are not moved
    /// @param direction of the packets
    /// @return how many; right as long as [#noteWraps] comes once in 2^31 packets
    public static long of(long entry, int direction) {
        int low = Memory.getInt(entry + (long) direction * FLOW_LENGTH + PACKETS);
        int wraps = Memory.getUnsignedShort(entry + wraps(direction));
        wraps += (low >>> 31) ^ (wraps & 1);
        return (long) (wraps >>> 1) << 32 | (low & 0xFFFF_FFFFL);
    }

    /// Writes the packets of a direction.
    static void set(long entry, int direction, long packets) {
        Memory.putInt(entry + (long) direction * FLOW_LENGTH + PACKETS, (int) packets);
        Memory.putShort(entry + wraps(direction), (int) (packets >>> 31));
    }

    /// Notes how far the counts have come.
    static void noteWraps(long entry) {
        if (!ConnectionLayout.isShifted(entry)) {
            noteWraps(entry, INBOUND);
            noteWraps(entry, OUTBOUND);
        }
    }

    private static void noteWraps(long entry, int direction) {
        int low = Memory.getInt(entry + (long) direction * FLOW_LENGTH + PACKETS);
        int wraps = Memory.getUnsignedShort(entry + wraps(direction));
        if (low >>> 31 != (wraps & 1)) {
            Memory.putShort(entry + wraps(direction), wraps + 1);
        }
    }

    private static int wraps(int direction) {
        return direction == INBOUND ? IN_WRAPS : OUT_WRAPS;
    }
}
