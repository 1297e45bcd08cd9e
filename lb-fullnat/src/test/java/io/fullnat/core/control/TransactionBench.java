// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.ManualClock;
import io.fullnat.api.control.BalancerEvent;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.DesiredState;
import io.fullnat.api.control.LeftoverPolicy;
import io.fullnat.api.control.TransactionFunction;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.health.HealthProbe;
import io.fullnat.api.health.ProbeResult;
import io.fullnat.api.health.ProbeSpec;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.SchedulerContext;
import io.fullnat.api.service.SchedulerFactory;
import io.fullnat.core.health.HealthMonitor;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.memoryio.PortSettings;
import io.fullnat.core.schedule.Schedulers;
import io.fullnat.core.transmit.FaultLog;
import io.fullnat.core.worker.WorkerByHand;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;

/// Transactions of a balancer with the ports `wan` and `lan` and two workers, which the test plays.
/// The port `lan` takes flow rules, and has an interface of the kernel beside it.
final class TransactionBench implements AutoCloseable {
    static final Duration LIMIT = Duration.ofSeconds(10);

    final ManualClock clock = new ManualClock();
    final IdleWorkers idle = new IdleWorkers(2, openIo());
    final Resources resources = idle.resources;
    final DeviceNames devices = new DeviceNames(idle.io);
    final List<BalancerEvent> events = new ArrayList<>();
    final List<String> probes = new ArrayList<>();
    final WorkerByHand first = new WorkerByHand(idle.workers, 0);
    final WorkerByHand second = new WorkerByHand(idle.workers, 1);
    final FaultLog faults = idle.workers.controlCounters().faults();
    final EventStream stream = new EventStream(Runnable::run, faults);
    final Requests requests = new Requests(LIMIT);
    final HealthMonitor health;
    final Transactions transactions;

    /// What the scheduler `faulty` throws when it is made; null if it is made.
    @Nullable RuntimeException schedulerFault;

    /// What the balancer's clock throws the next time but so many; null if it shows the time.
    @Nullable RuntimeException clockFault;

    int clockReadings;

    /// Functions are asked at once.
    TransactionBench() {
        this(null);
    }

    /// @param threads make the thread that asks functions; null for none
    TransactionBench(@Nullable ThreadFactory threads) {
        health = idle.health(this::probe);
        Schedulers schedulers = new Schedulers(List.of(new Faulty()));
        stream.add(events::add);
        transactions =
                new Transactions(
                        new Transactions.Parts(
                                this::now,
                                requests,
                                new TransactionFunctions(
                                        threads, WaitGuard.ofThreads(), requests::wake),
                                devices,
                                schedulers,
                                resources,
                                health,
                                new TransactionBuilder(
                                        resources,
                                        new ServiceBuilder(idle.workers, resources, schedulers, 42),
                                        new CompiledSets(devices, new SetCounts(2))),
                                new Publisher(
                                        idle.workers,
                                        clock,
                                        new NetworkBuilder(devices),
                                        resources),
                                new FlowSteering(
                                        idle.io,
                                        idle.workers.returnPaths(),
                                        devices,
                                        idle.workers.controlCounters()),
                                faults,
                                stream::tell),
                        LeftoverPolicy.DEFAULT);
    }

    private static InMemoryIo openIo() {
        PortSettings lan = PortSettings.of("lan", ControlRig.LAN_MAC).withQueues(2);
        return InMemoryIo.builder()
                .buffers(64)
                .wire(
                        PortSettings.of("wan", ControlRig.WAN_MAC).withQueues(2),
                        PortSettings.of("client", ControlRig.CLIENT_MAC))
                .wire(
                        lan.withFlowRules(64).withKernel("klan"),
                        PortSettings.of("server", ControlRig.SERVER_MAC))
                .open();
    }

    private long now() {
        RuntimeException fault = clockFault;
        if (fault != null && --clockReadings < 0) {
            clockFault = null;
            throw fault;
        }
        return clock.nanoTime();
    }

    private HealthProbe probe(ProbeSpec spec) {
        probes.add(spec.toString());
        return target -> ProbeResult.passed("");
    }

    CompletableFuture<Void> submit(Change... changes) {
        return submit(new TransactionFunctions.Fixed(List.of(changes)));
    }

    CompletableFuture<Void> submit(TransactionFunction function) {
        Answer<Void> answer = Answer.forNobody();
        requests.offer(new Request.Apply(function, answer, deadline()));
        return answer;
    }

    CompletableFuture<List<Change>> check(Change... changes) {
        Answer<List<Change>> answer = Answer.forNobody();
        TransactionFunction function = new TransactionFunctions.Fixed(List.of(changes));
        requests.offer(new Request.Check(function, answer, deadline()));
        return answer;
    }

    private long deadline() {
        return clock.nanoTime() + LIMIT.toNanos();
    }

    int poll() {
        return transactions.poll(clock.nanoTime());
    }

    /// Control and workers have their turns, until each has done what there is to do now.
    void run() {
        for (int turn = 0; turn < 10; turn++) {
            poll();
            first.work();
            second.work();
        }
    }

    void pass(Duration time) {
        clock.advance(time);
        run();
    }

    /// Changes come into force.
    TransactionBench inForce(Change... changes) {
        CompletableFuture<Void> done = submit(changes);
        run();
        assertThat(done).isCompleted();
        events.clear();
        probes.clear();
        return this;
    }

    DesiredState desired() {
        return transactions.source().desired();
    }

    long faults() {
        return idle.workers.controlCounters().get(Counter.FAULTS);
    }

    /// How many rules are in the port `lan`: four for each local address.
    int rules() {
        return idle.io.wire("lan").near().rulesInPlace().size();
    }

    static void refused(CompletableFuture<?> answer, ErrorCode code, String message) {
        assertThat(answer).isCompletedExceptionally();
        assertThat(answer.exceptionNow())
                .isInstanceOfSatisfying(
                        BalancerException.class,
                        refusal -> assertThat(refusal.code()).isEqualTo(code))
                .hasMessage(message);
    }

    @Override
    public void close() {
        health.close();
        idle.close();
    }

    /// The scheduler `faulty`.
    private final class Faulty implements SchedulerFactory {
        @Override
        public String name() {
            return "faulty";
        }

        @Override
        public Scheduler create(List<RealServer> servers, SchedulerContext context) {
            if (schedulerFault != null) {
                throw schedulerFault;
            }
            return (request, loads) -> Scheduler.NONE;
        }
    }
}
