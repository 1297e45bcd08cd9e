// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.simulation;

import io.fullnat.core.packet.Tcp;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What one connection receives: its bytes in order, the peer's FIN, and the window for them.
/// Belongs to the host's thread.
final class ReceivedStream {
    private final HostCounters counters;
    private final WindowScale scale;
    private final Reassembly bytes = new Reassembly();
    private int first;
    private long fin = -1;
    private boolean ended;
    private long latest;
    private int offered;
    private int edge;
    private boolean closed;
    private long openAtNs;

    ReceivedStream(HostCounters counters, WindowScale scale) {
        this.counters = counters;
        this.scale = scale;
        offered = Integer.MAX_VALUE;
    }

    /// Takes the peer's SYN.
    void begin(Segment syn) {
        first = syn.sequence() + 1;
        edge = first + Math.min(scale.largestWindow(), TcpHabits.PLAIN_WINDOW);
    }

    /// The number that is expected next; a FIN takes the one behind the last byte.
    int expected() {
        return first + (int) bytes.next() + (ended ? 1 : 0);
    }

    boolean isRepeatedSyn(Segment segment) {
        return segment.has(Tcp.SYN) && segment.sequence() + 1 == first;
    }

    /// Offers another window from now on.
    void offer(int window) {
        offered = window;
    }

    /// Offers nothing until then.
    void closeUntil(long timeNs) {
        closed = true;
        openAtNs = timeNs;
        offered = 0;
    }

    /// Whether nothing is offered until some time.
    boolean isClosed() {
        return closed;
    }

    /// Whether the window opens now; true once.
    boolean isOpenAgain(long nowNs) {
        boolean opens = closed && nowNs - openAtNs >= 0;
        if (opens) {
            closed = false;
            offered = Integer.MAX_VALUE;
        }
        return opens;
    }

    /// What stands in a segment's window.
    ///
    /// @param flags of the segment
    int window(int flags) {
        int field = scale.field(Math.min(offered, scale.largestWindow()), flags);
        if ((flags & Tcp.ACK) != 0) {
            int now = expected() + scale.offered(field, flags);
            edge = now - edge > 0 ? now : edge;
        }
        return field;
    }

    boolean isAcceptable(Segment segment) {
        int offset = segment.sequence() - expected();
        int window = scale.largestWindow();
        return segment.length() == 0
                ? offset >= 0 && offset <= window
                : offset + segment.length() > 0 && offset < window;
    }

    /// Takes data and FIN of an acceptable segment. One byte may lie behind the window: a sender
    /// tries a closed one.
    void add(Segment segment) {
        long expected = bytes.next();
        int length = segment.data().length;
        long position = expected + (segment.sequence() - (first + (int) expected));
        if (segment.has(Tcp.FIN)) {
            fin = position + length;
        }
        if (length > 0) {
            latest = position;
            int beyond = segment.sequence() + length - edge;
            if (beyond > 1) {
                counters.beyondWindow = Math.max(counters.beyondWindow, beyond);
            }
        }
        bytes.add(position, segment.data());
    }

    /// Gives the next bytes.
    byte @Nullable [] poll() {
        return bytes.poll();
    }

    /// Whether the peer's FIN is next; it is received then.
    boolean finArrives() {
        boolean arrives = bytes.next() == fin && !ended;
        ended |= arrives;
        return arrives;
    }

    /// What came early, in sequence numbers, first and behind the last; what came last before all
    /// else (RFC 2018 §4).
    List<int[]> early() {
        List<int[]> ranges = new ArrayList<>();
        for (long[] range : bytes.early()) {
            int[] numbers = {first + (int) range[0], first + (int) range[1]};
            if (range[0] <= latest && latest < range[1]) {
                ranges.addFirst(numbers);
            } else {
                ranges.add(numbers);
            }
        }
        return ranges;
    }

    void clear() {
        bytes.clear();
    }
}
