// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static io.fullnat.core.control.Drafting.WEB;
import static io.fullnat.core.control.Drafting.added;
import static io.fullnat.core.control.Drafting.ip;
import static io.fullnat.core.control.Drafting.service;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.IpPrefix;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceLimits;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.VirtualService;
import io.fullnat.api.set.IpSet;
import io.fullnat.api.set.SetMember;
import io.fullnat.api.set.SetType;
import io.fullnat.core.open.ConnectionPurge;
import io.fullnat.core.open.OpenBench;
import io.fullnat.core.open.OpenBench.Families;
import io.fullnat.core.open.PurgeRules;
import io.fullnat.testing.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Which connections end with a transaction, of two there are: the client 198.51.0.7 at the first
/// server, and 2001:db8:0:c1::7 at the second, each from a local address of its own.
class PurgeBuilderTest {
    private static final RealServer FIRST = RealServer.of("10.0.1.11", 8080);
    private static final RealServer SECOND = RealServer.of("2001:db8:0:1::b", 8080);
    private static final VirtualService BEFORE =
            service(WEB).withRealServers(List.of(FIRST, SECOND));

    private final Drafting drafting = new Drafting();
    private final OpenBench bench = new OpenBench(Seed.value(), 64);
    private final long first = bench.open(Families.IPV4, OpenBench.TCP, 7);
    private final long second = bench.open(Families.IPV6, OpenBench.TCP, 7);

    /// Slots are given in the order in which they are asked for, as those of the connections are.
    @BeforeEach
    void nameSlots() {
        Resources resources = drafting.idle.resources;
        resources.acquire(WEB);
        resources.servers().acquire(Resources.ServerName.real(WEB, FIRST.endpoint()));
        resources.servers().acquire(Resources.ServerName.real(WEB, SECOND.endpoint()));
        resources.locals().acquire(new Resources.LocalName(WEB, ip("10.0.1.100")));
        resources.locals().acquire(new Resources.LocalName(WEB, ip("2001:db8:0:1::64")));
    }

    @AfterEach
    void close() {
        bench.close();
        drafting.close();
    }

    private PurgeRules rules(VirtualService before, Change... changes) {
        boolean there = drafting.before().desired().services().containsKey(WEB);
        drafting.inForce(there ? replaced(before) : added(before));
        StateEditor editor = drafting.editor();
        for (Change change : changes) {
            editor.apply(change);
        }
        CompiledSets sets = new CompiledSets(drafting.devices, new SetCounts(1));
        return new PurgeBuilder(
                        drafting.idle.resources, editor.draft(), drafting.before().desired(), sets)
                .build();
    }

    /// The connections that are left.
    private List<Long> left(VirtualService before, Change... changes) {
        ConnectionPurge purge = new ConnectionPurge(bench.context);
        purge.start(rules(before, changes));
        while (!purge.isDone()) {
            purge.step();
        }
        List<Long> left = new ArrayList<>();
        bench.context.table().visit(0, Integer.MAX_VALUE, left::add);
        return left;
    }

    private static Change replaced(VirtualService service) {
        return new Change.ReplaceService(service);
    }

    private static VirtualService of(ServicePolicy policy, RealServer... servers) {
        return service(WEB).withRealServers(List.of(servers)).withPolicy(policy);
    }

    @Test
    void mostTransactionsEndNothing() {
        assertThat(
                        rules(
                                        BEFORE,
                                        new Change.RemoveRealServer(WEB, SECOND.endpoint(), false),
                                        replaced(BEFORE.withScheduler("rr")))
                                .isEmpty())
                .isTrue();
    }

    @Test
    void clientsThatAreKeptOutLoseTheirs() {
        assertThat(left(BEFORE, new Change.AddAccessRule(WEB, AccessRule.deny("198.51.0.0/24"))))
                .containsExactly(second);
    }

    /// Rules that change may let all in: nobody loses anything.
    @Test
    void whoMayConnectKeepsTheirs() {
        assertThat(left(BEFORE, new Change.AddAccessRule(WEB, AccessRule.allow("::/0"))))
                .containsExactly(second);
    }

    @Test
    void aSetThatChangesIsAsGoodAsARule() {
        drafting.inForce(new Change.CreateSet(IpSet.builder("bots", SetType.HASH_NET).build()));
        VirtualService ruled = BEFORE.withAccessRules(List.of(AccessRule.deny("ipset:bots")));
        assertThat(
                        left(
                                ruled,
                                new Change.AddSetMembers(
                                        "bots", List.of(SetMember.of("198.51.0.0/24")), false)))
                .containsExactly(second);
    }

    @Test
    void aServerMayTakeItsConnectionsAlong() {
        assertThat(left(BEFORE, new Change.RemoveRealServer(WEB, SECOND.endpoint(), true)))
                .containsExactly(first);
    }

    @Test
    void removedServersTakeThemAlongIfTheServiceSaysSo() {
        ServicePolicy end = ServicePolicy.DEFAULT.withRemoval(ServicePolicy.Removal.END);
        assertThat(left(of(end, FIRST, SECOND), replaced(of(end, SECOND)))).containsExactly(second);
    }

    @Test
    void soDoServersOfAServiceThatGoes() {
        ServicePolicy end = ServicePolicy.DEFAULT.withRemoval(ServicePolicy.Removal.END);
        assertThat(left(of(end, FIRST, SECOND), new Change.RemoveService(WEB, false))).isEmpty();
    }

    @Test
    void aServerWithoutAWeightLosesThemIfTheServiceSaysSo() {
        ServicePolicy expires = ServicePolicy.DEFAULT.withExpiresQuiescent(true);
        RealServer quiet = FIRST.toBuilder().weight(0).build();
        assertThat(left(of(expires, FIRST, SECOND), replaced(of(expires, quiet, SECOND))))
                .containsExactly(second);
    }

    /// One that gets no connections for other reasons, too, where that is said only now.
    @Test
    void whatIsSaidNowHoldsForThoseThatAreQuietAlready() {
        ServicePolicy expires = ServicePolicy.DEFAULT.withExpiresQuiescent(true);
        drafting.idle.workers.health().server(1, 0);
        assertThat(
                        left(
                                of(ServicePolicy.DEFAULT, FIRST, SECOND),
                                replaced(of(expires, FIRST, SECOND))))
                .containsExactly(first);
    }

    @Test
    void aLocalAddressThatIsForcedAwayTakesThemAlong() {
        VirtualService with = BEFORE.withLocalAddress(Drafting.local("10.0.1.100", "lan"));
        assertThat(left(with, new Change.RemoveLocalAddress(WEB, ip("10.0.1.100"), true)))
                .containsExactly(second);
    }

    @Test
    void thoseThatATransactionNamesEnd() {
        ConnectionFilter clients =
                ConnectionFilter.ALL.withClients(IpPrefix.parse("198.51.0.0/16"));
        assertThat(left(BEFORE, new Change.EndConnections(clients))).containsExactly(second);
    }

    @Test
    void thoseOfAServerAreKnownByItsSlot() {
        ConnectionFilter server =
                new ConnectionFilter(
                        Optional.of(WEB),
                        Optional.empty(),
                        Optional.of(SECOND.endpoint()),
                        Optional.empty(),
                        Optional.empty());
        assertThat(left(BEFORE, new Change.EndConnections(server))).containsExactly(first);
    }

    /// Connections are counted once more for a limit that was not there.
    @Test
    void aLimitThatIsNewHasThemCounted() {
        ServicePolicy limited = ServicePolicy.DEFAULT.withLimits(new ServiceLimits(0, 5, 0));
        assertThat(rules(BEFORE, replaced(BEFORE.withPolicy(limited))).isEmpty()).isFalse();
        assertThat(left(BEFORE, replaced(BEFORE.withPolicy(limited))))
                .containsExactly(first, second);
        assertThat(
                        rules(
                                        BEFORE.withPolicy(limited),
                                        replaced(BEFORE.withPolicy(limited).withScheduler("rr")))
                                .isEmpty())
                .isTrue();
    }
}
