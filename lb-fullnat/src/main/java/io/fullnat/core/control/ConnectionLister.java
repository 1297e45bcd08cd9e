// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.Protocol;
import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.api.control.ConnectionInfo;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.TrafficCounts;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.ConnectionObserver;
import io.fullnat.core.worker.Worker;
import io.fullnat.core.worker.WorkerSet;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Lists the workers' connections on the thread that asks, in blocks, so that a visitor who is slow
/// (a network's far end, a terminal) keeps neither the workers nor the end of the balancer waiting.
final class ConnectionLister {
    private static final int BLOCK = 1024;

    private final WorkerSet workers;
    private final ReaderGate gate;
    private final LongSupplier clock;
    private final IntFunction<@Nullable ServiceKey> services;

    /// @param services by slot, of any thread; null of a slot that no service has had
    ConnectionLister(
            WorkerSet workers,
            ReaderGate gate,
            LongSupplier clock,
            IntFunction<@Nullable ServiceKey> services) {
        this.services = services;
        this.workers = workers;
        this.gate = gate;
        this.clock = clock;
    }

    /// Lists until the visitor has had enough.
    void list(ConnectionFilter filter, Predicate<ConnectionInfo> visitor) {
        for (Worker worker : workers.workers()) {
            if (!list(worker, filter, visitor)) {
                return;
            }
        }
    }

    private boolean list(
            Worker worker, ConnectionFilter filter, Predicate<ConnectionInfo> visitor) {
        try (ConnectionObserver observer = new ConnectionObserver(worker.connections())) {
            int number = workers.workers().indexOf(worker);
            int place = 0;
            while (place >= 0) {
                List<ConnectionInfo> block = new ArrayList<>();
                int from = place;
                place = gate.read(() -> readBlock(observer, number, from, filter, block));
                for (ConnectionInfo connection : block) {
                    if (!visitor.test(connection)) {
                        return false;
                    }
                }
            }
            return true;
        }
    }

    /// Returns the place to go on from, or -1.
    private int readBlock(
            ConnectionObserver observer,
            int worker,
            int from,
            ConnectionFilter filter,
            List<ConnectionInfo> block) {
        int places = observer.places();
        int now = (int) TimeUnit.NANOSECONDS.toSeconds(clock.getAsLong() - workers.epochNs());
        int to = Math.min(places, from + BLOCK);
        for (int place = from; place < to; place++) {
            if (observer.read(place)) {
                ConnectionInfo connection = connection(observer, worker, now);
                if (filter.accepts(connection)) {
                    block.add(connection);
                }
            }
        }
        return to == places ? -1 : to;
    }

    private ConnectionInfo connection(ConnectionObserver seen, int worker, int now) {
        int left = seen.lastSeenSeconds() + seen.timeoutSeconds() - now;
        return new ConnectionInfo(
                worker,
                service(seen),
                seen.state().shortName(),
                Math.max(0, left),
                Math.max(0, now - seen.createdSeconds()),
                source(seen, ConnectionLayout.INBOUND),
                destination(seen, ConnectionLayout.INBOUND),
                destination(seen, ConnectionLayout.OUTBOUND),
                source(seen, ConnectionLayout.OUTBOUND),
                new TrafficCounts(
                        1,
                        seen.packets(ConnectionLayout.INBOUND),
                        seen.bytes(ConnectionLayout.INBOUND),
                        seen.packets(ConnectionLayout.OUTBOUND),
                        seen.bytes(ConnectionLayout.OUTBOUND)));
    }

    private ServiceKey service(ConnectionObserver seen) {
        ServiceKey known = services.apply(seen.owner());
        return known != null && known.protocol().number() == seen.protocol()
                ? known
                : new ServiceKey(
                        Protocol.of(seen.protocol()), destination(seen, ConnectionLayout.INBOUND));
    }

    private static Endpoint source(ConnectionObserver seen, int direction) {
        return new Endpoint(
                IpAddress.of(seen.sourceHigh(direction), seen.sourceLow(direction)),
                seen.sourcePort(direction));
    }

    private static Endpoint destination(ConnectionObserver seen, int direction) {
        return new Endpoint(
                IpAddress.of(seen.destinationHigh(direction), seen.destinationLow(direction)),
                seen.destinationPort(direction));
    }
}
