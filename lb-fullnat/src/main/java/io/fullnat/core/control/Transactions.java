// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Clock;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpAddress;
import io.fullnat.api.control.BalancerEvent;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.LeftoverPolicy;
import io.fullnat.api.control.TransactionFunction;
import io.fullnat.api.network.AddressKey;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.health.HealthMonitor;
import io.fullnat.core.open.PurgeRules;
import io.fullnat.core.schedule.Schedulers;
import io.fullnat.core.stack.Device;
import io.fullnat.core.stack.NetworkView;
import io.fullnat.core.transmit.FaultLog;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The control plane's one writer. Takes requests from a queue, one after the other: has the
/// function decide, validates all changes, builds the next state beside the present one, lets every
/// worker prepare it, and only when all have acknowledged puts it in force. Any failure before that
/// point leaves the present state, untouched.
///
/// Owned by the control thread, but for [#source()].
final class Transactions {
    private static final long RECLAIM_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long TERM_RETRY_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long NEVER_NS = Long.MAX_VALUE / 2;

    private final Clock clock;
    private final Requests requests;
    private final TransactionFunctions functions;
    private final DeviceNames devices;
    private final Schedulers schedulers;
    private final Resources resources;
    private final HealthMonitor health;
    private final TransactionBuilder builder;
    private final Publisher publisher;
    private final FlowSteering steering;
    private final TemplateSource templates;
    private final FaultLog faults;
    private final Consumer<BalancerEvent> events;
    private volatile StatusSource source;
    private Map<IpAddress, String> draining = Map.of();
    private List<NetworkView.Own> generated = List.of();
    private NavigableMap<ServiceKey, ServiceBuilder.Built> built = new TreeMap<>();
    private DesiredTables state;
    private @Nullable Asked asked;
    private @Nullable Running running;
    private long nextReclaimNs;
    private long offeredNs;
    private long nextTermNs;

    /// What it works with.
    ///
    /// @param clock the balancer's
    /// @param requests to be carried out
    /// @param functions asks functions
    /// @param devices by name
    /// @param schedulers that services may name
    /// @param resources of all services
    /// @param health of real servers
    /// @param builder builds states
    /// @param publisher brings them to the workers
    /// @param steering keeps flow rules in step
    /// @param faults gets what the application's parts throw
    /// @param events gets what has been done
    record Parts(
            Clock clock,
            Requests requests,
            TransactionFunctions functions,
            DeviceNames devices,
            Schedulers schedulers,
            Resources resources,
            HealthMonitor health,
            TransactionBuilder builder,
            Publisher publisher,
            FlowSteering steering,
            FaultLog faults,
            Consumer<BalancerEvent> events) {}

    /// A request whose function is being asked.
    private record Asked(Request request, TransactionFunctions.Question question) {}

    /// A transaction on its way to the workers.
    private static final class Running {
        private final Transaction transaction;
        private final List<Change> changes;
        private final Answer<Void> answer;
        private final AtomicLong ended;
        private final long deadlineNs;
        private final int devicesBefore;
        private boolean late;

        Running(
                Transaction transaction,
                List<Change> changes,
                Answer<Void> answer,
                AtomicLong ended,
                long deadlineNs,
                int devicesBefore) {
            this.transaction = transaction;
            this.changes = changes;
            this.answer = answer;
            this.ended = ended;
            this.deadlineNs = deadlineNs;
            this.devicesBefore = devicesBefore;
        }
    }

    Transactions(Parts parts, LeftoverPolicy leftovers) {
        state = DesiredTables.beginning(leftovers);
        clock = parts.clock;
        requests = parts.requests;
        functions = parts.functions;
        devices = parts.devices;
        schedulers = parts.schedulers;
        resources = parts.resources;
        health = parts.health;
        builder = parts.builder;
        publisher = parts.publisher;
        steering = parts.steering;
        templates = new TemplateSource(resources.workers(), clock::nanoTime);
        faults = parts.faults;
        events = parts.events;
        source = statusSource();
        nextTermNs = clock.nanoTime() + NEVER_NS;
    }

    /// What can be shown of the state in force. Any thread.
    StatusSource source() {
        return source;
    }

    /// Goes on with what is under way, or begins with the next.
    ///
    /// @return 0 if there was nothing to do
    int poll(long now) {
        requests.expire(now, "it waited for others");
        if (running != null) {
            return step(running, now);
        }
        if (asked != null) {
            return decide(asked, now);
        }
        if (now - nextReclaimNs >= 0) {
            nextReclaimNs = now + RECLAIM_INTERVAL_NS;
            reclaim();
        }
        if (running == null && now - nextTermNs >= 0) {
            endTerms(now);
        }
        return running == null ? next(now) : 0;
    }

    private int next(long now) {
        Request request = requests.next();
        if (request == null) {
            return 0;
        }
        try {
            Asked next = new Asked(request, functions.ask(request.function(), source.desired()));
            asked = next;
            decide(next, now);
        } catch (Throwable fault) { // of a thread factory
            refuse(request, "asking a transaction function", fault);
        }
        return 1;
    }

    /// Goes on when the transaction function has answered.
    private int decide(Asked decided, long now) {
        Request request = decided.request;
        if (!decided.question.isAnswered()) {
            boolean late = now - request.deadlineNs() >= 0;
            if (!late && !request.isCancelled()) {
                return 0;
            }
            functions.exit();
            asked = null;
            request.answer()
                    .refuse(
                            requests.late(
                                    "its transaction function had not decided; nothing was changed"));
            return 1;
        }
        asked = null;
        Throwable fault = decided.question.fault();
        if (fault != null) {
            refuse(request, "a transaction function", fault);
        } else if (!request.isCancelled()) {
            begin(request, decided.question.changes());
        }
        return 1;
    }

    private void begin(Request request, List<Change> changes) {
        int devicesBefore = devices.count();
        try {
            StateEditor editor =
                    new StateEditor(
                            state, devices, schedulers, health, resources, clock.nanoTime());
            changes.forEach(editor::apply);
            editor.check(state, draining);
            Transaction next = builder.build(editor.draft(), state, built, draining);
            switch (request) {
                case Request.Check(
                                TransactionFunction function,
                                Answer<List<Change>> answer,
                                long deadline) -> {
                    builder.release(next.added());
                    forget(devicesBefore);
                    answer.fulfil(changes);
                }
                case Request.Apply(
                                TransactionFunction function,
                                Answer<Void> answer,
                                long deadline) ->
                        offer(
                                new Running(
                                        next,
                                        changes,
                                        answer,
                                        CountingFunction.endedBy(function),
                                        deadline,
                                        devicesBefore));
            }
        } catch (Throwable fault) {
            forget(devicesBefore);
            refuse(request, "building a transaction", fault);
        }
    }

    /// Lets go of what a transaction required that does not come into force.
    private void forget(int devicesBefore) {
        devices.forgetAfter(devicesBefore);
        health.forgetUnusedProbes();
    }

    private void refuse(Request request, String place, Throwable fault) {
        if (fault instanceof BalancerException refusal) {
            request.answer().refuse(refusal);
            return;
        }
        faults.report(place, fault);
        request.answer()
                .refuse(
                        new BalancerException(
                                ErrorCode.INTERNAL,
                                "nothing was changed: "
                                        + place
                                        + " failed by a fault, which the log shows"
                                        + said(fault),
                                fault));
    }

    /// What a fault says of itself, without the name of its class.
    private static String said(Throwable fault) {
        String message = fault.getMessage();
        return message == null || fault instanceof NullPointerException ? "" : ": " + message;
    }

    private void offer(Running next) {
        running = next;
        try {
            Transaction transaction = next.transaction;
            steering.install(transaction.state(), transaction.draining());
            long now = clock.nanoTime();
            transaction.added().forEach(each -> health.prepare(each.monitored(), now));
            offeredNs = now;
            publisher.offer(transaction, announcements(transaction.state()));
        } catch (Throwable late) {
            abort(next, late);
        }
    }

    /// Addresses that were not ours before.
    private Set<IpAddress> announcements(DesiredTables next) {
        Set<AddressKey> fresh = interfaceAddresses(next);
        next.locals().keySet().forEach(ip -> fresh.add(AddressKey.of(ip)));
        fresh.removeAll(interfaceAddresses(state));
        state.locals().keySet().forEach(ip -> fresh.remove(AddressKey.of(ip)));
        draining.keySet().forEach(ip -> fresh.remove(AddressKey.of(ip)));
        return fresh.stream().map(AddressKey::address).collect(Collectors.toSet());
    }

    /// The kernel announces its own.
    private static Set<AddressKey> interfaceAddresses(DesiredTables tables) {
        Set<AddressKey> ours = new HashSet<>();
        for (InterfaceAddress address : tables.desired().addresses().values()) {
            if (!address.kernel()) {
                ours.add(address.key());
            }
        }
        return ours;
    }

    private int step(Running step, long now) {
        try {
            if (!publisher.poll()) {
                if (publisher.isPublished() && !step.late && now - step.deadlineNs >= 0) {
                    step.late = true;
                    step.answer.refuse(
                            requests.late(
                                    "it is in force, but "
                                            + publisher.laggard()
                                            + " has not finished taking it over yet"));
                }
                return 0;
            }
        } catch (BalancerException failure) {
            abort(step, failure);
            return 1;
        }
        commit(step);
        return 1;
    }

    private void abort(Running given, Throwable failure) {
        running = null;
        builder.release(given.transaction.added());
        steering.retain(state, draining);
        forget(given.devicesBefore);
        if (!(failure instanceof BalancerException)) {
            faults.report("offering a transaction", failure);
        }
        given.answer.refuse(failure);
    }

    private void commit(Running done) {
        running = null;
        Transaction transaction = done.transaction;
        long templatesRemoved = templates.clean(transaction); // slots are given away after it
        builder.release(transaction.dropped());
        List<ServiceKey> gone =
                built.keySet().stream()
                        .filter(key -> !transaction.built().containsKey(key))
                        .toList();
        gone.forEach(resources::forgetTraffic);
        Map<IpAddress, String> released = new TreeMap<>(draining);
        released.keySet().removeAll(transaction.draining().keySet());
        released.keySet().removeAll(transaction.state().locals().keySet());
        Map<IpAddress, String> begun = new TreeMap<>(transaction.draining());
        begun.keySet().removeAll(draining.keySet());
        state = transaction.state();
        DisclosureWarnings.tell(built, transaction.built());
        built = transaction.built();
        draining = transaction.draining();
        generated = publisher.generated();
        steering.retain(state, draining);
        builder.settle(transaction);
        source = statusSource();
        nextTermNs = offeredNs + AddressTerm.untilNext(state, offeredNs, NEVER_NS);
        nextReclaimNs = clock.nanoTime();
        health.adopt(
                transaction.added().stream().map(ServiceBuilder.Built::monitored).toList(),
                gone,
                nextReclaimNs);
        done.ended.set(publisher.ended() + templatesRemoved);
        events.accept(new BalancerEvent.Applied(state.desired().revision(), done.changes));
        begun.forEach((address, device) ->
                events.accept(new BalancerEvent.AddressDraining(address, device)));
        released.forEach((address, device) ->
                events.accept(new BalancerEvent.AddressReleased(address, device)));
        if (!done.late) {
            done.answer.fulfil(null);
        }
    }

    private StatusSource statusSource() {
        List<String> names = devices.all().stream().map(Device::name).toList();
        return new StatusSource(state, built, draining, generated, resources, health, clock, names);
    }

    /// Lets go of what the last connection has left. A local address that has drained makes a new
    /// state, which passes the workers like any other, and is tried again if they do not take it.
    private void reclaim() {
        boolean leakCheck = resources.mayReclaim();
        if (leakCheck) {
            Map<ServiceKey, VirtualService> services = state.desired().services();
            resources.reclaim(services::containsKey);
        }
        Map<IpAddress, String> left = builder.stillDraining(draining);
        if (left.size() != draining.size()) {
            offerSame(left);
        } else if (leakCheck) {
            source = statusSource();
        }
    }

    /// Brings the state to the workers again, with what time has changed of it.
    private void offerSame(Map<IpAddress, String> left) {
        Transaction same =
                new Transaction(
                        state, // nobody asked for a change
                        built,
                        List.of(),
                        List.of(),
                        left,
                        PurgeRules.NONE,
                        List.of(),
                        Set.of(),
                        Set.of());
        Answer<Void> nobody = Answer.forNobody();
        long never = clock.nanoTime() + NEVER_NS;
        offer(new Running(same, List.of(), nobody, new AtomicLong(), never, devices.count()));
    }

    /// Removes interface addresses whose lifetime is over, in a transaction like any other, or has
    /// the workers know that one is deprecated. Tried again in a second if they do not take it.
    private void endTerms(long now) {
        nextTermNs = now + TERM_RETRY_NS;
        List<Change> removals = AddressTerm.removals(state, now);
        if (removals.isEmpty()) {
            offerSame(draining);
        } else {
            begin(
                    new Request.Apply(present -> removals, Answer.forNobody(), now + NEVER_NS),
                    removals);
        }
    }

    /// Ends what is under way, without having done it.
    void close() {
        requests.close();
        functions.exit();
        Asked undecided = asked;
        if (undecided != null) {
            asked = null;
            undecided.request.answer().refuse(Requests.closedError());
        }
        Running unfinished = running;
        if (unfinished != null) {
            abort(unfinished, Requests.closedError());
        }
        steering.clear();
    }

    /// Another thread: the control thread hangs in what the application supplied. Nobody is to wait
    /// for it any more.
    void abandon() {
        requests.close();
        Asked undecided = asked;
        if (undecided != null) {
            undecided.request.answer().refuse(Requests.closedError());
        }
        Running unfinished = running;
        if (unfinished != null) {
            unfinished.answer.refuse(Requests.closedError());
        }
    }
}
