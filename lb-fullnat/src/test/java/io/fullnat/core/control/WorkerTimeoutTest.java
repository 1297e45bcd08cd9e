// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static io.fullnat.core.control.ControlRig.LOCAL;
import static io.fullnat.core.control.ControlRig.TLS;
import static io.fullnat.core.control.ControlRig.WEB;
import static io.fullnat.core.control.ControlRig.service;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Endpoint;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.ManualClock;
import io.fullnat.api.control.AddressStatus;
import io.fullnat.api.control.BalancerStatus;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.Condition;
import io.fullnat.api.control.Health;
import io.fullnat.api.control.LeftoverPolicy;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.health.HealthPolicy;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.NeighbourSettings;
import io.fullnat.api.service.ClientNetworks;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.core.LogCapture;
import io.fullnat.core.memory.Region;
import io.fullnat.core.memoryio.FrameEnd;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.memoryio.InMemoryPort;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import io.fullnat.core.schedule.Schedulers;
import io.fullnat.core.transmit.WorkerCounters;
import io.fullnat.core.worker.Worker;
import io.fullnat.core.worker.WorkerSet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What becomes of transactions when a worker stands still or refuses: control and workers are
/// driven one by one.
class WorkerTimeoutTest {
    private static final int WORKERS = 2;
    private static final long ALL_COUNTERS =
            (Outcome.values().length + Counter.values().length) * (long) Long.BYTES;
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final Duration PREPARE_TIMEOUT = Duration.ofNanos(Publisher.PREPARE_TIMEOUT_NS);

    private final ManualClock clock = new ManualClock();
    private final InMemoryIo io = ControlRig.openIo(WORKERS, 64);
    private final Region counters = Region.allocate(WORKERS * ALL_COUNTERS, "counters");
    private final WorkerSet workers =
            new WorkerSet(
                    io,
                    clock,
                    placements(),
                    counters(),
                    ControlAgent.firstView(io, LeftoverPolicy.DEFAULT));
    private final ControlAgent control =
            new ControlAgent(
                    io,
                    workers,
                    clock,
                    new Schedulers(List.of()),
                    TestSettings.of(
                            LIMIT,
                            WaitGuard.ofThreads(),
                            spec -> {
                                throw new IllegalStateException("nobody asks");
                            },
                            null));

    private static List<Worker.Placement> placements() {
        List<Worker.Placement> placements = new ArrayList<>();
        for (int i = 0; i < WORKERS; i++) {
            placements.add(
                    new Worker.Placement(
                            i,
                            WORKERS,
                            OptionalInt.empty(),
                            64,
                            42 + i,
                            NeighbourSettings.DEFAULT,
                            null,
                            ClientNetworks.DEFAULT,
                            16));
        }
        return placements;
    }

    private List<WorkerCounters> counters() {
        int outcomes = Outcome.values().length;
        int all = outcomes + Counter.values().length;
        List<WorkerCounters> perWorker = new ArrayList<>();
        for (int i = 0; i < WORKERS; i++) {
            long[] addresses =
                    LongStream.range((long) i * all, (long) (i + 1) * all)
                            .map(place -> counters.address() + place * Long.BYTES)
                            .toArray();
            long[] others = new long[all - outcomes];
            System.arraycopy(addresses, outcomes, others, 0, others.length);
            perWorker.add(new WorkerCounters(addresses, others));
        }
        return perWorker;
    }

    @AfterEach
    void close() {
        control.onClose();
        workers.workers().forEach(Worker::onClose);
        workers.close();
        counters.close();
        io.close();
    }

    private void driveControl() {
        for (int i = 0; i < 10; i++) {
            control.doWork();
        }
    }

    private void drive(int worker) {
        workers.workers().get(worker).doWork();
    }

    private void driveAll() {
        for (int turn = 0; turn < 20; turn++) {
            control.doWork();
            for (int worker = 0; worker < WORKERS; worker++) {
                drive(worker);
            }
        }
    }

    private CompletableFuture<Void> submit(Change... changes) {
        return control.face().submit(List.of(changes));
    }

    private void apply(Change... changes) {
        CompletableFuture<Void> done = submit(changes);
        driveAll();
        assertThat(done).isCompleted();
    }

    private static void assertTimedOut(CompletableFuture<Void> answer, int worker) {
        assertThat(answer).isCompletedExceptionally();
        assertThat(answer.exceptionNow())
                .isInstanceOf(BalancerException.class)
                .hasMessageContaining("worker " + worker)
                .hasMessageContaining("nothing was changed")
                .extracting(failure -> ((BalancerException) failure).code())
                .isEqualTo(ErrorCode.WORKER_TIMEOUT);
    }

    @Test
    void aWorkerThatDoesNotAnswerLeavesTheOldStateInForce() {
        apply(new Change.AddService(service(WEB)));
        BalancerStatus before = control.face().status();
        CompletableFuture<Void> answer = submit(new Change.RemoveService(WEB));
        driveControl();
        drive(0);
        clock.advance(PREPARE_TIMEOUT.minusNanos(1));
        driveControl();
        assertThat(answer).as("just before the time is over").isNotDone();

        clock.advance(Duration.ofNanos(1));
        driveControl();

        assertTimedOut(answer, 1);
        assertThat(control.face().status())
                .usingRecursiveComparison()
                .ignoringFieldsMatchingRegexes(".*\\.since") // goes on with the time
                .isEqualTo(before);
    }

    @Test
    void aStateThatIsGivenUpLeavesNoRules() {
        InMemoryPort lan = io.wire("lan").near();
        CompletableFuture<Void> answer = submit(new Change.AddService(service(WEB)));
        driveControl();
        drive(0);
        assertThat(lan.rulesInPlace()).as("while workers prepare").hasSize(4);

        clock.advance(PREPARE_TIMEOUT);
        driveControl();

        assertTimedOut(answer, 1);
        assertThat(lan.rulesInPlace()).isEmpty();
    }

    @Test
    void aWorkerThatAnswersLateDoesNotTakeTheAbandonedStateOver() {
        CompletableFuture<Void> late = submit(new Change.AddService(service(WEB)));
        driveControl();
        clock.advance(PREPARE_TIMEOUT);
        driveControl();
        assertTimedOut(late, 0);

        driveAll();
        assertThat(control.face().status().services()).isEmpty();
        assertThat(workers.exchange(1).adopted()).isZero();

        apply(new Change.AddService(service(TLS)));
        assertThat(control.face().status().services())
                .singleElement()
                .matches(status -> status.service().key().equals(TLS));
        assertThat(control.face().status().revision()).isOne();
    }

    @Test
    void aWorkerThatNeverAnswersIsNamedEachTime() {
        for (int i = 0; i < 20; i++) {
            CompletableFuture<Void> answer = submit(new Change.AddService(service(WEB)));
            driveControl();
            drive(0);
            clock.advance(PREPARE_TIMEOUT);
            driveControl();
            assertTimedOut(answer, 1);
        }

        driveAll();
        apply(new Change.AddService(service(WEB)));
    }

    @Test
    void onceAllHavePreparedThereIsNoWayBack() {
        CompletableFuture<Void> answer = submit(new Change.AddService(service(WEB)));
        driveControl();
        drive(0);
        drive(1);
        driveControl(); // publishes
        drive(0);
        clock.advance(PREPARE_TIMEOUT.multipliedBy(2));
        driveControl();
        assertThat(answer).as("worker 1 still works by the old state").isNotDone();

        drive(1);
        driveControl();
        assertThat(answer).isCompleted();
    }

    @Test
    void anAbandonedServiceLeavesNoAddressBehind() {
        CompletableFuture<Void> answer = submit(new Change.AddService(service(WEB)));
        driveControl();
        clock.advance(PREPARE_TIMEOUT);
        driveControl();
        assertTimedOut(answer, 0);

        clock.advance(Duration.ofSeconds(1));
        driveAll();

        assertThat(control.face().status().addresses()).isEmpty();
    }

    @Test
    void aWorkerThatRefusesLeavesTheOldStateInForceAndTheCallerIsTold() {
        apply(new Change.AddService(service(WEB)));
        BalancerStatus before = control.face().status();
        CompletableFuture<Void> answer = submit(new Change.RemoveService(WEB));
        driveControl();
        drive(0);
        workers.exchange(1).poll(view -> "no memory today");
        driveAll();

        assertThat(answer).isCompletedExceptionally();
        assertThat(answer.exceptionNow())
                .isInstanceOf(BalancerException.class)
                .hasMessageContaining("worker 1 refused: no memory today; nothing was changed")
                .extracting(failure -> ((BalancerException) failure).code())
                .isEqualTo(ErrorCode.WORKER_REFUSED);
        assertThat(control.face().status()).isEqualTo(before);

        apply(new Change.RemoveService(WEB));
        assertThat(control.face().status().services()).isEmpty();
    }

    @Test
    void aStateThatWasGivenUpDoesNotComeInWithTheNextOne() {
        apply(
                new Change.AddAddress(InterfaceAddress.of("192.0.2.1/24", "wan")),
                new Change.AddAddress(InterfaceAddress.of("10.0.1.1/24", "lan")),
                ControlRig.neighbour(ControlRig.SERVER),
                new Change.AddService(service(WEB)));
        CompletableFuture<Void> late =
                submit(new Change.RemoveService(WEB), new Change.AddService(service(TLS)));
        driveControl();
        clock.advance(PREPARE_TIMEOUT);
        driveControl();
        assertTimedOut(late, 0);

        apply(new Change.AddAddress(InterfaceAddress.of("10.9.1.1/24", "lan")));

        assertThat(isForwarded(TLS)).as("the service that was given up").isFalse();
        assertThat(isForwarded(WEB)).as("the service that was to go with it").isTrue();
    }

    /// What workers were told of the server as it would have been is not said of it as it is.
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aServerStaysRealOrSorryWhenTheOtherIsGivenUp(boolean real) {
        Endpoint other = ControlRig.OTHER_SERVER.endpoint();
        Change.AddRealServer addition = new Change.AddRealServer(WEB, ControlRig.OTHER_SERVER);
        Change.RemoveRealServer removal = new Change.RemoveRealServer(WEB, other, false);
        Change.SetPolicy sorry =
                new Change.SetPolicy(
                        WEB,
                        ServicePolicy.DEFAULT.withHealth(
                                HealthPolicy.builder().sorryServer(other).build()));
        Change.SetPolicy none = new Change.SetPolicy(WEB, ServicePolicy.DEFAULT);
        apply(
                new Change.AddAddress(InterfaceAddress.of("192.0.2.1/24", "wan")),
                new Change.AddAddress(InterfaceAddress.of("10.0.1.1/24", "lan")),
                ControlRig.neighbour(ControlRig.SERVER),
                ControlRig.neighbour(ControlRig.OTHER_SERVER),
                new Change.AddService(service(WEB)),
                real ? addition : sorry);
        CompletableFuture<Void> late = real ? submit(removal, sorry) : submit(none, addition);
        driveControl();
        clock.advance(PREPARE_TIMEOUT);
        driveControl();
        assertTimedOut(late, 0);
        driveAll();

        Set<Integer> servers = new HashSet<>();
        for (int port = 0; port < 16; port++) {
            connect(WEB, 41_000 + port).forEach(frame -> servers.add(frame[33] & 0xFF));
        }
        assertThat(servers).isEqualTo(real ? Set.of(11, 12) : Set.of(11));
    }

    private boolean isForwarded(ServiceKey key) {
        return !connect(key, 40_000).isEmpty();
    }

    private List<byte[]> connect(ServiceKey key, int clientPort) {
        FrameEnd client = new FrameEnd(io.wire("wan").far(), io.buffers());
        FrameEnd server = new FrameEnd(io.wire("lan").far(), io.buffers());
        server.receiveAll();
        client.send(
                PacketBuilder.ethernet(ControlRig.CLIENT_MAC, ControlRig.WAN_MAC)
                        .ipv4("192.0.2.7", ControlRig.VIP)
                        .tcp(clientPort, key.endpoint().port())
                        .flags(Tcp.SYN));
        driveAll();
        client.receiveAll();
        return server.receiveAll();
    }

    @Test
    void anAddressThatDrainedWhileAWorkerStoodStillGoesWhenItWorksAgain() {
        apply(new Change.AddService(service(WEB)));
        CompletableFuture<Void> removal = submit(new Change.RemoveService(WEB));
        while (!removal.isDone()) {
            drive(0);
            drive(1);
            control.doWork();
        }
        assertThat(control.face().status().addresses())
                .singleElement()
                .matches(AddressStatus::isDraining);
        // Control gives the address back as soon as it is idle, but worker 1 does not answer.
        for (int i = 0; i < 3; i++) {
            clock.advance(PREPARE_TIMEOUT);
            driveControl();
            drive(0);
        }

        clock.advance(Duration.ofSeconds(5));
        driveAll();

        assertThat(control.face().status().addresses())
                .extracting(AddressStatus::address)
                .as("%s is free again", LOCAL)
                .isEmpty();
    }

    @Test
    void aWorkerThatStandsStillIsTold() {
        try (LogCapture log = new LogCapture()) {
            driveAll();
            clock.advance(Duration.ofSeconds(1));
            driveAll();
            assertThat(control.face().health().status()).isEqualTo(Health.Status.UP);
            long worked = workers.counters(0).get(Counter.CYCLES);
            long stood = workers.counters(1).get(Counter.CYCLES);
            for (int second = 0; second < 4; second++) {
                clock.advance(Duration.ofSeconds(1));
                control.doWork();
                drive(0);
            }
            assertThat(workers.counters(0).get(Counter.CYCLES)).isEqualTo(worked + 4);
            assertThat(workers.counters(1).get(Counter.CYCLES)).isEqualTo(stood);

            Health stalled = control.face().health();
            assertThat(stalled.status()).isEqualTo(Health.Status.DOWN);
            assertThat(stalled.conditions())
                    .singleElement()
                    .matches(active -> active.condition() == Condition.WORKER_STALLED)
                    .matches(active -> active.subject().equals("worker 1"));
            assertThat(stalled.workers().get(0).idle().toSeconds()).isLessThan(2);
            assertThat(stalled.workers().get(1).idle().toSeconds()).isGreaterThanOrEqualTo(3);
            assertThat(log.with("WORKER_STALLED begins: worker 1")).hasSize(1);

            driveAll();
            clock.advance(Duration.ofSeconds(1));
            driveAll();
            assertThat(control.face().health().status()).isEqualTo(Health.Status.UP);
            assertThat(log.with("WORKER_STALLED ended")).hasSize(1);
        }
    }
}
