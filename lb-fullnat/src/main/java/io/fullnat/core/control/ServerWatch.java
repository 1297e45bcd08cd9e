// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import io.fullnat.api.Clock;
import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.control.BalancerEvent;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.Condition;
import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.api.health.ServerHealth;
import io.fullnat.api.health.ServiceHealth;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.core.health.Announcements;
import io.fullnat.core.health.HealthListener;
import io.fullnat.core.health.HealthMonitor;
import io.fullnat.core.worker.WorkerSet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jctools.queues.varhandle.MpscUnboundedVarHandleArrayQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Brings the monitor of servers' health together with the rest of the control plane: hands reports
/// from outside to it, tells what it finds out, and ends the connections of servers that are down.
///
/// Owned by the control thread, but for [#report] and [#close()].
final class ServerWatch implements HealthListener, Watch {
    private static final Logger LOG = LoggerFactory.getLogger(ServerWatch.class);

    private record Report(
            ServiceKey key,
            Endpoint server,
            boolean up,
            String reason,
            long version,
            Answer<Void> answer) {}

    /// How long the end waits for virtual addresses to be withdrawn.
    static final Duration WITHDRAWAL_LIMIT = Duration.ofSeconds(5);

    private final HealthMonitor monitor;
    private final Announcements announcements;
    private final Clock clock;
    private final Duration limit;
    private final Conditions conditions;
    private final Consumer<BalancerEvent> events;
    private final Requests requests;
    private final MpscUnboundedVarHandleArrayQueue<Report> reports =
            new MpscUnboundedVarHandleArrayQueue<>(64);

    /// What is to be offered at the end of this turn.
    private final List<Change> ending = new ArrayList<>();

    private volatile boolean closed;

    /// @param requests gets those that end connections, and is woken by reports
    ServerWatch(
            ControlSettings settings,
            WorkerSet workers,
            Clock clock,
            Conditions conditions,
            Consumer<BalancerEvent> events,
            Requests requests) {
        this.clock = clock;
        this.conditions = conditions;
        this.events = events;
        this.requests = requests;
        limit = settings.limit();
        announcements =
                new Announcements(
                        settings.announcer(), settings.probeExecutor(), this::announcementChanged);
        monitor =
                new HealthMonitor(
                        settings.probes(),
                        settings.probeExecutor(),
                        workers.health(),
                        new WorkerNotices(workers),
                        workers.controlCounters(),
                        settings.seed(),
                        announcements,
                        this);
    }

    HealthMonitor monitor() {
        return monitor;
    }

    /// Any thread: a report from outside.
    void report(
            ServiceKey key,
            Endpoint server,
            boolean up,
            String reason,
            long version,
            Answer<Void> answer) {
        reports.offer(new Report(key, server, up, reason, version, answer));
        requests.wake();
        if (closed) {
            refuseAll();
        }
    }

    /// Goes on with probes and reports.
    ///
    /// @return 0 if there was nothing to do
    int work(long nowNs) {
        int work = 0;
        for (Report next = next(); next != null; next = next()) {
            work++;
            try {
                monitor.report(next.key, next.server, next.up, next.reason, next.version, nowNs);
                next.answer.fulfil(null);
            } catch (RuntimeException refusal) {
                next.answer.refuse(refusal);
            }
        }
        return work + monitor.poll(nowNs) + endAll();
    }

    /// One transaction for all servers that have gone down together: each costs a walk through all
    /// connections.
    private int endAll() {
        int count = ending.size();
        if (count > 0) {
            requests.offer(
                    new Request.Apply(
                            new TransactionFunctions.Fixed(ending),
                            Answer.forNobody(),
                            clock.nanoTime() + limit.toNanos()));
            ending.clear();
        }
        return count;
    }

    /// Called by whichever thread finds the balancer closed, hence the lock.
    private synchronized @Nullable Report next() {
        return reports.poll();
    }

    @Override
    public void poll(long nowNs) {
        monitor.look((service, quorum) ->
                conditions.present(Condition.QUORUM_LOST, service.toString(), quorum, nowNs));
        String impossible = monitor.impossibleProbes();
        if (!impossible.isEmpty()) {
            conditions.present(Condition.CHECKS_IMPOSSIBLE, "health checks", impossible, nowNs);
        }
        announcements.look(
                nowNs,
                (address, why) ->
                        conditions.present(
                                Condition.ANNOUNCEMENT_FAILED, address.toString(), why, nowNs));
    }

    private void announcementChanged(IpAddress address, boolean announced) {
        conditions.over(
                Condition.ANNOUNCEMENT_FAILED,
                address.toString(),
                announced ? "announced" : "withdrawn",
                clock.nanoTime());
        events.accept(new BalancerEvent.AnnouncementChanged(address, announced));
    }

    /// Withdraws all virtual addresses. Any thread; before the workers end.
    void withdraw() {
        announcements.withdraw(WITHDRAWAL_LIMIT);
    }

    @Override
    public void serverChanged(ServiceKey service, Endpoint server, ServerHealth health) {
        LOG.info(
                "server {} of {} is {}, {}{}",
                server,
                service,
                health.up() ? "up" : "down",
                health.use().word(),
                health.reason().isEmpty() ? "" : ": " + health.reason());
        events.accept(new BalancerEvent.ServerHealthChanged(service, server, health));
    }

    @Override
    public void endConnections(ServiceKey service, Endpoint server) {
        ending.add(
                new Change.EndConnections(
                        new ConnectionFilter(
                                Optional.of(service),
                                Optional.empty(),
                                Optional.of(server),
                                Optional.empty(),
                                Optional.empty())));
    }

    @Override
    public void quorumChanged(ServiceKey service, String quorum, ServiceHealth health) {
        if (health.quorumUp()) {
            conditions.over(Condition.QUORUM_LOST, service.toString(), quorum, clock.nanoTime());
        } else {
            conditions.present(Condition.QUORUM_LOST, service.toString(), quorum, clock.nanoTime());
        }
    }

    /// Nothing is watched any more; reports are refused.
    void close() {
        closed = true;
        refuseAll();
        monitor.close();
    }

    /// Another thread: the control thread is left behind.
    void abandon() {
        closed = true;
        refuseAll();
    }

    private void refuseAll() {
        for (Report left = next(); left != null; left = next()) {
            left.answer.refuse(Requests.closedError());
        }
    }
}
