// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.quic;

import io.fullnat.api.service.QuicRouting;
import io.fullnat.api.service.RealServer;
import java.util.List;

/// Finds the real server that a connection id names. For one worker's thread, as it may decrypt.
public abstract sealed class QuicRouter permits DpvsRouter, QuicLbRouter {
    /// The answer for an id that names no server.
    public static final int NONE = -1;

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

    /// The server that an id names.
    ///
    /// @param id of a packet
    /// @return its index in the order of the service, or [#NONE]
    public abstract int find(QuicId id);
}
