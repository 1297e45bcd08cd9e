// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.cookie;

import io.fullnat.api.io.Memory;
import io.fullnat.core.packet.Tcp;

/// The options of a TCP segment that a SYN cookie is about: those of RFC 9293, RFC 7323 and RFC
/// 2018. Of each kind the first counts whose length is right; what is malformed ends them, and no
/// other option is looked at. One object a worker, filled again for each segment.
final class SegmentOptions {
    static final int SELECTIVE = 4;
    static final int MSS_LENGTH = 4;
    static final int SELECTIVE_LENGTH = 2;

    private int segmentSize;
    private int scale;
    private boolean selective;
    private boolean timestamps;
    private int timestamp;
    private int echo;

    /// Reads those of a segment.
    ///
    /// @param l4 its header, of which the length is right
    void read(long l4) {
        segmentSize = 0;
        scale = CookieTerms.NO_SCALE;
        selective = false;
        timestamps = false;
        timestamp = 0;
        echo = 0;
        int end = Tcp.headerLength(l4);
        int at = Tcp.MIN_HEADER_LENGTH;
        while (at < end) {
            int kind = Memory.getUnsignedByte(l4 + at);
            if (kind == Tcp.OPTION_END) {
                return;
            }
            if (kind == Tcp.OPTION_NO_OPERATION) {
                at++;
                continue;
            }
            int length = at + 1 < end ? Memory.getUnsignedByte(l4 + at + 1) : 0;
            if (length < 2 || length > end - at) {
                return;
            }
            take(kind, length, l4 + at + 2);
            at += length;
        }
    }

    private void take(int kind, int length, long value) {
        if (kind == Tcp.OPTION_MAXIMUM_SEGMENT_SIZE && length == MSS_LENGTH) {
            segmentSize = segmentSize == 0 ? Memory.getNetworkShort(value) : segmentSize;
        } else if (kind == Tcp.OPTION_WINDOW_SCALE && length == Tcp.WINDOW_SCALE_LENGTH) {
            if (scale == CookieTerms.NO_SCALE) {
                scale = Math.min(Memory.getUnsignedByte(value), Tcp.MAX_WINDOW_SCALE);
            }
        } else if (kind == SELECTIVE && length == SELECTIVE_LENGTH) {
            selective = true;
        } else if (kind == Tcp.OPTION_TIMESTAMPS
                && length == Tcp.TIMESTAMPS_LENGTH
                && !timestamps) {
            timestamps = true;
            timestamp = Memory.getNetworkInt(value);
            echo = Memory.getNetworkInt(value + Integer.BYTES);
        }
    }

    /// The largest segment that its sender takes; 0 if it does not say.
    int segmentSize() {
        return segmentSize;
    }

    /// By how much its sender's windows are shifted, 0 to 14, or [CookieTerms#NO_SCALE].
    int scale() {
        return scale;
    }

    /// Whether its sender takes selective acknowledgements.
    boolean isSelective() {
        return selective;
    }

    /// Whether it has timestamps.
    boolean hasTimestamps() {
        return timestamps;
    }

    /// Its timestamp.
    int timestamp() {
        return timestamp;
    }

    /// The timestamp that it echoes.
    int echo() {
        return echo;
    }
}
