// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static io.fullnat.core.control.ControlRig.WEB;
import static io.fullnat.core.control.ControlRig.local;
import static io.fullnat.core.control.ControlRig.neighbour;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.control.BalancerEvent;
import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.ConnectionRequest;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.SchedulerContext;
import io.fullnat.api.service.SchedulerFactory;
import io.fullnat.api.service.ServerLoads;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.VirtualService;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Connections between edits of their service are distributed as without edits.
class SchedulerStateTest {
    private static final List<String> SCHEDULERS = List.of("rr", "wrr", "wlc", "smooth");
    private static final List<RealServer> SERVERS =
            List.of(server(11, 5), server(12, 2), server(13, 1));
    private static final int ROUND = 8;
    private static final List<String> LOCALS = List.of("10.0.1.100", "10.0.1.101", "10.0.1.102");
    private static final InterfaceAddress OTHER_ADDRESS = InterfaceAddress.of("10.0.9.1/24", "lan");
    private static final ServiceKey OTHER_SERVICE = ServiceKey.tcp("192.0.2.81", 80);
    private static final AccessRule RULE = AccessRule.deny("203.0.113.0/24");

    /// What concerns neither the servers nor the local addresses; the number says which turn it is.
    private static final Map<String, BiFunction<VirtualService, Boolean, Change>> UNCONCERNED =
            Map.of(
                    "timeout",
                            (service, odd) ->
                                    new Change.EditService(
                                            WEB,
                                            service.scheduler(),
                                            Optional.of(Duration.ofSeconds(odd ? 60 : 90))),
                    "policy",
                            (service, odd) ->
                                    new Change.SetPolicy(
                                            WEB,
                                            ServicePolicy.DEFAULT.withRefusal(
                                                    odd
                                                            ? ServicePolicy.Refusal.DROP
                                                            : ServicePolicy.Refusal.REJECT)),
                    "access list",
                            (service, odd) ->
                                    odd
                                            ? new Change.AddAccessRule(WEB, RULE)
                                            : new Change.RemoveAccessRule(WEB, RULE),
                    "the same weight",
                            (service, odd) ->
                                    new Change.EditRealServer(WEB, SERVERS.get(odd ? 0 : 1)),
                    "replacement",
                            (service, odd) ->
                                    new Change.ReplaceService(
                                            service.withConnectionTimeout(
                                                    Duration.ofSeconds(odd ? 60 : 90))),
                    "another service",
                            (service, odd) ->
                                    odd
                                            ? new Change.AddService(
                                                    VirtualService.of(OTHER_SERVICE))
                                            : new Change.RemoveService(OTHER_SERVICE),
                    "another address",
                            (service, odd) ->
                                    odd
                                            ? new Change.AddAddress(OTHER_ADDRESS)
                                            : new Change.RemoveAddress(OTHER_ADDRESS));

    private static RealServer server(int last, int weight) {
        return RealServer.of("10.0.1." + last, 8080).withWeight(weight);
    }

    private static Stream<Arguments> unconcerned() {
        return SCHEDULERS.stream()
                .flatMap(name ->
                        UNCONCERNED.keySet().stream()
                                .sorted()
                                .map(kind -> Arguments.of(name, kind)));
    }

    /// A real server and a local address, as a connection got them.
    private record Pair(String server, String local) {}

    /// One worker with a service of three servers and three local addresses.
    private static final class Bench implements AutoCloseable {
        private final ControlRig rig =
                ControlRig.ofOneWorker(builder -> builder.scheduler(new Smooth()));
        private int port = 40_000;

        Bench(String scheduler) {
            rig.configured();
            SERVERS.forEach(server -> rig.apply(neighbour(server)));
            rig.apply(neighbour(server(14, 1)), new Change.RemoveService(WEB));
            rig.apply(
                    new Change.AddService(
                            VirtualService.of(WEB)
                                    .withScheduler(scheduler)
                                    .withRealServers(SERVERS)
                                    .withLocalAddresses(
                                            LOCALS.stream().map(ControlRig::local).toList())));
        }

        VirtualService service() {
            return rig.service().service();
        }

        Pair connect() {
            List<byte[]> frames = rig.connect(port++);
            assertThat(frames).hasSize(1);
            return new Pair(address(frames.getFirst(), 30), address(frames.getFirst(), 26));
        }

        private static String address(byte[] frame, int at) {
            try {
                return InetAddress.getByAddress(Arrays.copyOfRange(frame, at, at + 4))
                        .getHostAddress();
            } catch (UnknownHostException impossible) {
                throw new AssertionError(impossible);
            }
        }

        /// Connections, before each of which a change is made.
        List<Pair> connect(int count, BiFunction<VirtualService, Boolean, Change> change) {
            List<Pair> pairs = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                rig.apply(change.apply(service(), i % 2 == 0));
                pairs.add(connect());
            }
            return pairs;
        }

        List<Pair> connect(int count) {
            List<Pair> pairs = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                pairs.add(connect());
            }
            return pairs;
        }

        @Override
        public void close() {
            rig.close();
        }
    }

    private static Map<String, Long> count(Stream<String> values) {
        return values.collect(
                Collectors.groupingBy(value -> value, TreeMap::new, Collectors.counting()));
    }

    private static Map<String, Long> byServer(List<Pair> pairs) {
        return count(pairs.stream().map(Pair::server));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("unconcerned")
    void whatDoesNotConcernSchedulingChangesNoChoice(String scheduler, String kind) {
        List<Pair> undisturbed;
        try (Bench bench = new Bench(scheduler)) {
            undisturbed = bench.connect(3 * ROUND);
        }
        assertThat(byServer(undisturbed)).as("the scheduler takes turns").hasSize(3);
        BiFunction<VirtualService, Boolean, Change> change =
                Objects.requireNonNull(UNCONCERNED.get(kind));
        try (Bench bench = new Bench(scheduler)) {
            assertThat(bench.connect(3 * ROUND, change)).isEqualTo(undisturbed);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"rr", "wrr", "wlc", "smooth"})
    void aLocalAddressThatComesAndGoesChangesNoServerAndStarvesNoOther(String scheduler) {
        List<Pair> undisturbed;
        try (Bench bench = new Bench(scheduler)) {
            undisturbed = bench.connect(6 * ROUND);
        }
        try (Bench bench = new Bench(scheduler)) {
            List<Pair> pairs =
                    bench.connect(
                            6 * ROUND,
                            (service, odd) ->
                                    odd
                                            ? new Change.AddLocalAddress(WEB, local("10.0.1.103"))
                                            : new Change.RemoveLocalAddress(
                                                    WEB, ControlRig.ip("10.0.1.103")));

            assertThat(pairs.stream().map(Pair::server).toList())
                    .isEqualTo(undisturbed.stream().map(Pair::server).toList());
            Map<String, Long> locals = count(pairs.stream().map(Pair::local));
            assertThat(LOCALS)
                    .allSatisfy(local ->
                            assertThat(locals.getOrDefault(local, 0L))
                                    .as("uses of %s", local)
                                    .isBetween(9L, 18L));
        }
    }

    /// Another server's weight goes up and down with each connection.
    @ParameterizedTest
    @ValueSource(strings = {"rr", "wrr", "wlc", "smooth"})
    void aWeightThatChangesDoesNotStarveSmallOnes(String scheduler) {
        try (Bench low = new Bench(scheduler);
                Bench high = new Bench(scheduler);
                Bench edited = new Bench(scheduler)) {
            low.rig.apply(new Change.EditRealServer(WEB, server(11, 4)));
            Map<String, Long> least = byServer(low.connect(10 * ROUND));
            Map<String, Long> most = byServer(high.connect(10 * ROUND));
            Map<String, Long> shares =
                    byServer(
                            edited.connect(
                                    10 * ROUND,
                                    (service, odd) ->
                                            new Change.EditRealServer(
                                                    WEB, server(11, odd ? 4 : 5))));

            assertThat(shares.keySet()).isEqualTo(least.keySet());
            shares.forEach((server, share) -> {
                long a = least.getOrDefault(server, 0L);
                long b = most.getOrDefault(server, 0L);
                assertThat(share)
                        .as("connections of %s", server)
                        .isBetween(Math.min(a, b) - 2, Math.max(a, b) + 2);
            });
        }
    }

    /// The greatest common divisor changes with the weight, and so the steps of wrr's level.
    @Test
    void weightsWhoseDivisorChangesStarveNoServer() {
        try (Bench bench = new Bench("wrr")) {
            bench.rig.apply(
                    new Change.EditRealServer(WEB, server(11, 100)),
                    new Change.EditRealServer(WEB, server(12, 50)),
                    new Change.EditRealServer(WEB, server(13, 10)));
            Map<String, Long> shares =
                    byServer(
                            bench.connect(
                                    320,
                                    (service, odd) ->
                                            new Change.EditRealServer(
                                                    WEB, server(11, odd ? 100 : 99))));

            assertThat(shares.getOrDefault("10.0.1.11", 0L)).isBetween(180L, 220L);
            assertThat(shares.getOrDefault("10.0.1.12", 0L)).isBetween(85L, 115L);
            assertThat(shares.getOrDefault("10.0.1.13", 0L)).isBetween(15L, 25L);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"rr", "wrr", "wlc", "smooth"})
    void aServerThatComesAndGoesStarvesNoOther(String scheduler) {
        try (Bench still = new Bench(scheduler);
                Bench edited = new Bench(scheduler)) {
            Map<String, Long> undisturbed = byServer(still.connect(10 * ROUND));
            List<Pair> pairs =
                    edited.connect(
                            20 * ROUND,
                            (service, odd) ->
                                    odd
                                            ? new Change.AddRealServer(WEB, server(14, 1))
                                            : new Change.RemoveRealServer(
                                                    WEB, server(14, 1).endpoint()));
            Map<String, Long> shares = byServer(pairs);

            undisturbed.forEach((server, share) ->
                    assertThat(shares.getOrDefault(server, 0L))
                            .as("connections of %s", server)
                            .isBetween(share, 2 * share + 3));
        }
    }

    /// The first, a middle and the last server goes for one connection and comes back at the end.
    @ParameterizedTest
    @ValueSource(strings = {"rr", "wrr", "wlc", "smooth"})
    void serversThatGoInTurnDoNotStarveTheOthers(String scheduler) {
        try (Bench bench = new Bench(scheduler)) {
            bench.rig.apply(
                    new Change.EditRealServer(WEB, server(11, 1)),
                    new Change.EditRealServer(WEB, server(12, 1)));
            List<Pair> pairs = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                RealServer gone = server(11 + i % 3, 1);
                bench.rig.apply(new Change.RemoveRealServer(WEB, gone.endpoint()));
                pairs.add(bench.connect());
                bench.rig.apply(new Change.AddRealServer(WEB, gone));
            }
            assertThat(byServer(pairs)).hasSize(3);
            assertThat(byServer(pairs).values()).allMatch(share -> share >= 10);
        }
    }

    @Test
    void aReorderedServiceGoesOnBehindTheServerWhoseTurnItWas() {
        try (Bench bench = new Bench("rr")) {
            String last = bench.connect().server();
            List<RealServer> reversed = new ArrayList<>(bench.service().realServers());
            Collections.reverse(reversed);
            bench.rig.apply(new Change.ReplaceService(bench.service().withRealServers(reversed)));

            List<String> order =
                    reversed.stream()
                            .map(server -> server.endpoint().address().toString())
                            .toList();
            String next = order.get((order.indexOf(last) + 1) % order.size());
            assertThat(bench.connect().server()).isEqualTo(next);
        }
    }

    @Test
    void anotherKindOfSchedulerStartsAnewAndLocalAddressesGoOn() {
        try (Bench bench = new Bench("rr")) {
            bench.connect(5);
            bench.rig.apply(new Change.EditService(WEB, "wrr", Optional.empty()));
            List<Pair> pairs = bench.connect(3 * ROUND);
            assertThat(byServer(pairs))
                    .isEqualTo(Map.of("10.0.1.11", 15L, "10.0.1.12", 6L, "10.0.1.13", 3L));
        }
    }

    /// A refused transaction has touched nothing.
    @Test
    void aRefusedEditChangesNoChoice() {
        List<Pair> undisturbed;
        try (Bench bench = new Bench("wrr")) {
            undisturbed = bench.connect(3 * ROUND);
        }
        try (Bench bench = new Bench("wrr")) {
            List<Pair> pairs = new ArrayList<>();
            for (int i = 0; i < 3 * ROUND; i++) {
                assertThat(refused(bench.rig)).isTrue();
                pairs.add(bench.connect());
            }
            assertThat(pairs).isEqualTo(undisturbed);
        }
    }

    private static boolean refused(ControlRig rig) {
        var answer =
                rig.submit(
                        new Change.EditRealServer(WEB, server(11, 9)),
                        new Change.RemoveRealServer(WEB, server(99, 1).endpoint()));
        rig.run();
        return answer.isCompletedExceptionally();
    }

    @Test
    void aSchedulerThatFailsToGoOnIsCountedAndStartsAnew() {
        try (Bench bench = new Bench("smooth")) {
            List<BalancerEvent> events = new ArrayList<>();
            bench.rig.balancer.control().listen(events::add);
            bench.connect(3);
            Smooth.failing = true;
            bench.rig.apply(new Change.EditRealServer(WEB, server(11, 6)));
            Smooth.failing = false;

            assertThat(bench.rig.balancer.counters().total(Counter.FAULTS)).isOne();
            assertThat(events)
                    .filteredOn(event -> event instanceof BalancerEvent.Fault)
                    .singleElement()
                    .asString()
                    .contains("resuming the scheduler \"smooth\" of TCP 192.0.2.80:80");
            assertThat(byServer(bench.connect(9)))
                    .isEqualTo(Map.of("10.0.1.11", 6L, "10.0.1.12", 2L, "10.0.1.13", 1L));
        }
    }

    /// Smooth weighted round robin, as an application may bring it: each server has a current
    /// weight that grows by its weight, and the chosen one pays the sum of all.
    private static final class Smooth implements SchedulerFactory {
        static boolean failing;

        @Override
        public String name() {
            return "smooth";
        }

        @Override
        public Scheduler create(List<RealServer> servers, SchedulerContext context) {
            return new Turns(servers.stream().mapToInt(RealServer::weight).toArray());
        }

        private static final class Turns implements Scheduler {
            private final int[] weights;
            private final int[] current;

            Turns(int[] weights) {
                this.weights = weights;
                current = new int[weights.length];
            }

            @Override
            public int select(ConnectionRequest request, ServerLoads loads) {
                int best = NONE;
                int sum = 0;
                for (int i = 0; i < weights.length; i++) {
                    current[i] += weights[i];
                    sum += weights[i];
                    best = best == NONE || current[i] > current[best] ? i : best;
                }
                if (best != NONE) {
                    current[best] -= sum;
                }
                return best;
            }

            @Override
            public void resume(Scheduler previous, int[] origins) {
                if (failing) {
                    throw new AssertionError("planned");
                }
                for (int i = 0; i < origins.length; i++) {
                    if (origins[i] != NONE) {
                        current[i] = ((Turns) previous).current[origins[i]];
                    }
                }
            }
        }
    }
}
