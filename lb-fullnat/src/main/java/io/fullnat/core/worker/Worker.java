// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.worker;

import io.fullnat.api.Clock;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.api.io.PacketIo;
import io.fullnat.api.io.PacketPort;
import io.fullnat.api.io.PortQueue;
import io.fullnat.api.network.NeighbourSettings;
import io.fullnat.api.service.Admission;
import io.fullnat.api.service.ClientNetworks;
import io.fullnat.core.connection.ConnectionTable;
import io.fullnat.core.limit.Limits;
import io.fullnat.core.localport.ReturnPaths;
import io.fullnat.core.modify.ClientTelling;
import io.fullnat.core.open.FlowContext;
import io.fullnat.core.path.FastPath;
import io.fullnat.core.path.SlowPath;
import io.fullnat.core.punt.PuntGate;
import io.fullnat.core.punt.PuntLink;
import io.fullnat.core.service.TrafficTable;
import io.fullnat.core.stack.AddressStates;
import io.fullnat.core.stack.AdjacencyTable;
import io.fullnat.core.stack.AnswerLimits;
import io.fullnat.core.stack.ArpStack;
import io.fullnat.core.stack.IcmpAnswers;
import io.fullnat.core.stack.Icmpv6Answers;
import io.fullnat.core.stack.ListenerVersions;
import io.fullnat.core.stack.NeighbourStack;
import io.fullnat.core.stack.Neighbourhood;
import io.fullnat.core.stack.NetworkView;
import io.fullnat.core.stack.StackContext;
import io.fullnat.core.tap.Tap;
import io.fullnat.core.transmit.FaultyQueue;
import io.fullnat.core.transmit.LinkGate;
import io.fullnat.core.transmit.Transmitter;
import io.fullnat.core.transmit.WorkerCounters;
import java.util.List;
import java.util.OptionalInt;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentTerminationException;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.jspecify.annotations.Nullable;

/// One worker: owns a queue of each port, its connections, its neighbours, its counters, and shares
/// none of them. Its duty cycle reads the clock once, takes over a new state if there is one, then
/// moves packets: ports, hand-over, transmit. What is beside them has its turn in some of its
/// cycles ([Chores]).
///
/// Run by one thread, a runner's or a test's.
public final class Worker implements Agent, ArpStack.Waiters {
    /// A burst's loads hide one another, its headers stay in the nearest cache.
    private static final int BURST = 64;

    private static final int TRANSMIT_QUEUE = 1024;
    private static final int MESSAGES_PER_PEER = 4;

    /// Where a worker is placed, and what it is made of.
    ///
    /// @param number from 0
    /// @param workers how many there are
    /// @param cpu where its thread stays, or empty
    /// @param connections capacity of its table
    /// @param seed secret of its hash and port choice
    /// @param neighbours what it believes of them
    /// @param admission asked who may connect; null if nobody is asked
    /// @param clientNetworks how large a client's network is; the same for all workers
    /// @param modified how many connections can be modified at once
    public record Placement(
            int number,
            int workers,
            OptionalInt cpu,
            int connections,
            long seed,
            NeighbourSettings neighbours,
            @Nullable Admission admission,
            ClientNetworks clientNetworks,
            int modified) {}

    private final Placement placement;
    private final PacketIo io;
    private final WorkerTime time;
    private final long epochNs;
    private final PortQueue[] queues;
    private final Transmitter[] transmitters;
    private final WorkerCounters counters;
    private final StackContext stack;
    private final FlowContext context;
    private final AdjacencyTable adjacencies = new AdjacencyTable();
    private final NewsRing news = new NewsRing();
    private final NeighbourStack links;
    private final SlowPath slow;
    private final FastPath fast;
    private final PuntGate punts;
    private final HandOff handOff;
    private final ViewExchange exchange;
    private final Quiescence quiescence;
    private final PacketBurst burst = new PacketBurst(BURST);
    private final ViewExchange.Preparation preparation = this::prepare;
    private final TakenOver takenOver;
    private final Chores chores;
    private boolean attached;

    /// Any thread sets it; the worker looks once a duty cycle. A tap's memory is the heap's to give
    /// back, so nobody waits for the worker.
    private volatile @Nullable Tap wantedTap;

    private boolean quiescent;
    private boolean closed;

    /// A worker.
    ///
    /// @param placement which one it is
    /// @param io with at least as many queues a port as there are workers
    /// @param clock the balancer's
    /// @param epochNs the clock's time at the balancer's start
    /// @param view the first view
    /// @param returnPaths of all workers
    /// @param links of all ports, in order
    /// @param punts the ways of all workers to the kernel
    /// @param states of own addresses, of all workers
    /// @param versions of multicast listeners, of all workers
    /// @param counters its own
    /// @param traffic its own
    /// @param limits shared by all workers
    /// @param rings to all workers, by sender, then receiver
    /// @param exchange its own, with the control plane
    /// @param quiescence shared by all workers
    Worker(
            Placement placement,
            PacketIo io,
            Clock clock,
            long epochNs,
            NetworkView view,
            ReturnPaths returnPaths,
            List<LinkGate> links,
            List<PuntLink> punts,
            AddressStates states,
            ListenerVersions versions,
            WorkerCounters counters,
            TrafficTable traffic,
            Limits limits,
            OneToOneRingBuffer[][] rings,
            ViewExchange exchange,
            Quiescence quiescence) {
        this.placement = placement;
        this.io = io;
        this.counters = counters;
        this.exchange = exchange;
        this.quiescence = quiescence;
        int number = placement.number();
        List<? extends PacketPort> ports = io.ports();
        queues = new PortQueue[ports.size()];
        transmitters = new Transmitter[ports.size()];
        long[] macs = new long[ports.size()];
        for (int port = 0; port < queues.length; port++) {
            queues[port] = ports.get(port).queue(number);
            macs[port] = ports.get(port).mac().bits();
            transmitters[port] =
                    new Transmitter(
                            ports.get(port).name(),
                            queues[port],
                            io.buffers(number),
                            counters,
                            links.get(port),
                            TRANSMIT_QUEUE);
        }
        stack =
                new StackContext(
                        placement.workers(), io.buffers(number), transmitters, counters, view);
        stack.time(clock.nanoTime() - epochNs);
        this.epochNs = epochNs;
        time = new WorkerTime(clock, epochNs, stack, counters);
        counters.set(Counter.CONNECTION_CAPACITY, placement.connections());
        handOff = new HandOff(number, rings, io.buffers(number), counters);
        this.links =
                new NeighbourStack(
                        stack,
                        adjacencies,
                        states,
                        versions,
                        handOff,
                        news,
                        this,
                        placement.neighbours(),
                        number == 0);
        AnswerLimits answers = new AnswerLimits(stack, placement.seed());
        Neighbourhood neighbourhood =
                new Neighbourhood(
                        adjacencies,
                        this.links.arp(),
                        new IcmpAnswers(stack, answers),
                        this.links.discovery(),
                        new Icmpv6Answers(stack, states, answers));
        context =
                new FlowContext(
                        stack,
                        neighbourhood,
                        states,
                        returnPaths,
                        number,
                        placement.connections(),
                        placement.seed(),
                        traffic,
                        limits);
        ClientTelling.begin(context, placement.modified(), placement.seed(), number);
        this.punts = new PuntGate(stack, number, punts);
        slow = new SlowPath(context, neighbourhood, handOff, placement.admission(), this.punts);
        fast = new FastPath(context, adjacencies, slow, macs, BURST);
        List<LinkGate> announced = number == 0 ? links : List.of(); // one announces for all
        chores = new Chores(context, this.links, announced, slow, exchange);
        takenOver = new TakenOver(counters, this.links, fast, slow, BURST);
    }

    @Override
    public void onStart() {
        io.attachWorker(placement.number(), placement.cpu());
        attached = true;
    }

    @Override
    public int doWork() {
        time.turn();
        int work = takeOver();
        if (quiescence.isStopping()) {
            return finish();
        }
        Tap tap = wantedTap;
        if (tap != counters.tap()) {
            counters.tap(tap);
        }
        if (tap != null) {
            tap.time(stack.nowNs() + epochNs);
        }
        for (int port = 0; port < queues.length; port++) {
            int received = receive(port);
            if (received > 0) {
                counters.count(Counter.RECEIVED, received);
                time.received(received);
                if (tap != null) {
                    tap.received(burst, port);
                }
                fast.process(burst, port);
                work += received;
            }
        }
        work += handOff.read(takenOver, MESSAGES_PER_PEER);
        boolean choresDue = chores.areDue(work);
        if (choresDue) {
            work += chores.run();
        }
        handOff.flush();
        work += punts.send();
        work += transmit();
        if (choresDue) {
            chores.tell();
        }
        if (work == 0) {
            context.getMemory();
        }
        time.worked(work);
        return work;
    }

    private int receive(int port) {
        try {
            burst.clear(); // so that it holds nothing old if the port throws
            return queues[port].receive(burst);
        } catch (Throwable fault) {
            FaultyQueue faulty =
                    new FaultyQueue(queues[port], io.ports().get(port).name(), counters.faults());
            queues[port] = faulty;
            return faulty.receivingFailed(fault, burst);
        }
    }

    private int transmit() {
        int sent = 0;
        for (Transmitter transmitter : transmitters) {
            sent += transmitter.flush();
        }
        counters.set(Counter.CONNECTIONS, context.table().size());
        counters.count(Counter.CYCLES);
        return sent;
    }

    private int takeOver() {
        WorkerView view = exchange.poll(preparation);
        if (view == null) {
            return 0;
        }
        stack.view(view.network());
        punts.become(view.network().leftovers());
        context.services(view.services(), view.allocators(), view.renewed());
        if (view.services().hasIpv6()) {
            context.table().wide().expect();
        }
        links.neighbours().applyStatic();
        if (!view.flushed().isEmpty()) {
            links.neighbours().flush(view.flushed());
        }
        links.announce(view.announcements());
        exchange.adopted(view);
        if (view.purges().isEmpty()) {
            exchange.purged(0);
        } else {
            chores.purge(view.purges());
        }
        return 1;
    }

    private @Nullable String prepare(WorkerView view) {
        int statics = view.network().neighbours().size();
        return statics > AdjacencyTable.MAX_STATIC
                ? statics + " static neighbours, but there may be " + AdjacencyTable.MAX_STATIC
                : null;
    }

    @Override
    public void resume(long buffer, long data, int length, int port) {
        slow.resume(buffer, data, length, port);
    }

    @Override
    public void giveUp(long buffer, long data, int length, int port) {
        slow.giveUp(buffer, data, length, port);
    }

    /// The end: no more packets from ports; what is under way between workers is handled, what
    /// still waits then is dropped and counted.
    private int finish() {
        if (!quiescent) {
            becomeQuiet();
            return 1;
        }
        if (!quiescence.allQuiet()) {
            return 0;
        }
        discard();
        throw new AgentTerminationException();
    }

    private void becomeQuiet() {
        handOff.flush();
        quiescent = true;
        quiescence.reached();
    }

    private void dropMessage(int type, MutableDirectBuffer message, int at, int length) {
        if (type != HandOff.PACKETS) {
            return;
        }
        counters.count(Counter.TAKEN_OVER, length / HandOff.PACKET_LENGTH);
        for (int packet = at; packet < at + length; packet += HandOff.PACKET_LENGTH) {
            counters.end(Outcome.SHUTDOWN, message.getLong(packet));
            stack.pool().free(message.getLong(packet));
        }
    }

    @Override
    public void onClose() {
        if (closed) {
            return;
        }
        closed = true;
        if (!quiescent) { // it is closed before it has ended: the others must not wait for it
            becomeQuiet();
            discard();
        }
        transmit();
        for (Transmitter transmitter : transmitters) {
            transmitter.close();
        }
        links.neighbours().close();
        context.handshakes().discard();
        slow.discard();
        chores.end();
        if (attached) {
            try {
                io.detachWorker(placement.number());
            } catch (Throwable fault) {
                counters.faults().report("detaching " + roleName(), fault);
            }
        }
    }

    /// Drops and counts what others have handed to it. By its thread, or any when no worker runs.
    public void discard() {
        handOff.read(this::dropMessage, Integer.MAX_VALUE);
    }

    /// Frees the worker's memory; its thread has ended.
    public void free() {
        fast.close();
        slow.close();
        context.close();
        adjacencies.close();
    }

    /// The worker's connections, to be observed from other threads.
    ///
    /// @return the table; only a [io.fullnat.core.connection.ConnectionObserver] may look at it
    public ConnectionTable connections() {
        return context.table();
    }

    /// The worker's neighbours, to be observed from other threads.
    ///
    /// @return the table; only a [io.fullnat.core.stack.NeighbourObserver] may look at it
    public AdjacencyTable neighbours() {
        return adjacencies;
    }

    /// What the worker does with connections. For its thread.
    public FlowContext flows() {
        return context;
    }

    /// What the worker tells the control plane of neighbours.
    ///
    /// @return to be read by one thread
    public NewsRing news() {
        return news;
    }

    /// Bytes of table, ports and counters.
    ///
    /// @return all memory outside the heap
    public long bytes() {
        return context.bytes();
    }

    /// Gives it a tap, from its next duty cycle on. Any thread.
    ///
    /// @param tap null to take it away
    public void tap(@Nullable Tap tap) {
        wantedTap = tap;
    }

    /// Which worker it is, from 0.
    public int number() {
        return placement.number();
    }

    @Override
    public String roleName() {
        return "fullnat-worker-" + placement.number();
    }
}
