// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.ManualClock;
import io.fullnat.api.control.LeftoverPolicy;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.health.ProbeFactory;
import io.fullnat.api.io.Memory;
import io.fullnat.api.network.NeighbourSettings;
import io.fullnat.api.service.ClientNetworks;
import io.fullnat.api.service.TrafficCounts;
import io.fullnat.core.health.Announcements;
import io.fullnat.core.health.HealthMonitor;
import io.fullnat.core.memory.Region;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.service.TrafficTable;
import io.fullnat.core.transmit.WorkerCounters;
import io.fullnat.core.worker.Worker;
import io.fullnat.core.worker.WorkerSet;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/// Workers that nobody drives, for tests of what control reads of them: the tests count in their
/// place.
final class IdleWorkers implements AutoCloseable {
    private static final int OUTCOMES = Outcome.values().length;
    private static final int ALL = OUTCOMES + Counter.values().length;

    final InMemoryIo io;
    final WorkerSet workers;
    final Resources resources;
    private final Region counters;

    /// @param count how many
    IdleWorkers(int count) {
        this(count, ControlRig.openIo(count, 64));
    }

    /// @param count how many
    /// @param io with so many queues a port; closed with the workers
    IdleWorkers(int count, InMemoryIo io) {
        this(count, io, 64, 0);
    }

    /// @param count how many
    /// @param io with so many queues a port; closed with the workers
    /// @param connections how many each can have
    /// @param epochNs when their seconds begin
    IdleWorkers(int count, InMemoryIo io, int connections, long epochNs) {
        this.io = io;
        counters = Region.allocate((long) count * ALL * Long.BYTES, "the counters of a test");
        workers =
                new WorkerSet(
                        io,
                        new ManualClock(epochNs),
                        IntStream.range(0, count)
                                .mapToObj(i -> placement(i, count, connections))
                                .toList(),
                        IntStream.range(0, count).mapToObj(this::counters).toList(),
                        ControlAgent.firstView(io, LeftoverPolicy.DEFAULT));
        resources = new Resources(workers);
    }

    private static Worker.Placement placement(int number, int count, int connections) {
        return new Worker.Placement(
                number,
                count,
                OptionalInt.empty(),
                connections,
                42,
                NeighbourSettings.DEFAULT,
                null,
                ClientNetworks.DEFAULT,
                16);
    }

    /// A worker counts for a real server, so many times, 1 connection, 2 packets and 3 bytes in, 4
    /// packets and 5 bytes out.
    void traffic(int worker, int slot, long times) {
        long counters = workers.traffic(worker).server(slot);
        long back = counters + TrafficTable.DIRECTION_STEP;
        Memory.addLong(counters + TrafficTable.CONNECTIONS, times);
        Memory.addLong(counters + TrafficTable.IN_PACKETS, 2 * times);
        Memory.addLong(counters + TrafficTable.IN_BYTES, 3 * times);
        Memory.addLong(back + TrafficTable.IN_PACKETS, 4 * times);
        Memory.addLong(back + TrafficTable.IN_BYTES, 5 * times);
    }

    /// What that is.
    static TrafficCounts times(long times) {
        return new TrafficCounts(times, 2 * times, 3 * times, 4 * times, 5 * times);
    }

    /// Health checks of real servers, of which nobody hears.
    HealthMonitor health(ProbeFactory probes) {
        return new HealthMonitor(
                probes,
                Runnable::run,
                workers.health(),
                new WorkerNotices(workers),
                workers.controlCounters(),
                42,
                new Announcements(null, Runnable::run, (address, announced) -> {}),
                new DeafHealthListener());
    }

    private WorkerCounters counters(int worker) {
        return new WorkerCounters(places(worker, 0, OUTCOMES), places(worker, OUTCOMES, ALL));
    }

    private long[] places(int worker, int from, int to) {
        return LongStream.range(from, to)
                .map(place -> counters.address() + (place + (long) worker * ALL) * Long.BYTES)
                .toArray();
    }

    @Override
    public void close() {
        workers.workers().forEach(Worker::onClose);
        workers.close();
        counters.close();
        io.close();
    }
}
