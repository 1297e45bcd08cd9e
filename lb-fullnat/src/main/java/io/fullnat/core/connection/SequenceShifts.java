// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.connection;

import static io.fullnat.core.connection.ConnectionLayout.DIRECTION;
import static io.fullnat.core.connection.ConnectionLayout.INBOUND;

import io.fullnat.api.io.Memory;
import io.fullnat.core.memory.Region;

/// By how much the TCP numbers of connections are moved on their way, for as long as they last:
/// sequence numbers, timestamps (RFC 7323 §3) and the scale of windows (§2). It lies beside the
/// entries, which have no room for it; a bit of the entry says that there is something
/// ([ConnectionLayout#isShifted]).
///
/// Each entry has 16 bytes at an address that its own tells, a quarter of a cache line for both
/// directions, and 8 more elsewhere that segments hardly need:
///
/// ```
///  +0 | client | server |   what is added to the sequence numbers that each sends
///  +8 | server |in |out |   to the server's timestamps; shifts of both windows, and a byte that is
///                            negative if the client's timestamps are moved too
///
///  +0 | client | prefix |   to the client's timestamps; bytes in front of the client's stream
/// ```
///
/// What one end's numbers gain, the other's acknowledgements and echoes of them lose. So a
/// direction's packets find theirs in the word, or in the word turned round by half.
///
/// Address space for all entries; pages only where connections are shifted. **Thread-safety:**
/// none; the table's thread uses it.
public final class SequenceShifts implements AutoCloseable {
    /// The largest shift of a window, either way (RFC 7323 §2.3).
    public static final int MAX_WINDOW_SHIFT = 14;

    private static final int LENGTH_SHIFT = 4;
    private static final int LENGTH = 1 << LENGTH_SHIFT;
    private static final int MORE = 8;
    private static final int SERVER_STAMP = 8;
    private static final int WINDOWS = 12;
    private static final int CLIENT_STAMPED = 15;
    private static final int CLIENT_STAMP = 0;
    private static final int PREFIX = 4;

    private static final int LINE_SHIFT = 6;

    // A third, for an entry has three lines or more: of 32 bits, by a multiplication and a shift.
    private static final long THIRD = 0xAAAA_AAABL;
    private static final int THIRD_SHIFT = 33;

    private final Region region;
    private final Region rest;
    private final long origin;
    private final long firstFlow;
    private final TcpWindows windows;
    private boolean used;

    /// @param firstFlow where the entries begin
    /// @param length bytes of all entries
    SequenceShifts(long firstFlow, long length) {
        region = Region.reserve(place(length) + LENGTH, "sequence numbers");
        rest = Region.reserve((place(length) + LENGTH) / 2, "more of sequence numbers");
        origin = region.address();
        this.firstFlow = firstFlow;
        windows = new TcpWindows(firstFlow, length);
    }

    /// Whether a connection was ever shifted.
    ///
    /// @return false as long as none was
    public boolean isUsed() {
        return used;
    }

    /// Where the numbers of a connection lie: to be loaded early for all packets of a burst.
    ///
    /// @param flow of an entry, in use or not
    /// @return address of 16 bytes in one cache line, which may hold anything
    public long at(long flow) {
        return at(flow, Memory.getByte(flow + DIRECTION));
    }

    /// The same if the direction is known.
    ///
    /// @param flow as above
    /// @param direction of the flow
    /// @return as above
    public long at(long flow, int direction) {
        return atNarrow(ConnectionLayout.entryOf(flow, direction));
    }

    /// The same for a flow of an entry that is not wide, of any direction: both of its flows are
    /// within the same three lines.
    ///
    /// @param flow of an entry that is not wide
    /// @return as above; of a flow of another entry an address within the region
    public long atNarrow(long flow) {
        return origin + place(flow - firstFlow);
    }

    private long rest(long entry) {
        return rest.address() + place(entry - firstFlow) / 2;
    }

    private static long place(long offset) {
        return (((offset >>> LINE_SHIFT) * THIRD) >>> THIRD_SHIFT) << LENGTH_SHIFT;
    }

    /// What packets of a flow add to their numbers.
    ///
    /// @param flow of a connection that is shifted
    /// @return in the lower half what to add to the sequence number, in the upper half to the
    ///   acknowledgement
    public long of(long flow) {
        int direction = Memory.getByte(flow + DIRECTION);
        return turned(ownAndOther(at(flow, direction), direction));
    }

    /// The same for a segment with a SYN, which stands in front of all that was put in front.
    ///
    /// @param flow of a connection that is shifted
    /// @param direction of the flow
    /// @return as above
    public long ofSyn(long flow, int direction) {
        long shift = of(flow);
        int prefix = prefix(ConnectionLayout.entryOf(flow, direction));
        return direction == INBOUND
                ? join((int) shift - prefix, acknowledgement(shift))
                : join((int) shift, acknowledgement(shift) + prefix);
    }

    /// What packets of a flow add to their timestamps.
    ///
    /// @param flow of a connection that is shifted
    /// @return in the lower half what to add to a timestamp, in the upper half to its echo; 0 if
    ///   both stay as they are
    public long stamps(long flow) {
        int direction = Memory.getByte(flow + DIRECTION);
        long at = at(flow, direction);
        long server = turned(stampsOwnAndOther(at, direction));
        if (Memory.getByte(at + CLIENT_STAMPED) >= 0) {
            return server;
        }
        int client = Memory.getInt(rest(ConnectionLayout.entryOf(flow, direction)) + CLIENT_STAMP);
        return direction == INBOUND
                ? join(client, acknowledgement(server))
                : join((int) server, -client);
    }

    /// By how many bits the windows in packets of a flow are shifted.
    ///
    /// @param flow of a connection that is shifted
    /// @return as given to [#windows(long, int, int)]
    public int window(long flow) {
        int direction = Memory.getByte(flow + DIRECTION);
        return window(at(flow, direction), direction);
    }

    /// [#of] by the address of the numbers, in the order in which a segment has them.
    ///
    /// @param at from [#at]
    /// @param direction of the flow
    /// @return in the upper half what to add to the sequence number, in the lower half what to take
    ///   from the acknowledgement
    public static long ownAndOther(long at, int direction) {
        return Long.rotateRight(Memory.getLong(at), (direction ^ 1) * Integer.SIZE);
    }

    /// [#stamps] in the same way, if only the server's are moved.
    ///
    /// @param at from [#at]
    /// @param direction of the flow
    /// @return in the upper half what to add to the timestamp, in the lower half what to take from
    ///   the echo of one
    public static long stampsOwnAndOther(long at, int direction) {
        return (Memory.getInt(at + SERVER_STAMP) & 0xFFFF_FFFFL) << (direction * Integer.SIZE);
    }

    /// Whether anything else than sequence numbers is moved.
    ///
    /// @param at from [#at]
    /// @return 0 if timestamps and windows stay as they are, a negative number if the client's
    ///   timestamps are moved, else a positive one
    public static long more(long at) {
        return Memory.getLong(at + MORE);
    }

    /// [#window] by the address of the numbers.
    ///
    /// @param at from [#at]
    /// @param direction of the flow
    /// @return as [#window]
    public static int window(long at, int direction) {
        return Memory.getByte(at + WINDOWS + direction);
    }

    private static long turned(long ownAndOther) {
        return join((int) (ownAndOther >>> Integer.SIZE), -(int) ownAndOther);
    }

    /// What a shift adds to an acknowledgement.
    ///
    /// @param shift from [#of]
    /// @return a number that wraps
    public static int acknowledgement(long shift) {
        return (int) (shift >>> Integer.SIZE);
    }

    /// Moves the numbers of a connection from its next packet on, and nothing else: timestamps and
    /// windows stay as they are.
    ///
    /// @param entry of the connection, in use
    /// @param client what is added to the client's numbers towards the real server
    /// @param server what is added to the real server's numbers towards the client
    public void set(long entry, int client, int server) {
        long at = at(entry, INBOUND);
        Memory.putLong(at, join(client, server));
        Memory.putLong(at + MORE, 0);
        Memory.putLong(rest(entry), 0);
        used = true;
        ConnectionLayout.shifted(entry, true);
        watch(entry);
    }

    /// Moves the real server's numbers of a connection from its next packet on; the client's are
    /// moved as before.
    ///
    /// @param entry of a connection in use, which is shifted from now on
    /// @param server what is added to the real server's numbers towards the client
    public void server(long entry, int server) {
        begin(entry);
        Memory.putInt(at(entry, INBOUND) + Integer.BYTES, server);
    }

    /// Moves the timestamps of a connection from its next packet on: those that an end sends, and
    /// back again where the other end echoes them.
    ///
    /// @param entry of a connection in use, which is shifted from now on
    /// @param client what is added to the client's timestamps towards the real server
    /// @param server what is added to the real server's timestamps towards the client
    public void timestamps(long entry, int client, int server) {
        begin(entry);
        long at = at(entry, INBOUND);
        Memory.putInt(at + SERVER_STAMP, server);
        Memory.putByte(at + CLIENT_STAMPED, client == 0 ? 0 : -1);
        Memory.putInt(rest(entry) + CLIENT_STAMP, client);
    }

    /// Shifts the windows that a connection's segments advertise, from its next packet on, for ends
    /// of which each believes another scale than the other has. A segment with a SYN keeps its
    /// window, which is never scaled.
    ///
    /// A window that becomes too large for its 16 bits is the largest there is: less than its
    /// sender allows. One that becomes smaller is rounded down, but never to 0: an end that may
    /// send little would take it for a closed window, and a server whose buffer is smaller than one
    /// step of the client's scale would never get anything but probes. What is sent beyond the
    /// window then is less than one such step, and sent again.
    ///
    /// @param entry of a connection in use, which is shifted from now on
    /// @param inbound bits by which windows of the client are shifted to the left, towards larger
    ///   ones; negative: to the right; -14 to 14
    /// @param outbound the same for windows of the real server
    public void windows(long entry, int inbound, int outbound) {
        requireShift(inbound);
        requireShift(outbound);
        begin(entry);
        long at = at(entry, INBOUND) + WINDOWS;
        Memory.putByte(at + INBOUND, inbound);
        Memory.putByte(at + ConnectionLayout.OUTBOUND, outbound);
    }

    private static void requireShift(int bits) {
        if (Math.abs(bits) > MAX_WINDOW_SHIFT) {
            throw new IllegalArgumentException("a window shifted by " + bits);
        }
    }

    /// What a window becomes that is shifted.
    ///
    /// @param window as a segment without a SYN advertises it, 0 to 65535
    /// @param bits from [#window]
    /// @return 0 to 65535
    public static int scaled(int window, int bits) {
        return bits >= 0
                ? Math.min(window << bits, 0xFFFF)
                : Math.max(window >>> -bits, Math.min(window, 1));
    }

    /// Puts bytes in front of the client's stream, behind its SYN: numbers of what follows move by
    /// as many more.
    ///
    /// @param entry of a connection in use, which is shifted from now on
    /// @param bytes how many, 0 or more; instead of what was there
    public void prefix(long entry, int bytes) {
        begin(entry);
        long at = at(entry, INBOUND);
        Memory.putInt(at, Memory.getInt(at) + bytes - prefix(entry));
        Memory.putInt(rest(entry) + PREFIX, bytes);
    }

    private void begin(long entry) {
        if (!ConnectionLayout.isShifted(entry)) {
            set(entry, 0, 0);
        }
    }

    /// How many bytes were put in front of the client's stream.
    ///
    /// @param entry of a connection that is shifted
    /// @return 0 or more
    public int prefix(long entry) {
        return Memory.getInt(rest(entry) + PREFIX);
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

    private static long join(int lower, int upper) {
        return ((long) upper << Integer.SIZE) | (lower & 0xFFFF_FFFFL);
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
        rest.close();
        region.close();
    }
}
