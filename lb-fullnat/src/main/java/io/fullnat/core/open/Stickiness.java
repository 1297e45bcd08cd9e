// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import io.fullnat.api.counter.Counter;
import io.fullnat.api.io.Memory;
import io.fullnat.api.service.ConnectionRequest;
import io.fullnat.api.service.Scheduler;
import io.fullnat.core.connection.ConnectionKey;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.persistence.ClientTemplates;
import io.fullnat.core.persistence.TemplateTable;
import io.fullnat.core.service.ServiceEntry;
import io.fullnat.core.stack.StackContext;
import io.fullnat.core.transmit.WorkerCounters;

/// Persistence, where a connection begins: the server of the client's template, or the scheduler's
/// choice, which becomes the template. For the worker's thread.
final class Stickiness {
    /// Templates of other workers that may be met, and found not to serve, for one connection.
    private static final int MEETINGS = 2;

    private final StackContext stack;
    private final FlowContext context;
    private final WorkerCounters counters;
    private final KnownClient client = new KnownClient();

    Stickiness(FlowContext context) {
        this.context = context;
        stack = context.stack();
        counters = stack.counters();
    }

    /// Asks a service's scheduler.
    @FunctionalInterface
    interface Choice {
        /// Chooses a server.
        ///
        /// @return an index, or [Scheduler#NONE]
        int select(ServiceEntry service, ConnectionRequest request);
    }

    /// Chooses the server of a new connection.
    ///
    /// @param request who connects
    /// @param service with persistence
    /// @param templates the service's
    /// @param scheduler asked if the client has no template that counts
    /// @return an index, or [Scheduler#NONE]
    int select(
            ConnectionRequest request,
            ServiceEntry service,
            ClientTemplates templates,
            Choice scheduler) {
        long high = request.clientAddressHigh();
        long low = request.clientAddressLow();
        int now = stack.nowSeconds();
        int known = templates.find(high, low, now);
        if (known != TemplateTable.NONE) {
            int server = service.kept(known);
            if (server != Scheduler.NONE) {
                return server;
            }
        }
        client.set(request, templates);
        int chosen = scheduler.select(service, client);
        return chosen != Scheduler.NONE && service.isReal(chosen)
                ? remember(high, low, service, templates, chosen, known, now)
                : chosen;
    }

    private int remember(
            long high,
            long low,
            ServiceEntry service,
            ClientTemplates templates,
            int chosen,
            int known,
            int now) {
        int slot = service.server(chosen).slot();
        int stale = known;
        for (int i = 0; i < MEETINGS; i++) {
            int answer = templates.claim(high, low, slot, stale, now);
            if (answer < 0) {
                counters.count(Counter.TEMPLATES_REFUSED);
                return chosen;
            }
            if ((answer & TemplateTable.MET) == 0) {
                counters.count(Counter.TEMPLATES_CREATED);
                if ((answer & TemplateTable.DISPLACED) != 0) {
                    counters.count(Counter.TEMPLATES_DISPLACED);
                }
                return chosen;
            }
            int server = service.kept(answer & TemplateTable.SERVER);
            if (server != Scheduler.NONE) {
                return server;
            }
            stale = answer & TemplateTable.SERVER;
        }
        return chosen;
    }

    /// A connection has moved to another state: one by which its client has shown itself to be real
    /// proves its template.
    void moved(long entry, ConnectionState state) {
        if (state != ConnectionState.ESTABLISHED && state != ConnectionState.UDP_STREAM) {
            return;
        }
        ServiceEntry service =
                context.services()
                        .find(
                                ConnectionKey.destinationHigh(entry, ConnectionLayout.INBOUND),
                                ConnectionKey.destinationLow(entry, ConnectionLayout.INBOUND),
                                ConnectionKey.destinationPort(entry, ConnectionLayout.INBOUND),
                                Memory.getByte(entry + ConnectionLayout.PROTOCOL));
        if (service == null || service.slot() != Memory.getInt(entry + ConnectionLayout.OWNER)) {
            return; // what it was opened for is gone, or another one has its port meanwhile
        }
        ClientTemplates templates = service.templates();
        if (templates != null) {
            templates.prove(
                    ConnectionKey.sourceHigh(entry, ConnectionLayout.INBOUND),
                    ConnectionKey.sourceLow(entry, ConnectionLayout.INBOUND));
        }
    }
}
