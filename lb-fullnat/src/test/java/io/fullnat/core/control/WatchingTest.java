// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static io.fullnat.core.control.ControlRig.LOCAL;
import static io.fullnat.core.control.ControlRig.SERVER;
import static io.fullnat.core.control.ControlRig.TLS;
import static io.fullnat.core.control.ControlRig.WEB;
import static io.fullnat.core.control.ControlRig.ip;
import static io.fullnat.core.control.ControlRig.service;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import com.sun.management.ThreadMXBean;
import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.control.ActiveCondition;
import io.fullnat.api.control.BalancerEvent;
import io.fullnat.api.control.BalancerListener;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.Condition;
import io.fullnat.api.control.Health;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.ServiceCounters;
import io.fullnat.core.LogCapture;
import io.fullnat.core.capture.CaptureSettings;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/// What an application can watch: events, health, counts, the end of draining.
@Tag("optimized")
class WatchingTest {
    private final List<BalancerEvent> events = new ArrayList<>();
    private final ControlRig rig = new ControlRig(builder -> builder.listener(events::add));

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void eachTransactionIsToldWithItsChanges() {
        Change add = new Change.AddService(service(WEB));
        Change remove = new Change.RemoveService(WEB);
        rig.apply(add);
        rig.apply(remove);

        assertThat(events)
                .containsExactly(
                        new BalancerEvent.Applied(1, List.of(add)),
                        new BalancerEvent.Applied(2, List.of(remove)),
                        new BalancerEvent.AddressDraining(ip(LOCAL), "lan"),
                        new BalancerEvent.Applied(2, List.of()),
                        new BalancerEvent.AddressReleased(ip(LOCAL), "lan"));
    }

    /// Each has a line, whether or not anybody listens.
    @Test
    void whatHappensIsInTheLog() {
        Level before = ((Logger) LoggerFactory.getLogger("io.fullnat")).getLevel();
        ((Logger) LoggerFactory.getLogger("io.fullnat")).setLevel(Level.INFO);
        try (LogCapture log = new LogCapture()) {
            rig.apply(new Change.AddService(service(WEB)));
            rig.apply(new Change.RemoveService(WEB));
            rig.balancer.control().tell(new BalancerEvent.ConfigurationReloaded(7, 3));
            rig.balancer.control().tell(new BalancerEvent.ConfigurationRefused("line 7"));
            rig.balancer.capture(CaptureSettings.ALL).close();
            rig.run();
            assertThat(log.with(""))
                    .extracting(ILoggingEvent::getFormattedMessage)
                    .containsExactly(
                            "local address " + LOCAL + " of lan drains",
                            "local address " + LOCAL + " of lan has drained",
                            "reloaded, changes 3, revision 7",
                            "not reloaded: line 7",
                            "somebody captures packets: all packets",
                            "the capture is over after 0 s: 0 frames, 0 lost");
        } finally {
            ((Logger) LoggerFactory.getLogger("io.fullnat")).setLevel(before);
        }
    }

    /// In the one order of all events.
    @Test
    void whatTheApplicationTellsIsToldToAll() {
        BalancerEvent own = new BalancerEvent.ConfigurationRefused("line 7");
        rig.balancer.control().tell(own);
        rig.run();
        assertThat(events).containsExactly(own);
        rig.balancer.close();
        rig.balancer.control().tell(own);
        assertThat(events).as("a closed one tells nobody").hasSize(1);
    }

    @Test
    void aConditionThatTheApplicationSeesIsToldLikeOthers() {
        rig.balancer.control().reportCondition(Condition.WEBHOOK_FAILING, "a", "status 500");
        rig.pass(Duration.ofSeconds(2));
        assertThat(rig.balancer.control().health().conditions())
                .extracting(ActiveCondition::condition)
                .containsExactly(Condition.WEBHOOK_FAILING);
        assertThat(events)
                .containsExactly(
                        new BalancerEvent.ConditionBegan(
                                Condition.WEBHOOK_FAILING, "a", "status 500"));
    }

    @Test
    void aRefusedTransactionIsNotTold() {
        CompletableFuture<Void> refused = rig.submit(new Change.RemoveService(WEB));
        rig.run();

        assertThat(refused).isCompletedExceptionally();
        assertThat(events).isEmpty();
    }

    @Test
    void aListenerComesAndGoesAtRunTime() {
        List<BalancerEvent> mine = new ArrayList<>();
        BalancerListener listener = mine::add;
        rig.balancer.control().listen(listener);
        rig.apply(new Change.AddService(service(WEB)));
        assertThat(mine).hasSize(1);

        rig.balancer.control().unlisten(listener);
        rig.apply(new Change.AddService(service(TLS)));
        assertThat(mine).hasSize(1);
    }

    @Test
    void aListenerThatThrowsIsCountedAndToldOfAsAFault() {
        try (LogCapture log = new LogCapture()) {
            BalancerListener broken =
                    event -> {
                        if (event instanceof BalancerEvent.Applied) {
                            throw new AssertionError("mine");
                        }
                    };
            rig.balancer.control().listen(broken);
            rig.apply(new Change.AddService(service(WEB)));
            rig.apply(new Change.AddService(service(TLS)));

            assertThat(rig.balancer.counters().total(Counter.FAULTS)).isEqualTo(2);
            assertThat(log.with("failed; it is asked again")).hasSize(1);
            assertThat(events)
                    .filteredOn(event -> event instanceof BalancerEvent.Fault)
                    .singleElement()
                    .asString()
                    .contains("mine");
        }
    }

    @Test
    void aServiceIsCountedWithoutASnapshot() {
        rig.configured();
        ServiceCounters counters = rig.balancer.control().counters(WEB);
        assertThat(counters.connections()).isZero();

        rig.connected(40_000);
        rig.connected(40_001);

        assertThat(counters.connections()).isEqualTo(2);
        assertThat(counters.inPackets()).isEqualTo(2);
        assertThat(counters.inBytes()).isEqualTo(80);
        assertThat(counters.outPackets()).isZero();
        assertThat(counters.outBytes()).isZero();
        assertThat(counters.activeConnections()).isZero();
        assertThat(counters.inactiveConnections()).isEqualTo(2);

        rig.apply(new Change.ZeroCounters(Optional.of(WEB)));
        assertThat(counters.connections()).as("zeroed").isZero();
        rig.connected(40_002);
        assertThat(counters.connections()).isOne();

        rig.apply(new Change.RemoveRealServer(WEB, SERVER.endpoint()));
        assertThat(counters.connections()).as("of a former server").isOne();
        rig.pass(Duration.ofSeconds(60));
        rig.pass(Duration.ofSeconds(1));
        assertThat(counters.connections()).as("of one that is gone").isOne();
        assertThat(counters.inactiveConnections()).isZero();

        rig.apply(new Change.RemoveService(WEB));
        assertThat(counters.connections()).as("no service").isZero();
    }

    @Test
    void countingAServiceAllocatesNothing() {
        rig.configured();
        rig.connected(40_000);
        ServiceCounters counters = rig.balancer.control().counters(WEB);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        read(counters, 20_000);
        long before = threads.getCurrentThreadAllocatedBytes();
        read(counters, 20_000);
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;

        assertThat(allocated).as("bytes for 40,000 readings").isLessThan(20_000);
    }

    private static void read(ServiceCounters counters, int times) {
        long sum = 0;
        for (int i = 0; i < times; i++) {
            sum += counters.inPackets() + counters.activeConnections();
        }
        assertThat(sum).isPositive();
    }

    @Test
    void aClosedBalancersCountsAreRefused() {
        ServiceCounters counters = rig.balancer.control().counters(WEB);
        rig.balancer.close();

        assertThatThrownBy(counters::connections)
                .isInstanceOf(BalancerException.class)
                .hasMessageContaining("closed");
    }

    @Test
    void healthSaysHowWorkersAndPortsAre() {
        rig.run();
        Health health = rig.balancer.control().health();

        assertThat(health.status()).isEqualTo(Health.Status.UP);
        assertThat(health.workers()).hasSize(2).allMatch(worker -> worker.cycles() > 0);
        assertThat(health.workers()).allMatch(worker -> worker.idle().isZero());
        assertThat(health.ports())
                .extracting(Health.PortHealth::port)
                .containsExactly("wan", "lan");
        assertThat(health.ports()).allMatch(port -> port.link().up());
        assertThat(health.conditions()).isEmpty();
    }

    @Test
    void aDrainedLocalAddressCompletes() {
        rig.configured();
        rig.connected(40_000);
        CompletableFuture<Void> drained =
                rig.balancer.control().drain(WEB, ip(LOCAL), Duration.ofMinutes(5));
        rig.run();
        rig.pass(Duration.ofSeconds(1));
        assertThat(drained).as("while it has a connection").isNotDone();

        rig.pass(Duration.ofSeconds(60));
        rig.pass(Duration.ofSeconds(1));

        assertThat(drained).isCompleted();
    }

    @Test
    void aDrainedServerCompletesAndStays() {
        rig.configured();
        rig.connected(40_000);
        CompletableFuture<Void> drained =
                rig.balancer.control().drain(WEB, SERVER.endpoint(), Duration.ofMinutes(5));
        rig.run();
        assertThat(rig.service().realServers().getFirst().server().weight()).isZero();
        assertThat(drained).isNotDone();

        rig.pass(Duration.ofSeconds(60));
        rig.pass(Duration.ofSeconds(1));

        assertThat(drained).isCompleted();
        assertThat(rig.service().realServers()).hasSize(1);
    }

    @Test
    void drainingThatTakesTooLongSaysSo() {
        rig.configured();
        rig.connected(40_000);
        CompletableFuture<Void> drained =
                rig.balancer.control().drain(WEB, ip(LOCAL), Duration.ofSeconds(3));
        rig.run();
        rig.pass(Duration.ofSeconds(4));

        assertThat(drained).isCompletedExceptionally();
        assertThat(drained.exceptionNow())
                .hasMessageContaining(LOCAL)
                .hasMessageContaining("1 connections")
                .extracting(late -> ((BalancerException) late).code())
                .isEqualTo(ErrorCode.TRANSACTION_TIMEOUT);
    }

    @Test
    void drainingWhatIsNotThereIsRefused() {
        CompletableFuture<Void> drained =
                rig.balancer.control().drain(WEB, ip(LOCAL), Duration.ofSeconds(3));
        rig.run();

        assertThat(drained.exceptionNow())
                .extracting(refusal -> ((BalancerException) refusal).code())
                .isEqualTo(ErrorCode.NO_SERVICE);
    }

    @Test
    void aLimitOfForEverIsALongOne() {
        rig.configured();
        CompletableFuture<Void> drained =
                rig.balancer.control().drain(WEB, ip(LOCAL), ChronoUnit.FOREVER.getDuration());
        rig.run();
        rig.pass(Duration.ofSeconds(1));

        assertThat(drained).isCompleted();
    }

    @Test
    void aNegativeLimitIsRefusedAndNothingDrains() {
        rig.configured();
        assertThatThrownBy(
                        () -> rig.balancer.control().drain(WEB, ip(LOCAL), Duration.ofSeconds(-1)))
                .isInstanceOf(BalancerException.class)
                .hasMessageContaining("PT-1S");
        rig.run();

        assertThat(rig.service().localAddresses()).hasSize(1);
    }

    @Test
    void closingEndsDraining() {
        rig.configured();
        rig.connected(40_000);
        CompletableFuture<Void> drained =
                rig.balancer.control().drain(WEB, ip(LOCAL), Duration.ofMinutes(3));
        rig.run();

        rig.balancer.close();

        assertThat(drained).isCompletedExceptionally();
    }
}
