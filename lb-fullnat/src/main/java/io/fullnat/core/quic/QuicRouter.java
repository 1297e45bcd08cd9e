// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.quic;

import io.fullnat.api.service.QuicRouting;
import io.fullnat.api.service.RealServer;
import java.util.List;

/// Finds the real server that a connection id names. For one worker's thread, as it may decrypt.
public abstract sealed class QuicRouter permits DpvsRouter, QuicLbRouter {
    /// The answer for an id that names no server.
    public static final int NONE = -1;

    /// What stands for all ids that are read as fast as compared.
    public static final int READ_AS_FAST = 1;

    QuicRouter() {}

    /// The router of a service.
    ///
    /// @param routing how ids name servers
    /// @param servers in their order
    /// @return for one worker
    public static QuicRouter of(QuicRouting routing, List<RealServer> servers) {
        return switch (routing) {
            case QuicRouting.Dpvs _ -> new DpvsRouter(servers);
            case QuicRouting.QuicLb quicLb -> new QuicLbRouter(quicLb.configs(), servers);
        };
    }

    /// What stands for an id that takes time to read, so that it need not be read again.
    ///
    /// @param id of a packet
    /// @return never 0; another number for most other ids; [#READ_AS_FAST] for one that is
    public int print(QuicId id) {
        return READ_AS_FAST;
    }

    /// The server that an id names.
    ///
    /// @param id of a packet
    /// @return its index in the order of the service, or [#NONE]
    public abstract int find(QuicId id);
}
