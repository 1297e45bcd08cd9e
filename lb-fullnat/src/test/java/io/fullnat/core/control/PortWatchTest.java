// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.Protocol;
import io.fullnat.api.control.BalancerEvent;
import io.fullnat.api.io.Memory;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.core.connection.ConnectionTable;
import io.fullnat.core.control.Resources.AllocatorName;
import io.fullnat.core.control.Resources.LocalName;
import io.fullnat.core.control.Resources.ServerName;
import io.fullnat.core.localport.LocalPorts;
import io.fullnat.core.localport.PortAllocator;
import io.fullnat.core.localport.PortPartition;
import io.fullnat.core.service.TrafficTable;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What is told of the ports of local addresses, by what two workers say of them.
class PortWatchTest {
    private static final ServiceKey WEB = ServiceKey.tcp("192.0.2.80", 80);
    private static final ServiceKey TLS = ServiceKey.tcp("192.0.2.80", 443);
    private static final ServiceKey QUIC = ServiceKey.udp("192.0.2.80", 443);
    private static final IpAddress LOCAL = IpAddress.parse("10.0.1.100");
    private static final IpAddress OTHER_LOCAL = IpAddress.parse("fd00:1::100");
    private static final Endpoint SERVER = Endpoint.parse("10.0.1.11:8080");
    private static final Endpoint OTHER_SERVER = Endpoint.parse("10.0.1.12:8080");
    private static final AllocatorName PAIR = new AllocatorName(Protocol.TCP, LOCAL, SERVER);

    private final IdleWorkers idle = new IdleWorkers(2);
    private final Resources resources = idle.resources;
    private final ConnectionTable table =
            new ConnectionTable(1 << 13, 42, 0, (entry, evicted) -> {});
    private final LocalPorts ports = new LocalPorts(new PortPartition(0, 1), table, 42);
    private final Map<PortAllocator, Deque<Integer>> given = new HashMap<>();
    private final List<String> told = new ArrayList<>();
    private final Conditions conditions = new Conditions(this::note);
    private final PortWatch watch = new PortWatch(resources, conditions);
    private long nowNs;

    @AfterEach
    void close() {
        ports.close();
        table.close();
        idle.close();
    }

    private void note(BalancerEvent event) {
        switch (event) {
            case BalancerEvent.ConditionBegan began ->
                    told.add(
                            "%s %s: %s"
                                    .formatted(began.condition(), began.subject(), began.detail()));
            case BalancerEvent.ConditionEnded ended ->
                    told.add(
                            "%s %s is over: %s"
                                    .formatted(ended.condition(), ended.subject(), ended.detail()));
            default -> throw new AssertionError(event);
        }
    }

    /// What a look tells, so long after the last that what it does not see is over.
    private List<String> look() {
        told.clear();
        nowNs += Conditions.CALM_NS;
        watch.poll(nowNs);
        conditions.poll(nowNs);
        return List.copyOf(told);
    }

    private static String nearly(AllocatorName pair, int percent) {
        return "PORTS_NEARLY_EXHAUSTED %s: ".formatted(pair.local()) + inUse(pair, percent);
    }

    private static String inUse(AllocatorName pair, int percent) {
        return "%d %% of its ports towards %s (%s) are in use"
                .formatted(percent, pair.server(), pair.protocol());
    }

    private static String calm(AllocatorName pair, int percent) {
        return "PORTS_NEARLY_EXHAUSTED %s is over: ".formatted(pair.local()) + inUse(pair, percent);
    }

    private static String exhausted(IpAddress local, int refused, int gaveWay) {
        return "PORTS_EXHAUSTED %s: ".formatted(local) + without(refused, gaveWay);
    }

    private static String without(int refused, int gaveWay) {
        return ("in the last second %d connections found no port, and %d took that of one that was"
                        + " half-open or over")
                .formatted(refused, gaveWay);
    }

    private int local(ServiceKey service, IpAddress address) {
        return resources.locals().acquire(new LocalName(service, address));
    }

    private void server(ServiceKey service, Endpoint endpoint) {
        resources.servers().acquire(ServerName.real(service, endpoint));
    }

    private void count(int worker, int slot, int field, long more) {
        Memory.addLong(idle.workers.traffic(worker).local(slot) + field, more);
    }

    private void connections(int worker, int slot, long more) {
        count(worker, slot, TrafficTable.LOCAL_CONNECTIONS, more);
    }

    /// How many ports of a worker are so many percent of them, at least.
    private long portsOf(int worker, int percent) {
        Counts counts = resources.counts();
        return -Math.floorDiv(-counts.portsOf(counts.one(worker)) * percent, 100L);
    }

    /// So many ports of a pair are in use on a worker.
    private void use(int worker, AllocatorName pair, long count) {
        int id = resources.allocators().acquire(pair);
        PortAllocator allocator = resources.allocator(worker, id, false);
        Deque<Integer> used = given.computeIfAbsent(allocator, each -> new ArrayDeque<>());
        while (used.size() < count) {
            used.add(ports.choose(allocator, id, 0x901F, 6));
        }
        while (used.size() > count) {
            ports.release(allocator, used.remove());
        }
        assertThat(allocator.used()).isEqualTo((int) count);
    }

    private boolean isNearExhaustion(int slot) {
        return resources.counts().ports(slot, 1, resources.counts().all()).nearExhaustion();
    }

    @Test
    void aPairIsNearlyExhaustedFromEightyPercentUntilLessThanSeventy() {
        int slot = local(WEB, LOCAL);
        server(WEB, SERVER);
        connections(1, slot, portsOf(1, 80));
        use(1, PAIR, portsOf(1, 80) - 1);
        assertThat(look()).isEmpty();
        assertThat(isNearExhaustion(slot)).isFalse();

        use(1, PAIR, portsOf(1, 80));
        assertThat(look()).containsExactly(nearly(PAIR, 80));
        assertThat(isNearExhaustion(slot)).isTrue();

        use(1, PAIR, portsOf(1, 70));
        assertThat(look()).as("it lasts").isEmpty();
        assertThat(isNearExhaustion(slot)).isTrue();

        use(1, PAIR, portsOf(1, 70) - 1);
        assertThat(look()).containsExactly(calm(PAIR, 70));
        assertThat(isNearExhaustion(slot)).isFalse();

        use(1, PAIR, portsOf(1, 80) - 1);
        assertThat(look()).as("it begins at 80 % again").isEmpty();
        use(1, PAIR, portsOf(1, 90));
        assertThat(look()).containsExactly(nearly(PAIR, 90));
    }

    /// Two that are below do not make one that is not.
    @Test
    void itIsTheWorkerWhereAPairIsFullestThatCounts() {
        connections(0, local(WEB, LOCAL), portsOf(0, 100));
        use(0, PAIR, portsOf(0, 75));
        use(1, PAIR, portsOf(1, 79));
        assertThat(look()).isEmpty();
        use(0, PAIR, portsOf(0, 85));
        assertThat(look()).containsExactly(nearly(PAIR, 85));
    }

    /// Others of which it was not told go on being told of at 80 %.
    @Test
    void onlyThePairThatIsNearlyExhaustedLastsUntilSeventyPercent() {
        connections(0, local(WEB, LOCAL), portsOf(0, 100));
        AllocatorName other = new AllocatorName(Protocol.TCP, LOCAL, OTHER_SERVER);
        use(0, PAIR, portsOf(0, 80));
        use(0, other, portsOf(0, 79));
        assertThat(look()).containsExactly(nearly(PAIR, 80));
        use(0, PAIR, portsOf(0, 60));
        assertThat(look()).containsExactly(calm(PAIR, 80));
    }

    @Test
    void ofTheSamePortsTowardsSeveralServersTheFullestIsTold() {
        connections(0, local(WEB, LOCAL), portsOf(0, 100));
        List<AllocatorName> pairs = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            pairs.add(
                    new AllocatorName(
                            Protocol.TCP, LOCAL, Endpoint.parse("10.0.1.1%d:8080".formatted(i))));
            use(0, pairs.get(i), portsOf(0, i == 3 ? 95 : 81 + i));
        }
        assertThat(look()).containsExactly(nearly(pairs.get(3), 95));
        use(0, pairs.get(3), 0);
        assertThat(look()).isEmpty();
        pairs.forEach(pair -> use(0, pair, 0));
        assertThat(look()).containsExactly(calm(pairs.get(7), 88));
    }

    @Test
    void eachLocalAddressIsToldOfByItself() {
        AllocatorName other = new AllocatorName(Protocol.UDP, OTHER_LOCAL, OTHER_SERVER);
        connections(0, local(WEB, LOCAL), portsOf(0, 80));
        connections(1, local(QUIC, OTHER_LOCAL), portsOf(1, 80));
        use(0, PAIR, portsOf(0, 80));
        use(1, other, portsOf(1, 81));
        assertThat(look()).containsExactlyInAnyOrder(nearly(PAIR, 80), nearly(other, 81));
        use(0, PAIR, 0);
        assertThat(look()).containsExactly(calm(PAIR, 80));
    }

    /// A local address of two services has the connections of both.
    @Test
    void aWorkerThatHasFewConnectionsOfAnAddressIsNotAskedAboutItsPairs() {
        int web = local(WEB, LOCAL);
        int tls = local(TLS, LOCAL);
        long limit = resources.counts().portsOf(resources.counts().one(0)) * 70 / 100;
        use(0, PAIR, portsOf(0, 90));
        connections(0, web, limit - 100);
        connections(0, tls, 99);
        connections(1, web, 5000);
        connections(0, local(TLS, OTHER_LOCAL), 2 * limit);
        assertThat(look()).isEmpty();
        connections(0, tls, 1);
        assertThat(look()).containsExactly(nearly(PAIR, 90));
    }

    @Test
    void aPairThatNoWorkerHasBegunIsEmpty() {
        connections(0, local(WEB, LOCAL), portsOf(0, 100));
        for (int i = 0; i < 100; i++) {
            resources
                    .allocators()
                    .acquire(new AllocatorName(Protocol.TCP, LOCAL, new Endpoint(LOCAL, 1000 + i)));
        }
        assertThat(look()).isEmpty();
        use(0, PAIR, portsOf(0, 80));
        assertThat(look()).containsExactly(nearly(PAIR, 80));
    }

    @Test
    void servicesOfTheSameProtocolThatUseThePairAreShort() {
        int web = local(WEB, LOCAL);
        int elsewhere = local(WEB, OTHER_LOCAL);
        int tls = local(TLS, LOCAL);
        int quic = local(QUIC, LOCAL);
        server(WEB, SERVER);
        server(TLS, OTHER_SERVER);
        server(QUIC, SERVER);
        connections(0, web, portsOf(0, 80));
        use(0, PAIR, portsOf(0, 80));
        look();
        assertThat(isNearExhaustion(web)).isTrue();
        assertThat(isNearExhaustion(elsewhere)).as("another address").isFalse();
        assertThat(isNearExhaustion(tls)).as("another server").isFalse();
        assertThat(isNearExhaustion(quic)).as("another protocol").isFalse();

        resources.servers().acquire(ServerName.sorry(TLS, SERVER));
        look();
        assertThat(isNearExhaustion(tls)).as("its sorry server").isTrue();
    }

    @Test
    void aServiceThatUsesOneOfSeveralFullPairsIsShort() {
        int web = local(WEB, LOCAL);
        int tls = local(TLS, LOCAL);
        server(WEB, SERVER);
        server(TLS, OTHER_SERVER);
        connections(0, web, portsOf(0, 100));
        use(0, PAIR, portsOf(0, 80));
        use(0, new AllocatorName(Protocol.TCP, LOCAL, OTHER_SERVER), portsOf(0, 90));
        look();
        assertThat(isNearExhaustion(web)).isTrue();
        assertThat(isNearExhaustion(tls)).isTrue();
    }

    @Test
    void whatFoundNoPortSinceTheLastLookIsTold() {
        int slot = local(WEB, LOCAL);
        local(TLS, OTHER_LOCAL);
        count(0, slot, TrafficTable.LOCAL_MISSES, 3);
        count(1, slot, TrafficTable.LOCAL_MISSES, 4);
        assertThat(look()).containsExactly(exhausted(LOCAL, 7, 0));
        count(1, slot, TrafficTable.LOCAL_GAVE_WAY, 5);
        assertThat(look()).as("it lasts").isEmpty();
        assertThat(look()).containsExactly("PORTS_EXHAUSTED 10.0.1.100 is over: " + without(0, 5));
        assertThat(look()).as("what was told is not told again").isEmpty();
        count(0, slot, TrafficTable.LOCAL_MISSES, 1);
        count(0, slot, TrafficTable.LOCAL_GAVE_WAY, 2);
        assertThat(look()).containsExactly(exhausted(LOCAL, 1, 2));
    }

    @Test
    void oneThatOnlyGaveWayIsExhaustedToo() {
        count(1, local(WEB, LOCAL), TrafficTable.LOCAL_GAVE_WAY, 1);
        assertThat(look()).containsExactly(exhausted(LOCAL, 0, 1));
    }

    @Test
    void whatAllServicesOfAnAddressMissIsAddedUp() {
        int web = local(WEB, LOCAL);
        int tls = local(TLS, LOCAL);
        count(0, web, TrafficTable.LOCAL_MISSES, 1);
        count(0, tls, TrafficTable.LOCAL_MISSES, 20);
        count(0, web, TrafficTable.LOCAL_GAVE_WAY, 300);
        count(0, tls, TrafficTable.LOCAL_GAVE_WAY, 4000);
        count(0, local(WEB, OTHER_LOCAL), TrafficTable.LOCAL_MISSES, 5);
        assertThat(look())
                .containsExactlyInAnyOrder(
                        exhausted(LOCAL, 21, 4300), exhausted(OTHER_LOCAL, 5, 0));
    }

    /// Its slot is cleared for the next one.
    @Test
    void anAddressThatAServiceNoLongerHasTakesNothingFromWhatTheOthersMiss() {
        int web = local(WEB, LOCAL);
        int tls = local(TLS, LOCAL);
        count(0, web, TrafficTable.LOCAL_MISSES, 10);
        count(0, web, TrafficTable.LOCAL_GAVE_WAY, 10);
        look();
        look();

        forget(WEB);
        assertThat(look()).isEmpty();
        count(0, tls, TrafficTable.LOCAL_MISSES, 2);
        assertThat(look()).containsExactly(exhausted(LOCAL, 2, 0));
        look();

        assertThat(local(WEB, LOCAL)).isEqualTo(web);
        count(0, web, TrafficTable.LOCAL_MISSES, 6);
        look();
        look();
        forget(WEB);
        count(0, tls, TrafficTable.LOCAL_GAVE_WAY, 1);
        assertThat(look()).as("fewer misses than before").containsExactly(exhausted(LOCAL, 0, 1));
        look();

        local(WEB, LOCAL);
        count(0, web, TrafficTable.LOCAL_GAVE_WAY, 3);
        look();
        look();
        forget(WEB);
        count(0, tls, TrafficTable.LOCAL_MISSES, 1);
        assertThat(look()).as("fewer gave way").containsExactly(exhausted(LOCAL, 1, 0));
    }

    @Test
    void anAddressThatComesBackBeginsAnew() {
        int slot = local(WEB, LOCAL);
        count(0, slot, TrafficTable.LOCAL_MISSES, 10);
        look();
        forget(WEB);
        look();
        assertThat(local(WEB, LOCAL)).isEqualTo(slot);
        assertThat(look()).isEmpty();
        count(0, slot, TrafficTable.LOCAL_MISSES, 1);
        assertThat(look()).containsExactly(exhausted(LOCAL, 1, 0));
    }

    /// A service gives up the address [#LOCAL].
    private void forget(ServiceKey service) {
        resources.locals().release(new LocalName(service, LOCAL));
        resources.reclaim(any -> true);
    }
}
