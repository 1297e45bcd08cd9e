// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import io.fullnat.core.connection.ConnectionTable;
import io.fullnat.core.limit.Limits;
import io.fullnat.core.localport.AnswerDevices;
import io.fullnat.core.localport.LocalPorts;
import io.fullnat.core.localport.PortAllocator;
import io.fullnat.core.localport.ReturnPath;
import io.fullnat.core.localport.ReturnPaths;
import io.fullnat.core.service.ServiceEntry;
import io.fullnat.core.service.ServiceMap;
import io.fullnat.core.service.TrafficTable;
import io.fullnat.core.stack.AddressStates;
import io.fullnat.core.stack.Neighbourhood;
import io.fullnat.core.stack.NetworkView;
import io.fullnat.core.stack.StackContext;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The connections of one worker and what they refer to. The worker sets services and allocators
/// between bursts; the parts that forward only read them.
public final class FlowContext implements AutoCloseable {
    /// Services that can be known at once, former ones whose connections go on included.
    public static final int MAX_SERVICES = 65_536;

    private final StackContext stack;
    private final AddressStates states;
    private final ConnectionTable table;
    private final LocalPorts ports;
    private final ReturnPaths returnPaths;
    private final TrafficTable traffic;
    private final ConnectionLife life;
    private final FullNat fullNat;
    private final ForwardingModes modes;
    private final Stickiness stickiness;
    private final Retiming retiming = new Retiming(this);
    private final WorkerLimits limits;
    private final SynSegments syns;
    private final TrafficLimits trafficLimits;
    private final AnswerTiming timing;
    private final WindowCheck windowCheck;
    private final EndResets resets;
    private final Handshakes handshakes;
    private final SynProxies synProxies;
    private final QuicTuples quicTuples;
    private final int worker;
    private @Nullable Modifiers modifiers;
    private ServiceMap services = ServiceMap.EMPTY;
    private PortAllocator[] allocators = {};

    /// A context of one worker.
    ///
    /// @param stack of the same worker
    /// @param neighbourhood of the same worker
    /// @param returnPaths of the balancer
    /// @param self the worker's number
    /// @param connections capacity of its table
    /// @param seed secret of hash and port choice
    /// @param traffic its counters of servers and local addresses
    /// @param shared what all workers count for limits
    public FlowContext(
            StackContext stack,
            Neighbourhood neighbourhood,
            AddressStates states,
            ReturnPaths returnPaths,
            int self,
            int connections,
            long seed,
            TrafficTable traffic,
            Limits shared) {
        this.stack = stack;
        worker = self;
        this.states = states;
        this.traffic = traffic;
        stickiness = new Stickiness(this);
        life = new ConnectionLife(this);
        table =
                new ConnectionTable(
                        connections, seed, stack.nowSeconds(), life, MAX_SERVICES, true);
        limits = new WorkerLimits(shared, traffic, table, stack, life::giveWayHalfOpen);
        trafficLimits = new TrafficLimits(shared.traffic(), stack, ~seed + self);
        timing = new AnswerTiming(shared.answerTimes(), traffic.handshakes(), stack);
        windowCheck = new WindowCheck(this);
        quicTuples = new QuicTuples(this);
        synProxies = new SynProxies(stack, shared, MAX_SERVICES);
        syns = new SynSegments(this, seed ^ 0xBB67_AE85_84CA_A73BL);
        this.returnPaths = returnPaths;
        ports =
                new LocalPorts(
                        returnPaths.ports(self),
                        table,
                        seed ^ 0x6A09_E667_F3BC_C908L,
                        self,
                        returnPaths.users(),
                        life::giveWay);
        ServerAdjacency adjacency =
                new ServerAdjacency(stack, neighbourhood, returnPaths.devices());
        fullNat = new FullNat(this, adjacency);
        modes = new ForwardingModes(fullNat);
        resets = new EndResets(this, neighbourhood);
        handshakes = new Handshakes(this, table);
    }

    /// Sets services and allocators for the next burst.
    ///
    /// @param newServices in force from now on
    /// @param newAllocators by allocator number
    /// @param renewed those of the services that are in another state than before
    public void services(
            ServiceMap newServices, PortAllocator[] newAllocators, List<ServiceEntry> renewed) {
        if (newServices.timeouts() != services.timeouts()) {
            retiming.start();
        }
        services = newServices;
        life.services(newServices);
        allocators = newAllocators;
        table.shares().sharers(newServices.size());
        table.shares().bounds(newServices.tableShares());
        for (int i = 0; i < renewed.size(); i++) {
            resume(renewed.get(i));
            limits.adopt(renewed.get(i));
            trafficLimits.adopt(renewed.get(i));
            windowCheck.adopt(renewed.get(i));
        }
    }

    /// Whatever a custom scheduler throws costs what it knew, not the worker.
    private void resume(ServiceEntry entry) {
        try {
            entry.resume();
        } catch (Throwable fault) {
            stack.counters()
                    .faults()
                    .report(
                            "resuming the scheduler \""
                                    + entry.service().scheduler()
                                    + "\" of "
                                    + entry.service().key(),
                            fault);
        }
    }

    /// How long real servers take to answer.
    ///
    /// @return the worker's measurement
    public AnswerTiming timing() {
        return timing;
    }

    /// Whose context it is.
    ///
    /// @return the worker's number
    int worker() {
        return worker;
    }

    /// The worker's stack.
    ///
    /// @return its context
    public StackContext stack() {
        return stack;
    }

    /// Which own addresses of IPv6 are ours alone.
    ///
    /// @return what all workers know
    AddressStates addressStates() {
        return states;
    }

    /// The connections, of both families.
    ///
    /// @return the table
    public ConnectionTable table() {
        return table;
    }

    /// The counters of servers and local addresses.
    ///
    /// @return the table
    public TrafficTable traffic() {
        return traffic;
    }

    /// The way of answers to a local address.
    ///
    /// @param high first half of the local address
    /// @param low last half
    public ReturnPath returnPath(long high, long low) {
        if (!returnPaths.isPredicted()) {
            return returnPaths.path(0);
        }
        int device = stack.view().ownDevice(high, low);
        return returnPaths.path(
                device == NetworkView.NONE ? 0 : stack.view().device(device).port());
    }

    /// Which worker the NIC gives whole packets to that arrive at a port.
    ///
    /// @param port where they arrive
    /// @param wide whether they are of IPv6
    /// @return null if that is not known
    public @Nullable ReturnPath arrivalPath(int port, boolean wide) {
        return returnPaths.arrivalPath(port, wide);
    }

    public AnswerDevices answerDevices() {
        return returnPaths.devices();
    }

    public LocalPorts ports() {
        return ports;
    }

    /// Lets live connections have the idle times of the services in force.
    ///
    /// @return the walk through them
    public Retiming retiming() {
        return retiming;
    }

    /// Gets some memory ahead of need: to be called again and again while there is nothing else to
    /// do.
    public void getMemory() {
        table.pages().getSome();
        limits.getMemory();
    }

    /// How many connections there may be.
    ///
    /// @return the worker's part in that
    WorkerLimits limits() {
        return limits;
    }

    /// How much traffic may pass.
    ///
    /// @return the worker's part in that
    public TrafficLimits trafficLimits() {
        return trafficLimits;
    }

    /// What becomes of segments outside of windows.
    ///
    /// @return of this worker
    public WindowCheck windowCheck() {
        return windowCheck;
    }

    /// Tells ends of connections that these have ended.
    ///
    /// @return of this worker
    public EndResets resets() {
        return resets;
    }

    /// Handshakes with real servers that the balancer makes for clients.
    ///
    /// @return those of this worker that are under way
    public Handshakes handshakes() {
        return handshakes;
    }

    public ConnectionLife life() {
        return life;
    }

    /// Cookies that answer SYNs.
    ///
    /// @return the worker's part
    public SynProxies synProxies() {
        return synProxies;
    }

    /// Tuples of QUIC that change hands.
    ///
    /// @return the worker's part
    public QuicTuples quicTuples() {
        return quicTuples;
    }

    /// How packets go to real servers and come back.
    ///
    /// @return the modes
    public ForwardingModes modes() {
        return modes;
    }

    /// What services do to TCP segments beyond their translation.
    ///
    /// @return the worker's part
    public SynSegments syns() {
        return syns;
    }

    /// How clients stay with their servers.
    Stickiness stickiness() {
        return stickiness;
    }

    /// Sets what modifies packets of connections that begin from now on. While there are none, by
    /// the worker's thread between bursts.
    ///
    /// @param capacity how many of them can be modified at once
    /// @param choice which are
    /// @return how many are, and what of each; closed with this context
    public Modifiers modify(int capacity, Modifiers.Choice choice) {
        if (modifiers != null) {
            modifiers.close();
        }
        Modifiers made = new Modifiers(table, capacity, stack, choice);
        modifiers = made;
        return made;
    }

    /// What modifies packets.
    ///
    /// @return null if nothing does
    public @Nullable Modifiers modifiers() {
        return modifiers;
    }

    public ServiceMap services() {
        return services;
    }

    PortAllocator allocator(int id) {
        return allocators[id];
    }

    /// Bytes of table, ports and counters.
    ///
    /// @return all memory outside the heap
    public long bytes() {
        return table.bytes() + ports.bytes() + traffic.bytes();
    }

    @Override
    public void close() {
        if (modifiers != null) {
            modifiers.close();
        }
        fullNat.close();
        handshakes.close();
        syns.close();
        synProxies.close();
        ports.close();
        table.close();
    }
}
