// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.connection;

import static io.fullnat.core.connection.ConnectionLayout.FLOW_LENGTH;

import io.fullnat.api.io.Memory;
import io.fullnat.core.memory.Region;

/// By how much the TCP sequence numbers of connections are moved on their way, for as long as they
/// last: beside the entries, which have no room for it. A bit of the entry says that there is
/// something here ([ConnectionLayout#isShifted]).
///
/// Each flow has 8 bytes at an address that a shift and an addition find: what its packets add to
/// their sequence number and what to their acknowledgement, modulo 2^32. The entry's third line has
/// as many, for the bytes that were put in front of the client's stream.
///
/// Address space for all entries; pages only where connections are shifted. **Thread-safety:**
/// none; the table's thread uses it.
public final class SequenceShifts implements AutoCloseable {
    /// Bytes of a flow's part.
    private static final int LENGTH = 8;

    /// From a flow's address to that of its part: a cache line has 8 bytes.
    private static final int SCALE = 3;

    private final Region region;
    private final long origin;
    private final TcpWindows windows;

    /// @param firstFlow where the entries begin
    /// @param length bytes of all entries
    SequenceShifts(long firstFlow, long length) {
        region = Region.reserve((length >>> SCALE) + LENGTH, "sequence numbers");
        origin = region.address() - (firstFlow >>> SCALE);
        windows = new TcpWindows(firstFlow, length);
    }

    /// Where the numbers of a flow lie: to be loaded early for all packets of a burst.
    ///
    /// @param flow any, of an entry in use or not
    /// @return address of 8 bytes, which may hold anything
    public long at(long flow) {
        return origin + (flow >>> SCALE);
    }

    /// What packets of a flow add to their numbers.
    ///
    /// @param flow of a connection that is shifted
    /// @return in the lower half what to add to the sequence number, in the upper half to the
    ///   acknowledgement
    public long of(long flow) {
        return Memory.getLong(at(flow));
    }

    /// The same for a segment with a SYN, which stands in front of all that was put in front.
    ///
    /// @param flow of a connection that is shifted
    /// @param direction of the flow
    /// @return as above
    public long ofSyn(long flow, int direction) {
        long shift = of(flow);
        int prefix = prefix(ConnectionLayout.entryOf(flow, direction));
        return direction == ConnectionLayout.INBOUND
                ? join((int) shift - prefix, acknowledgement(shift))
                : join((int) shift, acknowledgement(shift) + prefix);
    }

    /// What a shift adds to an acknowledgement.
    ///
    /// @param shift from [#of]
    /// @return a number that wraps
    public static int acknowledgement(long shift) {
        return (int) (shift >>> Integer.SIZE);
    }

    /// Moves the numbers of a connection from its next packet on.
    ///
    /// @param entry of the connection, in use
    /// @param client what is added to the client's numbers towards the real server
    /// @param server what is added to the real server's numbers towards the client
    public void set(long entry, int client, int server) {
        Memory.putLong(at(entry), join(client, -server));
        Memory.putLong(at(entry + FLOW_LENGTH), join(server, -client));
        Memory.putLong(at(entry + 2 * FLOW_LENGTH), 0);
        ConnectionLayout.shifted(entry, true);
        watch(entry);
    }

    /// Puts bytes in front of the client's stream, behind its SYN: numbers of what follows move by
    /// as many more.
    ///
    /// @param entry of a connection in use, which is shifted from now on
    /// @param bytes how many, 0 or more; instead of what was there
    public void prefix(long entry, int bytes) {
        if (!ConnectionLayout.isShifted(entry)) {
            set(entry, 0, 0);
        }
        int more = bytes - prefix(entry);
        long in = of(entry);
        long out = of(entry + FLOW_LENGTH);
        Memory.putLong(at(entry), join((int) in + more, acknowledgement(in)));
        Memory.putLong(at(entry + FLOW_LENGTH), join((int) out, acknowledgement(out) - more));
        Memory.putInt(at(entry + 2 * FLOW_LENGTH), bytes);
    }

    /// How many bytes were put in front of the client's stream.
    ///
    /// @param entry of a connection that is shifted
    /// @return 0 or more
    public int prefix(long entry) {
        return Memory.getInt(at(entry + 2 * FLOW_LENGTH));
    }

    /// Leaves the numbers of a connection as they are from its next packet on.
    ///
    /// @param entry of the connection, in use
    public void clear(long entry) {
        ConnectionLayout.shifted(entry, false);
        watch(entry);
    }

    private static void watch(long entry) {
        TcpMoves.watch(entry, ConnectionState.of(Memory.getByte(entry + ConnectionLayout.STATE)));
    }

    private static long join(int sequence, int acknowledgement) {
        return ((long) acknowledgement << Integer.SIZE) | (sequence & 0xFFFF_FFFFL);
    }

    /// What else is known of sequence numbers beside the entries.
    ///
    /// @return the windows of connections that are looked at
    public TcpWindows windows() {
        return windows;
    }

    @Override
    public void close() {
        windows.close();
        region.close();
    }
}
