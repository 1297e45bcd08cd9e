// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.connection;

import static io.fullnat.core.connection.ConnectionLayout.BYTES;
import static io.fullnat.core.connection.ConnectionLayout.DIRECTION;
import static io.fullnat.core.connection.ConnectionLayout.FLOW_LENGTH;
import static io.fullnat.core.connection.ConnectionLayout.INBOUND;
import static io.fullnat.core.connection.ConnectionLayout.LAST_SEEN;
import static io.fullnat.core.connection.ConnectionLayout.OUTBOUND;
import static io.fullnat.core.connection.ConnectionLayout.PACKETS;

import io.fullnat.api.io.Memory;
import io.fullnat.core.memory.Region;

/// By how much the TCP numbers of connections are moved on their way, for as long as they last:
/// sequence numbers, timestamps (RFC 7323 §3) and the scale of windows (§2). It lies beside the
/// entries, which have no room for it; a bit of the entry says that there is something
/// ([ConnectionLayout#isShifted]), and its flows what most segments need of it ([MovedFlow]).
///
/// Each entry has a cache line at an address that its own tells:
///
/// ```
///  +0 | client | server |   what is added to the sequence numbers that each sends
///  +8 | server |in |out |   to the server's timestamps; shifts of both windows, and a byte that is
///                            negative if the client's timestamps are moved too
/// +16 | client | prefix |   to the client's timestamps; bytes in front of the client's stream
/// +32 | packets| bytes  |   of packets from the client, what its flow has counted and forgotten
/// +48 the same of packets from the real server
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

    private static final int LINE_SHIFT = 6;
    private static final int LENGTH = 1 << LINE_SHIFT;
    private static final int SERVER = 4;
    private static final int MORE = 8;
    private static final int SERVER_STAMP = 8;
    private static final int WINDOWS = 12;
    private static final int CLIENT_STAMPED = 15;
    private static final int CLIENT_STAMP = 16;
    private static final int PREFIX = 20;
    private static final int COUNTS = 32;
    private static final int COUNTS_SHIFT = 4;
    private static final int COUNTED_BYTES = 8;

    // A third, for an entry has three lines or more: of 32 bits, by a multiplication and a shift.
    private static final long THIRD = 0xAAAA_AAABL;
    private static final int THIRD_SHIFT = 33;

    private final Region region;
    private final long origin;
    private final long firstFlow;
    private final TcpWindows windows;
    private boolean used;

    /// @param firstFlow where the entries begin
    /// @param length bytes of all entries
    SequenceShifts(long firstFlow, long length) {
        region = Region.reserve(place(length) + LENGTH, "sequence numbers");
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
    /// @return address of a cache line, which may hold anything
    public long at(long flow) {
        return at(flow, Memory.getByte(flow + DIRECTION));
    }

    /// The same if the direction is known.
    ///
    /// @param flow as above
    /// @param direction of the flow
    /// @return as above
    public long at(long flow, int direction) {
        return origin + place(ConnectionLayout.entryOf(flow, direction) - firstFlow);
    }

    private static long place(long offset) {
        return (((offset >>> LINE_SHIFT) * THIRD) >>> THIRD_SHIFT) << LINE_SHIFT;
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
        int client = Memory.getInt(at + CLIENT_STAMP);
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
        Memory.putLong(at + CLIENT_STAMP, 0);
        if (ConnectionLayout.isShifted(entry)) {
            write(entry);
        } else {
            used = true;
            int observable = ConnectionLayout.hide(entry);
            takeCounts(entry, INBOUND);
            takeCounts(entry, OUTBOUND);
            write(entry);
            ConnectionLayout.shifted(entry, true);
            ConnectionLayout.show(entry, observable);
        }
        watch(entry);
    }

    private void takeCounts(long entry, int direction) {
        long flow = entry + (long) direction * FLOW_LENGTH;
        long counts = counts(entry, direction);
        Memory.putLong(counts, PacketCounts.of(entry, direction));
        Memory.putLong(counts + COUNTED_BYTES, Memory.getLong(flow + BYTES));
        Memory.putInt(flow + MovedFlow.COUNTED, 0);
    }

    private long counts(long entry, int direction) {
        return at(entry, INBOUND) + COUNTS + ((long) direction << COUNTS_SHIFT);
    }

    /// Writes into the flows of a connection what they have room for.
    private void write(long entry) {
        long at = at(entry, INBOUND);
        int client = Memory.getInt(at);
        int server = Memory.getInt(at + SERVER);
        int stamp = Memory.getInt(at + SERVER_STAMP);
        long out = entry + FLOW_LENGTH;
        boolean isServers = server != 0 || stamp != 0;
        if ((client != 0 && isServers) || Memory.getByte(at + CLIENT_STAMPED) < 0) {
            MovedFlow.far(entry);
            MovedFlow.far(out);
            return;
        }
        int inWindow = window(at, INBOUND);
        int outWindow = window(at, OUTBOUND);
        if (isServers) {
            MovedFlow.near(entry, true, -server, -stamp, inWindow);
            MovedFlow.near(out, false, server, stamp, outWindow);
        } else {
            MovedFlow.near(entry, false, client, 0, inWindow);
            MovedFlow.near(out, true, -client, 0, outWindow);
        }
    }

    /// Moves the real server's numbers of a connection from its next packet on; the client's are
    /// moved as before.
    ///
    /// @param entry of a connection in use, which is shifted from now on
    /// @param server what is added to the real server's numbers towards the client
    public void server(long entry, int server) {
        begin(entry);
        Memory.putInt(at(entry, INBOUND) + SERVER, server);
        write(entry);
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
        Memory.putInt(at + CLIENT_STAMP, client);
        write(entry);
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
        Memory.putByte(at + OUTBOUND, outbound);
        write(entry);
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
        Memory.putInt(at + PREFIX, bytes);
        write(entry);
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
        return Memory.getInt(at(entry, INBOUND) + PREFIX);
    }

    /// Leaves the numbers of a connection as they are from its next packet on.
    ///
    /// @param entry of the connection, in use
    public void clear(long entry) {
        if (ConnectionLayout.isShifted(entry)) {
            int observable = ConnectionLayout.hide(entry);
            unpack(entry, entry, INBOUND);
            unpack(entry, entry, OUTBOUND);
            ConnectionLayout.shifted(entry, false);
            ConnectionLayout.show(entry, observable);
        }
        watch(entry);
    }

    /// Makes a flow of an entry, or of its copy, one that counts as all do.
    private void unpack(long entry, long copy, int direction) {
        long flow = copy + (long) direction * FLOW_LENGTH;
        int counted = Memory.getInt(flow + MovedFlow.COUNTED);
        long counts = counts(entry, direction);
        PacketCounts.set(copy, direction, Memory.getLong(counts) + MovedFlow.packets(counted));
        Memory.putLong(
                flow + BYTES, Memory.getLong(counts + COUNTED_BYTES) + MovedFlow.bytes(counted));
        MovedFlow.none(flow);
    }

    /// Notes a packet in its flow, whether its numbers are moved or not.
    ///
    /// @param flow of a connection in use
    /// @param totalLength of the packet as it came
    /// @param nowSeconds the present time
    public void count(long flow, int totalLength, int nowSeconds) {
        if (MovedFlow.is(flow)) {
            countMoved(flow, totalLength, nowSeconds);
            return;
        }
        Memory.putInt(flow + LAST_SEEN, nowSeconds);
        Memory.putInt(flow + PACKETS, Memory.getInt(flow + PACKETS) + 1);
        Memory.addLong(flow + BYTES, totalLength);
    }

    /// The same if its numbers are moved.
    ///
    /// @param flow of a connection that is shifted
    /// @param totalLength of the packet as it came
    /// @param nowSeconds the present time
    public void countMoved(long flow, int totalLength, int nowSeconds) {
        Memory.putInt(flow + LAST_SEEN, nowSeconds);
        int counted = MovedFlow.count(flow, totalLength);
        if (MovedFlow.isFull(counted)) {
            takeOver(flow, counted);
        }
    }

    /// An observer that reads the flow meanwhile sees that it is full, or that more packets were
    /// taken over after its look than before: so these are written first of all.
    private void takeOver(long flow, int counted) {
        int direction = Memory.getByte(flow + DIRECTION);
        long counts = counts(ConnectionLayout.entryOf(flow, direction), direction);
        long bytes = Memory.getLong(counts + COUNTED_BYTES) + MovedFlow.bytes(counted);
        Memory.putLongRelease(counts, Memory.getLong(counts) + MovedFlow.packets(counted));
        Memory.putLongRelease(counts + COUNTED_BYTES, bytes);
        Memory.putIntRelease(flow + MovedFlow.COUNTED, 0);
    }

    /// How many packets of a connection its flows have counted and forgotten. Any thread may ask.
    ///
    /// @param entry of a connection that is shifted
    /// @return of both directions
    long takenOver(long entry) {
        return Memory.getLongAcquire(counts(entry, INBOUND))
                + Memory.getLongAcquire(counts(entry, OUTBOUND));
    }

    /// Makes a copy of an entry count as all do.
    ///
    /// @param entry of a connection that is shifted
    /// @param copy of it
    /// @return false, with nothing done, if one of its flows was just taken over
    boolean unpack(long entry, long copy) {
        int inbound = Memory.getInt(copy + MovedFlow.COUNTED);
        int outbound = Memory.getInt(copy + FLOW_LENGTH + MovedFlow.COUNTED);
        if (MovedFlow.isFull(inbound | outbound)) {
            return false;
        }
        unpack(entry, copy, INBOUND);
        unpack(entry, copy, OUTBOUND);
        return true;
    }

    /// The bytes of a connection's packets from the client.
    ///
    /// @param entry of a connection in use
    /// @return as received, counted as IP packets
    public long inboundBytes(long entry) {
        return MovedFlow.is(entry)
                ? Memory.getLong(counts(entry, INBOUND) + COUNTED_BYTES)
                        + MovedFlow.bytes(Memory.getInt(entry + MovedFlow.COUNTED))
                : Memory.getLong(entry + BYTES);
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
        region.close();
    }
}
