// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Clock;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.JvmRequirements;
import io.fullnat.api.control.BalancerListener;
import io.fullnat.api.control.LeftoverPolicy;
import io.fullnat.api.health.Announcer;
import io.fullnat.api.health.ProbeFactory;
import io.fullnat.api.io.PacketIo;
import io.fullnat.api.network.NeighbourSettings;
import io.fullnat.api.network.PuntSettings;
import io.fullnat.api.network.ReversePath;
import io.fullnat.api.service.Admission;
import io.fullnat.api.service.ClientNetworks;
import io.fullnat.api.service.CookieSecrets;
import io.fullnat.api.service.SchedulerFactory;
import io.fullnat.api.service.ServicePolicy.Refusal;
import io.fullnat.core.persistence.TemplateTable;
import io.fullnat.core.probe.SocketProbes;
import io.fullnat.core.schedule.Schedulers;
import io.fullnat.core.worker.Worker;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import java.util.function.IntFunction;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Describes a [FullNatBalancer]. Used by one thread, once.
public final class BalancerBuilder {
    /// The most workers a balancer can have.
    public static final int MAX_WORKERS = 64;

    /// The default for [#connections(int)].
    public static final int DEFAULT_CONNECTIONS = 1 << 18;

    /// The default for [#templates(int)].
    public static final int DEFAULT_TEMPLATES = TemplateTable.DEFAULT_CAPACITY;

    /// The default for [#transactionLimit(Duration)].
    public static final Duration DEFAULT_TRANSACTION_LIMIT = Duration.ofSeconds(30);

    /// The default for [#name(String)].
    public static final String DEFAULT_NAME = "fullnat";

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,32}");

    private final PacketIo io;
    private final List<SchedulerFactory> schedulers = new ArrayList<>();
    private final Map<String, ReversePath> reversePaths = new LinkedHashMap<>();
    private List<Integer> cpus = List.of();
    private Clock clock = Clock.system();
    private int workers = 1;
    IdleMode idle = IdleMode.BACK_OFF;
    private int connections = DEFAULT_CONNECTIONS;
    int templates = DEFAULT_TEMPLATES;
    private int modifiedConnections;
    private LeftoverPolicy leftovers = LeftoverPolicy.DEFAULT;
    long seed = new SecureRandom().nextLong();
    private @Nullable Path countersFile;
    private final List<BalancerListener> listeners = new ArrayList<>();
    private Duration transactionLimit = DEFAULT_TRANSACTION_LIMIT;
    ThreadFactory threads = Thread.ofPlatform().daemon().factory();
    private @Nullable Executor callbacks;
    ProbeFactory probes = new SocketProbes();
    @Nullable Executor probeExecutor;
    @Nullable Announcer announcer;
    private NeighbourSettings neighbours = NeighbourSettings.DEFAULT;
    private ClientNetworks clientNetworks = ClientNetworks.DEFAULT;
    CookieSecrets cookieSecrets = CookieSecrets.random();
    private String name = DEFAULT_NAME;
    private IntFunction<? extends @Nullable Admission> admission = worker -> null;
    RunMode run = RunMode.STARTED;
    private boolean used;

    BalancerBuilder(PacketIo io) {
        this.io = requireNonNull(io, "io");
    }

    /// How many workers; worker *i* uses queue *i* of each port. One if not said.
    ///
    /// @param count 1 to [#MAX_WORKERS]
    /// @return this
    public BalancerBuilder workers(int count) {
        if (count < 1 || count > MAX_WORKERS) {
            throw invalid("workers: " + count + " is not 1-" + MAX_WORKERS);
        }
        workers = count;
        return this;
    }

    /// Pins each worker to a CPU. Not pinned if not said.
    ///
    /// @param numbers one for each worker
    /// @return this
    public BalancerBuilder cpus(List<Integer> numbers) {
        cpus = List.copyOf(requireNonNull(numbers, "numbers"));
        return this;
    }

    /// What a worker does while there is nothing to do. [IdleMode#BACK_OFF] if not said.
    ///
    /// @param mode for all workers of a started balancer
    /// @return this
    public BalancerBuilder idle(IdleMode mode) {
        idle = requireNonNull(mode, "mode");
        return this;
    }

    /// How many connections each worker can hold. The memory, about 240 bytes for each, is reserved
    /// at the start and got from the system while workers are idle, or by connections.
    /// [#DEFAULT_CONNECTIONS] if not said.
    ///
    /// @param perWorker 1 to 2^26
    /// @return this
    public BalancerBuilder connections(int perWorker) {
        requireCount("connections", perWorker, " per worker");
        connections = perWorker;
        return this;
    }

    /// How many connections of each worker can have servers that are still to be told the client;
    /// others begin without. 260 bytes each, as they are used. All if not said.
    ///
    /// @param perWorker 1 to 2^26
    /// @return this
    public BalancerBuilder modifiedConnections(int perWorker) {
        requireCount("modified connections", perWorker, " per worker");
        modifiedConnections = perWorker;
        return this;
    }

    /// How many persistence templates there is room for, of all services and workers together. They
    /// take 40 bytes each, as they are used. 262,144 if not said.
    ///
    /// @param count 1 to 2^26, rounded up to a power of two
    /// @return this
    public BalancerBuilder templates(int count) {
        requireCount("templates", count, "");
        templates = count;
        return this;
    }

    /// What a client hears that sends to one of the balancer's addresses, but to a port or a
    /// protocol that no service uses. [Refusal#REJECT] if not said. What a service's own clients
    /// hear is that service's policy. Changed by [io.fullnat.api.control.Change.SetLeftovers].
    ///
    /// @param refusal for all addresses
    /// @return this
    public BalancerBuilder unusedPorts(Refusal refusal) {
        leftovers = leftovers.withUnusedPorts(requireNonNull(refusal, "refusal"));
        return this;
    }

    /// Where time comes from. The machine's clock if not said.
    ///
    /// @param source asked once a duty cycle
    /// @return this
    public BalancerBuilder clock(Clock source) {
        clock = requireNonNull(source, "source");
        return this;
    }

    /// Fixes all random choices, for repeatable tests. Secret and random if not said, and better
    /// left so where an attacker could send packets: hashes and ports could be predicted.
    ///
    /// @param value any
    /// @return this
    public BalancerBuilder seed(long value) {
        seed = value;
        return this;
    }

    /// Adds a kind of scheduler that services can name.
    ///
    /// @param factory its factory
    /// @return this
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] if its name is that of another, or
    ///   none
    public BalancerBuilder scheduler(SchedulerFactory factory) {
        schedulers.add(requireNonNull(factory, "factory"));
        new Schedulers(schedulers); // refuses a name that is taken, here and not at the start
        return this;
    }

    /// Whether the sources of packets that arrive at a port, on any of its VLANs, are checked
    /// against the routes. [ReversePath#OFF] if not said.
    ///
    /// @param port its name
    /// @param mode how they are checked
    /// @return this
    public BalancerBuilder reversePath(String port, ReversePath mode) {
        reversePaths.put(requireNonNull(port, "port"), requireNonNull(mode, "mode"));
        return this;
    }

    /// What is believed of neighbours, and which addresses are defended.
    /// [NeighbourSettings#DEFAULT] if not said.
    ///
    /// @param settings of all workers
    /// @return this
    public BalancerBuilder neighbours(NeighbourSettings settings) {
        neighbours = requireNonNull(settings, "settings");
        return this;
    }

    /// How large the network is that counts as one client's, where a service limits networks; 24
    /// bits of IPv4 and 64 of IPv6 if not said.
    ///
    /// @param lengths of both families
    /// @return this
    public BalancerBuilder clientNetworks(ClientNetworks lengths) {
        clientNetworks = requireNonNull(lengths, "lengths");
        return this;
    }

    /// What SYN cookies are made with, so that other balancers with the same secrets accept them.
    /// One that nobody else has if not said.
    ///
    /// @param secrets of all services with a SYN proxy
    /// @return this
    public BalancerBuilder cookieSecrets(CookieSecrets secrets) {
        cookieSecrets = requireNonNull(secrets, "secrets");
        return this;
    }

    /// How much goes to the kernel by the interfaces beside ports
    /// ([io.fullnat.api.io.PacketPort#puntPort()]). [PuntSettings#DEFAULT] if not said.
    ///
    /// @param settings of all ports that have one
    /// @return this
    public BalancerBuilder punting(PuntSettings settings) {
        leftovers = leftovers.withPunting(requireNonNull(settings, "settings"));
        return this;
    }

    /// Keeps the counters in a memory-mapped file that other processes can read. In this process's
    /// memory if not said.
    ///
    /// @param file replaced if it is there
    /// @return this
    public BalancerBuilder countersFile(Path file) {
        countersFile = requireNonNull(file, "file");
        return this;
    }

    /// How long a transaction may take, from its call to its end, waiting for those before it
    /// included. Then it fails with [ErrorCode#TRANSACTION_TIMEOUT]. [#DEFAULT_TRANSACTION_LIMIT]
    /// if not said.
    ///
    /// @param limit a millisecond or more
    /// @return this
    public BalancerBuilder transactionLimit(Duration limit) {
        if (requireNonNull(limit, "limit").toMillis() < 1) {
            throw invalid("transaction limit " + limit + " is less than a millisecond");
        }
        transactionLimit = limit;
        return this;
    }

    /// Where futures of transactions complete, and listeners are called. Virtual threads if not
    /// said; for a balancer that is built, the thread that drives it.
    ///
    /// @param executor must not run tasks on the thread that calls it, if they may wait or take
    ///   long; one that rejects a task is reported, and a virtual thread runs the task
    /// @return this
    public BalancerBuilder callbacks(Executor executor) {
        callbacks = requireNonNull(executor, "executor");
        return this;
    }

    /// How real servers are probed. By sockets of the Java runtime if not said ([SocketProbes]),
    /// which know no probes of the application's own.
    ///
    /// @param factory asked on the control thread, once for each kind of question
    /// @return this
    public BalancerBuilder probes(ProbeFactory factory) {
        probes = requireNonNull(factory, "factory");
        return this;
    }

    /// Where health probes run, which wait. Virtual threads if not said; for a balancer that is
    /// built, the thread that drives it, at the end of a duty cycle.
    ///
    /// A probe's socket is in the network namespace of the thread that opens it, a virtual thread
    /// in that of its carrier (docs/health.md): who moves threads gives platform threads here.
    ///
    /// @param executor must not run tasks on the thread that calls it; one that rejects a task is
    ///   reported, and a virtual thread runs the task
    /// @return this
    public BalancerBuilder probeExecutor(Executor executor) {
        probeExecutor = requireNonNull(executor, "executor");
        return this;
    }

    /// What tells the network which virtual addresses are served here, for services that ask for it
    /// ([io.fullnat.api.health.Announce]). Nothing if not said; such services are refused then.
    ///
    /// @param teller called where probes run ([#probeExecutor(Executor)]), and at the end on a
    ///   thread of its own
    /// @return this
    public BalancerBuilder announcer(Announcer teller) {
        announcer = requireNonNull(teller, "teller");
        return this;
    }

    /// Has a listener told of all that happens. As
    /// [io.fullnat.api.control.Control#listen(BalancerListener)], from the start.
    ///
    /// @param listener told on the executor of [#callbacks(Executor)]
    /// @return this
    public BalancerBuilder listener(BalancerListener listener) {
        listeners.add(requireNonNull(listener, "listener"));
        return this;
    }

    /// What the balancer is called: its threads and agents are `NAME-control` and `NAME-worker-0`
    /// and so on. [#DEFAULT_NAME] if not said.
    ///
    /// @param value 1 to 32 letters, digits, `.`, `_`, `-`
    /// @return this
    public BalancerBuilder name(String value) {
        if (!NAME.matcher(requireNonNull(value, "value")).matches()) {
            throw invalid(
                    '"'
                            + value
                            + "\" is no name of a balancer: 1-32 of a-z, A-Z, 0-9, '.', '_', '-'");
        }
        name = value;
        return this;
    }

    /// Makes the threads: one for each worker, one for control, one that asks transaction
    /// functions. They are named and started by the balancer. Daemon threads if not said.
    ///
    /// @param factory of platform threads, for real ports
    /// @return this
    public BalancerBuilder threads(ThreadFactory factory) {
        threads = requireNonNull(factory, "factory");
        return this;
    }

    /// Has the application decide, too, who may connect. Everybody whom the access rules let pass
    /// if not said.
    ///
    /// @param ofWorker asked once for each worker by its number, at the start, for the decision
    ///   that this worker asks
    /// @return this
    public BalancerBuilder admission(IntFunction<? extends Admission> ofWorker) {
        requireNonNull(ofWorker, "ofWorker");
        admission =
                worker -> {
                    Admission made = ofWorker.apply(worker);
                    if (made == null) {
                        throw invalid("the admission of worker " + worker + " is null");
                    }
                    return made;
                };
        return this;
    }

    /// Starts the balancer on threads of its own.
    ///
    /// @return a running balancer without addresses and services
    /// @throws BalancerException if a port has too few queues, memory is short, a worker's thread
    ///   cannot be registered or pinned, another balancer uses the ports, or the builder has made
    ///   one already
    public FullNatBalancer start() {
        return make(RunMode.STARTED);
    }

    /// Makes a balancer that is driven by hand, by [FullNatBalancer#doWork()].
    ///
    /// @return a balancer without addresses and services
    /// @throws BalancerException as [#start()]
    public FullNatBalancer build() {
        return make(RunMode.BUILT);
    }

    /// Makes a balancer whose agents the application runs: [FullNatBalancer#controlAgent()] and
    /// each of [FullNatBalancer#workerAgents()], by runners of its own. [#idle(IdleMode)] is the
    /// runners' affair; [#threads(ThreadFactory)] still makes the thread that asks transaction
    /// functions.
    ///
    /// Nothing works until all are run: a transaction waits for control, then for each worker. One
    /// thread must start, run and close an agent; workers are pinned and registered on it. Close
    /// the balancer before the runners: each agent then ends on its thread.
    ///
    /// @return a balancer without addresses and services
    /// @throws BalancerException as [#start()]
    public FullNatBalancer buildAgents() {
        return make(RunMode.AGENTS);
    }

    private FullNatBalancer make(RunMode how) {
        JvmRequirements.require();
        run = how;
        if (used) {
            throw new BalancerException(
                    ErrorCode.UNSUPPORTED,
                    "this builder has made a balancer already; begin with a new builder");
        }
        if (!cpus.isEmpty() && cpus.size() != workers) {
            throw invalid("cpus: " + cpus + " are not one for each of " + workers + " workers");
        }
        PortRequirements.check(io, workers, reversePaths.keySet());
        PortClaim claim = PortClaim.of(io);
        try {
            FullNatBalancer made = new FullNatBalancer(this, new Schedulers(schedulers), claim);
            used = true;
            return made;
        } catch (Throwable failure) {
            claim.release();
            throw failure;
        }
    }

    private static void requireCount(String what, int count, String each) {
        if (count < 1 || count > 1 << 26) {
            throw invalid(what + ": " + count + each + " is not 1-" + (1 << 26));
        }
    }

    private static BalancerException invalid(String message) {
        return new BalancerException(ErrorCode.INVALID_ARGUMENT, message);
    }

    PacketIo io() {
        return io;
    }

    Map<String, ReversePath> reversePaths() {
        return reversePaths;
    }

    int workers() {
        return workers;
    }

    @Nullable Path countersFile() {
        return countersFile;
    }

    Clock clock() {
        return clock;
    }

    Duration transactionLimit() {
        return transactionLimit;
    }

    @Nullable Executor callbacks() {
        return callbacks;
    }

    List<BalancerListener> listeners() {
        return listeners;
    }

    String name() {
        return name;
    }

    LeftoverPolicy leftovers() {
        return leftovers;
    }

    List<Worker.Placement> placements() {
        List<Worker.Placement> placements = new ArrayList<>();
        for (int worker = 0; worker < workers; worker++) {
            OptionalInt cpu =
                    cpus.isEmpty() ? OptionalInt.empty() : OptionalInt.of(cpus.get(worker));
            long workerSeed = (seed + worker + 1) * 0x9E37_79B9_7F4A_7C15L;
            placements.add(
                    new Worker.Placement(
                            worker,
                            workers,
                            cpu,
                            connections,
                            workerSeed,
                            neighbours,
                            admission.apply(worker),
                            clientNetworks,
                            modifiedConnections == 0 ? connections : modifiedConnections));
        }
        return placements;
    }
}
