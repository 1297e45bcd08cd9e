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
import io.fullnat.core.schedule.Schedulers;
import io.fullnat.core.worker.Worker;
import io.fullnat.core.worker.WorkerSet;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentRunner;
import org.agrona.concurrent.AgentTerminationException;
import org.agrona.concurrent.IdleStrategy;
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

    private final WorkerSet workers;
    private final ControlAgent control;
    private final CountersFile counters;
    private final ServiceRegistry services;
    private final NetworkControl network;
    private final List<AgentRunner> runners = new ArrayList<>();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final boolean threaded;
    private final IdleMode idle;

    FullNatBalancer(BalancerBuilder options, Clock clock, Schedulers schedulers) {
        PacketIo io = options.io();
        counters = new CountersFile(options.workers(), options.countersFile());
        workers =
                new WorkerSet(
                        io,
                        clock,
                        options.placements(),
                        counters.all(),
                        ControlAgent.firstView(io));
        logReturnPaths(io);
        control =
                new ControlAgent(
                        io, workers, clock, schedulers, options.seed(), options.reversePaths());
        services = new ServiceRegistry(control);
        network = new NetworkControl(control);
        threaded = options.threaded();
        idle = options.idle();
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
        List<Worker> all = workers.workers();
        StartGate gate = new StartGate(all.size());
        for (Worker worker : all) {
            run(gate.guard(worker), idle.strategy());
        }
        try {
            gate.await();
        } catch (BalancerException failure) {
            close();
            throw failure;
        }
        run(control, new BackOff(LONGEST_CONTROL_PAUSE_US, CONTROL_REST_US));
    }

    private void run(Agent agent, IdleStrategy strategy) {
        AgentRunner runner = new AgentRunner(strategy, fault -> report(agent, fault), null, agent);
        runners.add(runner);
        Thread thread = new Thread(runner, agent.roleName());
        thread.setDaemon(true);
        thread.start();
    }

    private static void report(Agent agent, Throwable fault) {
        if (!(fault instanceof AgentTerminationException)) {
            LOG.error("{} failed", agent.roleName(), fault);
        }
    }

    /// Transactions and state, also without waiting.
    ///
    /// @return the control of this balancer
    public Control control() {
        return control;
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

    /// One duty cycle of control and each worker, for a balancer that was built, not started.
    ///
    /// @return how much there was to do; 0 if nothing
    /// @throws BalancerException if the balancer runs on threads of its own, or is closed
    public int doWork() {
        if (threaded || closed.get()) {
            throw new BalancerException(
                    closed.get() ? ErrorCode.CLOSED : ErrorCode.UNSUPPORTED,
                    closed.get()
                            ? "the balancer is closed"
                            : "a started balancer works by itself; use build() to drive it");
        }
        int work = control.doWork();
        for (Worker worker : workers.workers()) {
            work += worker.doWork();
        }
        return work;
    }

    /// Stops the threads, sends what can still be sent, gives all buffers back. Connections are
    /// forgotten. Does nothing the second time.
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        workers.stop();
        if (threaded) {
            runners.reversed().forEach(AgentRunner::close);
        } else {
            finish();
        }
        control.onClose();
        counters.close();
        workers.close();
    }

    private void finish() {
        List<Worker> running = new ArrayList<>(workers.workers());
        while (!running.isEmpty()) {
            running.removeIf(FullNatBalancer::hasEnded);
        }
        workers.workers().forEach(Worker::onClose);
    }

    private static boolean hasEnded(Worker worker) {
        try {
            worker.doWork();
            return false;
        } catch (AgentTerminationException ended) {
            return true;
        }
    }
}
