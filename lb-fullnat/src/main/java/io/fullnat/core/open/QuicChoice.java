// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.service.Scheduler;
import io.fullnat.core.quic.QuicId;
import io.fullnat.core.quic.QuicRouter;
import io.fullnat.core.service.ServiceEntry;
import io.fullnat.core.transmit.WorkerCounters;

/// The server that a connection id of QUIC names, where a connection begins: for a client that goes
/// on with its connection from another address or port. For the worker's thread.
///
/// What a server has chosen is followed as long as the server keeps its connections; what a client
/// may have chosen, which names a server by chance or by malice, only where the server takes new
/// ones.
final class QuicChoice {
    private final WorkerCounters counters;

    QuicChoice(WorkerCounters counters) {
        this.counters = counters;
    }

    /// Chooses the server of a packet that no connection is known of.
    ///
    /// @param id of the packet
    /// @return its index, or [Scheduler#NONE] if it is to be scheduled
    int select(QuicId id, ServiceEntry service, QuicRouter router) {
        int server = router.find(id);
        if (id.mayBeOfClient()) {
            return server != QuicRouter.NONE && service.takesNamed(server, true)
                    ? follow(server)
                    : Scheduler.NONE;
        }
        if (server == QuicRouter.NONE) {
            counters.count(Counter.QUIC_IDS_UNKNOWN);
            return Scheduler.NONE;
        }
        if (!service.takesNamed(server, false)) {
            counters.count(Counter.QUIC_IDS_UNSERVED);
            return Scheduler.NONE;
        }
        return follow(server);
    }

    private int follow(int server) {
        counters.count(Counter.QUIC_IDS_FOLLOWED);
        return server;
    }
}
