package io.fullnat.core.connection;

/// How a connection over IPv4 lies in memory: a *record* of three cache lines, one for each
/// direction and one that packets do not touch. A packet finds all it needs in its direction's
/// line.
///
/// ```
///          0        4        8        12  13  14  15
///   +0    | source | destin.| ports  |pro|dir|sta|evt|   the key, as it lies in the packet
///  +16    | new src| new dst| n.ports| IP step       |   what FullNAT writes, checksum deltas
///  +32    | hop|dL4| traffic| seen   | generation    |   next hop, counters, last packet, routes
///  +48    | packets         | bytes                  |   of this direction
///  +64    the same for packets from the real server
/// +128    | next   | previous| armed | timeout       |   timer list and deadline, seconds
/// +144    | lane   | local  |        | created       |   whom to tell when it ends
/// +160    | stamp  | idle   |observ. |                   creation number, configured idle timeout
/// ```
///
/// Addresses, ports and deltas are kept as the bytes of the packet, so that the fast path neither
/// swaps nor extracts: it compares and copies words. The deltas are folded one's-complement sums
/// (RFC 1624), that of the IP header with the step of the time to live in it. New destination and
/// ports follow each other as they do in a packet without IP options.
///
/// The state stands in both lines, so that neither direction reads the other's; it changes a few
/// times in a connection's life.
public final class ConnectionLayout {
    /// Bytes of a record.
    public static final int RECORD_LENGTH = 192;

    /// Bytes of a direction's line.
    public static final int LINE_LENGTH = 64;

    /// Packets from the client to the virtual address.
    public static final int INBOUND = 0;

    /// Packets from the real server to the local address.
    public static final int OUTBOUND = 1;

    /// Source and destination address, 8 bytes.
    public static final int ADDRESSES = 0;

    /// Source and destination port, 4 bytes; read as 8 with [#KEY_MASK] it holds the protocol too.
    public static final int PORTS = 8;

    /// The protocol, 1 byte; 0 in a record that is free.
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

    /// Where the real server's counters of this direction are, 4 bytes.
    public static final int TRAFFIC = 36;

    /// Second of the last packet, 4 bytes.
    public static final int LAST_SEEN = 40;

    /// Routing generation for which [#NEXT_HOP] holds, and the device by which packets of this
    /// direction come, in one number of 4 bytes.
    public static final int GENERATION = 44;

    /// Packets of this direction, 8 bytes.
    public static final int PACKETS = 48;

    /// Their bytes as received, counted as IP packets, 8 bytes.
    public static final int BYTES = 56;

    static final int TIMER_NEXT = 128;
    static final int TIMER_PREVIOUS = 132;
    static final int ARMED = 136;

    /// Idle seconds after which the connection ends in its present state, 4 bytes.
    public static final int TIMEOUT = 140;

    /// The port lane, 4 bytes.
    public static final int LANE = 144;

    /// Slot of the local address's counters, 4 bytes.
    public static final int LOCAL = 148;

    /// Second of creation, 4 bytes.
    public static final int CREATED = 156;

    /// The creation number, 4 bytes; it wraps.
    public static final int STAMP = 160;

    /// The service's idle timeout in seconds, 0 for the default, 4 bytes.
    public static final int IDLE = 164;

    /// 0 while the record is being filled, then the creation number (-1 for 0), 4 bytes: how a
    /// [ConnectionObserver] knows that what it read belongs together.
    static final int OBSERVABLE = 168;

    private ConnectionLayout() {}

    /// The record of a direction's line.
    ///
    /// @param line address of a line
    /// @param direction of that line
    /// @return address of the record
    public static long recordOf(long line, int direction) {
        return line - (long) direction * LINE_LENGTH;
    }
}
