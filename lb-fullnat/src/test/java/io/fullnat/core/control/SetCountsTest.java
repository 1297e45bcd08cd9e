// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static io.fullnat.core.control.ControlRig.WEB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import io.fullnat.api.ErrorCode;
import io.fullnat.api.Protocol;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.DesiredState;
import io.fullnat.api.control.SetStatus;
import io.fullnat.api.control.SetUse;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.api.set.IpSet;
import io.fullnat.api.set.SetFamily;
import io.fullnat.api.set.SetMember;
import io.fullnat.api.set.SetType;
import io.fullnat.core.packet.Tcp;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What rules decide by sets is counted.
class SetCountsTest {
    private static final String GUEST = "198.51.100.20";
    private static final String NEIGHBOUR = "198.51.100.200";

    private final ControlRig rig = new ControlRig();

    @AfterEach
    void close() {
        rig.close();
    }

    private static IpSet set(String name, String... entries) {
        IpSet.Builder builder = IpSet.builder(name, SetType.HASH_NET);
        for (String entry : entries) {
            builder.add(SetMember.of(entry), false);
        }
        return builder.build();
    }

    private static Change add(String name, String entry) {
        return new Change.AddSetMembers(name, List.of(SetMember.of(entry)), false);
    }

    private static Change rule(AccessRule rule) {
        return new Change.AddAccessRule(WEB, rule);
    }

    private boolean isAdmitted(String client, int port) {
        return !rig.connect(client, port).isEmpty();
    }

    private SetStatus status(String name) {
        return rig.balancer.control().sets().stream()
                .filter(status -> status.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /// Denials and admissions are counted for the rule and its set: the first of two sets that both
    /// have the client, none for what a network decides, nor for packets of known connections.
    @ParameterizedTest
    @EnumSource(Site.class)
    void whatRulesDecideByASetIsCounted(Site site) {
        site.configure(rig);
        SetFamily own = site == Site.IPV4 ? SetFamily.IPV4 : SetFamily.IPV6;
        for (String name : List.of("bots", "more", "guests")) {
            rig.apply(
                    new Change.CreateSet(
                            IpSet.builder(name, SetType.HASH_NET).family(own).build()));
        }
        AccessRule deny = AccessRule.deny("ipset:bots");
        AccessRule allow = AccessRule.allow("ipset:guests");
        rig.apply(
                new Change.AddAccessRule(site.web, deny),
                new Change.AddAccessRule(site.web, AccessRule.deny("ipset:more")),
                new Change.AddAccessRule(site.web, allow));
        assertThat(rig.pass(site.toWeb(40_000).flags(Tcp.SYN))).as("in no set").isEmpty();
        assertThat(rig.balancer.control().sets())
                .extracting(SetStatus::name, SetStatus::refused, SetStatus::admitted)
                .containsExactly(
                        tuple("bots", 0L, 0L), tuple("guests", 0L, 0L), tuple("more", 0L, 0L));

        rig.apply(add("guests", site.client));
        assertThat(rig.pass(site.toWeb(40_001).flags(Tcp.SYN))).hasSize(1);
        assertThat(rig.pass(site.toWeb(40_001).flags(Tcp.SYN))).as("again").hasSize(1);
        assertThat(status("guests"))
                .isEqualTo(new SetStatus("guests", 0, 1, List.of(new SetUse(site.web, allow, 1))));
        rig.apply(add("bots", site.client), add("more", site.client));
        for (int port = 40_002; port < 40_005; port++) {
            assertThat(rig.pass(site.toWeb(port).flags(Tcp.SYN))).isEmpty();
        }
        assertThat(status("bots"))
                .isEqualTo(new SetStatus("bots", 3, 0, List.of(new SetUse(site.web, deny, 3))));
        assertThat(status("more").refused()).as("asked after it").isZero();
        rig.apply(new Change.AddAccessRule(site.web, AccessRule.deny(site.client)));
        assertThat(rig.pass(site.toWeb(40_006).flags(Tcp.SYN))).isEmpty();
        assertThat(status("bots").refused()).as("a network decides").isEqualTo(3);
    }

    /// A connection that is let in and finds no server has not begun.
    @Test
    void whoFindsNoServerIsNotCountedAsAdmitted() {
        rig.configured();
        AccessRule allow = AccessRule.allow("ipset:guests");
        rig.apply(new Change.CreateSet(set("guests", GUEST)), rule(allow));
        RealServer server = rig.balancer.control().desired().service(WEB).realServers().getFirst();
        rig.apply(new Change.EditRealServer(WEB, server.withWeight(0)));
        assertThat(isAdmitted(GUEST, 40_000)).isFalse();
        assertThat(status("guests").admitted()).isZero();

        rig.apply(new Change.EditRealServer(WEB, server));
        assertThat(isAdmitted(GUEST, 40_001)).isTrue();
        assertThat(status("guests").admitted()).isOne();
    }

    /// A rule's count lasts through changes of its service and of its set, begins at zero with the
    /// service's, and stays in the set's when the rule, or the service, goes.
    @Test
    void countsOfASetOutliveItsRules() {
        rig.configured();
        rig.apply(
                new Change.CreateSet(set("bots", GUEST)),
                new Change.CreateSet(set("other")),
                rule(AccessRule.deny("ipset:bots")));
        assertThat(isAdmitted(GUEST, 40_000)).isFalse();
        rig.apply(add("bots", NEIGHBOUR));
        assertThat(isAdmitted(GUEST, 40_001)).isFalse();
        rig.apply(new Change.SwapSets("bots", "other"));
        rig.apply(add("bots", GUEST));
        assertThat(isAdmitted(GUEST, 40_002)).isFalse();
        assertThat(status("bots").uses()).extracting(SetUse::count).containsExactly(3L);

        rig.apply(new Change.ZeroCounters(Optional.of(WEB)));
        assertThat(status("bots").uses()).extracting(SetUse::count).containsExactly(0L);
        assertThat(status("bots").refused()).isEqualTo(3);
        assertThat(isAdmitted(GUEST, 40_003)).isFalse();
        assertThat(status("bots").uses()).extracting(SetUse::count).containsExactly(1L);

        rig.apply(new Change.RemoveAccessRule(WEB, AccessRule.deny("ipset:bots")));
        assertThat(status("bots")).isEqualTo(new SetStatus("bots", 4, 0, List.of()));
        rig.apply(rule(AccessRule.deny("ipset:bots")));
        assertThat(isAdmitted(GUEST, 40_004)).isFalse();
        assertThat(status("bots").refused()).isEqualTo(5);
        rig.refuses(
                ErrorCode.NO_SERVICE,
                List.of("192.0.2.1:9"),
                new Change.RemoveAccessRule(WEB, AccessRule.deny("ipset:bots")),
                new Change.RemoveService(ServiceKey.parse(Protocol.UDP, "192.0.2.1:9")));
        assertThat(status("bots").uses())
                .as("refused")
                .extracting(SetUse::count)
                .containsExactly(1L);
        rig.apply(new Change.RemoveService(WEB));
        assertThat(status("bots")).isEqualTo(new SetStatus("bots", 5, 0, List.of()));
        rig.apply(new Change.DestroySet("bots"));
        rig.apply(new Change.CreateSet(set("bots")));
        assertThat(status("bots")).isEqualTo(new SetStatus("bots", 0, 0, List.of()));
    }

    // The counts by themselves: [SetCounts], of two workers.

    private static final ServiceKey OTHER = ServiceKey.tcp("192.0.2.80", 443);
    private static final AccessRule DENY = AccessRule.deny("ipset:bots");

    private final SetCounts counts = new SetCounts(2);

    private static DesiredState state(Change... changes) {
        DesiredState state = DesiredState.EMPTY;
        for (Change change : changes) {
            state = state.with(change);
        }
        return state;
    }

    private static Change ruled(ServiceKey key, AccessRule... rules) {
        return new Change.AddService(VirtualService.of(key).withAccessRules(List.of(rules)));
    }

    private static Change bots() {
        return new Change.CreateSet(set("bots"));
    }

    private void decide(ServiceKey key, AccessRule rule, int times) {
        for (int i = 0; i < times; i++) {
            counts.of(key, rule).add(i % 2);
        }
    }

    @Test
    void aSetHasTheSumOfItsRulesAndOfThoseThatAreGone() {
        AccessRule allow = AccessRule.allow("ipset:bots");
        counts.follow(state(bots(), ruled(WEB, DENY), ruled(OTHER, allow)), Set.of());
        decide(WEB, DENY, 5);
        decide(OTHER, allow, 3);
        assertThat(counts.read())
                .containsExactly(
                        new SetStatus(
                                "bots",
                                5,
                                3,
                                List.of(new SetUse(WEB, DENY, 5), new SetUse(OTHER, allow, 3))));

        counts.follow(state(bots(), ruled(WEB, DENY)), Set.of());
        decide(WEB, DENY, 1);
        assertThat(counts.read())
                .containsExactly(new SetStatus("bots", 6, 3, List.of(new SetUse(WEB, DENY, 6))));

        counts.follow(state(bots()), Set.of());
        assertThat(counts.read()).containsExactly(new SetStatus("bots", 6, 3, List.of()));
        counts.follow(state(), Set.of());
        assertThat(counts.read()).isEmpty();
        counts.follow(state(bots()), Set.of());
        assertThat(counts.read())
                .as("a set of the same name is another one")
                .containsExactly(new SetStatus("bots", 0, 0, List.of()));
    }

    @Test
    void aRuleThatComesBackCountsAnew() {
        DesiredState with = state(bots(), ruled(WEB, DENY));
        counts.follow(with, Set.of());
        decide(WEB, DENY, 5);
        counts.follow(state(bots(), ruled(WEB)), Set.of());
        counts.follow(with, Set.of());
        decide(WEB, DENY, 1);
        assertThat(counts.read())
                .containsExactly(new SetStatus("bots", 6, 0, List.of(new SetUse(WEB, DENY, 1))));
    }

    @Test
    void countsOfServicesMayBeginAtZeroThoseOfSetsDoNot() {
        DesiredState state = state(bots(), ruled(WEB, DENY), ruled(OTHER, DENY));
        counts.follow(state, Set.of());
        decide(WEB, DENY, 5);
        decide(OTHER, DENY, 2);
        counts.follow(state, Set.of(Optional.of(WEB)));
        decide(WEB, DENY, 1);
        counts.follow(state, Set.of());
        assertThat(counts.read())
                .containsExactly(
                        new SetStatus(
                                "bots",
                                8,
                                0,
                                List.of(new SetUse(WEB, DENY, 1), new SetUse(OTHER, DENY, 2))));
        counts.follow(state, Set.of(Optional.empty()));
        assertThat(counts.read().getFirst().uses())
                .extracting(SetUse::count)
                .containsExactly(0L, 0L);
    }
}
