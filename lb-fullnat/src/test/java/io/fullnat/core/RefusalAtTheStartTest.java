// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.control.BalancerListener;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.api.control.Control;
import io.fullnat.api.control.TransactionFunction;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.SchedulerContext;
import io.fullnat.api.service.SchedulerFactory;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.memoryio.PortSettings;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.assertj.core.api.AbstractThrowableAssert;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What is wrong is said where it is given, not when it does harm.
class RefusalAtTheStartTest {
    private final InMemoryIo io =
            InMemoryIo.builder()
                    .wire(
                            PortSettings.of("wan", "02:00:00:00:00:01"),
                            PortSettings.of("client", "02:00:00:00:00:02"))
                    .open();

    @AfterEach
    void close() {
        io.close();
    }

    private BalancerBuilder builder() {
        return FullNatBalancer.builder(io).connections(64);
    }

    private static AbstractThrowableAssert<?, ?> assertRefused(
            ErrorCode code, @Nullable Throwable thrown) {
        return assertThat(thrown)
                .isInstanceOf(BalancerException.class)
                .matches(refusal -> ((BalancerException) refusal).code() == code);
    }

    private static Stream<Method> settings() {
        return Arrays.stream(BalancerBuilder.class.getDeclaredMethods())
                .filter(method -> Modifier.isPublic(method.getModifiers()))
                .filter(method -> method.getParameterCount() == 1)
                .filter(method -> !method.getParameterTypes()[0].isPrimitive());
    }

    @ParameterizedTest
    @MethodSource("settings")
    void theBuilderRefusesNull(Method setting) {
        assertThat(catchThrowable(() -> setting.invoke(builder(), (Object) null)).getCause())
                .isInstanceOf(NullPointerException.class)
                .hasMessage(setting.getParameters()[0].getName());
    }

    @Test
    @SuppressWarnings("NullAway") // on purpose
    void controlRefusesNull() {
        assertThatThrownBy(() -> FullNatBalancer.builder(null)).hasMessage("io");
        try (FullNatBalancer balancer = builder().build()) {
            Control control = balancer.control();
            assertThatThrownBy(() -> control.submit((TransactionFunction) null))
                    .hasMessage("function");
            assertThatThrownBy(() -> control.submit((List<Change>) null)).hasMessage("changes");
            assertThatThrownBy(() -> control.check(null)).hasMessage("function");
            assertThatThrownBy(() -> control.apply((TransactionFunction) null))
                    .hasMessage("function");
            assertThatThrownBy(() -> control.apply((Change[]) null)).hasMessage("changes");
            assertThatThrownBy(() -> control.status(null)).hasMessage("key");
            assertThatThrownBy(() -> control.connections(null, seen -> true)).hasMessage("filter");
            assertThatThrownBy(() -> control.connections(ConnectionFilter.ALL, null))
                    .hasMessage("visitor");
            assertThatThrownBy(() -> control.listen((BalancerListener) null))
                    .hasMessage("listener");
            assertThatThrownBy(() -> balancer.counters().get(0, (Outcome) null))
                    .hasMessage("outcome");
            assertThatThrownBy(() -> balancer.counters().get(0, (Counter) null))
                    .hasMessage("counter");
        }
    }

    @Test
    void aBuilderMakesOneBalancer() {
        BalancerBuilder builder = builder();
        builder.build().close();

        assertRefused(ErrorCode.UNSUPPORTED, catchThrowable(builder::build))
                .hasMessageContaining("new builder");
        assertRefused(ErrorCode.UNSUPPORTED, catchThrowable(builder::start));
    }

    @Test
    void aBuilderThatWasRefusedMayBeCorrected() {
        BalancerBuilder builder = builder().workers(2);
        assertRefused(ErrorCode.INVALID_ARGUMENT, catchThrowable(builder::build));

        builder.workers(1).build().close();
    }

    @Test
    void twoBalancersCannotShareTheirPorts() {
        try (FullNatBalancer first = builder().start()) {
            assertThat(first.workers()).isOne();
            assertRefused(ErrorCode.INVALID_ARGUMENT, catchThrowable(() -> builder().build()))
                    .hasMessageContaining("another balancer uses these ports");
        }
        builder().build().close();
    }

    private record Factory(@Nullable String name, @Nullable Scheduler scheduler)
            implements SchedulerFactory {
        @Override
        @SuppressWarnings("NullAway") // on purpose
        public Scheduler create(List<RealServer> servers, SchedulerContext context) {
            return scheduler;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"rr", "wrr", "wlc"})
    void aSchedulerCannotTakeTheNameOfABuiltIn(String name) {
        Factory factory = new Factory(name, (request, loads) -> 0);
        assertRefused(
                        ErrorCode.INVALID_ARGUMENT,
                        catchThrowable(() -> builder().scheduler(factory)))
                .hasMessageContaining("\"" + name + "\" already");
    }

    @Test
    void aSchedulerNeedsANameOfItsOwn() {
        Scheduler any = (request, loads) -> 0;
        BalancerBuilder builder = builder().scheduler(new Factory("mine", any));
        for (String name : Arrays.asList("mine", null, "", "Mine", "a b")) {
            assertRefused(
                    ErrorCode.INVALID_ARGUMENT,
                    catchThrowable(() -> builder.scheduler(new Factory(name, any))));
        }
    }

    @Test
    void aFactoryThatReturnsNoSchedulerFailsItsTransaction() {
        try (LogCapture log = new LogCapture();
                FullNatBalancer balancer = builder().scheduler(new Factory("none", null)).build()) {
            CompletableFuture<Void> done =
                    balancer.control()
                            .submit(
                                    List.of(
                                            new Change.AddService(
                                                    VirtualService.of(
                                                                    ServiceKey.tcp(
                                                                            "192.0.2.80", 80))
                                                            .withScheduler("none")
                                                            .withLocalAddress(
                                                                    LocalAddress.of(
                                                                            "192.0.2.9", "wan")))));
            for (int i = 0; i < 20; i++) {
                balancer.doWork();
            }
            assertRefused(ErrorCode.INTERNAL, done.exceptionNow())
                    .hasMessageContaining("the factory of scheduler \"none\" returned null");
            assertThat(balancer.control().desired().services()).isEmpty();
            assertThat(log.with("returned null")).isEmpty();
        }
    }

    @Test
    void aCountersFileNeedsItsFolder(@TempDir Path folder) {
        Path missing = folder.resolve("missing/counters");
        assertRefused(
                        ErrorCode.INVALID_ARGUMENT,
                        catchThrowable(() -> builder().countersFile(missing).build()))
                .hasMessageContaining(missing.toString())
                .hasMessageContaining("no folder");
        assertRefused(
                        ErrorCode.INVALID_ARGUMENT,
                        catchThrowable(() -> builder().countersFile(folder).build()))
                .hasMessageContaining("it is a folder");
        builder().countersFile(folder.resolve("counters")).build().close();
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 1, 7, Integer.MAX_VALUE, Integer.MIN_VALUE})
    void aWorkerThatIsNotThereIsNamedWithThoseThatAre(int worker) {
        try (FullNatBalancer balancer = builder().build()) {
            for (Throwable thrown :
                    List.of(
                            catchThrowable(() -> balancer.control().status(worker)),
                            catchThrowable(() -> balancer.counters().get(worker, Counter.RECEIVED)),
                            catchThrowable(() -> balancer.counters().get(worker, Outcome.ARP)))) {
                assertRefused(ErrorCode.INVALID_ARGUMENT, thrown)
                        .hasMessage("no worker " + worker + "; there are 0-0");
            }
        }
    }

    @Test
    void anErrorShowsItsClassInAStackTrace() {
        assertThat(new BalancerException(ErrorCode.NO_SERVICE, "no service TCP 192.0.2.80:80"))
                .hasToString(
                        "io.fullnat.api.BalancerException: NO_SERVICE:"
                                + " no service TCP 192.0.2.80:80");
    }

    @Test
    void aLimitOfNoTimeIsRefused() {
        for (Duration limit : List.of(Duration.ZERO, Duration.ofNanos(1), Duration.ofDays(-1))) {
            assertRefused(
                    ErrorCode.INVALID_ARGUMENT,
                    catchThrowable(() -> builder().transactionLimit(limit)));
        }
    }
}
