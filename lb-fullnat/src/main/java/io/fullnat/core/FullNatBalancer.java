// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Clock;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.control.BalancerEvent;
import io.fullnat.api.control.Control;
import io.fullnat.api.counter.CountersReader;
import io.fullnat.api.io.PacketIo;
import io.fullnat.api.io.PacketPort;
import io.fullnat.api.network.NetworkControl;
import io.fullnat.api.service.CookieSecrets;
import io.fullnat.api.service.ServiceRegistry;
import io.fullnat.core.capture.CaptureSettings;
import io.fullnat.core.control.ControlAgent;
import io.fullnat.core.control.ControlSettings;
import io.fullnat.core.control.WaitGuard;
import io.fullnat.core.punt.PuntAgent;
import io.fullnat.core.schedule.Schedulers;
import io.fullnat.core.transmit.FaultLog;
import io.fullnat.core.transmit.FaultyClock;
import io.fullnat.core.worker.Worker;
import io.fullnat.core.worker.WorkerSet;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.agrona.concurrent.Agent;
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
/// makes a test that gives the same result each time. Made as *agents*, control and each worker are
/// run by Agrona's `AgentRunner`s or `AgentInvoker`s of the application
/// ([BalancerBuilder#buildAgents()]).
///
/// The [PacketIo] is the caller's: opened before, closed after.
///
/// **Thread-safety:** control, registry, network and counters may be used from any thread.
public final class FullNatBalancer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FullNatBalancer.class);

    private final WorkerSet workers;
    private final ControlAgent control;
    private final CountersFile counters;
    private final ServiceRegistry services;
    private final NetworkControl network;
    private final String name;
    private final Queue<Runnable> callbacks = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final AtomicBoolean captures = new AtomicBoolean();
    private final PacketIo io;
    private final Clock clock;
    private final Drive drive;
    private final PortClaim claim;

    FullNatBalancer(BalancerBuilder options, Schedulers schedulers, PortClaim claim) {
        this.claim = claim;
        io = options.io();
        clock = options.clock();
        name = options.name();
        AgentNames names = new AgentNames(name);
        RunMode run = options.run;
        WaitGuard guard =
                switch (run) {
                    case STARTED -> WaitGuard.ofThreads();
                    case BUILT -> WaitGuard.ofDriver();
                    case AGENTS -> WaitGuard.ofRunners();
                };
        boolean byHand = run == RunMode.BUILT;
        List<Worker.Placement> placements = options.placements(); // asks the application
        counters = new CountersFile(options.workers(), options.countersFile());
        workers =
                new WorkerSet(
                        io,
                        options.clock(),
                        placements,
                        counters.all(),
                        ControlAgent.firstView(io, options.leftovers()),
                        options.templates,
                        options.cookieSecrets);
        logReturnPaths(io);
        Clock careful = new FaultyClock(options.clock(), workers.controlCounters().faults());
        Executor defaultExecutor = byHand ? callbacks::add : Thread::startVirtualThread;
        Executor executor = options.callbacks();
        Executor probeExecutor = options.probeExecutor;
        Executor ownProbeExecutor = byHand ? callbacks::add : names.probes();
        control =
                new ControlAgent(
                        io,
                        workers,
                        careful,
                        schedulers,
                        new ControlSettings(
                                options.seed,
                                options.transactionLimit(),
                                executor == null ? defaultExecutor : executor,
                                byHand ? null : names.functions(options.threads),
                                guard,
                                options.probes,
                                probeExecutor == null ? ownProbeExecutor : probeExecutor,
                                options.announcer,
                                options.reversePaths(),
                                options.leftovers()));
        services = new ServiceRegistry(control.face());
        network = new NetworkControl(control.face());
        options.listeners().forEach(control.face()::listen);
        PuntAgent punts = punts(options.clock());
        drive =
                switch (run) {
                    case STARTED ->
                            new OwnThreads(
                                    workers,
                                    control,
                                    punts,
                                    options.threads,
                                    options.idle,
                                    guard,
                                    names);
                    case BUILT -> new HandDrive(workers, control, punts, guard);
                    case AGENTS -> new RunnerDrive(workers, control, punts, guard, names);
                };
        if (drive instanceof OwnThreads threads) {
            try {
                threads.start();
            } catch (BalancerException failure) {
                close();
                throw failure;
            }
        }
    }

    private @Nullable PuntAgent punts(Clock told) {
        if (workers.punts().isEmpty()) {
            return null;
        }
        FaultLog faults = workers.controlCounters().faults();
        return new PuntAgent(
                workers.punts(), workers.links(), new FaultyClock(told, faults), faults);
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
                        switch (workers.returnPaths().mode(port)) {
                            case PREDICTED -> "predicted by the port's hash";
                            case RULES -> "brought to their worker by flow rules";
                            case OWN, HANDED_OVER -> "handed over between workers";
                        });
            }
        }
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

    /// Has all workers make and accept SYN cookies of other secrets, each within a second. A cookie
    /// of a secret that is not among them any more is worth nothing: its client is reset when it
    /// acknowledges that. Thread-safe.
    ///
    /// @param secrets instead of those of the builder or the last call
    public void useCookieSecrets(CookieSecrets secrets) {
        workers.limits().synProxies().changeSecrets(requireNonNull(secrets, "secrets"));
    }

    /// Begins to capture packets. Workers that capture do more for each packet; while nobody does,
    /// they ask once a duty cycle.
    ///
    /// @param settings which packets
    /// @return to be closed, also when the balancer has been
    /// @throws BalancerException [ErrorCode#CAPACITY] if somebody captures already: there is one
    ///   capture at a time; [ErrorCode#MEMORY] if there is no room for what is captured;
    ///   [ErrorCode#CLOSED] if the balancer is closed
    public PacketCapture capture(CaptureSettings settings) {
        if (closed.get()) {
            throw new BalancerException(ErrorCode.CLOSED, "the balancer is closed");
        }
        if (!captures.compareAndSet(false, true)) {
            throw new BalancerException(
                    ErrorCode.CAPACITY,
                    "somebody captures already, and there is one capture at a time; end that one");
        }
        try {
            String what = settings.describe(portNames()); // refuses patterns that are none
            long beganNs = clock.nanoTime();
            PacketCapture capture =
                    new PacketCapture(
                            settings, io, workers.workers(), clock, ended -> ended(ended, beganNs));
            control.face().tell(new BalancerEvent.CaptureBegan(what));
            return capture;
        } catch (RuntimeException e) {
            captures.set(false);
            throw e;
        }
    }

    private void ended(PacketCapture capture, long beganNs) {
        captures.set(false);
        control.face()
                .tell(
                        new BalancerEvent.CaptureEnded(
                                Duration.ofNanos(clock.nanoTime() - beganNs),
                                capture.captured(),
                                capture.lost()));
    }

    private List<String> portNames() {
        return io.ports().stream().map(PacketPort::name).toList();
    }

    /// How many workers there are.
    ///
    /// @return 1 or more
    public int workers() {
        return workers.size();
    }

    /// The workers themselves, for tests of their inside.
    List<Worker> workersThemselves() {
        return workers.workers();
    }

    /// Its name.
    ///
    /// @return as its builder was told
    public String name() {
        return name;
    }

    /// The agent of the control plane, for a balancer that was made by
    /// [BalancerBuilder#buildAgents()]. It belongs onto a thread that never waits for long, and may
    /// share one with workers or with agents of the application.
    ///
    /// @return to be run once, by one runner
    /// @throws BalancerException [ErrorCode#UNSUPPORTED] if the balancer runs in another way
    public Agent controlAgent() {
        return runners().control();
    }

    /// The agents of the workers, for a balancer that was made by [BalancerBuilder#buildAgents()]:
    /// each by a runner of its own, or several in one's composite agent.
    ///
    /// @return in order of the workers, each to be run once, by one runner
    /// @throws BalancerException [ErrorCode#UNSUPPORTED] if the balancer runs in another way
    public List<Agent> workerAgents() {
        return List.copyOf(runners().workers());
    }

    private RunnerDrive runners() {
        if (drive instanceof RunnerDrive runners) {
            return runners;
        }
        throw new BalancerException(
                ErrorCode.UNSUPPORTED,
                "this balancer runs its agents itself; make it by buildAgents() to run them");
    }

    /// One duty cycle of control and each worker, for a balancer that was built, not started. What
    /// applications attached to transactions that have ended, and listeners, are run at the end of
    /// it, unless the balancer has an executor for them.
    ///
    /// @return how much there was to do; 0 if nothing
    /// @throws BalancerException if the balancer runs in another way, or is closed;
    ///   [ErrorCode#WOULD_DEADLOCK] if it is called from within itself, as by a transaction
    ///   function
    public int doWork() {
        if (closed.get()) {
            throw new BalancerException(ErrorCode.CLOSED, "the balancer is closed");
        }
        if (!(drive instanceof HandDrive hand)) {
            throw new BalancerException(
                    ErrorCode.UNSUPPORTED,
                    "a started balancer works by itself, and one made by buildAgents() by the"
                            + " runners of its agents; use build() to drive it");
        }
        return hand.cycle() + runCallbacks();
    }

    private int runCallbacks() {
        int run = 0;
        for (Runnable next = callbacks.poll(); next != null; next = callbacks.poll()) {
            next.run();
            run++;
        }
        return run;
    }

    /// Withdraws the virtual addresses that are announced, waiting for that for five seconds at
    /// most; then stops the threads, sends what can still be sent, gives all buffers back.
    /// Connections are forgotten, transactions that have not ended fail with [ErrorCode#CLOSED].
    /// Does nothing the second time.
    ///
    /// A thread that hangs in what the application supplied (a scheduler, a port) is waited for
    /// five seconds, then left behind, and its memory with it, with a line in the log that says
    /// where it is. The same goes for an agent that the application's runner has not closed and
    /// does not run any more; agents that the calling thread runs, or nobody, are ended by it.
    ///
    /// @throws BalancerException [ErrorCode#WOULD_DEADLOCK] on a thread that would wait for itself;
    ///   nothing is closed then
    @Override
    public void close() {
        drive.requireMayClose();
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        control.withdraw();
        workers.stop();
        boolean ended = drive.end();
        counters.close();
        if (ended) {
            workers.close();
            claim.release();
        }
        runCallbacks();
    }
}
