// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.connection;

import io.fullnat.api.io.Memory;
import java.lang.invoke.VarHandle;

/// How a connection lies in memory: an *entry* of three cache lines, one for each direction and one
/// that packets do not touch. A packet finds all it needs in its direction's flow.
///
/// ```
///          0        4        8        12  13  14  15
///   +0    | source | destin.| ports  |pro|dir|sta|evt|   the key, as it lies in the packet
///  +16    | new src| new dst| n.ports| IP step       |   what FullNAT writes, checksum deltas
///  +32    | hop|dL4| traffic| seen   | generation    |   next hop, counters, last packet, routes
///  +48    |packets |ackn.  | bytes                  |   of this direction, latest acknowledgement
///  +64    the same for packets from the real server
/// +128    | next   | previous| armed | timeout       |   timer list and deadline, seconds
/// +144    | alloc  | local  |in end  | created       |   whom to tell when it ends
/// +160    | stamp  | owner  |observ. |out end        |   creation number, whose it is
/// +176    | next   | previous|in|out wraps|mar|que|wid|mod|   may give way; how it is handled
/// ```
///
/// An entry is *wide* if a packet of it, as it comes or as it is sent, is IPv6. Two lines more
/// follow then, one for each direction, with room for addresses of 16 bytes; each lies as far
/// behind its flow. All other fields are where they are in every entry, so that timers, states,
/// counters and listings need not know which it is. A key of IPv4 stays where it was, in a wide
/// entry too.
///
/// ```
///          0                           16
/// +192    | source                    | destination       |   the key of packets to the service
/// +224    | new source                | new destination   |
/// +256    the same for packets from the real server
/// ```
///
/// What a flow writes is of the family of the *other* direction's key, since its packets become the
/// reverse of that: IPv6 at +224, IPv4 where it always is. In a wide entry the IP step of a flow
/// that writes IPv4 holds nothing to take away, but in its upper half the sum of both new
/// addresses, for a header that is made anew; that of one that writes IPv6 is not used.
///
/// A connection's *owner* is the slot of its service. An *end* is the sequence number that
/// acknowledges a direction's last SYN or FIN; with *marks* they are [TcpMoves]'.
///
/// Addresses, ports and deltas are kept as the bytes of the packet, so that the fast path neither
/// swaps nor extracts: it compares and copies words. The deltas are folded one's-complement sums
/// (RFC 1624), that of the IP header with the step of the time to live in it. New destination and
/// ports follow each other as they do in a packet without IP options.
///
/// The state stands in both flows, so that neither direction reads the other's; it changes a few
/// times in a connection's life.
public final class ConnectionLayout {
    /// Bytes of an entry.
    public static final int ENTRY_LENGTH = 192;

    /// Bytes of a wide entry.
    public static final int WIDE_ENTRY_LENGTH = 320;

    /// From a flow of a wide entry to the 32 bytes of its key's IPv6 addresses.
    public static final int WIDE_ADDRESSES = 192;

    /// From a flow of a wide entry to the 32 bytes of IPv6 addresses to write.
    public static final int NEW_WIDE_ADDRESSES = 224;

    /// Bytes of a direction's flow.
    public static final int FLOW_LENGTH = 64;

    /// Packets from the client to the virtual address.
    public static final int INBOUND = 0;

    /// Packets from the real server to the local address.
    public static final int OUTBOUND = 1;

    /// Source and destination address, 8 bytes.
    public static final int ADDRESSES = 0;

    /// Source and destination port, 4 bytes; read as 8 with [#KEY_MASK] it holds the protocol too.
    public static final int PORTS = 8;

    /// The protocol, 1 byte; 0 in an entry that is free.
    public static final int PROTOCOL = 12;

    /// [#INBOUND] or [#OUTBOUND], 1 byte.
    public static final int DIRECTION = 13;

    /// The ordinal of the [ConnectionState], 1 byte.
    public static final int STATE = 14;

    /// Which TCP flags are an event in that state, 1 byte: see [StateTable#isQuiet].
    public static final int EVENTS = 15;

    /// Selects ports and protocol of the 8 bytes at [#PORTS].
    public static final long KEY_MASK = 0xFF_FFFF_FFFFL;

    /// Source and destination address to write, 8 bytes.
    public static final int NEW_ADDRESSES = 16;

    /// Source and destination port to write, 4 bytes.
    public static final int NEW_PORTS = 24;

    /// What to take from the word of time to live, protocol and IP checksum, 4 bytes: 1 and, in the
    /// upper half, the delta of the checksum.
    public static final int IP_STEP = 28;

    /// Index of the next hop, 2 bytes.
    public static final int NEXT_HOP = 32;

    /// The delta of the TCP or UDP checksum, 2 bytes.
    public static final int L4_DELTA = 34;

    /// Where the real server's counters of this direction are, 4 bytes, the uppermost of which is 0
    /// or a [MovedFlow]'s: see [#traffic].
    public static final int TRAFFIC = 36;

    /// Second of the last packet, 4 bytes.
    public static final int LAST_SEEN = 40;

    /// Routing generation for which [#NEXT_HOP] holds, and the device by which packets of this
    /// direction come, in one number of 4 bytes; before the first one, by which device it is due.
    public static final int GENERATION = 44;

    /// Packets of this direction, the low 4 bytes: see [PacketCounts].
    public static final int PACKETS = 48;

    /// The acknowledgement number of the latest segment of this direction, 4 bytes as they lie in
    /// the packet: how far its sender has received. Until a server was heard, when it was asked, of
    /// TCP and UDP, and of its client the end of another SYN ([TcpMoves]). Of a client whose
    /// datagrams may name another server ([#isRouted]), a print of the id that has named this one.
    /// Else of UDP, anything.
    public static final int ACKNOWLEDGED = 52;

    /// Their bytes as received, counted as IP packets, 8 bytes.
    public static final int BYTES = 56;

    static final int TIMER_NEXT = 128;
    static final int TIMER_PREVIOUS = 132;
    static final int ARMED = 136;

    /// Idle seconds after which the connection ends in its present state, 4 bytes.
    public static final int TIMEOUT = 140;

    /// The port allocator, 4 bytes.
    public static final int ALLOCATOR = 144;

    /// Slot of the local address's counters, 4 bytes; [#NO_LOCAL] if the connection has none.
    public static final int LOCAL = 148;

    /// Instead of a local address's slot.
    public static final int NO_LOCAL = -1;

    static final int IN_END = 152;

    /// Second of creation, 4 bytes.
    public static final int CREATED = 156;

    /// The creation number, 4 bytes; it wraps.
    public static final int STAMP = 160;

    /// Whose it is: the slot of its service, 4 bytes.
    public static final int OWNER = 164;

    /// 0 while the entry is being filled, then the creation number (-1 for 0), 4 bytes: how a
    /// [ConnectionObserver] knows that what it read belongs together.
    static final int OBSERVABLE = 168;

    static final int OUT_END = 172;
    static final int QUEUE_NEXT = 176;
    static final int QUEUE_PREVIOUS = 180;
    static final int IN_WRAPS = 184;
    static final int OUT_WRAPS = 186;

    /// What [TcpMoves] has seen, 1 byte.
    static final int MARKS = 188;

    /// In which list of [Shares] it is, 1 byte; 0 for none.
    static final int QUEUE = 189;

    /// Which keys are of IPv6: a bit for each direction, 1 byte, neither in an entry that is not
    /// wide. Above them, whether its packets are metered, whether its sequence numbers are moved,
    /// whether its server's answer is awaited, whether windows are looked at, whether the balancer
    /// shakes hands for its client, and whether its datagrams name their server.
    static final int WIDE_KEYS = 190;

    /// How the connection is handled, 1 byte: in its lowest bits the number of its forwarding mode,
    /// above that of its state table, then whether only answers find it, for whom it is counted,
    /// and in its uppermost whether its packets are modified.
    static final int HANDLING = 191;

    /// A connection is counted as its client's.
    public static final int COUNTED_CLIENT = 1;

    /// A connection is counted as that of its client's network.
    public static final int COUNTED_NETWORK = 2;

    private static final int MODE_MASK = 7;
    private static final int TRACKING_SHIFT = 3;
    private static final int TRACKING_MASK = 1;
    private static final int UNINDEXED = 16;
    private static final int COUNTED_SHIFT = 5;
    private static final int COUNTED_MASK = 3;
    private static final int MODIFIED = 128;
    private static final int KEYS_MASK = 3;
    private static final int METERED = 4;
    private static final int SHIFTED = 8;
    private static final int AWAITED = 16;
    private static final int WINDOWED = 32;
    private static final int PENDING = 64;
    private static final int ROUTED = 128;
    private static final int EACH = ROUTED | PENDING | WINDOWED | SHIFTED | METERED;
    private static final int NEVER_PLAIN = MODIFIED << Byte.SIZE | EACH | KEYS_MASK;

    private static final int LINE_SHIFT = 6;
    private static final int TRAFFIC_MASK = 0xFF_FFFF;

    private ConnectionLayout() {}

    /// Where the real server's counters are, of a flow of any kind.
    ///
    /// @param flow of a connection in use
    /// @return what was written at [#TRAFFIC]
    public static int traffic(long flow) {
        return Memory.getInt(flow + TRAFFIC) & TRAFFIC_MASK;
    }

    /// The number by which lists name an entry: its cache line, from 1, so that 0 is none. Costs a
    /// shift, where counting entries would cost a division; without a sign, for the entries may be
    /// 4 · 2^30 lines.
    static int number(long firstEntry, long entry) {
        return (int) ((entry - firstEntry) >>> LINE_SHIFT) + 1;
    }

    /// The entry that has a number.
    static long entry(long firstEntry, int number) {
        return firstEntry + ((Integer.toUnsignedLong(number) - 1) << LINE_SHIFT);
    }

    /// Whether an entry has the two lines more.
    ///
    /// @param entry an entry in use, or a copy
    /// @return true if one of its keys is of IPv6
    public static boolean isWide(long entry) {
        return (Memory.getByte(entry + WIDE_KEYS) & KEYS_MASK) != 0;
    }

    /// Whether a direction's key is of IPv6.
    ///
    /// @param entry an entry in use, or a copy
    /// @param direction of the packets
    /// @return true if it lies at [#WIDE_ADDRESSES], false if at [#ADDRESSES]
    public static boolean hasWideKey(long entry, int direction) {
        return (Memory.getByte(entry + WIDE_KEYS) >>> direction & 1) != 0;
    }

    /// Whether packets of one direction are of IPv6 and of the other of IPv4: each is translated
    /// from one into the other.
    ///
    /// @param entry an entry in use, or a copy
    /// @return false for a connection of one family, whichever
    public static boolean isCrossFamily(long entry) {
        int keys = Memory.getByte(entry + WIDE_KEYS) & KEYS_MASK;
        return keys == 1 << INBOUND || keys == 1 << OUTBOUND;
    }

    /// Whether packets of a connection are events, whatever its state, all of them or at least
    /// those of its client: it is modified, metered or compared with windows, the balancer shakes
    /// hands for its client, its datagrams may name another server, its numbers are moved, or it is
    /// of both families. No bit of both bytes is set in any other connection of IPv4. They are read
    /// one by one: a read of two bytes that were written singly a moment ago waits until both have
    /// reached the cache.
    ///
    /// @param entry an entry in use
    /// @return false if its packets are only translated, for the most part
    public static boolean isNeverPlain(long entry) {
        int word =
                Memory.getUnsignedByte(entry + WIDE_KEYS)
                        | Memory.getUnsignedByte(entry + HANDLING) << Byte.SIZE;
        return (word & NEVER_PLAIN) != 0
                && ((word & EACH) != 0 || isModified(entry) || isCrossFamily(entry));
    }

    /// The number of a connection's forwarding mode.
    ///
    /// @param entry an entry in use, or a copy
    /// @return 0 to 7
    public static int mode(long entry) {
        return Memory.getByte(entry + HANDLING) & MODE_MASK;
    }

    /// Which of its protocol's state tables a connection has.
    ///
    /// @param entry an entry in use, or a copy
    /// @return [StateTable#TWO_SIDED] or [StateTable#ONE_SIDED]
    public static int tracking(long entry) {
        return Memory.getByte(entry + HANDLING) >>> TRACKING_SHIFT & TRACKING_MASK;
    }

    /// Writes how a connection is handled, before it is started.
    ///
    /// @param entry of the connection
    /// @param mode the number of its forwarding mode, 0 to 7
    /// @param tracking as in [#tracking]
    public static void handling(long entry, int mode, int tracking) {
        Memory.putByte(entry + HANDLING, tracking << TRACKING_SHIFT | mode);
    }

    /// For whom a connection is counted, beside its service and its real server.
    ///
    /// @param entry an entry in use
    /// @return [#COUNTED_CLIENT], [#COUNTED_NETWORK], both or neither
    public static int counted(long entry) {
        return Memory.getByte(entry + HANDLING) >>> COUNTED_SHIFT & COUNTED_MASK;
    }

    /// Says for whom it is counted.
    ///
    /// @param entry an entry in use, whose handling is set
    /// @param counted as [#counted(long)] returns it
    public static void counted(long entry, int counted) {
        int others = Memory.getByte(entry + HANDLING) & ~(COUNTED_MASK << COUNTED_SHIFT);
        Memory.putByte(entry + HANDLING, others | counted << COUNTED_SHIFT);
    }

    /// Whether something is done to a connection's packets beyond their translation. Each packet of
    /// such a connection is an event.
    ///
    /// @param entry an entry in use
    /// @return true if it has a packet modifier
    public static boolean isModified(long entry) {
        return (Memory.getByte(entry + HANDLING) & MODIFIED) != 0;
    }

    /// Notes whether a connection has a packet modifier; [TcpMoves#watch] is to follow.
    ///
    /// @param entry of the connection
    /// @param modified whether it has one
    public static void modified(long entry, boolean modified) {
        int others = Memory.getByte(entry + HANDLING) & ~MODIFIED;
        Memory.putByte(entry + HANDLING, modified ? others | MODIFIED : others);
    }

    /// Whether a connection's packets are counted against a limit of their service. Each packet of
    /// such a connection is an event.
    ///
    /// @param entry an entry in use
    /// @return false if its packets pass however many there are
    public static boolean isMetered(long entry) {
        return (Memory.getByte(entry + WIDE_KEYS) & METERED) != 0;
    }

    /// Whether it is to be measured when the real server answers.
    ///
    /// @param entry an entry in use
    /// @return false once it has, or if nobody wants to know
    public static boolean isAwaited(long entry) {
        return (Memory.getByte(entry + WIDE_KEYS) & AWAITED) != 0;
    }

    /// Notes whether it is to be measured when the real server answers.
    ///
    /// @param entry of the connection
    /// @param awaited whether it is
    public static void awaited(long entry, boolean awaited) {
        int others = Memory.getByte(entry + WIDE_KEYS) & ~AWAITED;
        Memory.putByte(entry + WIDE_KEYS, awaited ? others | AWAITED : others);
    }

    /// Notes whether a connection's packets are counted; [TcpMoves#watch] is to follow.
    ///
    /// @param entry of the connection
    /// @param metered whether they are
    public static void metered(long entry, boolean metered) {
        int others = Memory.getByte(entry + WIDE_KEYS) & ~METERED;
        Memory.putByte(entry + WIDE_KEYS, metered ? others | METERED : others);
    }

    /// Whether segments of a connection are compared with windows. Each packet of such a connection
    /// is an event.
    ///
    /// @param entry an entry in use
    /// @return true if [TcpWindows] knows of it
    public static boolean isWindowed(long entry) {
        return (Memory.getByte(entry + WIDE_KEYS) & WINDOWED) != 0;
    }

    /// Notes whether they are; [TcpMoves#watch] is to follow.
    ///
    /// @param entry of the connection
    /// @param windowed whether they are
    public static void windowed(long entry, boolean windowed) {
        int others = Memory.getByte(entry + WIDE_KEYS) & ~WINDOWED;
        Memory.putByte(entry + WIDE_KEYS, windowed ? others | WINDOWED : others);
    }

    /// Whether packets of a connection may be kept back: they are metered, or compared with
    /// windows.
    ///
    /// @param entry an entry in use
    /// @return false for almost all
    public static boolean mayBeKeptBack(long entry) {
        return (Memory.getByte(entry + WIDE_KEYS) & (WINDOWED | METERED)) != 0;
    }

    /// Whether the sequence numbers of a connection are moved on their way.
    ///
    /// @param entry an entry in use
    /// @return true if [SequenceShifts] knows by how much
    public static boolean isShifted(long entry) {
        return (Memory.getByte(entry + WIDE_KEYS) & SHIFTED) != 0;
    }

    /// Whether the balancer itself still shakes hands with the real server, for a client that
    /// believes to be connected. Each packet of such a connection is an event, and goes to neither
    /// end.
    ///
    /// @param entry an entry in use
    /// @return true until the real server has answered
    public static boolean isPending(long entry) {
        return (Memory.getByte(entry + WIDE_KEYS) & PENDING) != 0;
    }

    /// Notes whether it does; [TcpMoves#watch] is to follow.
    ///
    /// @param entry of the connection
    /// @param pending whether it does
    public static void pending(long entry, boolean pending) {
        int others = Memory.getByte(entry + WIDE_KEYS) & ~PENDING;
        Memory.putByte(entry + WIDE_KEYS, pending ? others | PENDING : others);
    }

    /// Whether a client's datagrams may name another server than the connection's. Each of them is
    /// an event.
    ///
    /// @param entry an entry in use
    /// @return true if its service routes by what they name
    public static boolean isRouted(long entry) {
        return (Memory.getByte(entry + WIDE_KEYS) & ROUTED) != 0;
    }

    /// Notes whether they may; [TcpMoves#watch] is to follow.
    ///
    /// @param entry of the connection
    /// @param routed whether they may
    public static void routed(long entry, boolean routed) {
        int others = Memory.getByte(entry + WIDE_KEYS) & ~ROUTED;
        Memory.putByte(entry + WIDE_KEYS, routed ? others | ROUTED : others);
    }

    /// Notes whether they are; [TcpMoves#watch] is to follow.
    static void shifted(long entry, boolean shifted) {
        int others = Memory.getByte(entry + WIDE_KEYS) & ~SHIFTED;
        Memory.putByte(entry + WIDE_KEYS, shifted ? others | SHIFTED : others);
    }

    /// Whether packets to the service no longer find a connection, only answers do.
    ///
    /// @param entry an entry in use
    /// @return true if its inbound key stands in no index
    public static boolean isUnindexed(long entry) {
        return (Memory.getByte(entry + HANDLING) & UNINDEXED) != 0;
    }

    /// Notes that a connection's inbound key has been taken out of its index.
    static void unindexed(long entry) {
        Memory.putByte(entry + HANDLING, Memory.getByte(entry + HANDLING) | UNINDEXED);
    }

    /// The entry of a direction's flow.
    ///
    /// @param flow address of a flow
    /// @param direction of that flow
    /// @return address of the entry
    public static long entryOf(long flow, int direction) {
        return flow - (long) direction * FLOW_LENGTH;
    }

    /// Keeps observers from a connection while what it means changes how its flows count.
    ///
    /// @return what [#show] expects
    static int hide(long entry) {
        int observable = Memory.getInt(entry + OBSERVABLE);
        Memory.putInt(entry + OBSERVABLE, 0);
        VarHandle.storeStoreFence();
        return observable;
    }

    /// Ends that. An observer that had begun before must not believe in what it has read, so it is
    /// another number.
    static void show(long entry, int observable) {
        int other = observable ^ Integer.MIN_VALUE;
        Memory.putIntRelease(
                entry + OBSERVABLE, observable == 0 ? 0 : other == 0 ? observable : other);
    }
}
