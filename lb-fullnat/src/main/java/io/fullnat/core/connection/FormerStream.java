// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.connection;

import static io.fullnat.core.connection.ConnectionLayout.ACKNOWLEDGED;
import static io.fullnat.core.connection.ConnectionLayout.FLOW_LENGTH;
import static io.fullnat.core.connection.ConnectionLayout.IN_END;

import io.fullnat.api.io.Memory;

/// What is left of the stream of a client whose connection is over: enough to tell its late
/// segments from those of another connection under the same tuple. Stateless.
public final class FormerStream {
    private FormerStream() {}

    /// Whether a segment may be one of the stream, sent again or late: it lies before what the real
    /// server has acknowledged, and no further than the client's packets had bytes. Of a connection
    /// that no server has answered that is its first number.
    ///
    /// @param entry of a connection of TCP that is over
    /// @param sequence of the segment, as the real server would get it
    /// @param bytes of the client's packets: [SequenceShifts#inboundBytes]
    /// @return false if it belongs to another connection
    public static boolean mayHave(long entry, int sequence, long bytes) {
        int received = Memory.getNetworkInt(entry + FLOW_LENGTH + ACKNOWLEDGED);
        if (received == 0) {
            return sequence == Memory.getInt(entry + IN_END);
        }
        return Integer.toUnsignedLong(received - sequence) <= bytes;
    }
}
