// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static io.fullnat.core.control.ControlRig.LOCAL;
import static io.fullnat.core.control.ControlRig.OTHER_LOCAL;
import static io.fullnat.core.control.ControlRig.OTHER_SERVER;
import static io.fullnat.core.control.ControlRig.SERVER;
import static io.fullnat.core.control.ControlRig.TLS;
import static io.fullnat.core.control.ControlRig.WEB;
import static io.fullnat.core.control.ControlRig.ip;
import static io.fullnat.core.control.ControlRig.local;
import static io.fullnat.core.control.ControlRig.service;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.MacAddress;
import io.fullnat.api.control.BalancerStatus;
import io.fullnat.api.control.Change;
import io.fullnat.api.network.Neighbour;
import io.fullnat.api.network.Route;
import io.fullnat.api.service.PortUsage;
import io.fullnat.api.service.ServiceStatus;
import io.fullnat.api.service.TrafficCounts;
import io.fullnat.api.service.TrafficRates;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/// What is counted, and since when: totals, zeroing, rates, and the ports of local addresses up to
/// their exhaustion.
class TrafficStatusTest {
    private static final int ALL_PORTS = 64_511;

    /// Of the frames that [ControlRig#connect] sends, as IP packets.
    private static final int SYN_BYTES = 40;

    private ControlRig rig = new ControlRig().configured();

    @AfterEach
    void close() {
        rig.close();
    }

    private static TrafficCounts syns(int count) {
        return new TrafficCounts(count, count, (long) count * SYN_BYTES, 0, 0);
    }

    private void connect(int count, int firstPort) {
        for (int port = firstPort; port < firstPort + count; port++) {
            rig.connected(port);
        }
    }

    @Test
    void packetsAndBytesAreCountedForServiceAndServer() {
        connect(3, 40_000);

        assertThat(rig.service().traffic()).isEqualTo(syns(3));
        assertThat(rig.service().realServers().getFirst().traffic()).isEqualTo(syns(3));
    }

    @Test
    void zeroedCountsBeginAgainAndConnectionsStay() {
        connect(3, 40_000);

        rig.apply(new Change.ZeroCounters(Optional.of(WEB)));

        assertThat(rig.service().traffic()).isEqualTo(TrafficCounts.ZERO);
        assertThat(rig.service().realServers().getFirst().inactiveConnections()).isEqualTo(3);
        connect(2, 50_000);
        assertThat(rig.service().traffic()).isEqualTo(syns(2));
        assertThat(rig.service().realServers().getFirst().traffic()).isEqualTo(syns(2));
    }

    @Test
    void zeroingForgetsWhatRemovedServersCounted() {
        connect(3, 40_000);
        rig.apply(
                new Change.AddRealServer(WEB, OTHER_SERVER),
                new Change.RemoveRealServer(WEB, SERVER.endpoint()));
        rig.pass(Duration.ofMinutes(1));
        rig.pass(Duration.ofSeconds(1));
        assertThat(rig.service().traffic()).isEqualTo(syns(3));

        rig.apply(new Change.ZeroCounters(Optional.empty()));

        assertThat(rig.service().traffic()).isEqualTo(TrafficCounts.ZERO);
    }

    @Test
    void oneServiceIsZeroedAndTheOtherCountsOn() {
        rig.apply(new Change.AddService(service(TLS)));
        connect(3, 40_000);

        rig.apply(new Change.ZeroCounters(Optional.of(TLS)));

        assertThat(rig.service().traffic()).isEqualTo(syns(3));
        rig.refuses(
                ErrorCode.NO_SERVICE,
                List.of("no service TCP 192.0.2.99:80"),
                new Change.ZeroCounters(Optional.of(ControlRig.NOWHERE)));
    }

    @Test
    void ratesAreThoseOfTheLastSecond() {
        rig.pass(Duration.ofSeconds(1));
        assertThat(rig.service().rates()).isEqualTo(TrafficRates.ZERO);
        connect(20, 40_000);
        rig.pass(Duration.ofSeconds(2));

        TrafficRates expected = new TrafficRates(10, 10, 10 * SYN_BYTES, 0, 0);
        assertThat(rig.service().rates()).isEqualTo(expected);
        assertThat(rig.service().realServers().getFirst().rates()).isEqualTo(expected);

        rig.pass(Duration.ofSeconds(1));
        assertThat(rig.service().rates()).as("when nothing moves").isEqualTo(TrafficRates.ZERO);
    }

    @Test
    void zeroingDoesNotDisturbRates() {
        rig.pass(Duration.ofSeconds(1));
        connect(5, 40_000);
        rig.apply(new Change.ZeroCounters(Optional.empty()));
        connect(5, 50_000);

        rig.pass(Duration.ofSeconds(1));

        assertThat(rig.service().rates().connections()).isEqualTo(10);
    }

    @Test
    void aServerInThePlaceOfAnotherHasRatesOfItsOwn() {
        connect(30, 40_000);
        rig.pass(Duration.ofSeconds(1));
        rig.apply(new Change.RemoveRealServer(WEB, SERVER.endpoint()));
        rig.pass(Duration.ofMinutes(1)); // its connections end
        rig.pass(Duration.ofMillis(200)); // its place is given back
        rig.apply(new Change.AddRealServer(WEB, OTHER_SERVER));
        connect(4, 50_000);

        rig.pass(Duration.ofSeconds(1));

        TrafficRates rates = rig.service().realServers().getFirst().rates();
        assertThat(rates.connections()).isBetween(1L, 4L);
        assertThat(rates.inPackets()).isEqualTo(rates.connections());
    }

    private static ServiceStatus of(BalancerStatus status) {
        return status.services().getFirst();
    }

    private ServiceStatus worker(int worker) {
        return of(rig.balancer.control().status(worker));
    }

    @Test
    void eachWorkersCountsAreItsConnections() {
        rig.pass(Duration.ofSeconds(1));
        connect(20, 40_000);
        rig.pass(Duration.ofSeconds(2));

        long[] listed = new long[2];
        rig.connections().forEach(connection -> listed[connection.worker()]++);
        assertThat(listed).as("both have some").doesNotContain(0);
        for (int worker = 0; worker < 2; worker++) {
            ServiceStatus service = worker(worker);
            int own = (int) listed[worker];
            long half = Math.round(own / 2.0);
            assertThat(service.traffic()).isEqualTo(syns(own));
            assertThat(service.rates())
                    .isEqualTo(new TrafficRates(half, half, (long) own * SYN_BYTES / 2, 0, 0));
            assertThat(service.realServers().getFirst().inactiveConnections()).isEqualTo(own);
            assertThat(service.realServers().getFirst().activeConnections()).isZero();
            assertThat(service.localAddresses().getFirst().ports().inUse()).isEqualTo(own);
        }
        assertThat(
                        worker(0).localAddresses().getFirst().ports().capacity()
                                + worker(1).localAddresses().getFirst().ports().capacity())
                .isEqualTo(ALL_PORTS);
        assertThat(rig.service().traffic()).isEqualTo(syns(20));
    }

    @Test
    void eachWorkerKeepsWhatRemovedServersCountedUntilItIsZeroed() {
        connect(20, 40_000);
        TrafficCounts first = worker(0).traffic();
        rig.apply(
                new Change.AddRealServer(WEB, OTHER_SERVER),
                new Change.RemoveRealServer(WEB, SERVER.endpoint()));
        rig.pass(Duration.ofMinutes(1));
        rig.pass(Duration.ofSeconds(1));
        assertThat(worker(0).traffic()).isEqualTo(first);
        assertThat(worker(1).traffic()).isEqualTo(syns(20).minus(first));

        rig.apply(new Change.ZeroCounters(Optional.of(WEB)));

        assertThat(worker(0).traffic()).isEqualTo(TrafficCounts.ZERO);
        assertThat(worker(1).traffic()).isEqualTo(TrafficCounts.ZERO);
    }

    @Test
    void aWorkerThatIsNotThereIsNamedWithThoseThatAre() {
        for (int worker : new int[] {-1, 2}) {
            assertThatThrownBy(() -> rig.balancer.control().status(worker))
                    .isInstanceOfSatisfying(
                            BalancerException.class,
                            refusal ->
                                    assertThat(refusal.code())
                                            .isEqualTo(ErrorCode.INVALID_ARGUMENT))
                    .hasMessage("no worker " + worker + "; there are 0-1");
        }
    }

    @Test
    void portsAreCountedForEachPairOfLocalAddressAndServer() {
        rig.apply(new Change.AddRealServer(WEB, OTHER_SERVER));
        connect(10, 40_000);

        PortUsage ports = rig.service().localAddresses().getFirst().ports();
        assertThat(ports.inUse()).isEqualTo(10);
        assertThat(ports.capacity()).isEqualTo(2 * ALL_PORTS);
        assertThat(ports.free()).isEqualTo(2 * ALL_PORTS - 10);
    }

    @Test
    void exhaustionIsWarnedOfBeforeItComesAndCountedWhenItHasComeAndTheWarningEnds() {
        rig.close();
        rig = new ControlRig(builder -> builder.connections(120_000)).configured();
        rig.apply(
                new Change.SetNeighbour(
                        new Neighbour(
                                ip("192.0.2.254"), MacAddress.parse(ControlRig.CLIENT_MAC), "wan")),
                new Change.AddRoute(Route.via("0.0.0.0/0", "192.0.2.254", "wan")));
        Logger logger = (Logger) LoggerFactory.getLogger(Conditions.class);
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.start();
        logger.addAppender(log);
        logger.setAdditive(false);
        try {
            exhaust(log.list);
        } finally {
            logger.setAdditive(true);
            logger.detachAppender(log);
        }
    }

    private void exhaust(List<ILoggingEvent> log) {
        open(ALL_PORTS * 7 / 10);
        assertThat(told(log)).isEmpty();

        int opened = ALL_PORTS * 7 / 10 + open(ALL_PORTS * 2 / 10);
        assertThat(told(log))
                .singleElement()
                .asString()
                .contains("PORTS_NEARLY_EXHAUSTED begins", LOCAL, "90 %", "10.0.1.11:8080");
        assertThat(usage()).matches(PortUsage::nearExhaustion);
        assertThat(usage().misses()).as("misses so far").isZero();

        opened += open(ALL_PORTS / 5);
        assertThat(opened).as("connections of one pair").isEqualTo(ALL_PORTS);
        assertThat(usage().inUse()).isEqualTo(ALL_PORTS);
        assertThat(usage().free()).isZero();
        assertThat(usage().fullestPercent()).isEqualTo(100);
        assertThat(usage().misses()).isPositive();
        assertThat(told(log))
                .singleElement()
                .asString()
                .contains("PORTS_EXHAUSTED begins", LOCAL, "connections found no port");

        rig.apply(new Change.AddLocalAddress(WEB, local(OTHER_LOCAL)));
        assertThat(open(100)).as("with another local address").isEqualTo(100);
        for (int second = 0; second < 12; second++) {
            rig.pass(Duration.ofSeconds(1));
        }
        assertThat(told(log)).singleElement().asString().contains("PORTS_EXHAUSTED ended", LOCAL);
        assertThat(usage()).matches(PortUsage::nearExhaustion);

        rig.apply(new Change.RemoveLocalAddress(WEB, ip(LOCAL), true));
        for (int second = 0; second < 12; second++) {
            rig.pass(Duration.ofSeconds(1));
        }
        assertThat(told(log))
                .singleElement()
                .asString()
                .contains("PORTS_NEARLY_EXHAUSTED ended", LOCAL);
    }

    /// What was logged since the last call.
    private static List<String> told(List<ILoggingEvent> log) {
        List<String> lines = log.stream().map(ILoggingEvent::getFormattedMessage).toList();
        log.clear();
        return lines;
    }

    private int next;

    /// Opens connections from clients that all differ; returns how many there were servers' ports
    /// for.
    private int open(int count) {
        int opened = 0;
        for (int i = 0; i < count; i++, next++) {
            opened +=
                    rig.establish("198.51.100." + (1 + next / 50_000), 1024 + next % 50_000)
                            ? 1
                            : 0;
        }
        rig.pass(Duration.ofSeconds(1));
        return opened;
    }

    private PortUsage usage() {
        return rig.service().localAddresses().getFirst().ports();
    }
}
