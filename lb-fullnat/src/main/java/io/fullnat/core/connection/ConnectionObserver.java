// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.connection;

import static io.fullnat.core.connection.ConnectionLayout.ADDRESSES;
import static io.fullnat.core.connection.ConnectionLayout.BYTES;
import static io.fullnat.core.connection.ConnectionLayout.CREATED;
import static io.fullnat.core.connection.ConnectionLayout.ENTRY_LENGTH;
import static io.fullnat.core.connection.ConnectionLayout.FLOW_LENGTH;
import static io.fullnat.core.connection.ConnectionLayout.LAST_SEEN;
import static io.fullnat.core.connection.ConnectionLayout.OBSERVABLE;
import static io.fullnat.core.connection.ConnectionLayout.PORTS;
import static io.fullnat.core.connection.ConnectionLayout.PROTOCOL;
import static io.fullnat.core.connection.ConnectionLayout.STATE;
import static io.fullnat.core.connection.ConnectionLayout.TIMEOUT;

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
    private final Region copy = Region.allocate(ENTRY_LENGTH, "a connection's copy");
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
    /// @return 0 to the table's capacity
    public int places() {
        return table.entriesUsed();
    }

    /// Reads a place; the other methods then tell what was there.
    ///
    /// @param place 0 to [#places()] - 1
    /// @return false if there was no connection, or another one came while it was read
    public boolean read(int place) {
        long entry = table.entriesAddress() + (long) place * ENTRY_LENGTH;
        int before = Memory.getIntAcquire(entry + OBSERVABLE);
        if (before == 0 || Memory.getByte(entry + PROTOCOL) == 0) {
            return false;
        }
        Memory.copy(entry, in, ENTRY_LENGTH);
        VarHandle.acquireFence();
        return Memory.getInt(entry + OBSERVABLE) == before
                && Memory.getInt(in + OBSERVABLE) == before
                && Memory.getByte(in + PROTOCOL) != 0
                && Memory.getByte(out + PROTOCOL) != 0;
    }

    /// The protocol number.
    ///
    /// @return 6 or 17
    public int protocol() {
        return Memory.getUnsignedByte(in + PROTOCOL);
    }

    /// The state.
    ///
    /// @return the state
    public ConnectionState state() {
        return ConnectionState.of(Memory.getByte(in + STATE));
    }

    /// The client's address.
    ///
    /// @return in host order
    public int clientAddress() {
        return Memory.getNetworkInt(in + ADDRESSES);
    }

    /// The client's port.
    ///
    /// @return 0 to 65535
    public int clientPort() {
        return Memory.getNetworkShort(in + PORTS);
    }

    /// The virtual address.
    ///
    /// @return in host order
    public int virtualAddress() {
        return Memory.getNetworkInt(in + ADDRESSES + 4);
    }

    /// The virtual port.
    ///
    /// @return 0 to 65535
    public int virtualPort() {
        return Memory.getNetworkShort(in + PORTS + 2);
    }

    /// The real server's address.
    ///
    /// @return in host order
    public int serverAddress() {
        return Memory.getNetworkInt(out + ADDRESSES);
    }

    /// The real server's port.
    ///
    /// @return 0 to 65535
    public int serverPort() {
        return Memory.getNetworkShort(out + PORTS);
    }

    /// The local address.
    ///
    /// @return in host order
    public int localAddress() {
        return Memory.getNetworkInt(out + ADDRESSES + 4);
    }

    /// The local port.
    ///
    /// @return 0 to 65535
    public int localPort() {
        return Memory.getNetworkShort(out + PORTS + 2);
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
        return ConnectionLayout.packets(in, direction);
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
