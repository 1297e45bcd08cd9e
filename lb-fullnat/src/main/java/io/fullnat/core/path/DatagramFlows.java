// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static io.fullnat.core.connection.ConnectionLayout.DIRECTION;
import static io.fullnat.core.connection.ConnectionLayout.INBOUND;

import io.fullnat.api.io.Memory;
import io.fullnat.core.connection.ConnectionLayout;
import org.agrona.collections.Long2LongHashMap;

/// Flows that were opened for single datagrams (one-packet scheduling), which nobody finds by their
/// keys: kept by the buffers of their datagrams while these take another way or wait for a
/// neighbour, so that a datagram has one turn of its scheduler and takes one token of its rate. For
/// the worker's thread.
final class DatagramFlows {
    /// As many as packets that can wait for neighbours.
    private static final int CAPACITY = 4096;

    private static final long NONE = 0;

    private final Long2LongHashMap byBuffer =
            new Long2LongHashMap(2 * CAPACITY, 0.65f, NONE, false);

    /// Keeps a flow if it is that of a single datagram.
    ///
    /// @param buffer the datagram's
    /// @return false if there is no room
    boolean keep(long buffer, long flow) {
        if (Memory.getByte(flow + DIRECTION) != INBOUND
                || !ConnectionLayout.isUnindexed(ConnectionLayout.entryOf(flow, INBOUND))) {
            return true;
        }
        if (byBuffer.size() == CAPACITY && !byBuffer.containsKey(buffer)) {
            return false;
        }
        byBuffer.put(buffer, flow);
        return true;
    }

    /// Takes the flow of a datagram.
    ///
    /// @param family of the datagram
    /// @param buffer in which it is
    /// @param ip its IP header
    /// @return 0 if none is kept, or it has ended
    long take(Family family, long buffer, long ip) {
        if (byBuffer.isEmpty()) {
            return NONE;
        }
        long flow = byBuffer.remove(buffer);
        return flow != NONE && family.isOf(flow, ip) ? flow : NONE;
    }

    /// A datagram has come to its end.
    void forget(long buffer) {
        if (!byBuffer.isEmpty()) {
            byBuffer.remove(buffer);
        }
    }
}
