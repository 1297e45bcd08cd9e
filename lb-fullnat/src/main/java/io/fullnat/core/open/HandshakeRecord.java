// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import io.fullnat.api.io.Memory;
import io.fullnat.core.cookie.CookieTerms;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.stack.Frame;
import io.fullnat.core.stack.HeldFrames;

/// What is known of a handshake with a real server that is under way: three cache lines.
///
/// ```
///   0 | next | previous | entry           |   list of its number of tries
///  16 | deadline        | tries|held|sent |   nanoseconds; numbers of tries and of held segments
///  32 | first| last held| end  | window   |   of what the client has sent
///  48 | cookie | client | stamp | client's|   numbers; timestamps
///  64 | size |scales|flags| port | device |   what both have agreed on; where the client came in
///  80 | link header, 18 bytes, its length behind it
/// 104 | IP header as the client's acknowledgement had it, 40 bytes
/// 144 | ports  |        | waiting segment |   ports as they lie in it; a buffer
/// ```
///
/// Numbers are those of the client's side. Stateless.
public final class HandshakeRecord {
    /// Segments of one connection that may be held: what a window of [CookieTerms#WINDOW] takes,
    /// and some that come twice.
    public static final int MOST_HELD = 8;

    /// Bytes of a record.
    public static final int LENGTH = 192;

    private static final int NEXT = 0;
    private static final int PREVIOUS = 4;
    private static final int ENTRY = 8;
    private static final int DEADLINE = 16;
    private static final int QUEUE = 24;
    private static final int HELD = 25;
    private static final int SENT = 26;
    private static final int FIRST = 32;
    private static final int LAST = 36;
    private static final int END = 40;
    private static final int WINDOW = 44;
    private static final int COOKIE = 48;
    private static final int CLIENT = 52;
    private static final int STAMP = 56;
    private static final int CLIENT_STAMP = 60;
    private static final int SIZE = 64;
    private static final int CLIENT_SCALE = 66;
    private static final int OWN_SCALE = 67;
    private static final int FLAGS = 68;
    private static final int PORT = 70;
    private static final int DEVICE = 72;
    private static final int LINK_LENGTH = 76;
    private static final int LINK = 80;
    private static final int IP = 104;
    private static final int PORTS = 144;
    private static final int WAITING = 152;

    /// Bytes of an IP header without options or extension headers, the longer of the two; there are
    /// as many in every segment of TCP.
    private static final int MAX_IP_HEADER = 40;

    private static final int SELECTIVE = 1;
    private static final int STAMPED = 2;

    private HandshakeRecord() {}

    /// Fills a record that is none of a handshake yet.
    ///
    /// @param record [#LENGTH] bytes
    /// @param terms on which the client and its cookie have agreed
    public static void terms(long record, CookieTerms terms) {
        Memory.putInt(record + COOKIE, terms.cookie());
        Memory.putInt(record + CLIENT, terms.clientSequence());
        Memory.putInt(record + END, terms.clientSequence() + 1);
        Memory.putInt(record + STAMP, terms.ownTimestamp());
        Memory.putInt(record + CLIENT_STAMP, terms.clientTimestamp());
        Memory.putShort(record + SIZE, terms.segmentSize());
        Memory.putByte(record + CLIENT_SCALE, terms.clientScale());
        Memory.putByte(record + OWN_SCALE, terms.ownScale());
        int flags = terms.isSelective() ? SELECTIVE : 0;
        Memory.putByte(record + FLAGS, terms.hasTimestamps() ? flags | STAMPED : flags);
    }

    /// Notes where packets of the client come from.
    ///
    /// @param record [#LENGTH] bytes
    /// @param frame with the client's acknowledgement
    /// @param l4 its TCP header
    public static void origin(long record, Frame frame, long l4) {
        Memory.putInt(record + PORTS, Memory.getInt(l4));
        Memory.putInt(record + WINDOW, Tcp.window(l4));
        Memory.copy(frame.l2(), record + LINK, frame.headerLength());
        Memory.putByte(record + LINK_LENGTH, frame.headerLength());
        Memory.copy(frame.l3(), record + IP, MAX_IP_HEADER);
        Memory.putShort(record + PORT, frame.port());
        Memory.putInt(record + DEVICE, frame.device());
    }

    /// Takes over what was filled in elsewhere.
    static void fill(long record, long from) {
        Memory.copy(from + END, record + END, LENGTH - END);
    }

    static int next(long record) {
        return Memory.getInt(record + NEXT);
    }

    static void next(long record, int place) {
        Memory.putInt(record + NEXT, place);
    }

    static int previous(long record) {
        return Memory.getInt(record + PREVIOUS);
    }

    static void previous(long record, int place) {
        Memory.putInt(record + PREVIOUS, place);
    }

    static void entry(long record, long entry) {
        Memory.putLong(record + ENTRY, entry);
    }

    /// Its connection.
    ///
    /// @param record of a handshake that is under way
    /// @return the entry
    public static long entry(long record) {
        return Memory.getLong(record + ENTRY);
    }

    static void queued(long record, int tries, long deadlineNs) {
        Memory.putByte(record + QUEUE, tries);
        Memory.putLong(record + DEADLINE, deadlineNs);
    }

    static long deadline(long record) {
        return Memory.getLong(record + DEADLINE);
    }

    static int tries(long record) {
        return Memory.getByte(record + QUEUE);
    }

    static int heldCount(long record) {
        return Memory.getByte(record + HELD);
    }

    static int firstHeld(long record) {
        return Memory.getInt(record + FIRST);
    }

    static int lastHeld(long record) {
        return Memory.getInt(record + LAST);
    }

    static void held(long record, int place) {
        if (firstHeld(record) == HeldFrames.NONE) {
            Memory.putInt(record + FIRST, place);
        }
        Memory.putInt(record + LAST, place);
        Memory.putByte(record + HELD, heldCount(record) + 1);
    }

    /// Whether a SYN was sent to the real server.
    ///
    /// @param record of the handshake
    /// @return false while the next hop on the way there is not known
    public static boolean isSent(long record) {
        return Memory.getByte(record + SENT) != 0;
    }

    /// Notes that a SYN was sent.
    ///
    /// @param record of the handshake
    public static void sent(long record) {
        Memory.putByte(record + SENT, 1);
    }

    /// Whether a segment waits for the next hop on the way to the real server, to have that asked
    /// then.
    ///
    /// @param record of the handshake
    /// @return its buffer, or 0
    public static long waiting(long record) {
        return Memory.getLong(record + WAITING);
    }

    /// Notes that a segment waits.
    ///
    /// @param record of the handshake
    /// @param buffer of the segment
    public static void waiting(long record, long buffer) {
        Memory.putLong(record + WAITING, buffer);
    }

    /// How far the client has sent, as far as that is known.
    ///
    /// @param record of the handshake
    /// @return the number behind the last byte that is held
    public static int end(long record) {
        return Memory.getInt(record + END);
    }

    /// Notes that the client has sent farther.
    ///
    /// @param record of the handshake
    /// @param number behind the last byte
    public static void end(long record, int number) {
        Memory.putInt(record + END, number);
    }

    /// The window that the client has offered last.
    ///
    /// @param record of the handshake
    /// @return as its segment says, 0 to 65535
    public static int window(long record) {
        return Memory.getInt(record + WINDOW);
    }

    /// Notes the window that the client offers.
    ///
    /// @param record of the handshake
    /// @param window as its segment says
    public static void window(long record, int window) {
        Memory.putInt(record + WINDOW, window);
    }

    /// As [CookieTerms#cookie()].
    ///
    /// @param record of the handshake
    /// @return a number that wraps
    public static int cookie(long record) {
        return Memory.getInt(record + COOKIE);
    }

    /// As [CookieTerms#clientSequence()].
    ///
    /// @param record of the handshake
    /// @return a number that wraps
    public static int clientSequence(long record) {
        return Memory.getInt(record + CLIENT);
    }

    /// As [CookieTerms#ownTimestamp()].
    ///
    /// @param record of the handshake
    /// @return a number that wraps
    public static int ownTimestamp(long record) {
        return Memory.getInt(record + STAMP);
    }

    /// The client's latest timestamp.
    ///
    /// @param record of the handshake
    /// @return a number that wraps
    public static int clientTimestamp(long record) {
        return Memory.getInt(record + CLIENT_STAMP);
    }

    /// Notes a later timestamp of the client.
    ///
    /// @param record of the handshake
    /// @param stamp a number that wraps
    public static void clientTimestamp(long record, int stamp) {
        Memory.putInt(record + CLIENT_STAMP, stamp);
    }

    /// As [CookieTerms#segmentSize()].
    ///
    /// @param record of the handshake
    /// @return 1 to 65535
    public static int segmentSize(long record) {
        return Memory.getUnsignedShort(record + SIZE);
    }

    /// As [CookieTerms#clientScale()].
    ///
    /// @param record of the handshake
    /// @return 0 to 14, or [CookieTerms#NO_SCALE]
    public static int clientScale(long record) {
        return Memory.getByte(record + CLIENT_SCALE);
    }

    /// As [CookieTerms#ownScale()].
    ///
    /// @param record of the handshake
    /// @return 0 to 14, or [CookieTerms#NO_SCALE]
    public static int ownScale(long record) {
        return Memory.getByte(record + OWN_SCALE);
    }

    /// As [CookieTerms#isSelective()].
    ///
    /// @param record of the handshake
    /// @return whether the client was told that acknowledgements may be selective
    public static boolean isSelective(long record) {
        return (Memory.getByte(record + FLAGS) & SELECTIVE) != 0;
    }

    /// As [CookieTerms#hasTimestamps()].
    ///
    /// @param record of the handshake
    /// @return whether the client has timestamps in all segments
    public static boolean hasTimestamps(long record) {
        return (Memory.getByte(record + FLAGS) & STAMPED) != 0;
    }

    /// The port by which the client's packets come.
    ///
    /// @param record of the handshake
    /// @return its number
    public static int port(long record) {
        return Memory.getUnsignedShort(record + PORT);
    }

    /// The device by which they come.
    ///
    /// @param record of the handshake
    /// @return its number
    public static int device(long record) {
        return Memory.getInt(record + DEVICE);
    }

    /// The length of their link header.
    ///
    /// @param record of the handshake
    /// @return 14, or 18 with a tag
    public static int linkLength(long record) {
        return Memory.getByte(record + LINK_LENGTH);
    }

    /// Their link header.
    ///
    /// @param record of the handshake
    /// @return its address
    public static long link(long record) {
        return record + LINK;
    }

    /// Their IP header, as that of the acknowledgement was.
    ///
    /// @param record of the handshake
    /// @return its address
    public static long ip(long record) {
        return record + IP;
    }

    /// The ports of the client and of the service.
    ///
    /// @param record of the handshake
    /// @return as they lie in segments of the client
    public static int ports(long record) {
        return Memory.getInt(record + PORTS);
    }
}
