package io.fullnat.core.control;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Clock;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpAddress;
import io.fullnat.api.control.BalancerEvent;
import io.fullnat.api.control.BalancerStatus;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.api.control.ConnectionInfo;
import io.fullnat.api.control.Control;
import io.fullnat.api.control.DesiredState;
import io.fullnat.api.control.NeighbourStatus;
import io.fullnat.api.control.Plan;
import io.fullnat.api.io.PacketIo;
import io.fullnat.api.network.ReversePath;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServiceStatus;
import io.fullnat.core.schedule.Schedulers;
import io.fullnat.core.stack.Device;
import io.fullnat.core.stack.NetworkView;
import io.fullnat.core.worker.WorkerSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.agrona.concurrent.Agent;
import org.jctools.queues.varhandle.MpscUnboundedVarHandleArrayQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The control plane's one writer. Takes transactions from a queue, one after the other: validates
/// all changes, builds the next state beside the present one, lets every worker prepare it, and
/// only when all have acknowledged puts it in force. Any failure before that point leaves the
/// present state, untouched.
///
/// Its duty cycle never waits, so that one thread can drive it and the workers in turn.
public final class ControlAgent implements Agent, Control {
    private static final Logger LOG = LoggerFactory.getLogger(ControlAgent.class);
    private static final long RECLAIM_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(100);

    private final WorkerSet workers;
    private final Clock clock;
    private final DeviceNames devices;
    private final Schedulers schedulers;
    private final Resources resources;
    private final TransactionBuilder builder;
    private final Publisher publisher;
    private final FlowSteering steering;
    private final RateMeter rates;
    private final Conditions conditions = new Conditions(this::tell);
    private final List<Watch> watches;
    private final LinkWatch links;
    private final ReaderGate gate = new ReaderGate();
    private final ConnectionLister connections;
    private final MpscUnboundedVarHandleArrayQueue<Request> requests =
            new MpscUnboundedVarHandleArrayQueue<>(64);
    private volatile StatusSource source;
    private volatile boolean closed;
    private volatile @Nullable Thread thread;
    private Map<IpAddress, String> draining = Map.of();
    private NavigableMap<ServiceKey, ServiceBuilder.Built> built = new TreeMap<>();
    private WishedState state = WishedState.EMPTY;
    private @Nullable Transaction current;
    private long revision;
    private long nextReclaimNs;

    /// What a caller waits for.
    private sealed interface Request {
        Plan plan();

        CompletableFuture<?> answer();

        record Apply(Plan plan, CompletableFuture<Void> answer) implements Request {}

        record Check(Plan plan, CompletableFuture<List<Change>> answer) implements Request {}
    }

    /// A control plane.
    ///
    /// @param io whose ports are the devices
    /// @param workers to be controlled
    /// @param clock the balancer's
    /// @param schedulers that services may name
    /// @param seed for schedulers that start at random
    /// @param reversePaths of ports by name; off for those not named
    public ControlAgent(
            PacketIo io,
            WorkerSet workers,
            Clock clock,
            Schedulers schedulers,
            long seed,
            Map<String, ReversePath> reversePaths) {
        this.workers = workers;
        this.clock = clock;
        this.schedulers = schedulers;
        devices = new DeviceNames(io, reversePaths);
        resources = new Resources(workers);
        builder =
                new TransactionBuilder(
                        resources, new ServiceBuilder(workers, resources, schedulers, seed));
        publisher = new Publisher(workers, clock, new NetworkBuilder(devices), resources);
        steering = new FlowSteering(io, workers.returnPaths(), devices, workers.controlCounters());
        rates = new RateMeter(resources, clock.nanoTime());
        watches =
                List.of(new PortWatch(resources, conditions), new TableWatch(workers, conditions));
        links = new LinkWatch(io, workers.links(), conditions, clock.nanoTime());
        connections = new ConnectionLister(workers, gate, clock::nanoTime);
        source = statusSource();
    }

    /// The view of the network that workers start with: all ports, no address.
    ///
    /// @param io whose ports are the devices
    /// @return the view
    public static NetworkView firstView(PacketIo io) {
        return new NetworkBuilder(new DeviceNames(io)).build(WishedState.EMPTY, Map.of());
    }

    @Override
    public CompletableFuture<Void> submit(Plan plan) {
        return enqueue(new Request.Apply(plan, new CompletableFuture<>())).answer();
    }

    @Override
    public CompletableFuture<List<Change>> check(Plan plan) {
        return enqueue(new Request.Check(plan, new CompletableFuture<>())).answer();
    }

    private <R extends Request> R enqueue(R request) {
        requests.offer(request);
        LockSupport.unpark(thread); // it may sleep for a while where there is nothing to do
        if (closed) {
            refuseWaiting();
        }
        return request;
    }

    @Override
    public DesiredState desired() {
        return source.desired();
    }

    @Override
    public BalancerStatus status() {
        return gate.read(() -> source.read());
    }

    @Override
    public BalancerStatus status(int worker) {
        return gate.read(() -> source.read(worker));
    }

    @Override
    public Optional<ServiceStatus> status(ServiceKey key) {
        return gate.read(() -> source.read(key));
    }

    @Override
    public void connections(ConnectionFilter filter, Predicate<ConnectionInfo> visitor) {
        connections.list(filter, visitor);
    }

    @Override
    public List<NeighbourStatus> neighbours() {
        return gate.read(() -> NeighbourLister.list(workers, source::device));
    }

    @Override
    public void onStart() {
        thread = Thread.currentThread();
    }

    @Override
    public int doWork() {
        long now = clock.nanoTime();
        links.poll(now);
        if (rates.poll(now)) {
            watches.forEach(watch -> watch.poll(now));
            conditions.poll(now);
        }
        if (current != null) {
            return step(current);
        }
        if (now - nextReclaimNs >= 0) {
            nextReclaimNs = now + RECLAIM_INTERVAL_NS;
            reclaim();
        }
        if (current != null) {
            return 0;
        }
        Request request = requests.poll();
        if (request == null) {
            return 0;
        }
        begin(request);
        return 1;
    }

    private void begin(Request request) {
        try {
            StateEditor editor = new StateEditor(state, devices, schedulers);
            List<Change> changes = List.copyOf(request.plan().changes(source.desired()));
            changes.forEach(editor::apply);
            switch (request) {
                case Request.Check(Plan plan, CompletableFuture<List<Change>> answer) -> {
                    Transaction checked = next(editor.draft(), new CompletableFuture<>());
                    builder.release(checked.added());
                    answer.complete(changes);
                }
                case Request.Apply(Plan plan, CompletableFuture<Void> answer) ->
                        offer(next(editor.draft(), answer));
            }
        } catch (BalancerException refusal) {
            request.answer().completeExceptionally(refusal);
        } catch (RuntimeException fault) {
            LOG.error("a transaction could not be built", fault);
            request.answer()
                    .completeExceptionally(
                            new BalancerException(
                                    ErrorCode.INTERNAL,
                                    "the change could not be built: " + fault,
                                    fault));
        }
    }

    private Transaction next(Draft draft, CompletableFuture<Void> answer) {
        return builder.build(revision + 1, draft, state, built, draining, answer);
    }

    private void offer(Transaction transaction) {
        current = transaction;
        try {
            steering.install(transaction.state(), transaction.draining());
            publisher.offer(transaction, announcements(transaction.state()));
        } catch (BalancerException late) {
            abort(transaction, late);
        }
    }

    /// Addresses that were not ours before.
    private Set<IpAddress> announcements(WishedState next) {
        Set<IpAddress> fresh = new HashSet<>(next.addresses().keySet());
        fresh.addAll(next.locals().keySet());
        fresh.removeAll(state.addresses().keySet());
        fresh.removeAll(state.locals().keySet());
        fresh.removeAll(draining.keySet());
        return fresh;
    }

    private int step(Transaction transaction) {
        try {
            if (!publisher.poll()) {
                return 0;
            }
        } catch (BalancerException failure) {
            abort(transaction, failure);
            return 1;
        }
        commit(transaction);
        return 1;
    }

    private void abort(Transaction transaction, BalancerException failure) {
        current = null;
        builder.release(transaction.added());
        steering.retain(state, draining);
        transaction.answer().completeExceptionally(failure);
    }

    private void commit(Transaction transaction) {
        current = null;
        builder.release(transaction.dropped());
        for (ServiceKey key : built.keySet()) {
            if (!transaction.built().containsKey(key)) {
                resources.forgetTraffic(key);
            }
        }
        state = transaction.state();
        built = transaction.built();
        draining = transaction.draining();
        revision = transaction.revision();
        steering.retain(state, draining);
        builder.zero(transaction.zeroed(), built);
        source = statusSource();
        nextReclaimNs = clock.nanoTime();
        transaction.answer().complete(null);
    }

    /// Everything that is told passes here, on the control thread, in order.
    private void tell(BalancerEvent event) {
        LOG.debug("{}", event);
    }

    private StatusSource statusSource() {
        List<String> names = devices.all().stream().map(Device::name).toList();
        return new StatusSource(revision, state, built, draining, resources, names);
    }

    /// Lets go of what the last connection has left. A local address that has drained makes a new
    /// state, which passes the workers like any other, and is tried again if they do not take it.
    private void reclaim() {
        boolean leftOvers = resources.hasLeftOvers();
        if (leftOvers) {
            resources.reclaim(state.services()::containsKey);
        }
        Map<IpAddress, String> left = builder.stillDraining(draining);
        if (left.size() != draining.size()) {
            offer(
                    new Transaction(
                            revision, // nobody asked for a change
                            state,
                            built,
                            List.of(),
                            List.of(),
                            left,
                            Map.of(),
                            Set.of(),
                            new CompletableFuture<>()));
        } else if (leftOvers) {
            source = statusSource();
        }
    }

    /// Called by whichever thread finds the balancer closed, hence the lock.
    private synchronized void refuseWaiting() {
        for (Request left = requests.poll(); left != null; left = requests.poll()) {
            left.answer().completeExceptionally(closedError());
        }
    }

    private static BalancerException closedError() {
        return new BalancerException(ErrorCode.CLOSED, "the balancer is closed");
    }

    @Override
    public void onClose() {
        closed = true;
        Transaction unfinished = current;
        if (unfinished != null) {
            abort(unfinished, closedError());
        }
        refuseWaiting();
        steering.retain(WishedState.EMPTY, Map.of());
        gate.shut();
    }

    @Override
    public String roleName() {
        return "fullnat-control";
    }
}
