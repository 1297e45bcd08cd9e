// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import io.fullnat.core.packet.Tcp;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/// Selective acknowledgement of one connection (RFC 2018), agreed on by both SYNs: the blocks that
/// go to the peer, and what the peer's say. Belongs to the host's thread.
///
/// Blocks must lie in what was sent, and begin and end where segments did, to the byte: what moves
/// sequence numbers on their way must move these likewise. [HostCounters#wrongBlocks()] and
/// [HostCounters#cutBlocks()] count what does not. Where segments of what has been acknowledged
/// began and ended is forgotten, and no longer asked of a block that comes late.
final class SelectiveAcknowledgement {
    private static final int PERMITTED = 4;
    private static final int PERMITTED_LENGTH = 2;
    private static final int BLOCKS = 5;
    private static final int BLOCK_LENGTH = 8;
    private static final int BLOCKS_AT = 4;
    private static final int ROOM = Tcp.MAX_HEADER_LENGTH - Tcp.MIN_HEADER_LENGTH;
    private static final byte[] NONE = {};

    private final SimulatedHost host;
    private final boolean offered;
    private final int first;

    /// Counted from the first number, so that they are in order.
    private final TreeSet<Integer> starts = new TreeSet<>();

    private final TreeSet<Integer> ends = new TreeSet<>();
    private final TreeMap<Integer, Integer> taken = new TreeMap<>();
    private int acknowledged;
    private int last;
    private boolean agreed;

    /// @param offered whether it is wanted
    /// @param first number of the own stream
    SelectiveAcknowledgement(SimulatedHost host, boolean offered, int first) {
        this.host = host;
        this.offered = offered;
        this.first = first;
        last = first;
    }

    /// Reads the peer's SYN.
    void agree(Segment syn) {
        agreed = offered && syn.option(PERMITTED, PERMITTED_LENGTH) != null;
    }

    boolean isAgreed() {
        return agreed;
    }

    /// The option of a SYN.
    ///
    /// @return empty if it has none
    byte[] permission(int flags) {
        boolean opening = (flags & Tcp.ACK) == 0;
        return (opening ? offered : agreed) ? new byte[] {PERMITTED, PERMITTED_LENGTH} : NONE;
    }

    /// The option of another segment.
    ///
    /// @param ranges numbers of what came early, first and behind the last, those told first
    /// @param used bytes of other options
    /// @return empty if it has none
    byte[] blocks(Collection<int[]> ranges, int used) {
        int count = Math.min(ranges.size(), (ROOM - used - BLOCKS_AT) / BLOCK_LENGTH);
        if (!agreed || count <= 0) {
            return NONE;
        }
        int length = BLOCKS_AT + count * BLOCK_LENGTH;
        ByteBuffer option = ByteBuffer.allocate(length);
        option.put((byte) Tcp.OPTION_NO_OPERATION).put((byte) Tcp.OPTION_NO_OPERATION);
        option.put((byte) BLOCKS).put((byte) (length - 2));
        ranges.stream().limit(count).forEach(range -> option.putInt(range[0]).putInt(range[1]));
        return option.array();
    }

    /// Notes that a segment with data was sent.
    void sent(int sequence, int length) {
        if (agreed) {
            last = sequence + length - last > 0 ? sequence + length : last;
            starts.add(sequence - first);
            ends.add(sequence + length - first);
        }
    }

    /// Reads an acknowledgement and its blocks.
    ///
    /// @param acknowledgement the first number that the peer waits for; less than it has said
    ///   before if the segment is late
    void read(Segment segment, int acknowledgement) {
        if (!agreed) {
            return;
        }
        acknowledged = Math.max(acknowledged, acknowledgement - first);
        starts.headSet(acknowledged).clear();
        ends.headSet(acknowledged, true).clear();
        taken.headMap(acknowledged).clear();
        for (ByteBuffer block : segment.blocks(BLOCKS)) {
            int from = block.getInt(0);
            int to = block.getInt(Integer.BYTES);
            host.counters().blocks++;
            if (from - first <= 0 || to - from <= 0 || to - last > 0) {
                host.counters().wrongBlocks++;
            } else {
                read(from - first, to - first);
            }
        }
    }

    private void read(int from, int to) {
        boolean begins = from < acknowledged || starts.contains(from);
        boolean ends = to <= acknowledged || this.ends.contains(to);
        if (!begins || !ends) {
            host.counters().cutBlocks++;
        }
        if (from > acknowledged) {
            take(from, to);
        }
    }

    /// How many places are known where segments begin or end.
    int edges() {
        return starts.size() + ends.size();
    }

    private void take(int from, int to) {
        int begin = from;
        int end = to;
        Map.Entry<Integer, Integer> before = taken.floorEntry(begin);
        if (before != null && before.getValue() >= begin) {
            begin = before.getKey();
            end = Math.max(end, before.getValue());
        }
        Map.Entry<Integer, Integer> last = taken.floorEntry(end);
        if (last != null) {
            end = Math.max(end, last.getValue());
        }
        taken.subMap(begin, true, end, true).clear();
        taken.put(begin, end);
    }

    /// The first missing part at a number or behind it, in front of something that has arrived.
    ///
    /// @return its first number and the one behind its last; empty if there is none
    List<Integer> hole(int from) {
        int begin = from - first;
        Map.Entry<Integer, Integer> at = taken.floorEntry(begin);
        while (at != null && at.getValue() > begin) {
            begin = at.getValue();
            at = taken.floorEntry(begin);
        }
        Integer end = taken.higherKey(begin);
        return end == null ? List.of() : List.of(first + begin, first + end);
    }

    /// Forgets what the peer has said (RFC 2018 §5: a timer has run out).
    void forget() {
        taken.clear();
    }
}
