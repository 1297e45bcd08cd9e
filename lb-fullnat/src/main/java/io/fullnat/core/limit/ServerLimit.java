// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.limit;

/// How many connections a real server may have, over all workers. Not changed after construction;
/// for any thread.
public final class ServerLimit {
    private final ConnectionCounts counts;
    private final int slot;
    private final int limit;
    private final int resume;

    /// A limit of a server.
    ///
    /// @param counts of all servers
    /// @param slot the server's
    /// @param limit 1 or more
    /// @param resume below how many it gets connections again, once full; 0 for the limit
    public ServerLimit(ConnectionCounts counts, int slot, int limit, int resume) {
        this.counts = counts;
        this.slot = slot;
        this.limit = limit;
        this.resume = resume;
    }

    /// Claims one more connection.
    ///
    /// @return false if that would be one too many
    public boolean claim() {
        return counts.claim(slot, limit, resume);
    }

    /// A claimed connection was not opened after all.
    public void release() {
        counts.release(slot);
    }

    /// Whether the server is to get no new connection now.
    ///
    /// @return true if [#claim()] would fail
    public boolean isFull() {
        return counts.isFull(slot, limit, resume);
    }

    /// Lets the limit hold for the connections that are there.
    public void hold() {
        counts.limit(slot, limit, resume);
    }
}
