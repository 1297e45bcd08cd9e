package io.fullnat.core.control;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Clock;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpAddress;
import io.fullnat.api.control.BalancerStatus;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.Control;
import io.fullnat.api.io.PacketIo;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.core.schedule.Schedulers;
import io.fullnat.core.service.ServiceEntry;
import io.fullnat.core.service.ServiceMap;
import io.fullnat.core.stack.NetworkView;
import io.fullnat.core.worker.ViewExchange;
import io.fullnat.core.worker.WorkerSet;
import io.fullnat.core.worker.WorkerView;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
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
    /// How long workers may take to prepare a state.
    public static final long PREPARE_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(2);

    private static final Logger LOG = LoggerFactory.getLogger(ControlAgent.class);
    private static final long RECLAIM_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(100);

    private final WorkerSet workers;
    private final Clock clock;
    private final DeviceNames devices;
    private final Schedulers schedulers;
    private final Resources resources;
    private final ServiceBuilder serviceBuilder;
    private final NetworkBuilder networkBuilder;
    private final MpscUnboundedVarHandleArrayQueue<Request> requests =
            new MpscUnboundedVarHandleArrayQueue<>(64);
    private final Map<IpAddress, String> draining = new HashMap<>();
    private volatile StatusSource source;
    private volatile boolean closed;
    private TreeMap<ServiceKey, ServiceBuilder.Built> built = new TreeMap<>();
    private WishedState state = WishedState.EMPTY;
    private @Nullable Transaction current;
    private long publications;
    private long revision;
    private long nextReclaimNs;
    private long deadlineNs;
    private boolean published;

    private record Request(List<? extends Change> changes, CompletableFuture<Void> answer) {}

    /// A control plane.
    ///
    /// @param io whose ports are the devices
    /// @param workers to be controlled
    /// @param clock the balancer's
    /// @param schedulers that services may name
    /// @param seed for schedulers that start at random
    public ControlAgent(
            PacketIo io, WorkerSet workers, Clock clock, Schedulers schedulers, long seed) {
        this.workers = workers;
        this.clock = clock;
        this.schedulers = schedulers;
        devices = new DeviceNames(io);
        resources = new Resources(workers);
        serviceBuilder = new ServiceBuilder(workers, resources, schedulers, seed);
        networkBuilder = new NetworkBuilder(devices);
        source = new StatusSource(0, state, Map.of(), Map.of(), resources);
    }

    /// The view of the network that workers start with: all ports, no address.
    ///
    /// @param io whose ports are the devices
    /// @return the view
    public static NetworkView firstView(PacketIo io) {
        return new NetworkBuilder(new DeviceNames(io)).build(WishedState.EMPTY, Map.of());
    }

    @Override
    public CompletableFuture<Void> submit(List<? extends Change> changes) {
        CompletableFuture<Void> answer = new CompletableFuture<>();
        requests.offer(new Request(List.copyOf(changes), answer));
        if (closed) {
            refuseWaiting();
        }
        return answer;
    }

    @Override
    public BalancerStatus status() {
        return source.read();
    }

    @Override
    public int doWork() {
        if (current != null) {
            return step(current);
        }
        Request request = requests.poll();
        if (request != null) {
            begin(request);
            return 1;
        }
        long now = clock.nanoTime();
        if (now - nextReclaimNs >= 0) {
            nextReclaimNs = now + RECLAIM_INTERVAL_NS;
            reclaim();
        }
        return 0;
    }

    private void begin(Request request) {
        List<ServiceBuilder.Built> added = new ArrayList<>();
        try {
            StateEditor editor = new StateEditor(state, devices, schedulers);
            request.changes.forEach(editor::apply);
            prepare(editor.result(), added, request.answer);
        } catch (BalancerException refusal) {
            added.forEach(service -> serviceBuilder.release(service.service()));
            request.answer.completeExceptionally(refusal);
        } catch (RuntimeException fault) {
            LOG.error("a transaction could not be built", fault);
            added.forEach(service -> serviceBuilder.release(service.service()));
            request.answer.completeExceptionally(
                    new BalancerException(
                            ErrorCode.INTERNAL, "the change could not be built: " + fault, fault));
        }
    }

    private void prepare(
            WishedState next, List<ServiceBuilder.Built> added, CompletableFuture<Void> answer) {
        TreeMap<ServiceKey, ServiceBuilder.Built> nextBuilt = new TreeMap<>();
        List<ServiceBuilder.Built> dropped = new ArrayList<>();
        next.services()
                .forEach((key, service) -> {
                    ServiceBuilder.Built known = built.get(key);
                    if (known == null || !known.service().equals(service)) {
                        known = serviceBuilder.build(service);
                        added.add(known);
                    }
                    nextBuilt.put(key, known);
                });
        built.forEach((key, known) -> {
            if (nextBuilt.get(key) != known) {
                dropped.add(known);
            }
        });
        Map<IpAddress, String> nextDraining = new HashMap<>(draining);
        state.locals().forEach((ip, use) -> nextDraining.put(ip, use.device()));
        nextDraining.keySet().removeAll(next.locals().keySet());
        current =
                new Transaction(
                        ++publications,
                        revision + 1,
                        next,
                        nextBuilt,
                        added,
                        dropped,
                        nextDraining,
                        answer);
        offer(current, announcements(next));
    }

    private record Transaction(
            long publication,
            long revision,
            WishedState state,
            TreeMap<ServiceKey, ServiceBuilder.Built> built,
            List<ServiceBuilder.Built> added,
            List<ServiceBuilder.Built> dropped,
            Map<IpAddress, String> draining,
            CompletableFuture<Void> answer) {}

    private void offer(Transaction transaction, Set<IpAddress> announced) {
        NetworkView network = networkBuilder.build(transaction.state, transaction.draining);
        deadlineNs = clock.nanoTime() + PREPARE_TIMEOUT_NS;
        published = false;
        for (int worker = 0; worker < workers.size(); worker++) {
            Map<Long, ServiceEntry> entries = HashMap.newHashMap(transaction.built.size());
            int number = worker;
            transaction.built.forEach(
                    (key, service) -> entries.put(Words.service(key), service.entry(number)));
            WorkerView view =
                    new WorkerView(
                            transaction.publication,
                            network,
                            new ServiceMap(entries),
                            resources.lanes(worker),
                            worker == 0 ? owned(network, announced) : List.of());
            if (!workers.exchange(worker).offer(view)) {
                abort(
                        transaction,
                        ErrorCode.WORKER_TIMEOUT,
                        "worker " + worker + " does not take new states; nothing was changed");
                return;
            }
        }
    }

    private static List<NetworkView.Own> owned(NetworkView network, Set<IpAddress> announced) {
        List<NetworkView.Own> owned = new ArrayList<>();
        for (IpAddress ip : announced) {
            int address = Words.host(ip);
            owned.add(
                    new NetworkView.Own(
                            address, ip.bitLength(), network.ownDevice(address), false));
        }
        return owned;
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
        if (!published && !allPrepared(transaction)) {
            return 0;
        }
        for (int worker = 0; worker < workers.size(); worker++) {
            if (workers.exchange(worker).adopted() != transaction.publication) {
                return 0;
            }
        }
        commit(transaction);
        return 1;
    }

    /// Whether all workers have acknowledged, which publishes the state; aborts on a refusal or
    /// when the time is over.
    private boolean allPrepared(Transaction transaction) {
        for (int worker = 0; worker < workers.size(); worker++) {
            ViewExchange exchange = workers.exchange(worker);
            if (exchange.prepared() != transaction.publication) {
                if (clock.nanoTime() - deadlineNs >= 0) {
                    abort(
                            transaction,
                            ErrorCode.WORKER_TIMEOUT,
                            "worker "
                                    + worker
                                    + " did not answer within "
                                    + TimeUnit.NANOSECONDS.toMillis(PREPARE_TIMEOUT_NS)
                                    + " ms; nothing was changed");
                }
                return false;
            }
            String refusal = exchange.refusal();
            if (refusal != null) {
                abort(
                        transaction,
                        ErrorCode.WORKER_REFUSED,
                        "worker " + worker + " refused: " + refusal + "; nothing was changed");
                return false;
            }
        }
        workers.publish(transaction.publication);
        published = true;
        return true;
    }

    private void abort(Transaction transaction, ErrorCode code, String message) {
        current = null;
        transaction.added.forEach(service -> serviceBuilder.release(service.service()));
        transaction.answer.completeExceptionally(new BalancerException(code, message));
    }

    private void commit(Transaction transaction) {
        current = null;
        transaction.dropped.forEach(service -> serviceBuilder.release(service.service()));
        for (ServiceKey key : state.services().keySet()) {
            if (!transaction.state.services().containsKey(key)) {
                resources.forgetTraffic(key);
            }
        }
        state = transaction.state;
        built = transaction.built;
        draining.clear();
        draining.putAll(transaction.draining);
        revision = transaction.revision;
        publishStatus();
        nextReclaimNs = clock.nanoTime();
        transaction.answer.complete(null);
    }

    private void publishStatus() {
        Map<IpAddress, Integer> localSlots = new HashMap<>();
        state.locals().keySet().forEach(ip -> localSlots.put(ip, resources.locals().find(ip)));
        draining.keySet().forEach(ip -> localSlots.put(ip, resources.locals().find(ip)));
        source = new StatusSource(revision, state, draining, localSlots, resources);
    }

    /// Lets go of what the last connection has left. A local address that has drained makes a new
    /// state, which passes the workers like any other, and is tried again if they do not take it.
    private void reclaim() {
        boolean leftOvers = resources.hasLeftOvers();
        if (leftOvers) {
            resources.reclaim(state.services()::containsKey);
        }
        Map<IpAddress, String> left = new HashMap<>(draining);
        left.keySet().removeIf(ip -> resources.locals().find(ip) < 0);
        if (left.size() != draining.size()) {
            current =
                    new Transaction(
                            ++publications,
                            revision, // nobody asked for a change
                            state,
                            built,
                            List.of(),
                            List.of(),
                            left,
                            new CompletableFuture<>());
            offer(current, Set.of());
        } else if (leftOvers) {
            publishStatus();
        }
    }

    /// Called by whichever thread finds the balancer closed, hence the lock.
    private synchronized void refuseWaiting() {
        for (Request left = requests.poll(); left != null; left = requests.poll()) {
            left.answer.completeExceptionally(
                    new BalancerException(ErrorCode.CLOSED, "the balancer is closed"));
        }
    }

    @Override
    public void onClose() {
        closed = true;
        Transaction unfinished = current;
        if (unfinished != null) {
            abort(unfinished, ErrorCode.CLOSED, "the balancer is closed");
        }
        refuseWaiting();
    }

    @Override
    public String roleName() {
        return "fullnat-control";
    }
}
