// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Clock;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpAddress;
import io.fullnat.api.ManualClock;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.network.NeighbourSettings;
import io.fullnat.api.network.ReversePath;
import io.fullnat.api.service.ClientNetworks;
import io.fullnat.api.service.CookieSecrets;
import io.fullnat.core.limit.ClientCounts;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.memoryio.PortSettings;
import io.fullnat.core.persistence.TemplateTable;
import io.fullnat.core.stack.Device;
import io.fullnat.core.stack.NetworkView;
import io.fullnat.core.stack.RouteTable;
import io.fullnat.core.transmit.TestCounters;
import io.fullnat.core.transmit.WorkerCounters;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import org.agrona.concurrent.AgentTerminationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// [WorkerSet]: what each of three workers has of its own, and what they share.
class WorkerSetTest {
    private static final int WORKERS = 3;
    private static final String OURS = "02:00:00:00:00:02";
    private static final CookieSecrets SECRETS = CookieSecrets.random();

    private final InMemoryIo io =
            InMemoryIo.builder()
                    .buffers(64)
                    .wire(
                            PortSettings.of("wan", "02:00:00:00:00:01").withQueues(WORKERS),
                            PortSettings.of("client", "02:00:00:00:00:0c"))
                    .wire(
                            PortSettings.of("lan", OURS).withQueues(WORKERS).withKernel("klan"),
                            PortSettings.of("server", "02:00:00:00:00:0f"))
                    .open();
    private final ManualClock clock = new ManualClock(77_000_000_001L);
    private final List<TestCounters> counters =
            IntStream.range(0, WORKERS).mapToObj(worker -> new TestCounters()).toList();
    private final WorkerSet set = set(1_000, SECRETS);

    @AfterEach
    void close() {
        set.workers().forEach(Worker::onClose);
        set.close();
        counters.forEach(TestCounters::close);
        io.close();
    }

    private WorkerSet set(int templates, CookieSecrets secrets) {
        return new WorkerSet(
                io,
                clock,
                placements(),
                counters.stream().map(each -> each.counters).toList(),
                network(),
                templates,
                secrets);
    }

    /// Workers with room for 16, 32 and 48 connections.
    private static List<Worker.Placement> placements() {
        return IntStream.range(0, WORKERS)
                .mapToObj(worker ->
                        new Worker.Placement(
                                worker,
                                WORKERS,
                                OptionalInt.empty(),
                                16 + 16 * worker,
                                42,
                                NeighbourSettings.DEFAULT,
                                null,
                                new ClientNetworks(16, 48),
                                4))
                .toList();
    }

    private static NetworkView network() {
        return new NetworkView(
                List.of(
                        new Device(0, "wan", 0, 0, 1, 1_500, ReversePath.OFF),
                        new Device(1, "lan", 1, 0, 2, 1_500, ReversePath.OFF)),
                Set.of(0, 1),
                List.of(),
                new RouteTable(List.of()),
                List.of(),
                1);
    }

    private static WorkerView view(long revision) {
        return TestViews.of(revision, network());
    }

    @Test
    void workersAreThereInTheOrderOfTheirNumbers() {
        assertThat(set.size()).isEqualTo(WORKERS);
        assertThat(set.workers()).extracting(Worker::number).containsExactly(0, 1, 2);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 3, 4})
    void noWorkerHasAnotherNumber(int worker) {
        assertThatExceptionOfType(BalancerException.class)
                .isThrownBy(() -> WorkerSet.requireWorker(worker, WORKERS))
                .withMessageContaining("no worker " + worker + "; there are 0-2")
                .extracting(BalancerException::code)
                .isEqualTo(ErrorCode.INVALID_ARGUMENT);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void theirNumbersBeginWithZero(int worker) {
        assertThatCode(() -> WorkerSet.requireWorker(worker, WORKERS)).doesNotThrowAnyException();
    }

    @Test
    void eachWorkerCountsForItself() {
        assertThat(set.workers().get(1).doWork()).isZero();
        for (int worker = 0; worker < WORKERS; worker++) {
            assertThat(set.counters(worker)).isSameAs(counters.get(worker).counters);
            assertThat(set.counters(worker).get(Counter.CYCLES)).isEqualTo(worker == 1 ? 1 : 0);
            assertThat(set.counters(worker).get(Counter.CONNECTION_CAPACITY))
                    .isEqualTo(16 + 16L * worker);
        }
        assertThat(set.controlCounters()).isSameAs(set.counters(0));
        assertThat(set.traffic(0)).isNotSameAs(set.traffic(1));
        assertThat(set.traffic(2).servers()).isEqualTo(WorkerSet.MAX_SERVERS);
        assertThat(set.traffic(2).locals()).isEqualTo(WorkerSet.MAX_LOCALS);
    }

    @Test
    void eachWorkerTakesOverWhatIsOfferedToIt() {
        assertThat(set.exchange(1).offer(view(5))).isTrue();
        set.workers().forEach(Worker::doWork);
        assertThat(set.exchange(0).prepared()).isZero();
        assertThat(set.exchange(1).prepared()).isEqualTo(5);
        assertThat(set.exchange(2).prepared()).isZero();
    }

    /// Each of those that prepared it.
    @Test
    void oneStorePutsARevisionInForceForAll() {
        for (int worker = 0; worker < WORKERS; worker++) {
            assertThat(set.exchange(worker).offer(view(5))).isTrue();
        }
        set.workers().forEach(Worker::doWork);
        assertThat(set.exchange(2).adopted()).isZero();
        set.publish(5);
        set.workers().forEach(Worker::doWork);
        for (int worker = 0; worker < WORKERS; worker++) {
            assertThat(set.exchange(worker).adopted()).isEqualTo(5);
        }
    }

    @Test
    void faultsOfAnyWorkerAreTold() {
        List<String> told = new ArrayList<>();
        set.onFault(told::add);
        for (int worker = 0; worker < WORKERS; worker++) {
            set.counters(worker).faults().report("place " + worker, new AssertionError("broken"));
        }
        assertThat(told)
                .containsExactly(
                        "place 0 failed: java.lang.AssertionError: broken",
                        "place 1 failed: java.lang.AssertionError: broken",
                        "place 2 failed: java.lang.AssertionError: broken");
    }

    @Test
    void allEndWhenTheyAreAskedTo() {
        set.stop();
        for (Worker worker : set.workers()) {
            assertThat(worker.doWork()).as("it is quiet").isEqualTo(1);
        }
        for (Worker worker : set.workers()) {
            assertThatExceptionOfType(AgentTerminationException.class).isThrownBy(worker::doWork);
        }
    }

    @Test
    void noneEndsBeforeAllAreQuiet() {
        set.stop();
        set.workers().getFirst().doWork();
        set.workers().get(1).doWork();
        assertThat(set.workers().getFirst().doWork()).isZero();
    }

    @Test
    void portsHaveAGateEachAndThoseOfTheKernelAWayToIt() {
        assertThat(set.links()).hasSize(2).doesNotHaveDuplicates();
        assertThat(set.punts()).hasSize(1);
    }

    /// From 1025 to 65,535, all of them.
    @Test
    void workersShareTheLocalPorts() {
        long ports = 0;
        for (int worker = 0; worker < WORKERS; worker++) {
            ports += set.returnPaths().share(worker).count();
        }
        assertThat(ports).isEqualTo(64_511);
    }

    /// A client and its network for each connection that there can be.
    @Test
    void clientsAreCountedForTheConnectionsOfAll() {
        try (ClientCounts counts = new ClientCounts(2 * (16 + 32 + 48))) {
            assertThat(set.limits().clients().places()).isEqualTo(counts.places());
        }
    }

    private long network(String client) {
        IpAddress address = IpAddress.parse(client);
        return set.limits().network(1, address.high(), address.low());
    }

    @Test
    void networksOfClientsAreAsLargeAsThePlacementsSay() {
        assertThat(network("198.51.100.7")).isEqualTo(network("198.51.7.100"));
        assertThat(network("198.51.100.7")).isNotEqualTo(network("198.52.100.7"));
        assertThat(network("2001:db8:1:2::7")).isEqualTo(network("2001:db8:1:3::9"));
        assertThat(network("2001:db8:1:2::7")).isNotEqualTo(network("2001:db8:2:2::7"));
    }

    @Test
    void templatesAndSecretsAreThoseThatAreGiven() {
        assertThat(set.templates().capacity()).isEqualTo(1_024);
        assertThat(set.limits().synProxies().secrets()).isSameAs(SECRETS);
    }

    @Test
    void withoutThemThereIsRoomForTheUsualTemplatesAndSecretsAreMade() {
        Clock system = Clock.system();
        List<WorkerCounters> own = counters.stream().map(each -> each.counters).toList();
        try (WorkerSet usual = new WorkerSet(io, system, placements(), own, network())) {
            assertThat(usual.templates().capacity()).isEqualTo(TemplateTable.DEFAULT_CAPACITY);
            assertThat(usual.limits().synProxies().secrets()).isNotEqualTo(SECRETS);
        }
    }

    @Test
    void secondsBeginWhenTheWorkersAreMade() {
        assertThat(set.epochNs()).isEqualTo(77_000_000_001L);
        clock.advance(Duration.ofSeconds(3));
        set.workers().getFirst().doWork();
        assertThat(set.workers().getFirst().flows().stack().nowSeconds()).isEqualTo(3);
    }

    @Test
    void serversAreUsedUntilControlSaysOtherwise() {
        int last = WorkerSet.MAX_SERVERS - 1;
        set.health().server(last, 0);
        assertThat(set.health().server(last)).isZero();
        assertThat(set.health().server(0)).isPositive();
        assertThat(set.addressStates()).isNotNull();
    }
}
