// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import io.fullnat.api.BalancerException;
import io.fullnat.api.Clock;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.SchedulerContext;
import io.fullnat.api.service.SchedulerFactory;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.memoryio.FrameEnd;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.memoryio.PortSettings;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.agrona.concurrent.YieldingIdleStrategy;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Nothing that the application supplies can end a thread of a started balancer: whatever is thrown
/// is counted, told once, and what works goes on.
@Timeout(60)
class ThrowableTest {
    private static final ServiceKey WEB = ServiceKey.tcp("192.0.2.80", 80);

    private final LogCapture log = new LogCapture();
    private final InMemoryIo io =
            InMemoryIo.builder()
                    .buffers(512)
                    .wire(
                            PortSettings.of("wan", "02:00:00:00:00:01"),
                            PortSettings.of("client", "02:00:00:00:00:c1"))
                    .open();
    private final FaultyIo ports = new FaultyIo(io);
    private final FrameEnd client = new FrameEnd(io.wire("wan").far(), io.buffers());
    private volatile @Nullable Supplier<Throwable> onClock;
    private volatile @Nullable Supplier<Throwable> onSelect;
    private volatile @Nullable Supplier<Throwable> onCreate;
    private final FullNatBalancer balancer =
            FullNatBalancer.builder(ports)
                    .connections(64)
                    .clock(clock())
                    .scheduler(new FaultyScheduler())
                    .start();

    private Clock clock() {
        return () -> {
            FaultyIo.<RuntimeException>sneak(onClock);
            return System.nanoTime();
        };
    }

    private final class FaultyScheduler implements SchedulerFactory {
        @Override
        public String name() {
            return "faulty";
        }

        @Override
        public Scheduler create(List<RealServer> servers, SchedulerContext context) {
            FaultyIo.<RuntimeException>sneak(onCreate);
            return (request, loads) -> {
                FaultyIo.<RuntimeException>sneak(onSelect);
                return 0;
            };
        }
    }

    @AfterEach
    void close() {
        onClock = null;
        balancer.close();
        Rig.assertAllCounted(balancer.counters());
        client.receiveAll();
        assertThat(io.buffers().inUse()).as("buffers not given back").isZero();
        io.close();
        log.close();
    }

    private static Stream<Throwable> faults() {
        return Stream.of(
                new IllegalStateException("an exception"),
                new AssertionError("an error"),
                new StackOverflowError("a deep one"),
                new OutOfMemoryError("a large one"),
                new IOException("an undeclared one"));
    }

    private void await(BooleanSupplier what) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!what.getAsBoolean()) {
            assertThat(System.nanoTime() - end).as("it comes late").isNegative();
            YieldingIdleStrategy.INSTANCE.idle();
        }
    }

    private long faultsCounted() {
        return balancer.counters().total(Counter.FAULTS);
    }

    private void addAddress(String prefix) {
        balancer.network().addAddress(InterfaceAddress.of(prefix, "wan"));
    }

    /// Whether the worker answers a request by ARP.
    private boolean answers() {
        client.send(
                PacketBuilder.ethernet("02:00:00:00:00:c1", "02:00:00:00:00:01")
                        .arp(
                                1,
                                "02:00:00:00:00:c1",
                                "192.0.2.7",
                                "00:00:00:00:00:00",
                                "192.0.2.1"));
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (System.nanoTime() - end < 0) {
            if (client.receiveAll().stream().anyMatch(ThrowableTest::isReply)) {
                return true;
            }
            YieldingIdleStrategy.INSTANCE.idle();
        }
        return false;
    }

    private static boolean isReply(byte[] frame) {
        return frame[12] == 8 && frame[13] == 6 && frame[21] == 2;
    }

    @ParameterizedTest
    @MethodSource("faults")
    void aPlanThatThrowsFailsAlone(Throwable fault) {
        assertThatThrownBy(() ->
                        balancer.control()
                                .apply(present -> {
                                    FaultyIo.<RuntimeException>sneak(() -> fault);
                                    return List.of();
                                }))
                .isInstanceOf(BalancerException.class)
                .hasMessageContaining(String.valueOf(fault.getMessage()))
                .extracting(refusal -> ((BalancerException) refusal).code())
                .isEqualTo(ErrorCode.INTERNAL);

        addAddress("192.0.2.1/24");
        assertThat(faultsCounted()).isOne();
        assertThat(log.with("a transaction function failed")).hasSize(1);
    }

    @ParameterizedTest
    @MethodSource("faults")
    void aSchedulerFactoryThatThrowsFailsAlone(Throwable fault) {
        onCreate = () -> fault;
        assertThatThrownBy(() -> balancer.services().add(service()))
                .isInstanceOf(BalancerException.class)
                .hasMessageContaining(String.valueOf(fault.getMessage()));
        onCreate = null;

        balancer.services().add(service());
        assertThat(faultsCounted()).isOne();
    }

    private static VirtualService service() {
        return VirtualService.of(WEB)
                .withScheduler("faulty")
                .withRealServer(RealServer.of("192.0.2.11", 8080))
                .withLocalAddress(LocalAddress.of("192.0.2.100", "wan"));
    }

    @ParameterizedTest
    @MethodSource("faults")
    void aSchedulerThatThrowsCostsItsPacketOnly(Throwable fault) {
        addAddress("192.0.2.1/24");
        balancer.services().add(service());
        onSelect = () -> fault;
        for (int i = 0; i < 100; i++) {
            client.send(
                    PacketBuilder.ethernet("02:00:00:00:00:c1", "02:00:00:00:00:01")
                            .ipv4("192.0.2.7", "192.0.2.80")
                            .tcp(40_000 + i, 80)
                            .flags(Tcp.SYN));
        }

        await(() -> faultsCounted() == 100);
        client.receiveAll();
        assertThat(answers()).as("the worker lives").isTrue();
        assertThat(log.with("the scheduler \"faulty\" of TCP 192.0.2.80:80 failed"))
                .as("told once")
                .hasSize(1);
    }

    @ParameterizedTest
    @MethodSource("faults")
    void aPortThatCannotBeReceivedFromIsAskedAgainLater(Throwable fault) {
        addAddress("192.0.2.1/24");
        client.receiveAll();
        onReceive(() -> fault);
        await(() -> faultsCounted() > 4);
        long counted = faultsCounted();
        onReceive(null);

        assertThat(answers()).as("the worker lives").isTrue();
        assertThat(counted).as("it is not asked again at once").isLessThan(1_000);
        assertThat(log.with("receiving from port wan failed")).isNotEmpty().hasSizeLessThan(4);
    }

    private void onReceive(@Nullable Supplier<Throwable> fault) {
        ports.onReceive = fault;
    }

    @Test
    void packetsThatAPortGaveBeforeItThrewAreReceived() {
        addAddress("192.0.2.1/24");
        client.receiveAll();
        ports.onReceived = () -> new IllegalStateException("after the packets");
        assertThat(answers()).isTrue();
        ports.onReceived = null;
    }

    @ParameterizedTest
    @MethodSource("faults")
    void aPortThatCannotSendIsTriedAgainLater(Throwable fault) {
        addAddress("192.0.2.1/24");
        client.receiveAll();
        ports.onTransmit = () -> fault;
        client.send(
                PacketBuilder.ethernet("02:00:00:00:00:c1", "02:00:00:00:00:01")
                        .arp(
                                1,
                                "02:00:00:00:00:c1",
                                "192.0.2.7",
                                "00:00:00:00:00:00",
                                "192.0.2.1"));
        await(() -> faultsCounted() > 4);
        assertThat(faultsCounted()).isLessThan(1_000);
        ports.onTransmit = null;

        await(() -> client.receiveAll().stream().anyMatch(ThrowableTest::isReply));
    }

    @ParameterizedTest
    @MethodSource("faults")
    void aClockThatThrowsStandsStill(Throwable fault) {
        addAddress("192.0.2.1/24");
        client.receiveAll();
        onClock = () -> fault;
        await(() -> faultsCounted() > 4);
        assertThat(answers()).as("packets still move").isTrue();
        assertThat(faultsCounted()).isLessThan(1_000);
        onClock = null;

        addAddress("192.0.2.2/24");
        assertThat(log.with("the clock failed")).isNotEmpty().hasSizeLessThan(4);
    }

    @Test
    void closesWhileTheClockThrows() {
        onClock = () -> new AssertionError("for ever");
        await(() -> faultsCounted() > 2);

        balancer.close();

        onClock = null;
        assertThat(log.with("does not end")).isEmpty();
    }

    @Test
    void closesWhileThePortThrows() {
        ports.onReceive = () -> new AssertionError("for ever");
        ports.onDetach = () -> new AssertionError("at the end");
        await(() -> faultsCounted() > 2);

        balancer.close();

        assertThat(log.with("does not end")).isEmpty();
    }

    @Test
    void anInterruptEndsNoThread() {
        Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("fullnat-"))
                .forEach(Thread::interrupt);

        addAddress("192.0.2.1/24");
        assertThat(answers()).isTrue();
    }

    @Test
    void theFirstFaultIsToldWithItsStack() {
        assertThatThrownBy(() ->
                        balancer.control()
                                .apply(present -> {
                                    throw new AssertionError("deep inside");
                                }))
                .isInstanceOf(BalancerException.class);

        assertThat(log.with("a transaction function failed"))
                .singleElement()
                .matches(line -> line.getLevel() == Level.ERROR)
                .matches(line -> line.getThrowableProxy().getMessage().equals("deep inside"));
    }

    @Test
    void aTransactionAfterManyFaultsIsInForce() {
        for (int i = 0; i < 50; i++) {
            assertThatThrownBy(() ->
                            balancer.control()
                                    .apply(present -> {
                                        throw new LinkageError("again");
                                    }))
                    .isInstanceOf(BalancerException.class);
        }
        balancer.control().apply(new Change.AddAddress(InterfaceAddress.of("192.0.2.1/24", "wan")));

        assertThat(balancer.control().desired().addresses()).hasSize(1);
        assertThat(faultsCounted()).isEqualTo(50);
        assertThat(log.with("a transaction function failed")).hasSizeLessThan(4);
    }
}
