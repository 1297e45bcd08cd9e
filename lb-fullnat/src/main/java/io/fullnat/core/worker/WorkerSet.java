// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.worker;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Clock;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.io.PacketIo;
import io.fullnat.api.service.CookieSecrets;
import io.fullnat.core.limit.Limits;
import io.fullnat.core.limit.SynProxyStates;
import io.fullnat.core.localport.ReturnPaths;
import io.fullnat.core.memory.NumaNodes;
import io.fullnat.core.open.FlowContext;
import io.fullnat.core.persistence.TemplateTable;
import io.fullnat.core.punt.PuntLink;
import io.fullnat.core.service.HealthWords;
import io.fullnat.core.service.TrafficTable;
import io.fullnat.core.stack.AddressStates;
import io.fullnat.core.stack.ListenerVersions;
import io.fullnat.core.stack.NetworkView;
import io.fullnat.core.transmit.LinkGate;
import io.fullnat.core.transmit.WorkerCounters;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;

/// All workers of a balancer with what connects them to each other and to the control plane.
public final class WorkerSet implements AutoCloseable {
    /// Real servers that can be known at once, draining ones included.
    public static final int MAX_SERVERS = 65_536;

    /// Local addresses of services that can be known at once, draining ones included; one that two
    /// services list counts twice.
    public static final int MAX_LOCALS = 65_536;

    private final AtomicLong published = new AtomicLong();
    private final Quiescence quiescence;
    private final ReturnPaths returnPaths;
    private final List<LinkGate> links;
    private final List<PuntLink> punts;
    private final List<WorkerCounters> counters;
    private final List<Worker> workers = new ArrayList<>();
    private final List<ViewExchange> exchanges = new ArrayList<>();
    private final List<TrafficTable> traffic = new ArrayList<>();
    private final AddressStates addressStates = new AddressStates();
    private final HealthWords health = new HealthWords(MAX_SERVERS, FlowContext.MAX_SERVICES);
    private final Limits limits;
    private final TemplateTable templates;
    private final long epochNs;

    /// Makes the workers; none runs yet.
    ///
    /// @param io with a queue for each worker on every port
    /// @param clock the balancer's
    /// @param placements one for each worker, in order
    /// @param counters one for each worker, in order
    /// @param view the first view of the network
    public WorkerSet(
            PacketIo io,
            Clock clock,
            List<Worker.Placement> placements,
            List<WorkerCounters> counters,
            NetworkView view) {
        this(
                io,
                clock,
                placements,
                counters,
                view,
                TemplateTable.DEFAULT_CAPACITY,
                CookieSecrets.random());
    }

    /// Makes the workers; none runs yet.
    ///
    /// @param io with a queue for each worker on every port
    /// @param clock the balancer's
    /// @param placements one for each worker, in order
    /// @param counters one for each worker, in order
    /// @param view the first view of the network
    /// @param templateCapacity how many persistence templates there is room for
    /// @param secrets of SYN cookies
    public WorkerSet(
            PacketIo io,
            Clock clock,
            List<Worker.Placement> placements,
            List<WorkerCounters> counters,
            NetworkView view,
            int templateCapacity,
            CookieSecrets secrets) {
        quiescence = new Quiescence(placements.size());
        returnPaths = new ReturnPaths(io.ports(), placements.size());
        links = io.ports().stream().map(port -> new LinkGate()).toList();
        punts = PuntLink.of(io, placements.size());
        this.counters = List.copyOf(counters);
        limits =
                new Limits(
                        FlowContext.MAX_SERVICES,
                        MAX_SERVERS,
                        placements.stream().mapToLong(Worker.Placement::connections).sum(),
                        placements.getFirst().clientNetworks(),
                        placements.getFirst().seed(),
                        new SynProxyStates(FlowContext.MAX_SERVICES, secrets, clock));
        OneToOneRingBuffer[][] rings = HandOff.rings(placements.size());
        epochNs = clock.nanoTime();
        long secret = placements.getFirst().seed() * 0xC2B2_AE3D_27D4_EB4FL;
        templates = new TemplateTable(templateCapacity, secret);
        ListenerVersions versions = new ListenerVersions();
        boolean home = NumaNodes.areSeveral();
        for (Worker.Placement placement : placements) {
            Supplier<Worker> maker =
                    () -> {
                        ViewExchange exchange = new ViewExchange(published);
                        TrafficTable table =
                                new TrafficTable(MAX_SERVERS, MAX_LOCALS, FlowContext.MAX_SERVICES);
                        exchanges.add(exchange);
                        traffic.add(table);
                        return new Worker(
                                placement,
                                io,
                                clock,
                                epochNs,
                                view,
                                returnPaths,
                                links,
                                punts,
                                addressStates,
                                versions,
                                counters.get(placement.number()),
                                table,
                                limits,
                                rings,
                                exchange,
                                quiescence);
                    };
            workers.add(
                    home && placement.cpu().isPresent()
                            ? NumaLocalBuilder.make(io, placement, maker)
                            : maker.get());
        }
    }

    /// Refuses a number that no worker has.
    ///
    /// @param worker the number
    /// @param workers how many there are
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] with the numbers there are
    public static void requireWorker(int worker, int workers) {
        if (worker < 0 || worker >= workers) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT,
                    "no worker " + worker + "; there are 0-" + (workers - 1));
        }
    }

    /// How many workers there are.
    ///
    /// @return 1 or more
    public int size() {
        return workers.size();
    }

    /// The workers, to be run.
    ///
    /// @return in order of their numbers
    public List<Worker> workers() {
        return Collections.unmodifiableList(workers);
    }

    /// How answers reach the workers.
    ///
    /// @return the paths
    public ReturnPaths returnPaths() {
        return returnPaths;
    }

    /// Where the control plane says which links are down.
    ///
    /// @return one for each port, in order
    public List<LinkGate> links() {
        return links;
    }

    /// Which own addresses of IPv6 are ours alone.
    ///
    /// @return what the workers know, to be read by any thread
    public AddressStates addressStates() {
        return addressStates;
    }

    /// The ways to the kernel, of those ports that have one.
    ///
    /// @return in order of the ports; empty if none has
    public List<PuntLink> punts() {
        return punts;
    }

    /// Where the control plane counts: those counters that no worker touches.
    ///
    /// @return the counters of worker 0
    public WorkerCounters controlCounters() {
        return counters.getFirst();
    }

    /// Has somebody told of faults.
    ///
    /// @param told gets what failed, on the thread that met it
    public void onFault(Consumer<String> told) {
        counters.forEach(each -> each.faults().onReport(told));
    }

    /// Tells of faults that go on.
    public void pollFaults() {
        counters.forEach(each -> each.faults().poll());
    }

    /// What a worker counts.
    ///
    /// @param worker its number
    /// @return its counters, to be read
    public WorkerCounters counters(int worker) {
        return counters.get(worker);
    }

    /// The way to pass new states to a worker.
    ///
    /// @param worker its number
    /// @return its exchange
    public ViewExchange exchange(int worker) {
        return exchanges.get(worker);
    }

    /// What a worker counts for servers and local addresses.
    ///
    /// @param worker its number
    /// @return its table
    public TrafficTable traffic(int worker) {
        return traffic.get(worker);
    }

    /// Where the control plane says how servers are.
    ///
    /// @return words that all workers read
    public HealthWords health() {
        return health;
    }

    /// How many connections there are where that is limited.
    ///
    /// @return what all workers count
    public Limits limits() {
        return limits;
    }

    /// Which clients go to which servers.
    ///
    /// @return the table of all workers
    public TemplateTable templates() {
        return templates;
    }

    /// The clock's time at which the workers' seconds begin.
    ///
    /// @return nanoseconds
    public long epochNs() {
        return epochNs;
    }

    /// Puts a revision, which all workers have prepared, in force: the one store after which each
    /// worker works by it from its next burst on.
    ///
    /// @param revision the revision
    public void publish(long revision) {
        published.set(revision);
    }

    /// Asks all workers to end.
    public void stop() {
        quiescence.stop();
    }

    /// Frees the memory; no worker runs any more.
    @Override
    public void close() {
        workers.forEach(Worker::free);
        traffic.forEach(TrafficTable::close);
        limits.close();
        templates.close();
    }
}
