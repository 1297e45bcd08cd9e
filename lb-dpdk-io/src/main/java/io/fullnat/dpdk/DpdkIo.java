// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.io.BufferPool;
import io.fullnat.api.io.PacketIo;
import io.fullnat.api.io.PacketPort;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/// DPDK ports as packet I/O.
///
/// ```java
/// DpdkConfig config = DpdkConfig.builder().workers(2).port("dpdk0", "0000:01:00.0").build();
/// try (DpdkIo io = DpdkIo.open(config)) {
///     ...
/// }
/// ```
///
/// A process may open several, one after another or at once; their buffers must not be mixed.
/// Interfaces and sockets are those of the network namespace of the thread that calls
/// [#open(DpdkConfig)].
///
/// **Thread-safety:** as [PacketIo] says. Once closed, queues and pools do nothing.
public final class DpdkIo implements PacketIo {
    private static final int ANY_NODE = -1;

    private final Eal eal;
    private final OpenSubjects subjects;
    private final List<AttachedDevice> devices = new ArrayList<>();
    private final List<PacketPool> pools = new ArrayList<>();
    private final List<Integer> nodes = new ArrayList<>();
    private final List<OpenPort> ports = new ArrayList<>();
    private final List<TapInterface> taps = new ArrayList<>();
    private final List<DpdkBufferPool> buffers = new ArrayList<>();
    private final @Nullable Attachment[] attachments;

    /// Memory that calls of drivers use; goes with the last reference to a queue or pool.
    private final Arena arena = Arena.ofAuto();

    private @Nullable LinkKeeper keeper;
    private boolean open = true;

    private DpdkIo(Eal eal, DpdkConfig config, MemoryPlan plan, OpenSubjects subjects) {
        this.eal = eal;
        this.subjects = subjects;
        attachments = new Attachment[config.workers()];
        try {
            build(config, plan);
        } catch (RuntimeException e) {
            release();
            throw e;
        }
    }

    /// Opens and starts ports, and DPDK itself if it does not run yet.
    ///
    /// @param config which ports, and how
    /// @return the open ports
    /// @throws BalancerException [ErrorCode#MISSING_LIBRARY] if DPDK is not installed or of an
    ///   unknown version, [ErrorCode#PERMISSION], [ErrorCode#MEMORY], [ErrorCode#DEVICE] if a
    ///   device is missing, busy or refuses a setting, [ErrorCode#UNSUPPORTED] if DPDK runs with
    ///   other settings, or the JVM lacks a flag. Then nothing stays open
    public static DpdkIo open(DpdkConfig config) {
        Unavailability.requireJvm();
        config.ports().forEach(DeviceCheck::check);
        MemoryPlan plan = MemoryPlan.of(config);
        OpenSubjects subjects = OpenSubjects.claim(config);
        try {
            Eal eal = Eal.start(config, plan.memoryMb());
            return eal.exclusively(() -> new DpdkIo(eal, config, plan, subjects));
        } catch (Throwable failure) {
            subjects.release();
            throw failure;
        }
    }

    /// Loads DPDK's libraries, which [#open(DpdkConfig)] else does: for who has something else to
    /// do meanwhile, on any thread. DPDK is not started.
    ///
    /// @throws BalancerException [ErrorCode#MISSING_LIBRARY] if DPDK is not installed or of an
    ///   unknown version
    public static void load() {
        Unavailability.requireJvm();
        Eal.load();
    }

    /// Why DPDK cannot be used here, found out without starting it: the system, a flag that the JVM
    /// lacks, the libraries and their version. Devices and privileges are looked at by
    /// [#open(DpdkConfig)].
    ///
    /// @return a sentence that says what to do; empty if nothing is in the way
    public static Optional<String> unavailability() {
        return Unavailability.reason(Eal::load);
    }

    private void build(DpdkConfig config, MemoryPlan plan) {
        for (DpdkPortConfig port : config.ports()) {
            if (!port.device().isPacketSocket()) {
                devices.add(AttachedDevice.attach(eal, port, config.queues(port)));
            }
        }
        devices.stream().map(this::node).filter(node -> node >= 0).distinct().forEach(nodes::add);
        if (nodes.isEmpty()) {
            nodes.add(ANY_NODE);
        }
        for (int node : nodes) {
            pools.add(PacketPool.create(eal, plan, node));
        }
        Iterator<AttachedDevice> attached = devices.iterator();
        for (DpdkPortConfig port : config.ports()) {
            ports.add(
                    port.device().isPacketSocket()
                            ? packetSockets(config, port, plan)
                            : started(config, port, attached.next()));
        }
        for (int worker = 0; worker < config.workers(); worker++) {
            buffers.add(new DpdkBufferPool(pools, plan.room(), arena));
        }
        for (int i = 0; i < ports.size(); i++) {
            OpenPort port = ports.get(i);
            config.ports()
                    .get(i)
                    .kernel()
                    .ifPresent(name -> {
                        TapInterface tap =
                                TapInterface.open(name, port.name(), port.mac(), port.mtu());
                        taps.add(tap);
                        port.beside(tap);
                    });
        }
        List<PacketSocketPort> sockets =
                ports.stream()
                        .filter(PacketSocketPort.class::isInstance)
                        .map(PacketSocketPort.class::cast)
                        .toList();
        if (!sockets.isEmpty()) {
            keeper = new LinkKeeper(sockets);
        }
    }

    private OpenPort packetSockets(DpdkConfig config, DpdkPortConfig port, MemoryPlan plan) {
        return PacketSocketPort.open(
                port,
                config.queues(port),
                queues -> new DpdkBufferPool(pools, plan.room(), queues),
                pools.getFirst(),
                arena);
    }

    private OpenPort started(DpdkConfig config, DpdkPortConfig port, AttachedDevice device) {
        PortSetup setup = new PortSetup(device, port);
        PacketPool pool = pools.get(Math.max(nodes.indexOf(node(device)), 0));
        setup.run(config, pool, pools.size() == 1);
        return new DpdkPort(device, port, setup, config.queues(port), pool, arena);
    }

    /// The NUMA node for a device's buffers, -1 if it has none; ordinary pages belong to none.
    private int node(AttachedDevice device) {
        return eal.hugepages() ? eal.ethdev().numaNode(device.port()) : ANY_NODE;
    }

    @Override
    public List<? extends PacketPort> ports() {
        return List.copyOf(ports);
    }

    @Override
    public BufferPool buffers(int worker) {
        return buffers.get(worker);
    }

    /// {@inheritDoc}
    ///
    /// One thread may attach as several workers and then drives them all.
    ///
    /// @throws IllegalStateException if another living thread is attached as this worker
    @Override
    public synchronized void attachWorker(int worker, OptionalInt cpu) {
        if (!open) {
            throw new BalancerException(ErrorCode.CLOSED, "the ports are closed");
        }
        Attachment present = attachments[worker];
        if (present != null && present.thread().isAlive()) {
            throw new IllegalStateException(attached(worker, present));
        }
        Attachment attachment = Attachment.attach(eal, buffers.get(worker), cpu);
        attachments[worker] = attachment;
        ports.forEach(port -> port.attach(worker, attachment.lcore()));
    }

    /// {@inheritDoc}
    ///
    /// @throws IllegalStateException if the calling thread is not attached as this worker
    @Override
    public synchronized void detachWorker(int worker) {
        Attachment present = attachments[worker];
        if (present == null || present.thread() != Thread.currentThread()) {
            throw new IllegalStateException(
                    "thread "
                            + Thread.currentThread().getName()
                            + " is not attached as worker "
                            + worker);
        }
        attachments[worker] = null;
        ports.forEach(port -> port.detach(worker));
        present.detach(eal, buffers.get(worker));
    }

    /// Stops the ports and frees all memory. A worker that the calling thread is attached as is
    /// detached; others must be before.
    ///
    /// @throws IllegalStateException if another living thread is attached: its memory would go away
    ///   under it. Nothing is closed then
    @Override
    public synchronized void close() {
        if (!open) {
            return;
        }
        for (int worker = 0; worker < attachments.length; worker++) {
            Attachment present = attachments[worker];
            if (present != null && present.thread() == Thread.currentThread()) {
                detachWorker(worker);
            } else if (present != null && present.thread().isAlive()) {
                throw new IllegalStateException(
                        attached(worker, present) + ": close the balancer before its ports");
            }
        }
        open = false;
        eal.exclusively(() -> {
            release();
            return true;
        });
    }

    private static String attached(int worker, Attachment present) {
        return "thread " + present.thread().getName() + " is attached as worker " + worker;
    }

    /// Gives everything back, also what was only begun.
    private void release() {
        open = false;
        if (keeper != null) {
            keeper.close();
        }
        taps.forEach(TapInterface::close);
        long started = ports.stream().filter(DpdkPort.class::isInstance).count();
        ports.forEach(OpenPort::close);
        devices.stream().skip(started).forEach(AttachedDevice::detach);
        buffers.forEach(DpdkBufferPool::shut);
        pools.forEach(PacketPool::close);
        subjects.release();
    }
}
