// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.open;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.IpAddress;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.io.PacketPort;
import io.fullnat.api.io.ReceiveSideScaling;
import io.fullnat.api.network.ReversePath;
import io.fullnat.api.service.ConnectionRequest;
import io.fullnat.api.service.OutOfWindow;
import io.fullnat.api.service.Scheduler;
import io.fullnat.api.service.ServerLoads;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServiceLimits;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.TableShare;
import io.fullnat.api.service.TcpPolicy;
import io.fullnat.api.service.Timeouts;
import io.fullnat.api.service.TrafficLimit;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.connection.ConnectionKey;
import io.fullnat.core.connection.ConnectionLayout;
import io.fullnat.core.connection.ConnectionState;
import io.fullnat.core.connection.ConnectionTable;
import io.fullnat.core.localport.PortAllocator;
import io.fullnat.core.localport.ReturnPaths;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.memoryio.PortSettings;
import io.fullnat.core.memoryio.RssSelector;
import io.fullnat.core.open.OpenBench.Families;
import io.fullnat.core.service.EndRules;
import io.fullnat.core.service.FormerEntry;
import io.fullnat.core.service.LocalEntry;
import io.fullnat.core.service.ServiceEntry;
import io.fullnat.core.service.ServiceMap;
import io.fullnat.core.service.StateTimeouts;
import io.fullnat.core.service.TrafficTable;
import io.fullnat.core.stack.Device;
import io.fullnat.core.stack.NetworkView;
import io.fullnat.core.stack.RouteTable;
import io.fullnat.testing.Seed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// [FlowContext]: what comes into force with services, and for whom; and what a worker's number,
/// its ports and its secret decide.
class FlowContextTest {
    private static final VirtualService WEB = VirtualService.of(ServiceKey.tcp("192.0.2.1", 80));
    private static final VirtualService MAIL = VirtualService.of(ServiceKey.tcp("192.0.2.1", 25));
    private static final StateTimeouts SHORT =
            new StateTimeouts(
                    Timeouts.NONE.with(
                            ConnectionState.ESTABLISHED.timed(), Duration.ofSeconds(11)));
    private static final int CAPACITY = 16;

    private final OpenBench bench = new OpenBench(Seed.value(), CAPACITY);
    private final FlowContext context = bench.context;
    private final List<String> resumed = new ArrayList<>();

    @AfterEach
    void close() {
        bench.close();
    }

    /// Says when it goes on.
    private final class Named implements Scheduler {
        private final String name;
        private final boolean fails;

        Named(String name, boolean fails) {
            this.name = name;
            this.fails = fails;
        }

        @Override
        public int select(ConnectionRequest request, ServerLoads loads) {
            return NONE;
        }

        @Override
        public void resume(Scheduler previous, int[] origins) {
            resumed.add(name);
            if (fails) {
                throw new IllegalStateException(name + " is broken");
            }
        }
    }

    /// A state of a service that follows another one.
    private ServiceEntry following(VirtualService wanted, int slot, boolean fails) {
        FormerEntry former =
                new FormerEntry(
                        bench.service, true, new int[] {0, 1}, new int[] {0}, new int[] {0});
        return new ServiceEntry(
                wanted,
                slot,
                new Named(wanted.key().toString(), fails),
                bench.servers,
                null,
                new LocalEntry[0],
                new TrafficTable[] {bench.traffic},
                bench.health,
                former);
    }

    private ServiceEntry limited(ServiceLimits limits) {
        return bench.service(0, ServicePolicy.DEFAULT.withLimits(limits));
    }

    private void serve(List<ServiceEntry> all, StateTimeouts timeouts, List<ServiceEntry> renewed) {
        context.services(
                new ServiceMap(all, timeouts, EndRules.DEFAULT), bench.allocators, renewed);
    }

    private int openedOf(int count) {
        for (int client = 0; client < count; client++) {
            bench.open(Families.IPV4, OpenBench.UDP, client);
        }
        return context.table().size();
    }

    @Test
    void servicesAndAllocatorsAreThoseThatWereSetLast() {
        ServiceMap map =
                new ServiceMap(List.of(bench.service), StateTimeouts.DEFAULT, EndRules.DEFAULT);
        PortAllocator[] others = {new PortAllocator(), new PortAllocator()};
        assertThat(context.allocator(1)).isSameAs(bench.allocators[1]);

        context.services(map, others, List.of());

        assertThat(context.services()).isSameAs(map);
        assertThat(context.allocator(0)).isSameAs(others[0]);
        assertThat(context.allocator(1)).isSameAs(others[1]);
    }

    @Test
    void newIdleTimesAreThoseOfConnectionsThatBeginAndOfThoseThatAreThere() {
        long entry = bench.open(Families.IPV4, OpenBench.TCP, 1);
        assertThat(context.retiming().step()).as("no walk").isZero();

        serve(List.of(bench.service), SHORT, List.of());

        ConnectionState state = ConnectionState.ESTABLISHED;
        assertThat(context.life().timeoutSeconds(entry, state)).isEqualTo(11);
        assertThat(context.retiming().step()).as("a walk").isPositive();
    }

    /// To walk through millions of connections for nothing costs.
    @Test
    void theSameIdleTimesStartNoWalk() {
        serve(List.of(), StateTimeouts.DEFAULT, List.of());
        assertThat(context.retiming().step()).isZero();
        serve(List.of(bench.service), SHORT, List.of());
        while (context.retiming().step() > 0) {}
        serve(List.of(), SHORT, List.of());
        assertThat(context.retiming().step()).isZero();
    }

    @Test
    void oneServiceAloneMayHaveTheWholeTable() {
        assertThat(openedOf(CAPACITY)).isEqualTo(CAPACITY);
    }

    @Test
    void twoShareIt() {
        ServiceEntry other = bench.service(1, MAIL, (request, loads) -> 0, bench.servers);
        serve(List.of(bench.service, other), StateTimeouts.DEFAULT, List.of());
        assertThat(openedOf(CAPACITY)).isLessThan(CAPACITY);
    }

    @Test
    void theShareThatAServiceMayHaveHoldsUntilItIsLifted() {
        ServiceEntry half = limited(ServiceLimits.NONE.withTableShare(TableShare.parse("50")));
        serve(List.of(half), StateTimeouts.DEFAULT, List.of());
        assertThat(openedOf(CAPACITY)).isEqualTo(CAPACITY / 2);

        serve(List.of(bench.service), StateTimeouts.DEFAULT, List.of());
        for (int client = 100; client < 100 + CAPACITY / 2; client++) {
            bench.open(Families.IPV4, OpenBench.UDP, client);
        }
        assertThat(context.table().size()).isEqualTo(CAPACITY);
    }

    @Test
    void connectionsThatAreThereAreCountedForALimitThatIsNew() {
        openedOf(3);
        ServiceEntry limited = limited(ServiceLimits.NONE.withConnections(9));
        serve(List.of(limited), StateTimeouts.DEFAULT, List.of());
        assertThat(bench.limits.services().count(0)).as("not renewed").isZero();

        serve(List.of(limited), StateTimeouts.DEFAULT, List.of(limited));
        assertThat(bench.limits.services().count(0)).isEqualTo(3);

        serve(List.of(bench.service), StateTimeouts.DEFAULT, List.of(bench.service));
        assertThat(bench.limits.services().count(0)).isZero();
    }

    @Test
    void connectionsOfARenewedServiceAreMeteredAndComparedWithWindowsAsItWants() {
        ServiceEntry wants =
                bench.service(
                        0,
                        ServicePolicy.DEFAULT
                                .withOutOfWindow(OutOfWindow.DROP)
                                .withLimits(
                                        ServiceLimits.NONE.withPackets(
                                                Optional.of(
                                                        TrafficLimit.of(
                                                                TrafficLimit.Unit.PACKETS, 9)))));
        serve(List.of(wants), StateTimeouts.DEFAULT, List.of());
        long before = bench.open(Families.IPV4, OpenBench.TCP, 1, wants);
        assertThat(ConnectionLayout.isMetered(before)).isFalse();
        assertThat(ConnectionLayout.isWindowed(before)).isFalse();

        serve(List.of(wants), StateTimeouts.DEFAULT, List.of(wants));
        long after = bench.open(Families.IPV4, OpenBench.TCP, 2, wants);
        assertThat(ConnectionLayout.isMetered(after)).isTrue();
        assertThat(ConnectionLayout.isWindowed(after)).isTrue();
    }

    @Test
    void schedulersOfRenewedServicesGoOnAndOthersDoNot() {
        ServiceEntry first = following(WEB, 0, false);
        ServiceEntry second = following(MAIL, 1, false);
        serve(List.of(first, second), StateTimeouts.DEFAULT, List.of(second));
        assertThat(resumed).containsExactly(MAIL.key().toString());
        serve(List.of(first, second), StateTimeouts.DEFAULT, List.of(first));
        assertThat(resumed).containsExactly(MAIL.key().toString(), WEB.key().toString());
        assertThat(context.stack().counters().get(Counter.FAULTS)).isZero();
    }

    /// It costs what that scheduler knew: its service's limits hold, and those behind it go on.
    @Test
    void aSchedulerThatCannotGoOnIsReportedAndNoMore() {
        List<String> told = new ArrayList<>();
        context.stack().counters().faults().onReport(told::add);
        openedOf(2);
        VirtualService wanted =
                WEB.withPolicy(
                        ServicePolicy.DEFAULT.withLimits(ServiceLimits.NONE.withConnections(9)));
        ServiceEntry broken = following(wanted, 0, true);
        ServiceEntry behind = following(MAIL, 1, false);

        serve(List.of(broken, behind), StateTimeouts.DEFAULT, List.of(broken, behind));

        assertThat(context.stack().counters().get(Counter.FAULTS)).isOne();
        assertThat(told)
                .singleElement()
                .asString()
                .startsWith("resuming the scheduler \"" + WEB.scheduler() + "\" of " + WEB.key())
                .contains("is broken");
        assertThat(bench.limits.services().count(0)).isEqualTo(2);
        assertThat(resumed).hasSize(2);
    }

    @Test
    void thereIsRoomForAllServicesThatCanBe() {
        int last = FlowContext.MAX_SERVICES - 1;
        ServiceEntry entry = bench.service(last, ServicePolicy.DEFAULT);
        serve(List.of(entry), StateTimeouts.DEFAULT, List.of(entry));
        bench.open(Families.IPV6, OpenBench.TCP, 1, entry);
        assertThat(context.table().shares().count(last)).isOne();
        assertThat(context.table().shares().count(0)).isZero();
        assertThat(context.synProxies().unacknowledged(last)).isZero();
    }

    private static PortSettings port(boolean spreads, int first) {
        PortSettings port = PortSettings.of("port", "02:00:00:00:00:01").withQueues(2);
        int[] redirection = IntStream.range(0, 128).map(at -> (at + first) % 2).toArray();
        ReceiveSideScaling scaling = new ReceiveSideScaling(new byte[40], redirection);
        return spreads ? port.withChooser(new RssSelector(scaling)) : port;
    }

    /// Of two ports, and of the second of two workers.
    private static ReturnPaths paths(boolean spread) {
        List<PacketPort> ports = new ArrayList<>();
        for (int number = 0; number < 2; number++) {
            PortSettings far = PortSettings.of("far", "02:00:00:00:00:02");
            try (InMemoryIo io =
                    InMemoryIo.builder().buffers(16).wire(port(spread, number), far).open()) {
                ports.addAll(io.ports()); // they tell what they can do even when they are closed
            }
        }
        return new ReturnPaths(ports, 2);
    }

    private FlowContext second(ReturnPaths paths) {
        return new FlowContext(
                context.stack(),
                bench.neighbourhood,
                context.addressStates(),
                paths,
                1,
                CAPACITY,
                Seed.value(),
                bench.traffic,
                bench.limits);
    }

    /// Of a device a number that is none of its port.
    private static NetworkView view() {
        IpAddress near = IpAddress.parse("10.0.0.1");
        IpAddress far = IpAddress.parse("2001:db8:9::1");
        return new NetworkView(
                List.of(
                        new Device(0, "right", 1, 0, 2, 1500, ReversePath.OFF),
                        new Device(1, "left", 0, 0, 2, 1500, ReversePath.OFF)),
                Set.of(0, 1),
                List.of(
                        new NetworkView.Own(near.high(), near.low(), 128, 1, true),
                        new NetworkView.Own(far.high(), far.low(), 128, 0, true)),
                new RouteTable(List.of()),
                List.of(),
                2);
    }

    @Test
    void answersToALocalAddressComeByThePortOfItsDevice() {
        ReturnPaths paths = paths(true);
        context.stack().view(view());
        try (FlowContext worker = second(paths)) {
            IpAddress near = IpAddress.parse("10.0.0.1");
            IpAddress far = IpAddress.parse("2001:db8:9::1");
            assertThat(paths.path(0)).isNotEqualTo(paths.path(1));
            assertThat(worker.returnPath(near.high(), near.low())).isSameAs(paths.path(0));
            assertThat(worker.returnPath(far.high(), far.low())).isSameAs(paths.path(1));
            assertThat(worker.returnPath(0, IpAddress.mapped(9)))
                    .as("of no device")
                    .isSameAs(paths.path(0));
            assertThat(worker.arrivalPath(1, false)).isSameAs(paths.path(1));
            assertThat(worker.ports().areShared()).isTrue();
            assertThat(worker.answerDevices()).isSameAs(paths.devices());
        }
    }

    @Test
    void whereNoPortSaysHowItSpreadsPacketsAllGoByLocalPort() {
        ReturnPaths paths = paths(false);
        context.stack().view(view());
        try (FlowContext worker = second(paths)) {
            IpAddress far = IpAddress.parse("2001:db8:9::1");
            assertThat(worker.returnPath(far.high(), far.low())).isSameAs(paths.path(0));
            assertThat(worker.arrivalPath(1, false)).isNull();
            assertThat(worker.ports().areShared()).isFalse();
        }
    }

    @Test
    void eachWorkerHasItsNumberAndItsLocalPorts() {
        PortSettings two = PortSettings.of("lan", "02:00:00:00:00:02").withQueues(2);
        for (int self = 0; self < 2; self++) {
            try (OpenBench worker = new OpenBench(Seed.value(), CAPACITY, self, two)) {
                assertThat(worker.context.worker()).isEqualTo(self);
                for (int client = 0; client < CAPACITY; client++) {
                    long entry = worker.open(Families.IPV4, OpenBench.TCP, client);
                    assertThat(ConnectionKey.outboundDestinationPort(entry) % 2).isEqualTo(self);
                }
            }
        }
    }

    /// Hashes, local ports and numbers of connections, in words.
    private static List<String> secrets(long seed) {
        List<String> all = new ArrayList<>();
        try (OpenBench worker = new OpenBench(seed, CAPACITY)) {
            ServiceEntry fresh =
                    worker.service(
                            0, ServicePolicy.DEFAULT.withTcp(TcpPolicy.KEEP.withFreshIsn(true)));
            all.add("hash " + worker.context.table().hash(1, 2));
            all.add("hash of IPv6 " + worker.context.table().wide().hash(worker.ip(), 2));
            StringBuilder ports = new StringBuilder("ports");
            for (int client = 0; client < CAPACITY - 1; client++) {
                long entry = worker.open(Families.IPV4, OpenBench.TCP, client);
                ports.append(' ').append(ConnectionKey.outboundDestinationPort(entry));
            }
            all.add(ports.toString());
            long entry = worker.open(Families.IPV4, OpenBench.TCP, CAPACITY);
            all.add("number " + worker.context.syns().number(entry, fresh, 1));
        }
        return all;
    }

    @Test
    void whatNobodyIsToGuessComesOfTheSeed() {
        List<String> one = secrets(Seed.value());
        assertThat(secrets(Seed.value())).isEqualTo(one);
        assertThat(secrets(~Seed.value())).hasSize(4).doesNotContainAnyElementsOf(one);
    }

    /// Wide entries get theirs once IPv6 is expected; how much is there is what the table says.
    @Test
    void memoryOfTheTableIsGotAheadOfNeed() {
        ConnectionTable table = context.table();
        table.wide().expect();
        long before = table.bytes();
        for (int i = 0; i < 100; i++) {
            context.getMemory();
        }
        assertThat(table.bytes())
                .isGreaterThanOrEqualTo(
                        before + (long) CAPACITY * ConnectionLayout.WIDE_ENTRY_LENGTH);
    }

    @Test
    void memoryForClientsIsGotAheadOfNeedWhereTheyAreCounted() {
        ServiceEntry limited = limited(ServiceLimits.NONE.withPerClient(1));
        serve(List.of(limited), StateTimeouts.DEFAULT, List.of(limited));
        context.getMemory();
        assertThat(bench.limits.clients().getMemory(1)).as("more to get").isZero();
    }

    @Test
    void noMemoryIsGotForClientsThatNobodyCounts() {
        context.getMemory();
        assertThat(bench.limits.clients().getMemory(1)).as("more to get").isPositive();
    }

    @Test
    void packetModifiersAreThoseThatWereSetLast() {
        assertThat(context.modifiers()).isNull();
        Modifiers first = context.modify(3, (entry, service) -> null);
        assertThat(context.modifiers()).isSameAs(first);
        assertThat(first.capacity()).isEqualTo(3);
        Modifiers second = context.modify(4, (entry, service) -> null);
        assertThat(context.modifiers()).isSameAs(second).isNotSameAs(first);
        assertThat(second.capacity()).isEqualTo(4);
    }

    @Test
    void itsMemoryIsThatOfTableAndPortsAndCounters() {
        assertThat(context.ports().bytes()).isPositive();
        assertThat(context.bytes())
                .isEqualTo(
                        context.table().bytes()
                                + context.ports().bytes()
                                + context.traffic().bytes());
        assertThat(context.table().capacity()).isEqualTo(CAPACITY);
    }
}
