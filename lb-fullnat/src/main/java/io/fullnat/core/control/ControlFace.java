// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Clock;
import io.fullnat.api.Endpoint;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpAddress;
import io.fullnat.api.control.BalancerEvent;
import io.fullnat.api.control.BalancerListener;
import io.fullnat.api.control.BalancerStatus;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.ClientTable;
import io.fullnat.api.control.Condition;
import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.api.control.ConnectionInfo;
import io.fullnat.api.control.Control;
import io.fullnat.api.control.DesiredState;
import io.fullnat.api.control.Health;
import io.fullnat.api.control.NeighbourStatus;
import io.fullnat.api.control.SetStatus;
import io.fullnat.api.control.TemplateCounts;
import io.fullnat.api.control.TemplateFilter;
import io.fullnat.api.control.TemplateInfo;
import io.fullnat.api.control.TransactionFunction;
import io.fullnat.api.control.TransactionTimes;
import io.fullnat.api.counter.ServiceCounters;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServiceStatus;
import io.fullnat.core.limit.Limits;
import io.fullnat.core.limit.Tokens;
import io.fullnat.core.worker.WorkerSet;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The control plane as its callers see it: puts their requests on the queue, and reads what the
/// last transaction has left.
final class ControlFace implements Control {
    private final ControlSettings settings;
    private final Clock clock;
    private final Requests requests;
    private final SerialExecutor continuations;
    private final EventStream events;
    private final Transactions transactions;
    private final WorkerSet workers;
    private final ReaderGate gate;
    private final Drains drains;
    private final ServerWatch servers;
    private final ReportedConditions reported;
    private final HealthSource health;
    private final SetCounts sets;
    private final ConnectionLister connections;
    private final TemplateSource templates;
    private final TransactionClock times;

    ControlFace(
            ControlSettings settings,
            Clock clock,
            Requests requests,
            SerialExecutor continuations,
            EventStream events,
            Transactions transactions,
            WorkerSet workers,
            ReaderGate gate,
            Drains drains,
            ServerWatch servers,
            ReportedConditions reported,
            HealthSource health,
            SetCounts sets,
            IntFunction<@Nullable ServiceKey> services) {
        this.settings = settings;
        this.clock = clock;
        this.requests = requests;
        this.continuations = continuations;
        this.events = events;
        this.transactions = transactions;
        this.workers = workers;
        this.gate = gate;
        this.drains = drains;
        this.servers = servers;
        this.reported = reported;
        this.health = health;
        this.sets = sets;
        connections = new ConnectionLister(workers, gate, clock::nanoTime, services);
        templates = new TemplateSource(workers, clock::nanoTime);
        times = new TransactionClock(clock);
    }

    @Override
    public CompletableFuture<Void> submit(TransactionFunction function) {
        requireNonNull(function, "function");
        Answer<Void> answer = new Answer<>(settings.guard(), continuations);
        times.time(answer);
        return enqueue(new Request.Apply(function, answer, deadline()), answer);
    }

    @Override
    public CompletableFuture<Void> submit(List<? extends Change> changes) {
        return submit(new TransactionFunctions.Fixed(requireNonNull(changes, "changes")));
    }

    @Override
    public CompletableFuture<Long> submitAndCount(TransactionFunction function) {
        CountingFunction counting = new CountingFunction(requireNonNull(function, "function"));
        return submit(counting).thenApply(done -> counting.ended().get());
    }

    @Override
    public CompletableFuture<List<Change>> check(TransactionFunction function) {
        requireNonNull(function, "function");
        Answer<List<Change>> answer = new Answer<>(settings.guard(), continuations);
        return enqueue(new Request.Check(function, answer, deadline()), answer);
    }

    @Override
    public void apply(Change... changes) {
        apply(new TransactionFunctions.Fixed(List.of(requireNonNull(changes, "changes"))));
    }

    /// Nothing can be attached to what this waits for, so it is not held up by what others attached
    /// to theirs.
    @Override
    public void apply(TransactionFunction function) {
        requireNonNull(function, "function");
        if (!requests.isClosed()) {
            settings.guard().requireMayWait();
        }
        Answer<Void> answer = new Answer<>(settings.guard(), null);
        times.time(answer);
        Control.await(enqueue(new Request.Apply(function, answer, deadline()), answer));
    }

    private long deadline() {
        return clock.nanoTime() + settings.limit().toNanos();
    }

    private <T> CompletableFuture<T> enqueue(Request request, Answer<T> answer) {
        if (requests.isClosed()) {
            answer.completeExceptionally(Requests.closedError());
        } else {
            requests.offer(request);
        }
        return answer;
    }

    @Override
    public Health health() {
        return gate.read(health::read);
    }

    @Override
    public TransactionTimes transactions() {
        return times.times();
    }

    @Override
    public ServiceCounters counters(ServiceKey key) {
        return new ServiceCountersReader(requireNonNull(key, "key"), transactions, gate);
    }

    @Override
    public CompletableFuture<Void> drain(ServiceKey key, IpAddress address, Duration limit) {
        Change remove = new Change.RemoveLocalAddress(key, address);
        return drain(
                new TransactionFunctions.Fixed(List.of(remove)),
                address + " of " + key,
                () -> transactions.source().connectionsBy(key, address),
                limit);
    }

    @Override
    public CompletableFuture<Void> drain(ServiceKey key, Endpoint server, Duration limit) {
        Change rest =
                new Change.EditRealServer(
                        requireNonNull(key, "key"),
                        RealServer.of(requireNonNull(server, "server")).withWeight(0));
        return drain(
                new TransactionFunctions.Fixed(List.of(rest)),
                server + " of " + key,
                () -> transactions.source().connectionsOf(key, server),
                limit);
    }

    private CompletableFuture<Void> drain(
            TransactionFunction function, String what, LongSupplier left, Duration limit) {
        long deadline = clock.nanoTime() + nanos(limit);
        Answer<Void> drained = new Answer<>(settings.guard(), continuations);
        var _ =
                submit(function)
                        .whenComplete((done, refusal) -> {
                            if (refusal != null) {
                                drained.completeExceptionally(refusal);
                            } else {
                                drains.add(what, left, drained, deadline);
                            }
                        });
        return drained;
    }

    /// One that is longer than the clock can count, a hundred years and more, is cut.
    private static long nanos(Duration limit) {
        if (requireNonNull(limit, "limit").isNegative()) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT, "the limit " + limit + " is negative");
        }
        long longest = Long.MAX_VALUE / 2;
        return limit.compareTo(Duration.ofNanos(longest)) > 0 ? longest : limit.toNanos();
    }

    @Override
    public CompletableFuture<Void> reportHealth(
            ServiceKey key, Endpoint server, boolean up, String reason, long version) {
        requireNonNull(key, "key");
        requireNonNull(server, "server");
        requireNonNull(reason, "reason");
        Answer<Void> answer = new Answer<>(settings.guard(), continuations);
        if (requests.isClosed()) {
            answer.completeExceptionally(Requests.closedError());
        } else {
            servers.report(key, server, up, reason, version, answer);
        }
        return answer;
    }

    @Override
    public void reportCondition(Condition condition, String subject, String detail) {
        reported.report(
                requireNonNull(condition, "condition"),
                requireNonNull(subject, "subject"),
                requireNonNull(detail, "detail"));
    }

    @Override
    public void tell(BalancerEvent event) {
        requireNonNull(event, "event");
        if (!requests.isClosed()) {
            events.tell(event);
        }
    }

    @Override
    public void listen(BalancerListener listener) {
        events.add(requireNonNull(listener, "listener"));
    }

    @Override
    public void unlisten(BalancerListener listener) {
        events.remove(requireNonNull(listener, "listener"));
    }

    @Override
    public DesiredState desired() {
        return transactions.source().desired();
    }

    @Override
    public BalancerStatus status() {
        return gate.read(() -> transactions.source().read());
    }

    @Override
    public BalancerStatus status(int worker) {
        return gate.read(() -> transactions.source().read(worker));
    }

    @Override
    public Optional<ServiceStatus> status(ServiceKey key) {
        requireNonNull(key, "key");
        return gate.read(() -> transactions.source().read(key));
    }

    @Override
    public void connections(ConnectionFilter filter, Predicate<ConnectionInfo> visitor) {
        connections.list(requireNonNull(filter, "filter"), requireNonNull(visitor, "visitor"));
    }

    @Override
    public void templates(TemplateFilter filter, Predicate<TemplateInfo> visitor) {
        requireNonNull(visitor, "visitor");
        templates.list(
                transactions.source().built(), gate, requireNonNull(filter, "filter"), visitor);
    }

    @Override
    public TemplateCounts templateCounts() {
        return templates.count(transactions.source().built(), gate);
    }

    @Override
    public ClientTable clientTable() {
        return gate.read(() -> {
            Limits limits = workers.limits();
            long now = Tokens.time(clock.nanoTime() - workers.epochNs());
            return new ClientTable(
                    limits.clients().clients(),
                    limits.clients().places(),
                    limits.clientRates().networks(now),
                    limits.clientRates().capacity());
        });
    }

    @Override
    public List<SetStatus> sets() {
        return sets.read();
    }

    @Override
    public List<NeighbourStatus> neighbours() {
        return gate.read(() -> NeighbourLister.list(workers, transactions.source()::device));
    }
}
