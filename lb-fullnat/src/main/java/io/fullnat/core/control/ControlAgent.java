// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.Clock;
import io.fullnat.api.control.BalancerEvent;
import io.fullnat.api.control.Control;
import io.fullnat.api.control.LeftoverPolicy;
import io.fullnat.api.io.PacketIo;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.SynProxy;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.schedule.Schedulers;
import io.fullnat.core.stack.NetworkView;
import io.fullnat.core.transmit.FaultLog;
import io.fullnat.core.worker.WorkerSet;
import java.util.Map;
import org.agrona.concurrent.Agent;

/// The control plane: carries transactions out, watches the workers and ports, and tells what
/// happens.
///
/// Its duty cycle never waits, so that one thread can drive it and the workers in turn; and nothing
/// that the application supplies can hold it up or end it, but for scheduler factories and ports.
public final class ControlAgent implements Agent {
    private final WorkerSet workers;
    private final Clock clock;
    private final RateMeter rates;
    private final Conditions conditions;
    private final Watches watches;
    private final Watches links;
    private final EventStream events;
    private final SerialExecutor continuations;
    private final Requests requests;
    private final Transactions transactions;
    private final ReaderGate gate = new ReaderGate();
    private final Drains drains = new Drains();
    private final ServerWatch servers;
    private final ReportedConditions reported;
    private final Control face;

    /// A control plane.
    ///
    /// @param io whose ports are the devices
    /// @param workers to be controlled
    /// @param clock the balancer's
    /// @param schedulers that services may name
    /// @param settings how it is run
    public ControlAgent(
            PacketIo io,
            WorkerSet workers,
            Clock clock,
            Schedulers schedulers,
            ControlSettings settings) {
        this.workers = workers;
        this.clock = clock;
        FaultLog faults = workers.controlCounters().faults();
        DeviceNames devices = new DeviceNames(io, settings.reversePaths());
        Resources resources = new Resources(workers);
        SetCounts sets = new SetCounts(workers.size());
        ServiceBuilder services =
                new ServiceBuilder(workers, resources, schedulers, settings.seed());
        rates = new RateMeter(resources, clock.nanoTime());
        events = new EventStream(settings.callbacks(), faults);
        conditions = new Conditions(events::tell);
        reported = new ReportedConditions(conditions);
        continuations =
                new SerialExecutor(settings.callbacks(), faults, "the end of a transaction");
        requests = new Requests(settings.limit());
        servers = new ServerWatch(settings, workers, clock, conditions, events::tell, requests);
        transactions =
                new Transactions(
                        new Transactions.Parts(
                                clock,
                                requests,
                                new TransactionFunctions(
                                        settings.functions(), settings.guard(), requests::wake),
                                devices,
                                schedulers,
                                resources,
                                servers.monitor(),
                                new TransactionBuilder(
                                        resources, services, new CompiledSets(devices, sets)),
                                new Publisher(
                                        workers, clock, new NetworkBuilder(devices), resources),
                                new FlowSteering(
                                        io,
                                        workers.returnPaths(),
                                        devices,
                                        workers.controlCounters()),
                                faults,
                                events::tell),
                        settings.leftovers());
        WorkerWatch workerWatch = new WorkerWatch(workers, conditions, clock.nanoTime());
        workers.onFault(what -> events.tell(new BalancerEvent.Fault(what)));
        watches = watches(io, faults, resources, workerWatch, devices);
        links =
                new Watches(
                        faults,
                        drains,
                        new LinkWatch(io, workers.links(), conditions, clock.nanoTime()));
        face =
                new ControlFace(
                        settings,
                        clock,
                        requests,
                        continuations,
                        events,
                        transactions,
                        workers,
                        gate,
                        drains,
                        servers,
                        reported,
                        new HealthSource(io, workers, clock, workerWatch, conditions),
                        sets,
                        resources::service);
    }

    private Watches watches(
            PacketIo io,
            FaultLog faults,
            Resources resources,
            WorkerWatch workerWatch,
            DeviceNames devices) {
        return new Watches(
                faults,
                reported,
                new BufferWatch(io, workers, conditions),
                new PortWatch(resources, conditions),
                workerWatch,
                new TableWatch(workers, resources.services(), conditions),
                new SharedTableWatch(workers, conditions),
                new ModifierWatch(workers, conditions),
                new HalfOpenWatch(workers, resources.services(), conditions),
                new SynProxyWatch(
                        workers, resources.services(), this::hasConditionalSynProxy, conditions),
                servers,
                new NeighbourWatch(workers, conditions, devices, events::tell));
    }

    /// The view of the network that workers start with: all ports, no address.
    ///
    /// @param io whose ports are the devices
    /// @param leftovers what becomes of packets that nothing explains
    /// @return the view
    public static NetworkView firstView(PacketIo io, LeftoverPolicy leftovers) {
        return new NetworkBuilder(new DeviceNames(io))
                .build(DesiredTables.beginning(leftovers), Map.of(), 0);
    }

    private boolean hasConditionalSynProxy(ServiceKey key) {
        VirtualService service = transactions.source().desired().services().get(key);
        return service != null && service.policy().tcp().synProxy().mode() == SynProxy.Mode.FROM;
    }

    /// What callers use.
    ///
    /// @return for any thread
    public Control face() {
        return face;
    }

    @Override
    public int doWork() {
        requests.servedBy(Thread.currentThread());
        long now = clock.nanoTime();
        links.poll(now);
        if (rates.poll(now)) {
            watches.poll(now);
            conditions.poll(now);
            continuations.overtake();
            workers.pollFaults();
        }
        return servers.work(now) + transactions.poll(now);
    }

    @Override
    public void onClose() {
        transactions.close();
        drains.close();
        servers.close();
        gate.shut();
        continuations.release();
    }

    /// Any thread, before the end: has the network told that nothing is served here any more.
    public void withdraw() {
        servers.withdraw();
    }

    /// Another thread: the control thread hangs in what the application supplied, and is left
    /// behind. Nobody waits for it any more.
    public void abandon() {
        transactions.abandon();
        drains.close();
        servers.abandon();
        gate.shut();
        continuations.release();
    }

    @Override
    public String roleName() {
        return "fullnat-control";
    }
}
