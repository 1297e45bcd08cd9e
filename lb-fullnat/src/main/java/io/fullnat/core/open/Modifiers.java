// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.connection.TcpMoves;
import io.fullnat.core.memory.Region;
import org.agrona.collections.Long2LongHashMap;
import org.jspecify.annotations.Nullable;

/// Which connections of one worker have a [PacketModifier], and what that keeps of each: a table of
/// its own, so that connections without one have no room for it. A bit of the entry says that there
/// is something here ([ConnectionLayout#isModified]).
///
/// **Capacity** is fixed. A connection that finds no room begins without a modifier.
///
/// **Thread-safety:** none; each worker has its own.
public final class Modifiers implements AutoCloseable {
    /// Bytes that a modifier has for a connection.
    public static final int RECORD_LENGTH = Region.CACHE_LINE;

    /// By how much a packet may become longer.
    public static final int MAX_GROWTH = 40;

    private static final long NONE = -1;

    private final Choice choice;
    private final @Nullable PacketModifier[] modifiers;
    private final int[] free;
    private final Long2LongHashMap byEntry;
    private final Region records;
    private final ModifiedPacket packet = new ModifiedPacket();
    private int freeCount;
    private long refused;

    /// Which connections get a modifier.
    public interface Choice {
        /// Chooses the modifier of a connection.
        ///
        /// @param entry of the connection, in its first state
        /// @return null if it gets none
        @Nullable PacketModifier choose(long entry);
    }

    /// An empty table.
    ///
    /// @param capacity how many connections can have a modifier at once, 1 or more
    /// @param choice asked for each connection that begins
    public Modifiers(int capacity, Choice choice) {
        this.choice = choice;
        modifiers = new @Nullable PacketModifier[capacity];
        free = new int[capacity];
        for (int i = 0; i < capacity; i++) {
            free[i] = capacity - 1 - i;
        }
        freeCount = capacity;
        byEntry = new Long2LongHashMap(2 * capacity, 0.65f, NONE, false);
        records = Region.allocate((long) capacity * RECORD_LENGTH, "packet modifiers");
    }

    /// How many connections have one.
    ///
    /// @return 0 to the capacity
    public int size() {
        return modifiers.length - freeCount;
    }

    /// How many connections were to have one and found no room.
    ///
    /// @return a count
    public long refused() {
        return refused;
    }

    /// Gives a connection that begins its modifier, instead of one that it has, if it is to have
    /// one. Packets of IPv6 are not modified, nor those that go over to it or come from it.
    ///
    /// @param entry of the connection, in its first state
    public void begin(long entry) {
        end(entry);
        PacketModifier modifier = ConnectionLayout.isWide(entry) ? null : choice.choose(entry);
        if (modifier == null) {
            return;
        }
        if (freeCount == 0) {
            refused++;
            return;
        }
        int slot = free[--freeCount];
        modifiers[slot] = modifier;
        byEntry.put(entry, slot);
        Memory.zero(record(slot), RECORD_LENGTH);
        mark(entry, true);
        boolean begun = false;
        try {
            modifier.begin(entry, record(slot));
            begun = true;
        } finally {
            if (!begun) {
                remove(entry, slot);
            }
        }
    }

    /// Lets a connection's modifier see a packet. The modifier of a connection that is done, or
    /// that has thrown, is removed.
    ///
    /// @param entry of the connection, which has one
    /// @param direction of the packet
    /// @param ip its IP header
    /// @param mtu the longest packet that can be sent on in one piece
    /// @return where its IP header begins now
    public long modify(long entry, int direction, long ip, int mtu) {
        int slot = (int) byEntry.get(entry);
        PacketModifier modifier = slot == NONE ? null : modifiers[slot];
        if (modifier == null) {
            throw new IllegalStateException("a connection is marked that has no modifier");
        }
        packet.set(entry, direction, record(slot), ip, mtu);
        boolean goesOn = false;
        try {
            modifier.modify(packet);
            goesOn = !packet.isDone();
        } finally {
            if (!goesOn) {
                remove(entry, slot);
            }
        }
        return packet.ip();
    }

    /// Ends what a connection has here, if it has something, as the connection ends.
    ///
    /// @param entry of the connection, still whole
    public void end(long entry) {
        if (!ConnectionLayout.isModified(entry)) {
            return;
        }
        int slot = (int) byEntry.get(entry);
        PacketModifier modifier = slot == NONE ? null : modifiers[slot];
        if (modifier != null) {
            remove(entry, slot);
            modifier.ended(record(slot));
        }
    }

    private void remove(long entry, int slot) {
        byEntry.remove(entry);
        modifiers[slot] = null;
        free[freeCount++] = slot;
        mark(entry, false);
    }

    private static void mark(long entry, boolean modified) {
        ConnectionLayout.modified(entry, modified);
        byte state = Memory.getByte(entry + ConnectionLayout.STATE);
        TcpMoves.watch(entry, ConnectionState.of(state));
    }

    private long record(int slot) {
        return records.address() + (long) slot * RECORD_LENGTH;
    }

    @Override
    public void close() {
        records.close();
    }
}
