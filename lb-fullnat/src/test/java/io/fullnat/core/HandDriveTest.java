// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Clock;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.LeftoverPolicy;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.health.ProbeResult;
import io.fullnat.api.io.BufferPool;
import io.fullnat.api.io.PacketIo;
import io.fullnat.api.io.PacketPort;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.NeighbourSettings;
import io.fullnat.api.service.ClientNetworks;
import io.fullnat.core.control.ControlAgent;
import io.fullnat.core.control.ControlSettings;
import io.fullnat.core.control.TestSettings;
import io.fullnat.core.control.WaitGuard;
import io.fullnat.core.memoryio.FrameEnd;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.memoryio.InMemoryPuntPort;
import io.fullnat.core.memoryio.PortSettings;
import io.fullnat.core.punt.PuntAgent;
import io.fullnat.core.punt.PuntLink;
import io.fullnat.core.schedule.Schedulers;
import io.fullnat.core.transmit.TestCounters;
import io.fullnat.core.worker.Worker;
import io.fullnat.core.worker.WorkerSet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// [HandDrive]: control, the kernel's interfaces and two workers in turn, by one thread.
class HandDriveTest {
    private static final String OURS = "02:00:00:00:00:02";

    /// Calls that end is waited for.
    private static final int LAST_TURNS = 1_000;

    private final InMemoryIo memory =
            InMemoryIo.builder()
                    .buffers(64)
                    .wire(
                            PortSettings.of("lan", OURS).withQueues(2).withKernel("klan"),
                            PortSettings.of("far", "02:00:00:00:00:0f"))
                    .open();
    private final InMemoryPuntPort kernel =
            (InMemoryPuntPort) memory.wire("lan").near().puntPort().orElseThrow();
    private final Attached io = new Attached(memory);
    private final FaultyIo ports = new FaultyIo(io);
    private final List<TestCounters> counters = List.of(new TestCounters(), new TestCounters());
    private final List<String> faults = new ArrayList<>();
    private final WaitGuard guard = WaitGuard.ofThreads();

    /// The class that is told no time.
    private @Nullable String timeless;

    /// How often somebody was told.
    private int readings;

    private final WorkerSet workers =
            new WorkerSet(
                    ports,
                    this::nanoTime,
                    IntStream.range(0, 2).mapToObj(HandDriveTest::placement).toList(),
                    counters.stream().map(each -> each.counters).toList(),
                    ControlAgent.firstView(memory, LeftoverPolicy.DEFAULT));
    private final ControlAgent control =
            new ControlAgent(
                    ports, workers, this::nanoTime, new Schedulers(List.of()), settings(guard));
    private final HandDrive drive =
            new HandDrive(
                    workers,
                    control,
                    new PuntAgent(
                            PuntLink.of(memory, 2),
                            workers.links(),
                            this::nanoTime,
                            workers.controlCounters().faults()),
                    guard);

    HandDriveTest() {
        workers.onFault(faults::add);
    }

    private static Worker.Placement placement(int number) {
        return new Worker.Placement(
                number,
                2,
                OptionalInt.empty(),
                64,
                42,
                NeighbourSettings.DEFAULT,
                null,
                ClientNetworks.DEFAULT,
                16);
    }

    private static ControlSettings settings(WaitGuard guard) {
        return TestSettings.of(
                Duration.ofSeconds(10), guard, spec -> target -> ProbeResult.passed(""), null);
    }

    private long nanoTime() {
        readings++;
        String whom = timeless;
        if (whom != null
                && StackWalker.getInstance()
                        .walk(calls ->
                                calls.anyMatch(call -> call.getClassName().endsWith(whom)))) {
            throw new IllegalStateException("no time");
        }
        return Clock.system().nanoTime();
    }

    @AfterEach
    void close() {
        timeless = null;
        ports.onReceive = null;
        io.breaksDown = false;
        workers.stop();
        drive.end();
        workers.close();
        counters.forEach(TestCounters::close);
        memory.close();
    }

    /// Ports that say who has come and gone, and that break down.
    private static final class Attached implements PacketIo {
        private final PacketIo io;
        private final List<Integer> attached = new ArrayList<>();
        private boolean breaksDown;

        Attached(PacketIo io) {
            this.io = io;
        }

        @Override
        public List<? extends PacketPort> ports() {
            if (breaksDown) {
                throw new IllegalStateException("no port");
            }
            return io.ports();
        }

        @Override
        public BufferPool buffers(int worker) {
            return io.buffers(worker);
        }

        @Override
        public void attachWorker(int worker, OptionalInt cpu) {
            attached.add(worker);
        }

        @Override
        public void detachWorker(int worker) {
            attached.removeIf(each -> each == worker);
        }

        @Override
        public void close() {}
    }

    private long cycles(int worker) {
        return workers.counters(worker).get(Counter.CYCLES);
    }

    private long faults(int worker) {
        return workers.counters(worker).get(Counter.FAULTS);
    }

    private static void deadlock(Runnable call) {
        assertThatExceptionOfType(BalancerException.class)
                .isThrownBy(call::run)
                .extracting(BalancerException::code)
                .isEqualTo(ErrorCode.WOULD_DEADLOCK);
    }

    private static Change address(String prefix) {
        return new Change.AddAddress(InterfaceAddress.of(prefix, "lan"));
    }

    private void settle() {
        for (int cycle = 0; cycle < 10; cycle++) {
            drive.cycle();
        }
    }

    @Test
    void workersAreThereFromTheBeginning() {
        assertThat(io.attached).containsExactly(0, 1);
        assertThat(cycles(0)).isZero();
    }

    @Test
    void inEachCycleAllHaveOneTurn() {
        CompletableFuture<Void> done = control.face().submit(List.of(address("10.0.1.1/24")));
        drive.cycle();
        assertThat(cycles(0)).isEqualTo(1);
        assertThat(cycles(1)).isEqualTo(1);
        assertThat(kernel.mirrored()).as("the kernel's interface is as its port").isNotNull();
        settle();
        assertThat(done).isCompleted();
        assertThat(cycles(1)).isEqualTo(11);
    }

    @Test
    void withoutInterfacesOfTheKernelTheOthersHaveTheirs() {
        HandDrive without = new HandDrive(workers, control, null, guard);
        without.cycle();
        assertThat(cycles(0)).isEqualTo(1);
        assertThat(kernel.mirrored()).isNull();
    }

    @Test
    void whatThereWasToDoIsThatOfAll() {
        settle();
        assertThat(drive.cycle()).isZero();
        kernel.send(new byte[60]);
        assertThat(drive.cycle()).as("the kernel's frame").isEqualTo(1);
        settle();
        assertThat(drive.cycle()).isZero();
        var _ = control.face().submit(List.of(address("10.0.1.1/24")));
        assertThat(drive.cycle()).as("a transaction").isEqualTo(1);
        settle();
        new FrameEnd(memory.wire("lan").far(), memory.buffers()).send(new byte[60]);
        assertThat(drive.cycle()).as("a packet, which one worker gets").isEqualTo(1);
    }

    @Test
    void aFaultOfControlHoldsUpNoOther() {
        timeless = ".ControlAgent";
        drive.cycle();
        assertThat(faults).singleElement().asString().contains("fullnat-control", "no time");
        assertThat(faults(0)).isEqualTo(1);
        assertThat(kernel.mirrored()).isNotNull();
        assertThat(cycles(0)).isEqualTo(1);
        assertThat(cycles(1)).isEqualTo(1);
        timeless = null;
        CompletableFuture<Void> done = control.face().submit(List.of(address("10.0.1.1/24")));
        settle();
        assertThat(done).isCompleted();
    }

    @Test
    void aFaultOfTheKernelsInterfacesHoldsUpNoOther() {
        timeless = ".PuntAgent";
        drive.cycle();
        assertThat(faults).singleElement().asString().contains("fullnat-kernel", "no time");
        assertThat(faults(0)).isEqualTo(1);
        assertThat(cycles(0)).isEqualTo(1);
    }

    private void breakDown() {
        ports.onReceive = () -> new IllegalStateException("no packet");
        io.breaksDown = true;
    }

    /// Neither the other worker nor, later, itself.
    @Test
    void aFaultOfAWorkerHoldsUpNoOther() {
        settle();
        long before = cycles(0);
        breakDown();
        assertThat(drive.cycle()).as("work").isZero();
        assertThat(faults)
                .containsExactly(
                        "fullnat-worker-0 failed: java.lang.IllegalStateException: no port",
                        "fullnat-worker-1 failed: java.lang.IllegalStateException: no port");
        assertThat(faults(0)).isEqualTo(1);
        assertThat(faults(1)).as("each counts its own").isEqualTo(1);
        ports.onReceive = null;
        io.breaksDown = false;
        drive.cycle();
        assertThat(cycles(0)).isEqualTo(before + 1);
        assertThat(cycles(1)).isEqualTo(before + 1);
    }

    @Test
    void withinACycleThereIsNoOther() {
        List<Integer> tried = new ArrayList<>();
        CompletableFuture<Void> done =
                control.face()
                        .submit(present -> {
                            deadlock(drive::cycle);
                            deadlock(drive::requireMayClose);
                            tried.add(1);
                            return List.of();
                        });
        settle();
        assertThat(tried).hasSize(1);
        assertThat(done).isCompleted();
        assertThatCode(drive::requireMayClose).doesNotThrowAnyException();
    }

    @Test
    void whoDrivesMayNotWaitForWhatItIsToDo() {
        assertThatCode(guard::requireMayWait).doesNotThrowAnyException();
        drive.cycle();
        deadlock(guard::requireMayWait);
    }

    @Test
    void whoIsAskedByTheBalancerMayNotCloseIt() {
        assertThatCode(drive::requireMayClose).doesNotThrowAnyException();
        guard.enter();
        deadlock(drive::requireMayClose);
        guard.leave();
    }

    @Test
    void whenAskedToAllEndAndAreClosed() {
        CompletableFuture<Void> waiting = control.face().submit(List.of(address("10.0.1.1/24")));
        workers.stop();
        readings = 0;
        assertThat(drive.end()).isTrue();
        assertThat(readings).as("each was asked until it had ended").isLessThan(20);
        assertThat(io.attached).isEmpty();
        assertThat(faults).isEmpty();
        assertThat(waiting).isCompletedExceptionally();
        assertThatExceptionOfType(BalancerException.class)
                .isThrownBy(() -> control.face().status())
                .extracting(BalancerException::code)
                .isEqualTo(ErrorCode.CLOSED);
    }

    /// They are closed all the same.
    @Test
    void whoDoesNotEndIsNotWaitedForForEver() {
        assertThat(drive.end()).isTrue();
        assertThat(cycles(0)).isEqualTo(LAST_TURNS + 1); // and when it is closed
        assertThat(cycles(1)).isEqualTo(LAST_TURNS + 1);
        assertThat(io.attached).isEmpty();
    }

    @Test
    void whoFailsEachTimeIsNotWaitedForForEverEither() {
        breakDown();
        assertThat(drive.end()).isTrue();
        assertThat(faults(0)).isEqualTo(LAST_TURNS);
        assertThat(faults(1)).isEqualTo(LAST_TURNS);
        assertThat(faults.getFirst()).startsWith("fullnat-worker-0");
        assertThat(io.attached).isEmpty();
    }
}
