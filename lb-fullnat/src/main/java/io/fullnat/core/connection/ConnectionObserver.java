// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.connection;

import static io.fullnat.core.connection.ConnectionLayout.BYTES;
import static io.fullnat.core.connection.ConnectionLayout.CREATED;
import static io.fullnat.core.connection.ConnectionLayout.FLOW_LENGTH;
import static io.fullnat.core.connection.ConnectionLayout.LAST_SEEN;
import static io.fullnat.core.connection.ConnectionLayout.OBSERVABLE;
import static io.fullnat.core.connection.ConnectionLayout.OWNER;
import static io.fullnat.core.connection.ConnectionLayout.PROTOCOL;
import static io.fullnat.core.connection.ConnectionLayout.STATE;
import static io.fullnat.core.connection.ConnectionLayout.TIMEOUT;
import static io.fullnat.core.connection.ConnectionLayout.WIDE_ENTRY_LENGTH;

import io.fullnat.api.io.Memory;
import io.fullnat.core.memory.Region;
import java.lang.invoke.VarHandle;

/// Reads the connections of a table from another thread than the table's own, which neither takes
/// part nor waits: so a listing of a million connections stops no packet.
///
/// Each entry is copied as a whole. A word of the entry is 0 while the table fills it and differs
/// from one connection to the next; if it is the same before and after the copy, the copy is of one
/// connection. Packets that arrive meanwhile may be counted in one field and not yet in another.
///
/// The table must not be closed during a [#read].
///
/// **Thread-safety:** none; each reading thread has its own.
public final class ConnectionObserver implements AutoCloseable {
    private final ConnectionTable table;
    private final Region copy = Region.allocate(WIDE_ENTRY_LENGTH, "a connection's copy");
    private final long in = copy.address();
    private final long out = in + FLOW_LENGTH;

    /// An observer of a table.
    ///
    /// @param table of any thread
    public ConnectionObserver(ConnectionTable table) {
        this.table = table;
    }

    /// How many places there are to look at: those beyond have never held a connection.
    ///
    /// @return 0 to the table's capacity, of a table of both families twice as many
    public int places() {
        return table.places();
    }

    /// Reads a place; the other methods then tell what was there.
    ///
    /// @param place 0 to [#places()] - 1
    /// @return false if there was no connection, or another one came while it was read
    public boolean read(int place) {
        long entry = table.entryAt(place);
        if (entry == 0) {
            return false;
        }
        int before = Memory.getIntAcquire(entry + OBSERVABLE);
        if (before == 0 || Memory.getByte(entry + PROTOCOL) == 0) {
            return false;
        }
        // Which entries are wide never changes: it is a matter of where they lie.
        int length = table.lengthAt(place);
        return copy(entry, length, before)
                && (!ConnectionLayout.isShifted(in) || readMoved(entry, length, before));
    }

    private boolean copy(long entry, int length, int before) {
        Memory.copy(entry, in, length);
        VarHandle.acquireFence();
        return Memory.getInt(entry + OBSERVABLE) == before
                && Memory.getInt(in + OBSERVABLE) == before
                && Memory.getByte(in + PROTOCOL) != 0
                && Memory.getByte(out + PROTOCOL) != 0;
    }

    /// Of a connection whose numbers are moved a part of the counts lies elsewhere. The table takes
    /// them over there once in some hundred packets, so a second look finds them at rest.
    private boolean readMoved(long entry, int length, int before) {
        SequenceShifts shifts = table.shifts();
        while (true) {
            long takenOver = shifts.takenOver(entry);
            if (!copy(entry, length, before)) {
                return false;
            }
            boolean atRest = shifts.unpack(entry, in);
            VarHandle.acquireFence();
            if (atRest && shifts.takenOver(entry) == takenOver) {
                return true;
            }
        }
    }

    /// The protocol number.
    ///
    /// @return 6 or 17
    public int protocol() {
        return Memory.getUnsignedByte(in + PROTOCOL);
    }

    /// Whose it is.
    ///
    /// @return the slot of its service
    public int owner() {
        return Memory.getInt(in + OWNER);
    }

    /// The state.
    ///
    /// @return the state
    public ConnectionState state() {
        return ConnectionState.of(Memory.getByte(in + STATE));
    }

    /// The first half of the address from which a direction's packets come: the client's, or the
    /// real server's.
    ///
    /// @param direction [ConnectionLayout#INBOUND] or [ConnectionLayout#OUTBOUND]
    /// @return as in [ConnectionKey#sourceHigh]
    public long sourceHigh(int direction) {
        return ConnectionKey.sourceHigh(in, direction);
    }

    /// The last half.
    ///
    /// @param direction as above
    /// @return as in [ConnectionKey#sourceLow]
    public long sourceLow(int direction) {
        return ConnectionKey.sourceLow(in, direction);
    }

    /// The port from which a direction's packets come.
    ///
    /// @param direction as above
    /// @return 0 to 65535
    public int sourcePort(int direction) {
        return ConnectionKey.sourcePort(in, direction);
    }

    /// The first half of the address to which a direction's packets go: the virtual address, or the
    /// local one.
    ///
    /// @param direction as above
    /// @return as in [ConnectionKey#destinationHigh]
    public long destinationHigh(int direction) {
        return ConnectionKey.destinationHigh(in, direction);
    }

    /// The last half.
    ///
    /// @param direction as above
    /// @return as in [ConnectionKey#destinationLow]
    public long destinationLow(int direction) {
        return ConnectionKey.destinationLow(in, direction);
    }

    /// The port to which a direction's packets go.
    ///
    /// @param direction as above
    /// @return 0 to 65535
    public int destinationPort(int direction) {
        return ConnectionKey.destinationPort(in, direction);
    }

    /// The second of the last packet in either direction.
    ///
    /// @return of the table's clock
    public int lastSeenSeconds() {
        int inbound = Memory.getInt(in + LAST_SEEN);
        int outbound = Memory.getInt(out + LAST_SEEN);
        return inbound - outbound > 0 ? inbound : outbound;
    }

    /// Idle seconds after which the connection ends.
    ///
    /// @return seconds
    public int timeoutSeconds() {
        return Memory.getInt(in + TIMEOUT);
    }

    /// The second of its creation.
    ///
    /// @return of the table's clock
    public int createdSeconds() {
        return Memory.getInt(in + CREATED);
    }

    /// Packets of a direction.
    ///
    /// @param direction [ConnectionLayout#INBOUND] or [ConnectionLayout#OUTBOUND]
    /// @return how many
    public long packets(int direction) {
        return PacketCounts.of(in, direction);
    }

    /// Bytes of a direction, counted as IP packets.
    ///
    /// @param direction [ConnectionLayout#INBOUND] or [ConnectionLayout#OUTBOUND]
    /// @return how many
    public long bytes(int direction) {
        return Memory.getLong(in + (long) direction * FLOW_LENGTH + BYTES);
    }

    @Override
    public void close() {
        copy.close();
    }
}
