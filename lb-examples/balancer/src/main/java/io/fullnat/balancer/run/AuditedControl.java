// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.run;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Endpoint;
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
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServiceStatus;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// A control that tells the [Attempt] of the calling thread what its transactions did. Thread-safe.
final class AuditedControl implements Control {
    private final Control control;

    AuditedControl(Control control) {
        this.control = control;
    }

    @Override
    public CompletableFuture<Void> submit(TransactionFunction function) {
        return told(function, control::submit);
    }

    @Override
    public CompletableFuture<Void> submit(List<? extends Change> changes) {
        List<? extends Change> fixed = List.copyOf(changes);
        return submit(present -> fixed);
    }

    @Override
    public CompletableFuture<Long> submitAndCount(TransactionFunction function) {
        return told(function, control::submitAndCount);
    }

    @Override
    public CompletableFuture<Long> endConnections(ConnectionFilter filter) {
        return submitAndCount(present -> List.of(new Change.EndConnections(filter)));
    }

    @Override
    public CompletableFuture<Long> removeTemplates(TemplateFilter filter) {
        return submitAndCount(present -> List.of(new Change.RemoveTemplates(filter)));
    }

    @Override
    public void templates(TemplateFilter filter, Predicate<TemplateInfo> visitor) {
        control.templates(filter, visitor);
    }

    @Override
    public TemplateCounts templateCounts() {
        return control.templateCounts();
    }

    @Override
    public ClientTable clientTable() {
        return control.clientTable();
    }

    @Override
    public List<SetStatus> sets() {
        return control.sets();
    }

    private record Met(DesiredState before, List<? extends Change> changes) {}

    private static <T extends @Nullable Object> CompletableFuture<T> told(
            TransactionFunction function,
            Function<TransactionFunction, CompletableFuture<T>> submit) {
        Attempt attempt = Attempt.current();
        attempt.isChange();
        AtomicReference<@Nullable Met> met = new AtomicReference<>();
        return submit.apply(
                        present -> {
                            List<? extends Change> changes = function.changes(present);
                            met.set(new Met(present, changes));
                            return changes;
                        })
                .whenComplete((done, failure) -> {
                    Met state = met.get();
                    if (failure == null && state != null) {
                        attempt.applied(state.before, state.changes);
                    } else if (cause(failure) instanceof BalancerException refusal) {
                        attempt.refused(refusal);
                    }
                });
    }

    private static @Nullable Throwable cause(@Nullable Throwable failure) {
        return failure instanceof CompletionException wrapper ? wrapper.getCause() : failure;
    }

    @Override
    public CompletableFuture<List<Change>> check(TransactionFunction function) {
        return control.check(function);
    }

    @Override
    public DesiredState desired() {
        return control.desired();
    }

    @Override
    public BalancerStatus status() {
        return control.status();
    }

    @Override
    public BalancerStatus status(int worker) {
        return control.status(worker);
    }

    @Override
    public Optional<ServiceStatus> status(ServiceKey key) {
        return control.status(key);
    }

    @Override
    public void connections(ConnectionFilter filter, Predicate<ConnectionInfo> visitor) {
        control.connections(filter, visitor);
    }

    @Override
    public List<NeighbourStatus> neighbours() {
        return control.neighbours();
    }

    /// No transaction, and not audited: a checker reports again and again.
    @Override
    public CompletableFuture<Void> reportHealth(
            ServiceKey key, Endpoint server, boolean up, String reason, long version) {
        return control.reportHealth(key, server, up, reason, version);
    }

    @Override
    public Health health() {
        return control.health();
    }

    @Override
    public TransactionTimes transactions() {
        return control.transactions();
    }

    @Override
    public ServiceCounters counters(ServiceKey key) {
        return control.counters(key);
    }

    /// No command and no request drains by this: an application of its own does.
    @Override
    public CompletableFuture<Void> drain(ServiceKey key, IpAddress address, Duration limit) {
        return control.drain(key, address, limit);
    }

    @Override
    public CompletableFuture<Void> drain(ServiceKey key, Endpoint server, Duration limit) {
        return control.drain(key, server, limit);
    }

    /// No transaction, and not audited.
    @Override
    public void reportCondition(Condition condition, String subject, String detail) {
        control.reportCondition(condition, subject, detail);
    }

    @Override
    public void tell(BalancerEvent event) {
        control.tell(event);
    }

    @Override
    public void listen(BalancerListener listener) {
        control.listen(listener);
    }

    @Override
    public void unlisten(BalancerListener listener) {
        control.unlisten(listener);
    }
}
