// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.memoryio.PortSettings;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadFactory;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// A balancer has a name, and its threads come from where the application says ([OwnThreads]).
@Timeout(60)
class OwnThreadsTest {
    private final InMemoryIo io =
            InMemoryIo.builder()
                    .buffers(64)
                    .wire(
                            PortSettings.of("wan", Rig.WAN_MAC).withQueues(2),
                            PortSettings.of("client", Rig.CLIENT_MAC))
                    .open();
    private final List<Thread> made = new CopyOnWriteArrayList<>();

    @AfterEach
    void close() {
        io.close();
    }

    private BalancerBuilder builder() {
        return FullNatBalancer.builder(io).workers(2).connections(64).name("edge-7");
    }

    private Thread make(Runnable work) {
        Thread thread = Thread.ofPlatform().name("unnamed").unstarted(work);
        made.add(thread);
        return thread;
    }

    @Test
    void itsThreadsComeFromTheFactoryUnderItsName() {
        try (FullNatBalancer balancer = builder().threads(this::make).start()) {
            assertThat(balancer.name()).isEqualTo("edge-7");
            balancer.control().apply(present -> List.of()); // asked on a thread beside

            assertThat(made)
                    .extracting(Thread::getName)
                    .containsExactlyInAnyOrder(
                            "edge-7-worker-0",
                            "edge-7-worker-1",
                            "edge-7-control",
                            "edge-7-functions");
            assertThat(made).allMatch(Thread::isAlive);
        }
    }

    @Test
    void itIsCalledFullnatUnlessSaid() {
        try (FullNatBalancer balancer = FullNatBalancer.builder(io).connections(64).build()) {
            assertThat(balancer.name()).isEqualTo("fullnat");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "a b", "a\nb", "ä", "0123456789012345678901234567890123"})
    void aNameThatThreadsCannotHaveIsRefused(String name) {
        assertThatThrownBy(() -> builder().name(name))
                .isInstanceOf(BalancerException.class)
                .hasMessageContaining("\"" + name + "\" is no name of a balancer");
    }

    private static Stream<ThreadFactory> brokenOnes() {
        return Stream.of(
                work -> null,
                work -> {
                    throw new IllegalStateException("no more threads");
                },
                work -> Thread.ofPlatform().start(() -> {}));
    }

    @ParameterizedTest
    @MethodSource("brokenOnes")
    void aFactoryThatFailsForTheSecondWorkerLeavesNothingBehind(ThreadFactory broken)
            throws InterruptedException {
        ThreadFactory second = work -> made.isEmpty() ? make(work) : broken.newThread(work);
        try (LogCapture log = new LogCapture()) {
            assertThatThrownBy(() -> builder().threads(second).start())
                    .isInstanceOf(BalancerException.class)
                    .hasMessageContaining("the thread factory made no thread for edge-7-worker-1")
                    .extracting(failure -> ((BalancerException) failure).code())
                    .isEqualTo(ErrorCode.INTERNAL);

            made.getFirst().join();
            assertThat(log.with("does not end")).isEmpty();
        }
        builder().start().close(); // the ports are free again
    }

    @Test
    void aWorkerThatCannotBeAttachedEndsTheOthers() throws InterruptedException {
        FaultyIo ports = new FaultyIo(io);
        ports.onAttach = worker -> worker == 1 ? new IllegalStateException("no such lcore") : null;
        try (LogCapture log = new LogCapture()) {
            assertThatThrownBy(() ->
                            FullNatBalancer.builder(ports)
                                    .workers(2)
                                    .connections(64)
                                    .threads(this::make)
                                    .start())
                    .isInstanceOf(BalancerException.class)
                    .hasMessageContaining("fullnat-worker-1 could not be started")
                    .hasRootCauseMessage("no such lcore");

            for (Thread thread : made) {
                thread.join();
            }
            assertThat(log.with("does not end")).isEmpty();
            assertThat(log.with("detaching")).isEmpty();
        }
    }
}
