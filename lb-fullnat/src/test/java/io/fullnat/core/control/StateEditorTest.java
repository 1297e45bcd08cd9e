// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.control;

import static io.fullnat.core.control.Drafting.LOCAL;
import static io.fullnat.core.control.Drafting.SERVER;
import static io.fullnat.core.control.Drafting.TLS;
import static io.fullnat.core.control.Drafting.WEB;
import static io.fullnat.core.control.Drafting.added;
import static io.fullnat.core.control.Drafting.address;
import static io.fullnat.core.control.Drafting.ip;
import static io.fullnat.core.control.Drafting.local;
import static io.fullnat.core.control.Drafting.service;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.IpPrefix;
import io.fullnat.api.MacAddress;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.api.control.DesiredState;
import io.fullnat.api.control.LeftoverPolicy;
import io.fullnat.api.control.TemplateFilter;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Neighbour;
import io.fullnat.api.network.Route;
import io.fullnat.api.service.AccessRule;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.set.IpSet;
import io.fullnat.api.set.SetMember;
import io.fullnat.api.set.SetType;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Each kind of change is applied to the draft, as [DesiredState#with] applies it, and leaves there
/// what else is to be done.
class StateEditorTest {
    private static final AccessRule RULE = AccessRule.deny("198.51.100.0/24");

    private final Drafting drafting = new Drafting();

    @AfterEach
    void close() {
        drafting.close();
    }

    private static IpSet set(String name) {
        return IpSet.builder(name, SetType.HASH_NET).build();
    }

    private static Change[] before() {
        return new Change[] {
            address("10.0.1.1/24", "lan"),
            added(service(WEB).withRealServer(SERVER).withLocalAddress(local(LOCAL, "lan"))),
            new Change.AddAccessRule(WEB, RULE),
            new Change.AddRoute(Route.via("10.9.0.0/16", "10.0.1.254", "lan")),
            new Change.SetNeighbour(
                    new Neighbour(ip("10.0.1.11"), MacAddress.parse("02:00:00:00:00:51"), "lan")),
            new Change.CreateSet(set("one")),
            new Change.CreateSet(set("two"))
        };
    }

    /// One of each kind that changes the state.
    private static Stream<Change> changes() {
        List<SetMember> members = List.of(SetMember.of("10.0.0.0/8"));
        return Stream.of(
                added(service(TLS)),
                new Change.ReplaceService(service(WEB).withScheduler("wlc")),
                new Change.EditService(WEB, "wlc", Optional.empty()),
                new Change.SetPolicy(
                        WEB, ServicePolicy.DEFAULT.withRefusal(ServicePolicy.Refusal.REJECT)),
                new Change.SetLeftovers(LeftoverPolicy.DEFAULT),
                new Change.RemoveService(WEB, true),
                new Change.AddRealServer(WEB, RealServer.of("10.0.1.12", 8080)),
                new Change.EditRealServer(WEB, SERVER.toBuilder().weight(7).build()),
                new Change.RemoveRealServer(WEB, SERVER.endpoint(), true),
                new Change.AddLocalAddress(WEB, local("10.0.1.101", "lan")),
                new Change.RemoveLocalAddress(WEB, ip(LOCAL), true),
                new Change.FlushLocalAddresses(WEB, true),
                new Change.AddAccessRule(WEB, AccessRule.allow("10.0.0.0/8")),
                new Change.RemoveAccessRule(WEB, RULE),
                address("10.0.2.1/24", "wan"),
                new Change.RemoveAddress(InterfaceAddress.of("10.0.1.1/24", "lan"), false),
                new Change.AddRoute(Route.onLink("10.8.0.0/16", "wan")),
                new Change.RemoveRoute(IpPrefix.parse("10.9.0.0/16")),
                new Change.SetNeighbour(
                        new Neighbour(
                                ip("10.0.1.12"), MacAddress.parse("02:00:00:00:00:52"), "lan")),
                new Change.RemoveNeighbour(ip("10.0.1.11"), "lan"),
                new Change.CreateSet(set("three")),
                new Change.ReplaceSet(set("one")),
                new Change.DestroySet("one"),
                new Change.AddSetMembers("one", members, false),
                new Change.RemoveSetMembers("one", members, true),
                new Change.FlushSet("one"),
                new Change.RenameSet("one", "other"),
                new Change.SwapSets("one", "two"));
    }

    @ParameterizedTest
    @MethodSource("changes")
    void aChangeOfTheStateIsMadeAsTheStateMakesIt(Change change) {
        drafting.inForce(before());
        DesiredState state = drafting.before().desired();
        StateEditor editor = drafting.editor();
        editor.apply(change);
        DesiredState made = state.with(change);
        assertThat(editor.draft().state().desired())
                .isEqualTo(
                        new DesiredState(
                                state.revision() + 1,
                                made.services(),
                                made.addresses(),
                                made.routes(),
                                made.neighbours(),
                                made.timeouts(),
                                made.sets(),
                                made.leftovers()));
    }

    /// Those that are left change nothing of the state, or need more around them.
    @Test
    void noKindOfChangeIsForgotten() {
        Set<Class<?>> tried = changes().map(Object::getClass).collect(Collectors.toSet());
        Set<Class<?>> left = new HashSet<>(Set.of(Change.class.getPermittedSubclasses()));
        left.removeAll(tried);
        assertThat(left)
                .containsExactlyInAnyOrder(
                        Change.SetFrontends.class,
                        Change.SetTimeouts.class,
                        Change.EndConnections.class,
                        Change.RemoveTemplates.class,
                        Change.ZeroCounters.class,
                        Change.FlushNeighbours.class);
    }

    private Draft edited(Change change) {
        StateEditor editor = drafting.inForce(before()).editor();
        editor.apply(change);
        assertThat(editor.draft().state().desired().services())
                .isEqualTo(drafting.before().desired().services());
        return editor.draft();
    }

    @Test
    void connectionsThatEndAreNoted() {
        assertThat(edited(new Change.EndConnections(ConnectionFilter.ALL)).ending)
                .containsExactly(ConnectionFilter.ALL);
    }

    @Test
    void templatesThatGoAreNoted() {
        assertThat(edited(new Change.RemoveTemplates(TemplateFilter.ALL)).templates)
                .containsExactly(TemplateFilter.ALL);
    }

    @Test
    void countersThatBeginAtZeroAreNoted() {
        assertThat(edited(new Change.ZeroCounters(Optional.of(WEB))).zeroed)
                .containsExactly(Optional.of(WEB));
    }

    @Test
    void neighboursThatAreForgottenAreNoted() {
        assertThat(edited(new Change.FlushNeighbours(Optional.empty())).flushed)
                .containsExactlyInAnyOrder(0, 1);
    }

    /// Its sorry server may be another one.
    @Test
    void aServiceWithAnotherPolicyHasOtherServers() {
        StateEditor editor = drafting.inForce(before()).editor();
        editor.apply(new Change.SetPolicy(WEB, ServicePolicy.DEFAULT));
        assertThat(editor.draft().changed).containsExactly(WEB);
        editor.apply(new Change.AddAccessRule(WEB, AccessRule.allow("10.0.0.0/8")));
        assertThat(editor.draft().access).containsExactly(WEB);
    }
}
