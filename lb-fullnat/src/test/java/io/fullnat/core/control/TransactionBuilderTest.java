// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static io.fullnat.core.control.Drafting.LOCAL;
import static io.fullnat.core.control.Drafting.SERVER;
import static io.fullnat.core.control.Drafting.TLS;
import static io.fullnat.core.control.Drafting.WEB;
import static io.fullnat.core.control.Drafting.added;
import static io.fullnat.core.control.Drafting.ip;
import static io.fullnat.core.control.Drafting.local;
import static io.fullnat.core.control.Drafting.service;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import io.fullnat.api.IpAddress;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.api.control.SetStatus;
import io.fullnat.api.control.TemplateFilter;
import io.fullnat.api.counter.Outcome;
import io.fullnat.api.io.Memory;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.TrafficCounts;
import io.fullnat.api.set.IpSet;
import io.fullnat.api.set.SetMember;
import io.fullnat.api.set.SetType;
import io.fullnat.core.open.PurgeRules;
import io.fullnat.core.service.TrafficTable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// [TransactionBuilder]: what is built anew and what is kept, what drains, and what begins at zero.
class TransactionBuilderTest {
    private static final String OTHER_LOCAL = "10.0.1.101";
    private static final String LOCAL6 = "2001:db8:1::64";

    private static final Resources.ServerName NAME =
            Resources.ServerName.real(WEB, SERVER.endpoint());
    private static final RealServer FORMER = RealServer.of("10.0.1.12", 8080);

    private final Building building = new Building(1);
    private final Resources resources = building.resources;
    private final TransactionBuilder builder = building.builder;

    @AfterEach
    void close() {
        building.close();
    }

    private static Change replaced(ServiceKey key, String scheduler) {
        return new Change.ReplaceService(service(key).withScheduler(scheduler));
    }

    private static Change use(String local, String device) {
        return new Change.AddLocalAddress(WEB, local(local, device));
    }

    private static Change drop(String local) {
        return new Change.RemoveLocalAddress(WEB, ip(local), false);
    }

    private static ServiceBuilder.Built built(Transaction transaction, ServiceKey key) {
        return requireNonNull(transaction.built().get(key));
    }

    @Test
    void aNewServiceIsBuiltAndOthersStayAsTheyAre() {
        Transaction first = building.inForce(added(service(WEB)));
        assertThat(first.added()).containsExactly(building.built(WEB));
        assertThat(first.dropped()).isEmpty();
        Transaction second = building.build(added(service(TLS)));
        assertThat(second.built()).containsOnlyKeys(WEB, TLS);
        assertThat(second.built().get(WEB)).isSameAs(building.built(WEB));
        assertThat(second.added()).containsExactly(second.built().get(TLS));
        assertThat(second.dropped()).isEmpty();
        assertThat(second.state().desired().services()).containsOnlyKeys(WEB, TLS);
        assertThat(second.state().desired().revision()).isEqualTo(2);
    }

    @Test
    void aServiceThatChangesIsBuiltAnewInItsSlotAndItsFormerStateDropped() {
        building.inForce(added(service(WEB)), added(service(TLS)));
        ServiceBuilder.Built former = building.built(WEB);
        Transaction next = building.build(replaced(WEB, "rr"));
        ServiceBuilder.Built now = built(next, WEB);
        assertThat(now).isNotSameAs(former);
        assertThat(now.service().scheduler()).isEqualTo("rr");
        assertThat(now.slot()).isEqualTo(former.slot());
        assertThat(next.added()).containsExactly(now);
        assertThat(next.dropped()).containsExactly(former);
        assertThat(next.built().get(TLS)).isSameAs(building.built(TLS));
    }

    @Test
    void whatAServiceIsReplacedByThatIsTheSameChangesNothing() {
        building.inForce(added(service(WEB).withScheduler("rr")));
        Transaction next = building.build(replaced(WEB, "rr"));
        assertThat(next.added()).isEmpty();
        assertThat(next.dropped()).isEmpty();
        assertThat(next.built().get(WEB)).isSameAs(building.built(WEB));
    }

    @Test
    void aServiceThatGoesIsDropped() {
        building.inForce(added(service(WEB)), added(service(TLS)));
        Transaction next = building.build(new Change.RemoveService(WEB, false));
        assertThat(next.built()).containsOnlyKeys(TLS);
        assertThat(next.added()).isEmpty();
        assertThat(next.dropped()).containsExactly(building.built(WEB));
    }

    /// It is built with its former state: what a scheduler knows goes on.
    @Test
    void whatWorkersKnowOfAServiceGoesOn() {
        building.inForce(added(service(WEB).withRealServer(SERVER)));
        Transaction next = building.build(use(LOCAL, "lan"));
        assertThat(next.added()).hasSize(1);
        assertThat(built(next, WEB).entry(0).scheduler())
                .isSameAs(building.built(WEB).entry(0).scheduler());
    }

    private static Change create(String name, String entry) {
        return new Change.CreateSet(
                IpSet.builder(name, SetType.HASH_NET).add(SetMember.of(entry), false).build());
    }

    private boolean admits(ServiceBuilder.Built built, String client) {
        return requireNonNull(built.entry(0).access()).admits(ip(client).high(), ip(client).low());
    }

    @Test
    void aServiceThatNamesASetThatChangesIsBuiltAnewWithIt() {
        building.inForce(
                create("bots", "198.51.100.0/24"),
                create("guests", "203.0.113.0/24"),
                added(service(WEB).withAccessRules(List.of(AccessRule.deny("ipset:bots")))),
                added(service(TLS).withAccessRules(List.of(AccessRule.deny("ipset:guests")))));
        Transaction next =
                building.build(
                        new Change.AddSetMembers(
                                "bots", List.of(SetMember.of("192.0.2.0/24")), false));
        assertThat(next.added()).containsExactly(next.built().get(WEB));
        assertThat(next.dropped()).containsExactly(building.built(WEB));
        assertThat(next.built().get(TLS)).isSameAs(building.built(TLS));
        assertThat(built(next, WEB).entry(0).access()).isNotNull();
    }

    @Test
    void aServiceAdmitsWhomItsRulesAdmit() {
        Transaction next =
                building.build(
                        added(service(WEB).withAccessRules(List.of(AccessRule.deny("10.0.0.0/8")))),
                        added(service(TLS)));
        assertThat(admits(built(next, WEB), "10.1.2.3")).isFalse();
        assertThat(admits(built(next, WEB), "11.1.2.3")).isTrue();
        assertThat(built(next, TLS).entry(0).access()).isNull();
    }

    /// The draft is forgotten then, and with it what was built before the failure.
    @Test
    void whatWasBuiltIsReleasedIfTheNextCannotBe() {
        Draft draft = building.drafting.draft;
        draft.apply(added(service(WEB).withRealServer(SERVER)));
        draft.apply(added(service(TLS).withScheduler("unknown")));
        DesiredTables before = building.drafting.before();
        assertThatThrownBy(() -> builder.build(draft, before, building.built, Map.of()))
                .isInstanceOf(BalancerException.class)
                .hasMessageContaining("unknown");
        assertThat(resources.services().findUnreferenced(WEB)).isNotNegative();
        assertThat(resources.servers().findUnreferenced(NAME)).isNotNegative();
    }

    @Test
    void aLocalAddressDrainsFromWhenNoServiceListsItUntilOneDoes() {
        building.inForce(added(service(WEB)), use(LOCAL, "lan"), use(LOCAL6, "lan"));
        assertThat(building.build(added(service(TLS))).draining()).isEmpty();
        assertThat(building.inForce(drop(LOCAL)).draining()).isEqualTo(Map.of(ip(LOCAL), "lan"));
        Transaction both = building.inForce(drop(LOCAL6), use(OTHER_LOCAL, "lan.100"));
        assertThat(both.draining()).isEqualTo(Map.of(ip(LOCAL), "lan", ip(LOCAL6), "lan"));
        assertThat(building.build(use(LOCAL, "lan")).draining())
                .isEqualTo(Map.of(ip(LOCAL6), "lan"));
        assertThat(building.build(new Change.RemoveService(WEB, false)).draining())
                .containsEntry(ip(OTHER_LOCAL), "lan.100")
                .hasSize(3);
    }

    @Test
    void aLocalAddressThatAnotherServiceListsDoesNotDrain() {
        building.inForce(
                added(service(WEB)),
                added(service(TLS).withLocalAddress(local(LOCAL, "lan"))),
                use(LOCAL, "lan"));
        assertThat(building.build(drop(LOCAL)).draining()).isEmpty();
    }

    @Test
    void whatElseIsAskedForGoesWithTheTransaction() {
        TemplateFilter filter = TemplateFilter.ALL;
        Transaction next =
                building.build(
                        added(service(WEB)),
                        new Change.EndConnections(ConnectionFilter.ALL),
                        new Change.RemoveTemplates(filter),
                        new Change.ZeroCounters(Optional.of(WEB)),
                        new Change.FlushNeighbours(Optional.of("lan")));
        assertThat(next.purges().isEmpty()).isFalse();
        assertThat(next.templates()).containsExactly(filter);
        assertThat(next.zeroed()).containsExactly(Optional.of(WEB));
        assertThat(next.flushed()).containsExactly(1);
        Transaction plain = building.build(added(service(WEB)));
        assertThat(plain.purges()).isSameAs(PurgeRules.NONE);
        assertThat(plain.templates()).isEmpty();
        assertThat(plain.zeroed()).isEmpty();
        assertThat(plain.flushed()).isEmpty();
    }

    @Test
    void whatIsReleasedHasNoReferenceAnyMore() {
        Transaction given = building.build(added(service(WEB).withRealServer(SERVER)));
        assertThat(resources.servers().findUnreferenced(NAME)).isNegative();
        builder.release(given.added());
        assertThat(resources.services().findUnreferenced(WEB)).isNotNegative();
        assertThat(resources.servers().findUnreferenced(NAME)).isNotNegative();
    }

    @Test
    void drainingIsOverWhenNoConnectionIsLeft() {
        Map<IpAddress, String> none = Map.of();
        assertThat(builder.stillDraining(none)).isSameAs(none);
        Map<IpAddress, String> two = Map.of(ip(LOCAL), "lan", ip(LOCAL6), "wan");
        building.drafting.drains(new Resources.LocalName(TLS, ip(LOCAL6)));
        resources.locals().acquire(new Resources.LocalName(WEB, ip(LOCAL))); // it is listed
        assertThat(builder.stillDraining(two)).isEqualTo(Map.of(ip(LOCAL6), "wan"));
        resources.locals().release(new Resources.LocalName(WEB, ip(LOCAL)));
        assertThat(builder.stillDraining(two)).isEqualTo(two);
    }

    /// Both services have a server, a local address, a refusal, and a former server.
    private void count() {
        for (ServiceKey key : List.of(WEB, TLS)) {
            building.inForce(
                    added(
                            service(key)
                                    .withRealServer(SERVER)
                                    .withRealServer(FORMER)
                                    .withLocalAddress(local(LOCAL, "lan"))));
            ServiceBuilder.Built built = building.built(key);
            TrafficTable traffic = building.drafting.idle.workers.traffic(0);
            for (int server = 0; server < 2; server++) {
                long line = traffic.server(built.serverSlot(server));
                Memory.addLong(line + TrafficTable.CONNECTIONS, 5);
            }
            Memory.addLong(traffic.local(built.localSlot(0)) + TrafficTable.LOCAL_MISSES, 7);
            traffic.refusals().count(built.slot(), Outcome.ACCESS_DENIED);
            building.inForce(new Change.RemoveRealServer(key, FORMER.endpoint(), false));
        }
        resources.reclaim(key -> true);
        assertThat(counted(WEB)).isEqualTo("5 connections, 7 misses, 1 refused, 5 formerly");
        assertThat(counted(TLS)).isEqualTo("5 connections, 7 misses, 1 refused, 5 formerly");
    }

    private String counted(ServiceKey key) {
        ServiceBuilder.Built built = building.built(key);
        Counts counts = resources.counts();
        WorkerChoice all = counts.all();
        TrafficByWorker former = resources.retiredTraffic().get(key);
        return "%d connections, %d misses, %d refused, %d formerly"
                .formatted(
                        counts.traffic(built.serverSlot(0), all).connections(),
                        counts.ports(built.localSlot(0), 1, all).misses(),
                        counts.refusals().of(built.slot(), all).values().stream()
                                .mapToLong(Long::longValue)
                                .sum(),
                        former == null ? 0 : former.sum(all).connections());
    }

    @Test
    void countsGoOnUnlessTheyAreToBeginAtZero() {
        count();
        building.inForce(added(service(ServiceKey.udp("192.0.2.80", 53))));
        assertThat(counted(WEB)).isEqualTo("5 connections, 7 misses, 1 refused, 5 formerly");
        assertThat(resources.counts().zeroed(building.built(WEB).serverSlot(0)))
                .isEqualTo(TrafficCounts.ZERO);
    }

    @Test
    void theCountsOfOneServiceBeginAtZero() {
        count();
        building.inForce(new Change.ZeroCounters(Optional.of(WEB)));
        assertThat(counted(WEB)).isEqualTo("0 connections, 0 misses, 0 refused, 0 formerly");
        assertThat(counted(TLS)).isEqualTo("5 connections, 7 misses, 1 refused, 5 formerly");
    }

    @Test
    void theCountsOfAllServicesBeginAtZero() {
        count();
        building.inForce(new Change.ZeroCounters(Optional.empty()));
        assertThat(counted(WEB)).isEqualTo("0 connections, 0 misses, 0 refused, 0 formerly");
        assertThat(counted(TLS)).isEqualTo("0 connections, 0 misses, 0 refused, 0 formerly");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void countsOfRulesFollowWhatIsInForce(boolean zero) {
        AccessRule rule = AccessRule.deny("ipset:bots");
        building.inForce(
                create("bots", "198.51.100.0/24"),
                added(service(WEB).withAccessRules(List.of(rule))),
                added(service(TLS)));
        SetCounts counts = building.sets.counts();
        counts.of(WEB, rule).add(0);
        assertThat(counts.read()).extracting(SetStatus::refused).containsExactly(1L);
        building.inForce(new Change.ZeroCounters(Optional.of(zero ? WEB : TLS)));
        assertThat(counts.read().getFirst().uses().getFirst().count()).isEqualTo(zero ? 0 : 1);
        building.inForce(new Change.RemoveService(WEB, false));
        assertThat(counts.read().getFirst().uses()).isEmpty();
        assertThat(counts.read()).extracting(SetStatus::refused).containsExactly(1L);
    }
}
