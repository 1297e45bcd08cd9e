// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static io.fullnat.core.control.Drafting.LOCAL;
import static io.fullnat.core.control.Drafting.SERVER;
import static io.fullnat.core.control.Drafting.WEB;
import static io.fullnat.core.control.Drafting.added;
import static io.fullnat.core.control.Drafting.address;
import static io.fullnat.core.control.Drafting.ip;
import static io.fullnat.core.control.Drafting.local;
import static io.fullnat.core.control.Drafting.service;
import static io.fullnat.core.control.TransactionBench.refused;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.ErrorCode;
import io.fullnat.api.control.AddressStatus;
import io.fullnat.api.control.BalancerEvent;
import io.fullnat.api.control.BalancerEvent.AddressDraining;
import io.fullnat.api.control.BalancerEvent.AddressReleased;
import io.fullnat.api.control.BalancerEvent.Applied;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.api.control.TemplateFilter;
import io.fullnat.api.health.ServiceHealth;
import io.fullnat.api.io.Memory;
import io.fullnat.api.network.AddressLifetime;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.service.ClientDisclosure;
import io.fullnat.api.service.Persistence;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.core.LogCapture;
import io.fullnat.core.control.Resources.LocalName;
import io.fullnat.core.control.Resources.ServerName;
import io.fullnat.core.service.TrafficTable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What follows from [Transactions] that are in force: what drains and what is over, what others
/// are told, and the end of all.
@Timeout(60)
class TransactionUpkeepTest {
    private static final String OTHER_LOCAL = "10.0.1.101";
    private static final Change LAN = address("10.0.1.1/24", "lan");
    private static final Duration TENTH = Duration.ofMillis(100);
    private static final Duration SECOND = Duration.ofSeconds(1);

    private TransactionBench bench = new TransactionBench();

    @AfterEach
    void close() {
        bench.close();
    }

    private static Change web() {
        return added(
                service(WEB)
                        .withRealServer(SERVER)
                        .withRealServer(RealServer.of("10.0.1.12", 8080))
                        .withLocalAddress(local(LOCAL, "lan"))
                        .withLocalAddress(local(OTHER_LOCAL, "lan")));
    }

    private static Change removal(String local) {
        return new Change.RemoveLocalAddress(WEB, ip(local));
    }

    private static Change again(String local) {
        return new Change.AddLocalAddress(WEB, local(local, "lan"));
    }

    private void connections(String local, int more) {
        int slot = bench.resources.locals().find(new LocalName(WEB, ip(local)));
        Memory.addLong(
                bench.idle.workers.traffic(1).local(slot) + TrafficTable.LOCAL_CONNECTIONS, more);
    }

    /// What was told since the last call.
    private List<BalancerEvent> told() {
        List<BalancerEvent> told = List.copyOf(bench.events);
        bench.events.clear();
        return told;
    }

    private void apply(Change... changes) {
        CompletableFuture<Void> done = bench.submit(changes);
        bench.run();
        assertThat(done).isCompleted();
    }

    @Test
    void anAddressDrainsUntilItsLastConnectionHasEnded() {
        bench.inForce(LAN, web());
        connections(LOCAL, 1);
        connections(OTHER_LOCAL, 1);
        apply(removal(LOCAL));
        assertThat(told())
                .containsExactly(
                        new Applied(2, List.of(removal(LOCAL))),
                        new AddressDraining(ip(LOCAL), "lan"));
        apply(removal(OTHER_LOCAL));
        assertThat(told())
                .containsExactly(
                        new Applied(3, List.of(removal(OTHER_LOCAL))),
                        new AddressDraining(ip(OTHER_LOCAL), "lan"));
        assertThat(bench.rules()).isEqualTo(8);
        assertThat(addresses()).contains(LOCAL, OTHER_LOCAL);
        bench.pass(SECOND);
        assertThat(told()).isEmpty();

        connections(LOCAL, -1);
        int views = bench.first.views();
        bench.clock.advance(TENTH.minusNanos(1));
        bench.run();
        assertThat(bench.first.views()).as("looked at ten times a second").isEqualTo(views);
        bench.pass(Duration.ofNanos(1));
        assertThat(bench.first.views()).isEqualTo(views + 1);
        assertThat(told())
                .containsExactly(new Applied(3, List.of()), new AddressReleased(ip(LOCAL), "lan"));
        assertThat(bench.rules()).isEqualTo(4);
        assertThat(addresses()).doesNotContain(LOCAL).contains(OTHER_LOCAL);
        bench.pass(SECOND);
        assertThat(told()).isEmpty();
    }

    private List<String> addresses() {
        return bench.transactions.source().read().addresses().stream()
                .map(status -> status.address().prefix().address().toString())
                .toList();
    }

    @Test
    void anAddressThatComesBackIsNeitherReleasedNorAnnouncedAgain() {
        bench.inForce(LAN, web());
        connections(LOCAL, 1);
        apply(removal(LOCAL));
        bench.events.clear();
        apply(again(LOCAL));
        assertThat(told()).containsExactly(new Applied(3, List.of(again(LOCAL))));
        assertThat(bench.first.announced()).isEmpty();
        connections(LOCAL, -1);
        bench.pass(SECOND);
        assertThat(told()).isEmpty();
        apply(removal(LOCAL));
        assertThat(told()).contains(new AddressDraining(ip(LOCAL), "lan"));
    }

    @Test
    void aReleaseThatAWorkerRefusesIsTriedAgain() {
        bench.inForce(LAN, web());
        connections(LOCAL, 1);
        apply(removal(LOCAL));
        bench.events.clear();
        connections(LOCAL, -1);
        bench.second.refuse("not now");
        bench.clock.advance(TENTH);
        bench.run();
        assertThat(told()).isEmpty();
        assertThat(bench.rules()).isEqualTo(8);
        bench.second.refuse(null);
        bench.pass(TENTH);
        assertThat(told()).contains(new AddressReleased(ip(LOCAL), "lan"));
    }

    @Test
    void aServiceThatIsRemovedLeavesNoSlotAndNoCounts() {
        bench.inForce(LAN, web());
        ServerName former = ServerName.real(WEB, SERVER.endpoint());
        int slot = bench.resources.servers().find(former);
        Memory.addLong(bench.idle.workers.traffic(0).server(slot) + TrafficTable.CONNECTIONS, 3);
        Object before = bench.transactions.source();
        apply(new Change.RemoveRealServer(WEB, SERVER.endpoint(), false));
        assertThat(bench.resources.retiredTraffic()).containsOnlyKeys(WEB);
        assertThat(bench.resources.servers().find(former)).isEqualTo(-1);
        var after = bench.transactions.source();
        assertThat(after).isNotSameAs(before);
        assertThat(after.read().services().getFirst().traffic().connections()).isEqualTo(3);
        bench.pass(SECOND);
        assertThat(bench.transactions.source()).as("nothing has changed").isSameAs(after);

        apply(new Change.RemoveService(WEB, false));
        assertThat(bench.resources.retiredTraffic()).isEmpty();
        assertThat(bench.resources.services().find(WEB)).isEqualTo(-1);
        assertThat(bench.health.health(WEB)).isEqualTo(ServiceHealth.UNKNOWN);
    }

    /// What is shown is as it was when the last transaction came into force, and is renewed when
    /// something that a service no longer has is let go of.
    @Test
    void whatIsShownFollowsWhenTheLastConnectionOfAServerHasEnded() {
        bench.inForce(LAN, web());
        int slot = bench.resources.servers().find(ServerName.real(WEB, SERVER.endpoint()));
        long line = bench.idle.workers.traffic(0).server(slot);
        Memory.addLong(line + TrafficTable.LIVE, 1);
        apply(new Change.RemoveRealServer(WEB, SERVER.endpoint(), false));
        bench.pass(SECOND);
        Memory.addLong(line + TrafficTable.LIVE, -1);
        Object draining = bench.transactions.source();
        bench.pass(TENTH);
        assertThat(bench.resources.servers().find(ServerName.real(WEB, SERVER.endpoint())))
                .isEqualTo(-1);
        assertThat(bench.transactions.source()).isNotSameAs(draining);
    }

    @Test
    void whoWantsToKnowLearnsHowManyConnectionsAndTemplatesWereEnded() {
        ServicePolicy policy =
                ServicePolicy.DEFAULT.withPersistence(
                        Optional.of(Persistence.of(Duration.ofMinutes(5))));
        bench.inForce(LAN, web(), new Change.SetPolicy(WEB, policy));
        int slot = bench.resources.services().find(WEB);
        int server = bench.resources.servers().find(ServerName.real(WEB, SERVER.endpoint()));
        for (int client = 1; client <= 5; client++) {
            long address = ip("198.51.100." + client).low();
            bench.idle.workers.templates().claim(slot, 0, address, server, -1, 0, 300);
        }
        CountingFunction counting =
                new CountingFunction(present ->
                        List.of(
                                new Change.EndConnections(ConnectionFilter.ALL),
                                new Change.RemoveTemplates(TemplateFilter.of(WEB))));
        CompletableFuture<Void> done = bench.submit(counting);
        bench.poll();
        bench.first.look();
        bench.second.look();
        bench.poll();
        bench.first.look();
        bench.first.purge(20);
        bench.second.look();
        bench.second.purge(300);
        assertThat(done).isNotDone();
        bench.poll();
        assertThat(done).isCompleted();
        assertThat(counting.ended()).hasValue(325);
    }

    @Test
    void addressesThatWereNotOursAreAnnouncedByOneWorker() {
        var _ =
                bench.submit(
                        LAN,
                        web(),
                        new Change.AddAddress(
                                InterfaceAddress.of("10.0.4.1/24", "lan").ofKernel()));
        bench.poll();
        bench.first.look();
        bench.second.look();
        assertThat(bench.first.announced())
                .containsExactlyInAnyOrder("10.0.1.1", LOCAL, OTHER_LOCAL);
        assertThat(bench.second.announced()).isEmpty();
        bench.run();
        connections(LOCAL, 1);
        apply(address("10.0.2.1/24", "lan"), removal(LOCAL));
        assertThat(bench.first.announced()).containsExactly("10.0.2.1");
        apply(again("10.0.1.102"), address(OTHER_LOCAL + "/32", "lan"));
        assertThat(bench.first.announced()).containsExactly("10.0.1.102");
    }

    @Test
    void linkLocalAddressesThatComeWithOthersAreShown() {
        bench.inForce(LAN);
        assertThat(bench.transactions.source().read().addresses()).hasSize(1);
        bench.second.refuse("no");
        var _ = bench.submit(address("2001:db8::1/64", "lan"));
        bench.run();
        assertThat(bench.transactions.source().read().addresses()).hasSize(1);
        bench.second.refuse(null);
        apply(address("2001:db8::1/64", "lan.7"));
        assertThat(bench.transactions.source().read().addresses())
                .filteredOn(AddressStatus::generated)
                .singleElement()
                .satisfies(status -> assertThat(status.address().device()).isEqualTo("lan.7"));
        assertThat(bench.transactions.source().device(2)).isEqualTo("lan.7");
    }

    private static Change lasting(long seconds, long preferred) {
        return new Change.AddAddress(
                InterfaceAddress.of("10.0.9.1/24", "lan")
                        .withLifetime(new AddressLifetime(seconds, preferred)));
    }

    /// Both count from the change, however long the workers take.
    @Test
    void anAddressIsDeprecatedAndGoesWhenItsTimeIsOver() {
        var _ = bench.submit(lasting(10, 5));
        bench.poll();
        bench.clock.advance(SECOND);
        bench.run();
        told();
        bench.pass(Duration.ofSeconds(4).minusNanos(1));
        assertThat(told()).isEmpty();
        bench.pass(Duration.ofNanos(1));
        assertThat(told()).containsExactly(new Applied(1, List.of()));
        bench.pass(Duration.ofSeconds(5).minusNanos(1));
        assertThat(told()).isEmpty();
        assertThat(bench.desired().addresses()).hasSize(1);
        bench.pass(Duration.ofNanos(1));
        assertThat(told())
                .singleElement()
                .isInstanceOfSatisfying(
                        Applied.class,
                        applied -> {
                            assertThat(applied.revision()).isEqualTo(2);
                            assertThat(applied.changes())
                                    .singleElement()
                                    .isInstanceOf(Change.RemoveAddress.class);
                        });
        assertThat(bench.desired().addresses()).isEmpty();
        bench.pass(Duration.ofDays(1));
        assertThat(told()).isEmpty();
    }

    @Test
    void anEndThatAWorkerRefusesIsTriedAgainInASecond() {
        bench.inForce(lasting(2, 2));
        bench.first.refuse("no");
        bench.pass(Duration.ofSeconds(2));
        int views = bench.first.views();
        assertThat(told()).isEmpty();
        bench.first.refuse(null);
        bench.pass(SECOND.minusNanos(1));
        assertThat(bench.first.views()).isEqualTo(views);
        bench.pass(Duration.ofNanos(1));
        assertThat(told()).hasSize(1);
        assertThat(bench.desired().addresses()).isEmpty();
    }

    @Test
    void countsBeginAnewWithTheTransactionThatSaysSo() {
        bench.inForce(LAN, web());
        int slot = bench.resources.servers().find(ServerName.real(WEB, SERVER.endpoint()));
        Memory.addLong(bench.idle.workers.traffic(0).server(slot) + TrafficTable.CONNECTIONS, 3);
        var _ = bench.submit(new Change.ZeroCounters(Optional.of(WEB)));
        bench.poll();
        assertThat(bench.resources.counts().zeroed(slot).connections()).isZero();
        bench.run();
        assertThat(bench.resources.counts().zeroed(slot).connections()).isEqualTo(3);
    }

    @Test
    void whoBeginsToTellClientsByUoaIsWarnedOnce() {
        ServiceKey dns = ServiceKey.udp("192.0.2.53", 53);
        ServicePolicy policy =
                ServicePolicy.DEFAULT.withDisclosure(
                        ClientDisclosure.NONE.withUoa(ClientDisclosure.Uoa.OPP));
        try (LogCapture log = new LogCapture()) {
            apply(LAN, added(service(dns).withPolicy(policy)));
            apply(address("10.0.3.1/24", "lan"));
            assertThat(log.with("by UOA")).hasSize(1);
        }
    }

    @Test
    void aListenerThatThrowsKeepsNobodyFromHearing() {
        List<BalancerEvent> heard = new ArrayList<>();
        bench.stream.add(event -> {
            throw new IllegalStateException("no ears");
        });
        bench.stream.add(heard::add);
        apply(LAN, web());
        assertThat(heard).containsExactly(new Applied(1, List.of(LAN, web())));
        assertThat(bench.events).isEqualTo(heard);
        assertThat(bench.faults()).isOne();
        apply(removal(LOCAL));
        assertThat(bench.events).isEqualTo(heard).hasSizeGreaterThan(2);
    }

    /// What an answer completes runs on an executor of the application's.
    @Test
    void aCallerWhoWasToldThatItIsLateHearsNoMore() {
        int[] tasks = new int[1];
        SerialExecutor serial =
                new SerialExecutor(
                        task -> {
                            tasks[0]++;
                            task.run();
                        },
                        bench.faults,
                        "the end");
        Answer<Void> answer = new Answer<>(WaitGuard.ofThreads(), serial);
        bench.requests.offer(new Request.Apply(present -> List.of(LAN), answer, 1_000));
        bench.poll();
        bench.first.work();
        bench.second.work();
        bench.poll();
        bench.clock.advance(SECOND);
        bench.poll();
        bench.poll();
        bench.run();
        assertThat(answer).isCompletedExceptionally();
        assertThat(bench.desired().revision()).isOne();
        assertThat(tasks[0]).isOne();
    }

    @Test
    void atTheEndEverybodyHearsThatItIsOverAndRulesGo() {
        bench.inForce(LAN, web());
        CompletableFuture<Void> running = bench.submit(removal(LOCAL));
        bench.poll();
        CompletableFuture<Void> waiting = bench.submit(removal(OTHER_LOCAL));
        bench.transactions.close();
        refused(running, ErrorCode.CLOSED, "the balancer is closed");
        refused(waiting, ErrorCode.CLOSED, "the balancer is closed");
        refused(bench.submit(LAN), ErrorCode.CLOSED, "the balancer is closed");
        assertThat(bench.rules()).isZero();
        bench.run();
        assertThat(bench.desired().revision()).isOne();
        assertThat(bench.events).isEmpty();
    }

    @Test
    void whoIsLeftBehindHearsThatItIsOverAndNothingIsTouched() {
        bench.inForce(LAN, web());
        CompletableFuture<Void> running = bench.submit(removal(LOCAL));
        bench.poll();
        CompletableFuture<Void> waiting = bench.submit(removal(OTHER_LOCAL));
        bench.transactions.abandon();
        refused(running, ErrorCode.CLOSED, "the balancer is closed");
        refused(waiting, ErrorCode.CLOSED, "the balancer is closed");
        assertThat(bench.rules()).isEqualTo(8);
    }

    /// A bench whose functions hang; the thread that asks goes to the reference.
    private void hanging(AtomicReference<Thread> asking) {
        bench.close();
        bench =
                new TransactionBench(task -> {
                    Thread thread = Thread.ofPlatform().daemon().unstarted(task);
                    asking.set(thread);
                    return thread;
                });
    }

    private static List<Change> hang() {
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        return List.of(LAN);
    }

    @Test
    void atTheEndAFunctionIsInterruptedAndItsCallerHearsThatItIsOver() throws Exception {
        AtomicReference<Thread> asking = new AtomicReference<>();
        hanging(asking);
        CompletableFuture<Void> done = bench.submit(present -> hang());
        bench.poll();
        bench.transactions.close();
        refused(done, ErrorCode.CLOSED, "the balancer is closed");
        asking.get().join();
        assertThat(bench.poll()).as("nobody asks what it answered").isZero();
        bench.run();
        assertThat(bench.first.views()).isZero();
    }

    @Test
    void whoWaitsForAFunctionThatIsLeftBehindHearsThatItIsOver() {
        AtomicReference<Thread> asking = new AtomicReference<>();
        hanging(asking);
        CompletableFuture<Void> done = bench.submit(present -> hang());
        bench.poll();
        bench.transactions.abandon();
        refused(done, ErrorCode.CLOSED, "the balancer is closed");
        asking.get().interrupt();
    }

    @Test
    void theEndIsQuietWhereNothingIsUnderWay() {
        bench.inForce(LAN);
        bench.transactions.abandon();
        bench.transactions.close();
        assertThat(bench.faults()).isZero();
    }
}
