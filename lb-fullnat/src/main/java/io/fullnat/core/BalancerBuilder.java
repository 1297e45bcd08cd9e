package io.fullnat.core;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Clock;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.io.PacketIo;
import io.fullnat.api.io.PacketPort;
import io.fullnat.api.network.ReversePath;
import io.fullnat.api.service.SchedulerFactory;
import io.fullnat.api.service.ServicePolicy.Refusal;
import io.fullnat.core.schedule.Schedulers;
import io.fullnat.core.worker.Worker;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Describes a [FullNatBalancer]. Used by one thread, once.
public final class BalancerBuilder {
    /// The most workers a balancer can have.
    public static final int MAX_WORKERS = 64;

    /// The default for [#connections(int)].
    public static final int DEFAULT_CONNECTIONS = 1 << 18;

    private final PacketIo io;
    private final List<SchedulerFactory> schedulers = new ArrayList<>();
    private final Map<String, ReversePath> reversePaths = new LinkedHashMap<>();
    private List<Integer> cpus = List.of();
    private Clock clock = Clock.system();
    private int workers = 1;
    private IdleMode idle = IdleMode.BACK_OFF;
    private int connections = DEFAULT_CONNECTIONS;
    private Refusal unusedPorts = Refusal.REJECT;
    private long seed = new SecureRandom().nextLong();
    private @Nullable Path countersFile;
    private boolean threaded;

    BalancerBuilder(PacketIo io) {
        this.io = io;
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
        cpus = List.copyOf(numbers);
        return this;
    }

    /// What a worker does while there is nothing to do. [IdleMode#BACK_OFF] if not said.
    ///
    /// @param mode for all workers of a started balancer
    /// @return this
    public BalancerBuilder idle(IdleMode mode) {
        idle = mode;
        return this;
    }

    /// How many connections each worker can hold. The memory, about 240 bytes for each, is reserved
    /// at the start and got from the system while workers are idle, or by connections.
    /// [#DEFAULT_CONNECTIONS] if not said.
    ///
    /// @param perWorker 1 to 2^26
    /// @return this
    public BalancerBuilder connections(int perWorker) {
        if (perWorker < 1 || perWorker > 1 << 26) {
            throw invalid("connections: " + perWorker + " per worker is not 1-" + (1 << 26));
        }
        connections = perWorker;
        return this;
    }

    /// What a client hears that sends to one of the balancer's addresses, but to a port or a
    /// protocol that no service uses. [Refusal#REJECT] if not said. What a service's own clients
    /// hear is that service's policy.
    ///
    /// @param refusal for all addresses
    /// @return this
    public BalancerBuilder unusedPorts(Refusal refusal) {
        unusedPorts = refusal;
        return this;
    }

    /// Where time comes from. The machine's clock if not said.
    ///
    /// @param source asked once a duty cycle
    /// @return this
    public BalancerBuilder clock(Clock source) {
        clock = source;
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
    public BalancerBuilder scheduler(SchedulerFactory factory) {
        schedulers.add(factory);
        return this;
    }

    /// Whether the sources of packets that arrive at a port, on any of its VLANs, are checked
    /// against the routes. [ReversePath#OFF] if not said.
    ///
    /// @param port its name
    /// @param mode how they are checked
    /// @return this
    public BalancerBuilder reversePath(String port, ReversePath mode) {
        reversePaths.put(port, mode);
        return this;
    }

    /// Keeps the counters in a memory-mapped file that other processes can read. In this process's
    /// memory if not said.
    ///
    /// @param file replaced if it is there
    /// @return this
    public BalancerBuilder countersFile(Path file) {
        countersFile = file;
        return this;
    }

    /// Starts the balancer on threads of its own.
    ///
    /// @return a running balancer without addresses and services
    /// @throws BalancerException if a port has too few queues, memory is short, or a worker's
    ///   thread cannot be registered or pinned
    public FullNatBalancer start() {
        threaded = true;
        return make();
    }

    /// Makes a balancer that is driven by hand, by [FullNatBalancer#doWork()].
    ///
    /// @return a balancer without addresses and services
    /// @throws BalancerException as [#start()]
    public FullNatBalancer build() {
        threaded = false;
        return make();
    }

    private FullNatBalancer make() {
        if (ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN) {
            throw new BalancerException(
                    ErrorCode.UNSUPPORTED,
                    "only little-endian machines (x86-64, arm64) are supported");
        }
        if (!cpus.isEmpty() && cpus.size() != workers) {
            throw invalid("cpus: " + cpus + " are not one for each of " + workers + " workers");
        }
        if (io.ports().isEmpty()) {
            throw invalid("there is no port; a balancer needs one at least");
        }
        for (PacketPort port : io.ports()) {
            if (port.queueCount() < workers) {
                throw invalid(
                        "port "
                                + port.name()
                                + " has "
                                + port.queueCount()
                                + " queue(s) for "
                                + workers
                                + " workers; open it with more or use fewer workers");
            }
        }
        for (String name : reversePaths.keySet()) {
            if (io.ports().stream().noneMatch(port -> port.name().equals(name))) {
                throw invalid(
                        "reverse path: no port \""
                                + name
                                + "\"; there are "
                                + io.ports().stream()
                                        .map(PacketPort::name)
                                        .collect(Collectors.joining(", ")));
            }
        }
        return new FullNatBalancer(this, clock, new Schedulers(schedulers));
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

    long seed() {
        return seed;
    }

    @Nullable Path countersFile() {
        return countersFile;
    }

    IdleMode idle() {
        return idle;
    }

    boolean threaded() {
        return threaded;
    }

    List<Worker.Placement> placements() {
        List<Worker.Placement> placements = new ArrayList<>();
        for (int worker = 0; worker < workers; worker++) {
            OptionalInt cpu =
                    cpus.isEmpty() ? OptionalInt.empty() : OptionalInt.of(cpus.get(worker));
            long workerSeed = (seed + worker + 1) * 0x9E37_79B9_7F4A_7C15L;
            placements.add(
                    new Worker.Placement(
                            worker, workers, cpu, connections, workerSeed, unusedPorts));
        }
        return placements;
    }
}
