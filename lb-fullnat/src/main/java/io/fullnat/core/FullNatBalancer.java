package io.fullnat.core;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Clock;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.control.Control;
import io.fullnat.api.counter.CountersReader;
import io.fullnat.api.io.PacketIo;
import io.fullnat.api.network.NetworkControl;
import io.fullnat.api.service.ServiceRegistry;
import io.fullnat.core.control.ControlAgent;
import io.fullnat.core.control.ControlSettings;
import io.fullnat.core.control.WaitGuard;
import io.fullnat.core.port.FaultyClock;
import io.fullnat.core.port.WorkerCounters;
import io.fullnat.core.schedule.Schedulers;
import io.fullnat.core.worker.Worker;
import io.fullnat.core.worker.WorkerSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentTerminationException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A layer-4 load balancer over ports: FullNAT of TCP and UDP over IPv4, by workers that share
/// nothing, under one control plane.
///
/// ```
/// try (var balancer = FullNatBalancer.builder(io).workers(2).start()) {
///     balancer.network().addAddress(InterfaceAddress.of("10.0.1.1/24", "lan"));
///     balancer.services().add(VirtualService.of(ServiceKey.tcp("10.0.0.80", 80))
///             .withRealServer(RealServer.of("10.0.1.11", 8080))
///             .withLocalAddress(LocalAddress.of("10.0.1.100", "lan")));
///     ...
/// }
/// ```
///
/// *Started*, it runs on threads of its own, one for each worker and one for control. *Built*, it
/// runs on whichever one thread calls [#doWork()], which with a manual clock and in-memory ports
/// makes a test that gives the same result each time.
///
/// The [PacketIo] is the caller's: opened before, closed after.
///
/// **Thread-safety:** control, registry, network and counters may be used from any thread.
public final class FullNatBalancer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FullNatBalancer.class);

    /// Whoever asks for something wakes the control thread, so this is how late it may see that a
    /// worker is done with what takes long itself, a link has changed, or an address has drained.
    private static final int LONGEST_CONTROL_PAUSE_US = 5_000;

    private static final int CONTROL_REST_US = 10_000;

    /// Duty cycles by which workers that are driven by hand have ended, unless one fails each time.
    private static final int LAST_TURNS = 1_000;

    /// How long closing waits for a thread that hangs in what the application supplied.
    private static final long CLOSE_LIMIT_NS = TimeUnit.SECONDS.toNanos(5);

    private final WorkerSet workers;
    private final ControlAgent control;
    private final CountersFile counters;
    private final ServiceRegistry services;
    private final NetworkControl network;
    private final WaitGuard guard;
    private final Queue<Runnable> callbacks = new ConcurrentLinkedQueue<>();
    private final List<AgentThread> workerThreads = new ArrayList<>();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final boolean threaded;
    private final ThreadFactory threads;
    private final IdleMode idle;
    private @Nullable AgentThread controlThread;
    private boolean working;
    private final PortClaim claim;

    FullNatBalancer(BalancerBuilder options, Schedulers schedulers, PortClaim claim) {
        this.claim = claim;
        PacketIo io = options.io();
        threaded = options.threaded();
        threads = options.threads();
        idle = options.idle();
        guard = threaded ? WaitGuard.ofThreads() : WaitGuard.ofDriver();
        counters = new CountersFile(options.workers(), options.countersFile());
        workers =
                new WorkerSet(
                        io,
                        options.clock(),
                        options.placements(),
                        counters.all(),
                        ControlAgent.firstView(io));
        logReturnPaths(io);
        Clock clock = new FaultyClock(options.clock(), workers.controlCounters().faults());
        Executor defaultExecutor = threaded ? Thread::startVirtualThread : callbacks::add;
        Executor executor = options.callbacks();
        control =
                new ControlAgent(
                        io,
                        workers,
                        clock,
                        schedulers,
                        new ControlSettings(
                                options.seed(),
                                options.transactionLimit(),
                                executor == null ? defaultExecutor : executor,
                                threaded ? threads : null,
                                guard,
                                options.reversePaths()));
        services = new ServiceRegistry(control.face());
        network = new NetworkControl(control.face());
        options.listeners().forEach(control.face()::listen);
        if (threaded) {
            startThreads();
        } else {
            workers.workers().forEach(Worker::onStart);
        }
    }

    /// Starts to describe a balancer.
    ///
    /// @param io its ports, each with at least as many queues as there will be workers
    /// @return a builder
    public static BalancerBuilder builder(PacketIo io) {
        return new BalancerBuilder(io);
    }

    private void logReturnPaths(PacketIo io) {
        if (workers.size() > 1) {
            for (int port = 0; port < io.ports().size(); port++) {
                LOG.info(
                        "port {}: answers of real servers to {} workers are {}",
                        io.ports().get(port).name(),
                        workers.size(),
                        switch (workers.returnPaths().way(port)) {
                            case PREDICTED -> "predicted by the port's hash";
                            case RULES -> "brought to their worker by flow rules";
                            case OWN, HANDED_OVER -> "handed over between workers";
                        });
            }
        }
    }

    private void startThreads() {
        try {
            for (Worker worker : workers.workers()) {
                AgentThread thread =
                        new AgentThread(
                                guarded(worker),
                                idle.strategy(),
                                workers.counters(worker.number()).faults());
                workerThreads.add(thread);
                thread.start(threads);
            }
            workerThreads.forEach(AgentThread::awaitStart);
            controlThread =
                    new AgentThread(
                            control,
                            new BackOff(LONGEST_CONTROL_PAUSE_US, CONTROL_REST_US),
                            workers.controlCounters().faults());
            controlThread.start(threads);
        } catch (BalancerException failure) {
            close();
            throw failure;
        }
    }

    /// The agent, with its thread known as one that must not wait.
    private Agent guarded(Worker worker) {
        return new Agent() {
            @Override
            public void onStart() {
                guard.enter();
                worker.onStart();
            }

            @Override
            public int doWork() {
                return worker.doWork();
            }

            @Override
            public void onClose() {
                worker.onClose();
            }

            @Override
            public String roleName() {
                return worker.roleName();
            }
        };
    }

    /// Transactions and state, also without waiting.
    ///
    /// @return the control of this balancer
    public Control control() {
        return control.face();
    }

    /// Virtual services.
    ///
    /// @return their registry
    public ServiceRegistry services() {
        return services;
    }

    /// Addresses, routes, neighbours.
    ///
    /// @return their control
    public NetworkControl network() {
        return network;
    }

    /// What the workers counted.
    ///
    /// @return a reader that stays valid after the balancer is closed
    public CountersReader counters() {
        return counters;
    }

    /// How many workers there are.
    ///
    /// @return 1 or more
    public int workers() {
        return workers.size();
    }

    /// One duty cycle of control and each worker, for a balancer that was built, not started. What
    /// applications attached to transactions that have ended, and listeners, are run at the end of
    /// it, unless the balancer has an executor for them.
    ///
    /// @return how much there was to do; 0 if nothing
    /// @throws BalancerException if the balancer runs on threads of its own, or is closed;
    ///   [ErrorCode#WOULD_DEADLOCK] if it is called from within itself, as by a plan
    public int doWork() {
        if (threaded || closed.get()) {
            throw new BalancerException(
                    closed.get() ? ErrorCode.CLOSED : ErrorCode.UNSUPPORTED,
                    closed.get()
                            ? "the balancer is closed"
                            : "a started balancer works by itself; use build() to drive it");
        }
        requireNotWorking();
        guard.driven();
        working = true;
        int work = 0;
        try {
            work += cycle(control, workers.controlCounters());
            for (Worker worker : workers.workers()) {
                work += cycle(worker, workers.counters(worker.number()));
            }
        } finally {
            working = false;
        }
        return work + runCallbacks();
    }

    private void requireNotWorking() {
        if (working) {
            throw new BalancerException(
                    ErrorCode.WOULD_DEADLOCK,
                    "the balancer is in the middle of a duty cycle of this thread");
        }
    }

    private static int cycle(Agent agent, WorkerCounters counters) {
        try {
            return agent.doWork();
        } catch (Throwable fault) {
            counters.faults().report(agent.roleName(), fault);
            return 0;
        }
    }

    private int runCallbacks() {
        int run = 0;
        for (Runnable next = callbacks.poll(); next != null; next = callbacks.poll()) {
            next.run();
            run++;
        }
        return run;
    }

    /// Stops the threads, sends what can still be sent, gives all buffers back. Connections are
    /// forgotten, transactions that have not ended fail with [ErrorCode#CLOSED]. Does nothing the
    /// second time.
    ///
    /// A thread that hangs in what the application supplied (a scheduler, a port) is waited for
    /// five seconds, then left behind, and its memory with it, with a line in the log that says
    /// where it is.
    ///
    /// @throws BalancerException [ErrorCode#WOULD_DEADLOCK] on a thread that would wait for itself;
    ///   nothing is closed then
    @Override
    public void close() {
        guard.requireMayClose();
        requireNotWorking();
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        workers.stop();
        boolean ended = threaded ? endThreads() : finish();
        counters.close();
        if (ended) {
            workers.close();
            claim.release();
        }
        runCallbacks();
    }

    private boolean finish() {
        List<Worker> running = new ArrayList<>(workers.workers());
        for (int turn = 0; !running.isEmpty() && turn < LAST_TURNS; turn++) {
            running.removeIf(this::hasEnded);
        }
        for (Worker worker : workers.workers()) {
            try {
                worker.onClose();
            } catch (Throwable fault) {
                workers.counters(worker.number()).faults().report("closing a worker", fault);
            }
        }
        control.onClose();
        return true;
    }

    private boolean hasEnded(Worker worker) {
        try {
            worker.doWork();
            return false;
        } catch (AgentTerminationException ended) {
            return true;
        } catch (Throwable fault) {
            workers.counters(worker.number()).faults().report(worker.roleName(), fault);
            return false;
        }
    }

    private boolean endThreads() {
        long end = System.nanoTime() + CLOSE_LIMIT_NS;
        boolean ended = awaitAll(workerThreads, end);
        if (!ended) { // the others wait for one that hangs
            workerThreads.forEach(AgentThread::stop);
            ended = awaitAll(workerThreads, System.nanoTime() + CLOSE_LIMIT_NS / 5);
        }
        AgentThread last = controlThread;
        if (last == null) {
            control.onClose();
        } else {
            last.stop();
            boolean controlEnded = awaitAll(List.of(last), System.nanoTime() + CLOSE_LIMIT_NS);
            if (!controlEnded) {
                control.abandon();
            }
            ended &= controlEnded;
        }
        return ended;
    }

    private static boolean awaitAll(List<AgentThread> all, long endNs) {
        boolean ended = true;
        for (AgentThread each : all) {
            if (!each.awaitEnd(Math.max(0, endNs - System.nanoTime()))) {
                LOG.error("{} does not end; its memory stays", each.whereabouts());
                ended = false;
            }
        }
        return ended;
    }
}
